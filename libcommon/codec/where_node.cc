#include "codec/where_node.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <compare>

#include "base/quote.h"
#include "codec/scan.h"

namespace codec {
namespace {

// Exactly, where both are integers of 64 bits. Unordered: one of them is no number.
std::partial_ordering compare_numbers(std::string_view left, std::string_view right) {
  if (!is_number(left) || !is_number(right)) return std::partial_ordering::unordered;
  const auto as = [](auto zero, std::string_view text) -> std::optional<decltype(zero)> {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), zero);
    if (error != std::errc() || end != text.data() + text.size()) return {};
    return zero;
  };
  const auto left_integer = as(std::int64_t{0}, left);
  const auto right_integer = as(std::int64_t{0}, right);
  if (left_integer && right_integer) return *left_integer <=> *right_integer;
  const auto left_number = as(0.0, left);
  const auto right_number = as(0.0, right);
  if (!left_number || !right_number) return std::partial_ordering::unordered;
  return *left_number <=> *right_number;
}

bool is_true_of(Comparison comparison, std::partial_ordering order) {
  switch (comparison) {
    case Comparison::equal:
      return order == 0;
    case Comparison::not_equal:
      return order != 0;
    case Comparison::less:
      return order < 0;
    case Comparison::less_or_equal:
      return order <= 0;
    case Comparison::greater:
      return order > 0;
    case Comparison::greater_or_equal:
      return order >= 0;
  }
  return false;
}

class Several final : public Where::Node {
 public:
  Several(std::vector<NodePtr> nodes, bool all) : nodes_(std::move(nodes)), all_(all) {}
  [[nodiscard]] bool matches(const Event& event) const override {
    const auto match = [&](const NodePtr& node) { return node->matches(event); };
    return all_ ? std::all_of(nodes_.begin(), nodes_.end(), match) : std::any_of(nodes_.begin(), nodes_.end(), match);
  }

 private:
  std::vector<NodePtr> nodes_;
  bool all_;
};

class Opposite final : public Where::Node {
 public:
  explicit Opposite(NodePtr node) : node_(std::move(node)) {}
  [[nodiscard]] bool matches(const Event& event) const override { return !node_->matches(event); }

 private:
  NodePtr node_;
};

class HasField final : public Where::Node {
 public:
  explicit HasField(FieldPath field) : field_(std::move(field)) {}
  [[nodiscard]] bool matches(const Event& event) const override {
    return any_field_text(event, field_, [](std::string_view value) { return !value.empty(); });
  }

 private:
  FieldPath field_;
};

class EqualsText final : public Where::Node {
 public:
  EqualsText(FieldPath field, std::string text) : field_(std::move(field)), text_(std::move(text)) {}
  [[nodiscard]] bool matches(const Event& event) const override {
    std::string space;
    const std::string_view value = field_text(event, field_, space);
    return !value.empty() && value == text_;
  }

 private:
  FieldPath field_;
  std::string text_;
};

class CompareCode final : public Where::Node {
 public:
  CompareCode(Field field, Comparison comparison, std::uint8_t code)
      : field_(field), comparison_(comparison), code_(code) {}
  [[nodiscard]] bool matches(const Event& event) const override {
    const std::optional<std::uint8_t> code = field_ == Field::severity ? event.severity : event.facility;
    if (!code) return comparison_ == Comparison::not_equal;
    return is_true_of(comparison_, *code <=> code_);
  }

 private:
  Field field_;
  Comparison comparison_;
  std::uint8_t code_;
};

class CompareOpen final : public Where::Node {
 public:
  CompareOpen(FieldPath field, Comparison comparison, std::string text)
      : field_(std::move(field)), comparison_(comparison), text_(std::move(text)) {}
  [[nodiscard]] bool matches(const Event& event) const override {
    return any_field_text(event, field_,
                          [this](std::string_view value) { return compares_texts(value, comparison_, text_); });
  }

 private:
  FieldPath field_;
  Comparison comparison_;
  std::string text_;
};

class FindsPattern final : public Where::Node {
 public:
  FindsPattern(FieldPath field, std::unique_ptr<const re2::RE2> pattern)
      : field_(std::move(field)), pattern_(std::move(pattern)) {}
  [[nodiscard]] bool matches(const Event& event) const override {
    return any_field_text(event, field_, [this](std::string_view value) {
      return !value.empty() && re2::RE2::PartialMatch({value.data(), value.size()}, *pattern_);
    });
  }

 private:
  FieldPath field_;
  std::unique_ptr<const re2::RE2> pattern_;
};

}  // namespace

// RFC 8259, section 6.
bool is_number(std::string_view text) {
  const auto take_digits = [&text] {
    const std::size_t length = span_of(text, kDigit);
    text.remove_prefix(length);
    return length > 0;
  };
  (void)take_prefix(text, "-");
  if (!take_prefix(text, "0") && !take_digits()) return false;
  if (take_prefix(text, ".") && !take_digits()) return false;
  if (!text.empty() && (text.front() == 'e' || text.front() == 'E')) {
    text.remove_prefix(1);
    if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
    if (!take_digits()) return false;
  }
  return text.empty();
}

NodePtr all_of(std::vector<NodePtr> nodes) {
  return std::make_unique<Several>(std::move(nodes), true);
}

NodePtr any_of(std::vector<NodePtr> nodes) {
  return std::make_unique<Several>(std::move(nodes), false);
}

NodePtr opposite(NodePtr node) {
  return std::make_unique<Opposite>(std::move(node));
}

NodePtr has_field(FieldPath field) {
  return std::make_unique<HasField>(std::move(field));
}

bool has_order(Field field) {
  return field == Field::severity || field == Field::open;
}

bool compares_texts(std::string_view left, Comparison comparison, std::string_view right) {
  if (comparison == Comparison::not_equal) return !compares_texts(left, Comparison::equal, right);
  if (comparison == Comparison::equal && !left.empty() && left == right) return true;
  return is_true_of(comparison, compare_numbers(left, right));
}

base::Result<NodePtr> compare_field(FieldPath field, Comparison comparison, std::string text) {
  const auto refuse = [](const std::string& why) { return base::fail(base::Kind::usage, "compare field", why); };
  const bool is_order = comparison != Comparison::equal && comparison != Comparison::not_equal;
  if (is_order && !has_order(field.field)) return refuse("only severity and open fields have an order");
  if (field.field == Field::severity || field.field == Field::facility) {
    const bool is_severity = field.field == Field::severity;
    const auto code = is_severity ? severity_named(text) : facility_named(text);
    if (!code) return refuse((is_severity ? "no severity is named " : "no facility is named ") + base::quote(text));
    return NodePtr(std::make_unique<CompareCode>(field.field, comparison, *code));
  }
  if (comparison == Comparison::not_equal)
    return opposite(TRY(compare_field(std::move(field), Comparison::equal, std::move(text))));
  if (field.field != Field::open) return NodePtr(std::make_unique<EqualsText>(std::move(field), std::move(text)));
  if (is_order && !is_number(text)) return refuse("not a number; open fields have the order of numbers");
  return NodePtr(std::make_unique<CompareOpen>(std::move(field), comparison, std::move(text)));
}

base::Result<NodePtr> finds_pattern(FieldPath field, const std::string& pattern) {
  auto compiled = std::make_unique<re2::RE2>(pattern, re2::RE2::Quiet);
  if (!compiled->ok()) return base::fail(base::Kind::usage, "compile pattern", compiled->error());
  return NodePtr(std::make_unique<FindsPattern>(std::move(field), std::move(compiled)));
}

}  // namespace codec

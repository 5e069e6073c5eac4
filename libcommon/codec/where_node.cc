#include "codec/where_node.h"

#include <re2/re2.h>

#include <algorithm>

namespace codec {
namespace {

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
    std::string space;
    return !field_text(event, field_, space).empty();
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
    switch (comparison_) {
      case Comparison::equal:
        return *code == code_;
      case Comparison::not_equal:
        return *code != code_;
      case Comparison::less:
        return *code < code_;
      case Comparison::less_or_equal:
        return *code <= code_;
      case Comparison::greater:
        return *code > code_;
      case Comparison::greater_or_equal:
        return *code >= code_;
    }
    return false;
  }

 private:
  Field field_;
  Comparison comparison_;
  std::uint8_t code_;
};

class FindsPattern final : public Where::Node {
 public:
  FindsPattern(FieldPath field, std::unique_ptr<const re2::RE2> pattern)
      : field_(std::move(field)), pattern_(std::move(pattern)) {}
  [[nodiscard]] bool matches(const Event& event) const override {
    std::string space;
    const std::string_view value = field_text(event, field_, space);
    return !value.empty() && re2::RE2::PartialMatch({value.data(), value.size()}, *pattern_);
  }

 private:
  FieldPath field_;
  std::unique_ptr<const re2::RE2> pattern_;
};

}  // namespace

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

NodePtr equals_text(FieldPath field, std::string text) {
  return std::make_unique<EqualsText>(std::move(field), std::move(text));
}

NodePtr compare_code(Field field, Comparison comparison, std::uint8_t code) {
  return std::make_unique<CompareCode>(field, comparison, code);
}

base::Result<NodePtr> finds_pattern(FieldPath field, const std::string& pattern) {
  auto compiled = std::make_unique<re2::RE2>(pattern, re2::RE2::Quiet);
  if (!compiled->ok()) return base::fail(base::Kind::usage, "compile pattern", compiled->error());
  return NodePtr(std::make_unique<FindsPattern>(std::move(field), std::move(compiled)));
}

}  // namespace codec

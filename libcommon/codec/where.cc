#include "codec/where.h"

#include <array>
#include <utility>

#include "base/quote.h"
#include "codec/where_node.h"

namespace codec {
namespace {

struct Token {
  enum class Kind { word, text, symbol, end };
  Kind kind = Kind::end;
  std::string text;
  std::size_t at = 0;
};

bool is_word_byte(char c) {
  return static_cast<unsigned char>(c) > ' ' && std::string_view("()=!<>~\"").find(c) == std::string_view::npos;
}

constexpr std::array<std::string_view, 10> kSymbols = {"==", "!=", "<=", ">=", "=~", "!~", "<", ">", "(", ")"};

constexpr std::array<std::pair<std::string_view, Comparison>, 6> kComparisons = {
    {{"==", Comparison::equal},
     {"!=", Comparison::not_equal},
     {"<", Comparison::less},
     {"<=", Comparison::less_or_equal},
     {">", Comparison::greater},
     {">=", Comparison::greater_or_equal}}};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  base::Result<NodePtr> parse() {
    TRY(advance());
    NodePtr node = TRY(disjunction());
    if (token_.kind != Token::Kind::end) return refuse(token_.at, "expected and, or, or the end");
    return node;
  }

 private:
  static constexpr int kDeepest = 100;

  [[nodiscard]] tl::unexpected<base::Error> refuse(std::size_t at, const std::string& why) const {
    return base::fail(base::Kind::usage, "compile expression " + base::quote(text_, 200),
                      "column " + std::to_string(at + 1) + ": " + why);
  }

  [[nodiscard]] bool is_word(std::string_view word) const {
    return token_.kind == Token::Kind::word && token_.text == word;
  }
  [[nodiscard]] bool is_symbol(std::string_view symbol) const {
    return token_.kind == Token::Kind::symbol && token_.text == symbol;
  }

  base::Result<void> advance() {
    while (at_ < text_.size() && static_cast<unsigned char>(text_[at_]) <= ' ') ++at_;
    token_ = {Token::Kind::end, {}, at_};
    if (at_ == text_.size()) return {};
    if (text_[at_] == '"') return take_quoted();
    while (at_ < text_.size() && is_word_byte(text_[at_])) token_.text += text_[at_++];
    token_.kind = Token::Kind::word;
    if (!token_.text.empty()) return {};
    for (const std::string_view symbol : kSymbols) {
      if (text_.substr(at_, symbol.size()) != symbol) continue;
      token_.kind = Token::Kind::symbol;
      token_.text = symbol;
      at_ += symbol.size();
      return {};
    }
    if (text_[at_] == '=') return refuse(at_, "\"=\" is no operator; did you mean ==?");
    return refuse(at_, "no operator starts with " + base::quote(text_.substr(at_, 1)));
  }

  base::Result<void> take_quoted() {
    token_.kind = Token::Kind::text;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      const bool escapes = text_[at_] == '\\' && at_ + 1 < text_.size();
      // Two backslashes stay two for a regular expression to read; comparisons make one of them.
      if (escapes && text_[at_ + 1] != '"') token_.text += text_[at_];
      if (escapes) ++at_;
      token_.text += text_[at_];
    }
    if (at_ == text_.size()) return refuse(token_.at, "the quote is not closed");
    ++at_;
    return {};
  }

  base::Result<NodePtr> disjunction() {
    std::vector<NodePtr> nodes;
    nodes.push_back(TRY(conjunction()));
    while (is_word("or")) {
      TRY(advance());
      nodes.push_back(TRY(conjunction()));
    }
    return nodes.size() == 1 ? std::move(nodes.front()) : any_of(std::move(nodes));
  }

  base::Result<NodePtr> conjunction() {
    std::vector<NodePtr> nodes;
    nodes.push_back(TRY(term()));
    while (is_word("and")) {
      TRY(advance());
      nodes.push_back(TRY(term()));
    }
    return nodes.size() == 1 ? std::move(nodes.front()) : all_of(std::move(nodes));
  }

  base::Result<NodePtr> term() {
    if (depth_ == kDeepest) return refuse(token_.at, "nested too deeply");
    ++depth_;
    base::Result<NodePtr> node = is_word("not") ? negation() : is_symbol("(") ? parenthesis() : test();
    --depth_;
    return node;
  }

  base::Result<NodePtr> negation() {
    TRY(advance());
    return opposite(TRY(term()));
  }

  base::Result<NodePtr> parenthesis() {
    const std::size_t open = token_.at;
    TRY(advance());
    NodePtr node = TRY(disjunction());
    if (!is_symbol(")")) return refuse(open, "the parenthesis is not closed");
    TRY(advance());
    return node;
  }

  base::Result<NodePtr> test() {
    const Token name = token_;
    if (name.kind != Token::Kind::word) return refuse(name.at, "expected a field, not or (");
    TRY(advance());
    std::optional<FieldPath> field = field_named(name.text);
    if (!field) {
      return refuse(name.at, "no field is named " + base::quote(name.text) + "; there are " + field_names());
    }
    const Token symbol = token_;
    if (symbol.kind != Token::Kind::symbol || is_symbol("(") || is_symbol(")")) return has_field(std::move(*field));
    TRY(advance());
    const Token value = token_;
    if (value.kind != Token::Kind::word && value.kind != Token::Kind::text) return refuse(value.at, "expected a value");
    TRY(advance());
    return test_of(std::move(*field), symbol, value);
  }

  [[nodiscard]] base::Result<NodePtr> test_of(FieldPath field, const Token& symbol, const Token& value) const {
    if (symbol.text == "=~" || symbol.text == "!~") {
      base::Result<NodePtr> node = finds_pattern(std::move(field), value.text);
      if (!node) return refuse(value.at, node.error().why);
      return symbol.text == "!~" ? opposite(std::move(*node)) : std::move(*node);
    }
    Comparison comparison{};
    for (const auto& [text, meaning] : kComparisons) {
      if (symbol.text == text) comparison = meaning;
    }
    const bool is_order = comparison != Comparison::equal && comparison != Comparison::not_equal;
    if (is_order && !has_order(field.field)) return refuse(symbol.at, "only severity and open fields have an order");
    base::Result<NodePtr> node = compare_field(std::move(field), comparison, plain(value));
    if (!node) return refuse(value.at, node.error().why);
    return node;
  }

  static std::string plain(const Token& value) {
    if (value.kind == Token::Kind::word) return value.text;
    std::string text;
    for (std::size_t i = 0; i < value.text.size(); ++i) {
      if (value.text[i] == '\\' && value.text.substr(i, 2) == "\\\\") ++i;
      text += value.text[i];
    }
    return text;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Token token_;
  int depth_ = 0;
};

}  // namespace

base::Result<Where> Where::compile(std::string_view text) {
  return Where(TRY(Parser(text).parse()));
}

bool Where::matches(const Event& event) const {
  return root_->matches(event);
}

}  // namespace codec

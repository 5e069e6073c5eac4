// Values and conditions.
#include <array>
#include <utility>

#include "base/quote.h"
#include "cli/suggestion.h"
#include "rules/field_names.h"
#include "rules/language/parser.h"

namespace rules::language {
namespace {

constexpr std::array<std::pair<std::string_view, codec::Comparison>, 6> kComparisons = {
    {{"==", codec::Comparison::equal},
     {"!=", codec::Comparison::not_equal},
     {"<", codec::Comparison::less},
     {"<=", codec::Comparison::less_or_equal},
     {">", codec::Comparison::greater},
     {">=", codec::Comparison::greater_or_equal}}};

std::optional<codec::Comparison> comparison_named(std::string_view symbol) {
  for (const auto& [text, comparison] : kComparisons)
    if (text == symbol) return comparison;
  return {};
}

// "5 < status" is "status > 5".
codec::Comparison mirrored(codec::Comparison comparison) {
  switch (comparison) {
    case codec::Comparison::less:
      return codec::Comparison::greater;
    case codec::Comparison::less_or_equal:
      return codec::Comparison::greater_or_equal;
    case codec::Comparison::greater:
      return codec::Comparison::less;
    case codec::Comparison::greater_or_equal:
      return codec::Comparison::less_or_equal;
    default:
      return comparison;
  }
}

bool has_names(const codec::FieldPath* field) {
  return field != nullptr && (field->field == codec::Field::severity || field->field == codec::Field::facility);
}

}  // namespace

// ---- values

base::Result<codec::FieldPath> Parser::field() {
  std::optional<codec::FieldPath> path;
  if (token_.kind == Token::Kind::open_field) {
    if (codec::is_open_field_name(token_.text)) path = codec::FieldPath{codec::Field::open, {}, token_.text};
  } else {
    path = field_named(token_.text);
  }
  if (!path)
    return lexer_.refuse(token_.place, "expected the name of a field, which has no brackets and spaces; " +
                                           base::quote(token_.text) + " is none");
  if (path->field == codec::Field::open && token_.kind != Token::Kind::open_field)
    note_likeness(token_.text, token_.place);
  TRY(advance());
  return std::move(*path);
}

// Any name is a field; one that is nearly that of a known field is probably meant to be it. Short names are alike.
void Parser::note_likeness(const std::string& name, Place at) {
  constexpr std::size_t kShortest = 6;
  static const std::vector<std::string> known{"timestamp",    "hostname",   "appname",         "procid",
                                              "facility",     "severity",   "structured_data", "message",
                                              "peer_address", "local_port", "protocol",        "unparsed"};
  if (name.size() < kShortest) return;
  const std::string hint = cli::suggestion(name, known);
  if (!hint.empty())
    hints_.push_back(lexer_.refuse(at, name + " is no field that every event has" + hint).value().text());
}

base::Result<Expression> Parser::expression(const std::string& what) {
  Expression value;
  const bool number = token_.kind == Token::Kind::number;
  value.add(TRY(part(what)));
  if (number && !is_symbol("+")) value.set_number();
  while (is_symbol("+")) {
    TRY(advance());
    value.add(TRY(part("a text in quotes, a number or a field after +")));
  }
  return value;
}

base::Result<Expression::Part> Parser::part(const std::string& what) {
  Expression::Part part;
  if (token_.kind == Token::Kind::text || token_.kind == Token::Kind::number) {
    part.written = token_.text;
    part.text = unescaped(token_.text);
    TRY(advance());
    return part;
  }
  if (is_call()) return lexer_.refuse(token_.place, "expected " + what + "; a call stands alone or in a condition");
  if (!is_field() || is_name("if") || is_name("else") || is_name("and") || is_name("or") || is_name("not"))
    return expected(what);
  part.field = TRY(field());
  return part;
}

// ---- conditions

base::Result<ConditionPtr> Parser::disjunction() {
  std::vector<ConditionPtr> all;
  all.push_back(TRY(conjunction()));
  while (is_name("or")) {
    TRY(advance());
    all.push_back(TRY(conjunction()));
  }
  return all.size() == 1 ? std::move(all.front()) : any_of(std::move(all));
}

base::Result<ConditionPtr> Parser::conjunction() {
  std::vector<ConditionPtr> all;
  all.push_back(TRY(term()));
  while (is_name("and")) {
    TRY(advance());
    all.push_back(TRY(term()));
  }
  return all.size() == 1 ? std::move(all.front()) : all_of(std::move(all));
}

base::Result<ConditionPtr> Parser::term() {
  TRY(enter());
  ConditionPtr condition;
  if (is_name("not")) {
    TRY(advance());
    condition = opposite(TRY(term()));
  } else if (is_symbol("(")) {
    TRY(advance());
    condition = TRY(disjunction());
    TRY(take_symbol(")", ", and or or"));
  } else {
    condition = TRY(test());
  }
  leave();
  return condition;
}

base::Result<ConditionPtr> Parser::test() {
  if (is_call()) return call_of(TRY(call()));
  const Place start = token_.place;
  Expression left = TRY(expression("a condition: a field, a value, a call, not or ("));
  if (is_name("in") || is_name("notin") || is_name("not")) return membership(std::move(left));
  const Token symbol = token_;
  if (symbol.kind == Token::Kind::symbol) {
    const bool searches = symbol.text == "~" || symbol.text == "~*" || symbol.text == "=~" || symbol.text == "!~";
    const auto comparison = comparison_named(symbol.text);
    if (searches || comparison) TRY(advance());
    if (searches) return search(left, start, symbol.text);
    if (comparison) return this->comparison(std::move(left), symbol.place, *comparison);
    if (symbol.text == "=") return lexer_.refuse(symbol.place, "expected ==, not \"=\"");
  }
  if (left.field() != nullptr) return test_of(codec::has_field(*left.field()));
  return expected("a comparison: == != < <= > >= ~ ~* !~ in or not in");
}

base::Result<ConditionPtr> Parser::search(const Expression& left, Place at, const std::string& symbol) {
  if (left.field() == nullptr) return lexer_.refuse(at, "expected a field before " + symbol);
  const Place place = token_.place;
  if (token_.kind != Token::Kind::text) return expected("a regular expression in quotes");
  const Expression pattern = TRY(expression("a regular expression in quotes"));
  if (!pattern.is_constant()) return lexer_.refuse(place, "expected a regular expression without fields");
  auto node = codec::finds_pattern(*left.field(), (symbol == "~*" ? "(?i)" : "") + pattern.written());
  if (!node) return lexer_.refuse(place, "expected a regular expression: " + node.error().why);
  ConditionPtr condition = test_of(std::move(*node));
  return symbol == "!~" ? opposite(std::move(condition)) : std::move(condition);
}

base::Result<ConditionPtr> Parser::membership(Expression left) {
  bool negated = is_name("notin");
  if (is_name("not")) {
    negated = true;
    TRY(advance());
    if (!is_name("in")) return expected("in after not");
  }
  TRY(advance());
  std::vector<Expression> among;
  if (is_symbol("(")) {
    do {
      TRY(advance());
      among.push_back(TRY(expression("a value of the list")));
    } while (is_symbol(","));
    TRY(take_symbol(")", " or , in the list"));
  } else {
    if (!is_field()) return expected("a field or a list in parentheses after in");
    if (token_.text == "custom_fields")
      return expected("a field; the name of a field alone tests whether the event has it");
    among.push_back(TRY(expression("a field")));
  }
  ConditionPtr condition = membership_of(std::move(left), std::move(among));
  return negated ? opposite(std::move(condition)) : std::move(condition);
}

base::Result<ConditionPtr> Parser::comparison(Expression left, Place at, codec::Comparison comparison) {
  const Token first = token_;
  Expression right = TRY(expression("a value to compare with"));
  const codec::FieldPath* field = left.field();
  std::string text = right.constant();
  bool plain = field != nullptr && right.is_constant();
  // `severity <= warning`: a name without quotes is no field here; one in brackets is.
  if (has_names(field) && right.field() != nullptr && first.kind == Token::Kind::name) {
    text = first.text;
    plain = true;
  }
  if (!plain && left.is_constant() && right.field() != nullptr) {
    comparison = mirrored(comparison);
    field = right.field();
    text = left.constant();
    plain = true;
  }
  if (!plain) return comparison_of(std::move(left), comparison, std::move(right));
  const bool order = comparison != codec::Comparison::equal && comparison != codec::Comparison::not_equal;
  if (order && !codec::has_order(field->field))
    return lexer_.refuse(at, "expected ==, != or ~; only severity and open fields have an order");
  auto node = codec::compare_field(*field, comparison, text);
  if (!node) return lexer_.refuse(first.place, node.error().why);
  return test_of(std::move(*node));
}

}  // namespace rules::language

#include "rules/language/parser.h"

#include <array>
#include <utility>

#include "base/quote.h"
#include "cli/suggestion.h"
#include "rules/field_names.h"

namespace rules::language {
namespace {

constexpr int kDeepest = 100;

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

std::string shown(const Token& token) {
  switch (token.kind) {
    case Token::Kind::end:
      return "the end";
    case Token::Kind::field:
      return base::quote("[" + token.text + "]");
    default:
      return base::quote(token.text);
  }
}

bool has_names(const codec::FieldPath* field) {
  return field != nullptr && (field->field == codec::Field::severity || field->field == codec::Field::facility);
}

}  // namespace

// ---- tokens

base::Result<void> Parser::advance() {
  end_ = token_.end;
  token_ = std::move(after_);
  after_ = TRY(lexer_.next());
  return {};
}

bool Parser::is_name(std::string_view name) const {
  return token_.kind == Token::Kind::name && token_.text == name;
}

bool Parser::is_symbol(const Token& token, std::string_view symbol) {
  return token.kind == Token::Kind::symbol && token.text == symbol;
}

bool Parser::is_field() const {
  return token_.kind == Token::Kind::name || token_.kind == Token::Kind::field ||
         token_.kind == Token::Kind::open_field;
}

tl::unexpected<base::Error> Parser::expected(const std::string& what) const {
  return lexer_.refuse(token_.place, "expected " + what + ", not " + shown(token_));
}

base::Result<void> Parser::take_symbol(std::string_view symbol, const std::string& where) {
  if (!is_symbol(symbol)) return expected(std::string(symbol) + where);
  return advance();
}

base::Result<void> Parser::enter() {
  if (depth_ == kDeepest)
    return lexer_.refuse(token_.place, "nested too deeply; expected at most " + std::to_string(kDeepest) + " levels");
  ++depth_;
  return {};
}

// ---- statements

base::Result<void> Parser::parse(Block& block) {
  TRY(advance());
  TRY(advance());
  return statements(block, false);
}

base::Result<void> Parser::statements(Block& block, bool nested) {
  for (;;) {
    if (is_symbol(";")) {
      TRY(advance());
      continue;
    }
    if (nested && is_symbol("}")) return {};
    if (token_.kind == Token::Kind::end) {
      if (nested) return expected("a statement or }");
      return {};
    }
    block.add(TRY(statement()));
  }
}

Origin Parser::origin_of(const Token& first) const {
  return {name_ + ":" + std::to_string(first.place.line), lexer_.excerpt(first.at, end_)};
}

base::Result<StatementPtr> Parser::statement() {
  const Token first = token_;
  StatementPtr statement = TRY(bare_statement());
  statement->set_origin(origin_of(first));
  return statement;
}

base::Result<StatementPtr> Parser::bare_statement() {
  if (is_name("if")) return branches();
  if (is_name("drop") || is_name("stop")) {
    const Flow flow = is_name("drop") ? Flow::drop : Flow::stop;
    TRY(advance());
    return StatementPtr(std::make_unique<Leave>(flow));
  }
  if (is_call())
    if (const FunctionKind* kind = Packer::named(token_.text)) return packer(*kind);
  if (is_call()) return StatementPtr(std::make_unique<Call>(TRY(call())));
  const bool changes = is_symbol(after_, ":=") || is_symbol(after_, "+=") || is_symbol(after_, "-=");
  if (token_.kind == Token::Kind::name && !changes) return no_statement();
  if (!is_field()) return expected("a statement");
  return assignment();
}

tl::unexpected<base::Error> Parser::no_statement() const {
  std::vector<std::string> known{"if", "drop", "stop", "tags"};
  for (const FunctionKind& kind : function_kinds()) known.emplace_back(kind.name);
  for (const FunctionKind& kind : Packer::kinds()) known.emplace_back(kind.name);
  const std::string hint = cli::suggestion(token_.text, known);
  if (is_symbol(after_, "=")) return lexer_.refuse(after_.place, "expected :=, += or -=, not \"=\"");
  return lexer_.refuse(token_.place, "expected a statement (a call, [FIELD] :=, tags +=, if, drop or stop), not " +
                                         shown(token_) + hint);
}

base::Result<StatementPtr> Parser::assignment() {
  const Token name = token_;
  codec::FieldPath path = TRY(field());
  const std::string symbol = token_.text;
  if (!is_symbol(":=") && !is_symbol("+=") && !is_symbol("-=")) return expected(":=, += or -= after the field");
  if (!codec::can_set(path.field)) return lexer_.refuse(name.place, "the field " + name.text + " cannot be set");
  if (symbol != ":=" && path.field != codec::Field::open)
    return lexer_.refuse(token_.place, "expected := here; only open fields such as tags are lists");
  TRY(advance());
  const Place value_place = token_.place;
  Expression value = TRY(expression("a text in quotes, a number or a field"));
  if (symbol != ":=") return StatementPtr(std::make_unique<ChangeList>(path.name, std::move(value), symbol == "+="));
  if (value.is_constant()) {
    codec::Event event;
    const auto tried = codec::set_field(event, path, value.constant());
    if (!tried) return lexer_.refuse(value_place, tried.error().text());
  }
  return StatementPtr(std::make_unique<Assign>(std::move(path), std::move(value)));
}

base::Result<StatementPtr> Parser::branches() {
  std::vector<If::Branch> all;
  while (is_name("if")) {
    const Token first = token_;
    TRY(advance());
    ConditionPtr condition = TRY(disjunction());
    Origin origin = origin_of(first);
    Block then = TRY(block());
    all.push_back({std::move(origin), std::move(condition), std::move(then)});
    if (!is_name("else")) break;
    TRY(advance());
    if (is_name("if")) continue;
    Block otherwise = TRY(block());
    all.push_back({{}, nullptr, std::move(otherwise)});
    break;
  }
  return StatementPtr(std::make_unique<If>(std::move(all)));
}

base::Result<Block> Parser::block() {
  TRY(take_symbol("{", " before the statements"));
  TRY(enter());
  Block block;
  TRY(statements(block, true));
  leave();
  TRY(advance());
  return block;
}

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

// ---- calls

base::Result<Invocation> Parser::call() {
  const Token name = token_;
  const FunctionKind* kind = function_named(name.text);
  if (Packer::named(name.text) != nullptr)
    return lexer_.refuse(name.place, "expected a condition; " + name.text + " is a statement");
  if (kind == nullptr) {
    std::vector<std::string> known;
    for (const FunctionKind& other : function_kinds()) known.emplace_back(other.name);
    for (const FunctionKind& other : Packer::kinds()) known.emplace_back(other.name);
    return lexer_.refuse(name.place,
                         "no function is named " + base::quote(name.text) + cli::suggestion(name.text, known));
  }
  TRY(advance());
  Given all = TRY(given(*kind));
  auto function = functions_.create(*kind, all.arguments);
  if (!function) return lexer_.refuse(name.place, function.error().text());
  return Invocation(*kind, std::move(all.subject), std::move(*function));
}

base::Result<StatementPtr> Parser::packer(const FunctionKind& kind) {
  const Token name = token_;
  TRY(advance());
  const Given all = TRY(given(kind));
  auto packer = functions_.create_packer(kind, all.arguments);
  if (!packer) return lexer_.refuse(name.place, packer.error().text());
  merges_ = true;
  return StatementPtr(std::make_unique<Pack>(std::move(*packer)));
}

base::Result<Parser::Given> Parser::given(const FunctionKind& kind) {
  Given given;
  const std::string usage(kind.usage);
  bool subject = kind.subject == SubjectUse::argument;
  TRY(advance());  // the parenthesis
  while (!is_symbol(")")) {
    if (token_.kind == Token::Kind::name && is_symbol(after_, "="))
      TRY(option(kind, given));
    else if (std::exchange(subject, false))
      given.subject = TRY(expression("a field or a text, as in " + usage));
    else
      given.arguments.values.push_back(TRY(constant(kind)));
    if (is_symbol(")")) break;
    if (!is_symbol(",")) return expected(") or , in " + usage);
    TRY(advance());
  }
  if (subject) return expected("a field or a text, as in " + usage);
  TRY(advance());
  return given;
}

base::Result<void> Parser::option(const FunctionKind& kind, Given& given) {
  const std::string label = token_.text;
  TRY(advance());
  TRY(advance());
  if (is_field()) {
    given.arguments.options.emplace_back(label, token_.text);
    TRY(field());
    return {};
  }
  given.arguments.options.emplace_back(label, TRY(constant(kind)));
  return {};
}

// Patterns keep their escapes, which the regular expression reads.
base::Result<std::string> Parser::constant(const FunctionKind& kind) {
  const Place place = token_.place;
  const std::string what = "a text in quotes, as in " + std::string(kind.usage);
  const Expression value = TRY(expression(what));
  if (!value.is_constant()) return lexer_.refuse(place, "expected " + what + ", not a field");
  return kind.subject == SubjectUse::message ? value.written() : value.constant();
}

}  // namespace rules::language

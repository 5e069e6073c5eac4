// Tokens and statements.
#include "rules/language/parser.h"

#include <utility>

#include "base/quote.h"
#include "cli/suggestion.h"

namespace rules::language {
namespace {

constexpr int kDeepest = 100;

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
  if (is_call()) return call_statement();
  const bool changes = is_symbol(after_, ":=") || is_symbol(after_, "+=") || is_symbol(after_, "-=");
  if (token_.kind == Token::Kind::name && !changes) return no_statement();
  if (!is_field()) return expected("a statement");
  return assignment();
}

tl::unexpected<base::Error> Parser::no_statement() const {
  std::vector<std::string> known = call_names();
  known.insert(known.end(), {"if", "drop", "stop", "tags"});
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

}  // namespace rules::language

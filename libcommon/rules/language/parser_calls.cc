// Calls of functions, and the statements that look like them.
#include <utility>

#include "base/quote.h"
#include "cli/suggestion.h"
#include "rules/language/parser.h"

namespace rules::language {
namespace {

constexpr FunctionKind kRouter{"router", SubjectUse::none, R"(router("NAME", ...))", nullptr};

}  // namespace

std::vector<std::string> Parser::call_names() {
  std::vector<std::string> names{std::string(kRouter.name)};
  for (const FunctionKind& kind : function_kinds()) names.emplace_back(kind.name);
  for (const FunctionKind& kind : Packer::kinds()) names.emplace_back(kind.name);
  return names;
}

base::Result<StatementPtr> Parser::call_statement() {
  if (const FunctionKind* kind = Packer::named(token_.text)) return packer(*kind);
  if (is_name(kRouter.name)) return router();
  const Token name = token_;
  Invocation invocation = TRY(call());
  if (invocation.verifies() && !functions_.sink_named(kDeadLetters))
    return lexer_.refuse(name.place, "expected a sink for messages that are forged: add --to " +
                                         std::string(kDeadLetters) + "='COMMAND', or decide: if not " + name.text +
                                         "() { ... }");
  return StatementPtr(std::make_unique<Call>(std::move(invocation)));
}

// ---- calls

base::Result<Invocation> Parser::call() {
  const Token name = token_;
  const FunctionKind* kind = function_named(name.text);
  if (Packer::named(name.text) != nullptr || is_name(kRouter.name))
    return lexer_.refuse(name.place, "expected a condition; " + name.text + " is a statement");
  if (kind == nullptr)
    return lexer_.refuse(name.place,
                         "no function is named " + base::quote(name.text) + cli::suggestion(name.text, call_names()));
  TRY(advance());
  Given all = TRY(given(*kind));
  auto function = functions_.create(*kind, all.arguments);
  if (!function) return lexer_.refuse(name.place, function.error().text());
  if (kind->verifies) routes_ |= functions_.sink_named(kDeadLetters).value_or(0);
  return Invocation(*kind, std::move(all.subject), std::move(*function));
}

base::Result<StatementPtr> Parser::router() {
  stream::Route route = 0;
  TRY(advance());
  do {
    TRY(advance());
    const Place place = token_.place;
    const std::string name = TRY(constant(kRouter));
    const auto sink = functions_.sink_named(name);
    if (!sink)
      return lexer_.refuse(place, "expected the name of a sink, as in --to NAME='COMMAND'; " + base::quote(name) +
                                      " is none" + cli::suggestion(name, functions_.sink_names()));
    route |= *sink;
  } while (is_symbol(","));
  TRY(take_symbol(")", " or , in " + std::string(kRouter.usage)));
  routes_ |= route;
  return StatementPtr(std::make_unique<RouteTo>(route));
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

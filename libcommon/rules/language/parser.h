// The grammar of rules. The bodies are in parser.cc, parser_values.cc and parser_calls.cc.
//
//   statement    [FIELD] := value | [FIELD] += value | [FIELD] -= value | drop | stop | call | packer | router | if
//   if           if condition { statements } [else { statements } | else if]
//   condition    and, or, not, parentheses; not binds closest, or loosest
//   test         value == value, != < <= > >=; FIELD ~ "REGEX", ~* (in any case), !~; value in FIELD or in (value,
//   ...),
//                not in, notin; call; FIELD alone: the event has it
//   value        "text", number or FIELD, joined by +
//   call         NAME(value, ..., NAME=value, ...)
//   packer       merge_by_time(NAME=value, ...), merge_by_format("START", ..., NAME=value)
//   router       router("NAME", ...)
//   FIELD        name, [name], or ["name"]: the open field of this name, even where the name is an alias
//
// "#" starts a comment, ";" may stand between statements.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/language/condition.h"
#include "rules/language/functions.h"
#include "rules/language/statement.h"
#include "rules/language/token.h"

namespace rules::language {

class Parser {
 public:
  // All must outlive this.
  Parser(std::string_view name, std::string_view text, Functions& functions)
      : name_(name), lexer_(name, text), functions_(functions) {}

  // Appends the statements to `block`. Errors as Program::compile().
  base::Result<void> parse(Block& block);
  // It has a packer.
  [[nodiscard]] bool merges() const { return merges_; }

  // The sinks that it names.
  [[nodiscard]] stream::Route routes() const { return routes_; }

  // See Program::hints().
  [[nodiscard]] const std::vector<std::string>& hints() const { return hints_; }

 private:
  // ---- tokens
  base::Result<void> advance();
  [[nodiscard]] bool is_name(std::string_view name) const;
  [[nodiscard]] bool is_symbol(std::string_view symbol) const { return is_symbol(token_, symbol); }
  [[nodiscard]] static bool is_symbol(const Token& token, std::string_view symbol);
  [[nodiscard]] bool is_field() const;
  [[nodiscard]] bool is_call() const { return token_.kind == Token::Kind::name && is_symbol(after_, "("); }
  // "expected WHAT, not ..."
  [[nodiscard]] tl::unexpected<base::Error> expected(const std::string& what) const;
  base::Result<void> take_symbol(std::string_view symbol, const std::string& where);
  base::Result<void> enter();
  void leave() { --depth_; }

  // ---- statements
  base::Result<void> statements(Block& block, bool nested);
  base::Result<StatementPtr> statement();
  base::Result<StatementPtr> bare_statement();
  base::Result<StatementPtr> assignment();
  base::Result<StatementPtr> branches();
  base::Result<Block> block();
  // Of what begins with that token, and ends with the one before the current one.
  [[nodiscard]] Origin origin_of(const Token& first) const;
  [[nodiscard]] tl::unexpected<base::Error> no_statement() const;

  // ---- values
  base::Result<Expression> expression(const std::string& what);
  base::Result<Expression::Part> part(const std::string& what);
  base::Result<codec::FieldPath> field();
  void note_likeness(const std::string& name, Place at);

  // ---- conditions
  base::Result<ConditionPtr> disjunction();
  base::Result<ConditionPtr> conjunction();
  base::Result<ConditionPtr> term();
  base::Result<ConditionPtr> test();
  base::Result<ConditionPtr> search(const Expression& left, Place at, const std::string& symbol);
  base::Result<ConditionPtr> membership(Expression left);
  base::Result<ConditionPtr> comparison(Expression left, Place at, codec::Comparison comparison);

  // ---- calls
  // What stands between the parentheses.
  struct Given {
    Expression subject;
    Arguments arguments;
  };
  [[nodiscard]] static std::vector<std::string> call_names();
  base::Result<StatementPtr> call_statement();
  base::Result<Invocation> call();
  base::Result<StatementPtr> router();
  base::Result<StatementPtr> packer(const FunctionKind& kind);
  base::Result<Given> given(const FunctionKind& kind);
  base::Result<void> option(const FunctionKind& kind, Given& given);
  base::Result<std::string> constant(const FunctionKind& kind);

  std::string name_;
  Lexer lexer_;
  Functions& functions_;
  Token token_;
  Token after_;          // the one behind it
  std::size_t end_ = 0;  // of the token before, in bytes
  int depth_ = 0;
  std::vector<std::string> hints_;
  bool merges_ = false;
  stream::Route routes_ = 0;
};

}  // namespace rules::language

// A call in the rules: a function with its arguments, and where it looks.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "rules/function.h"
#include "rules/language/expression.h"

namespace rules::language {

struct Run;

class Invocation {
 public:
  // `subject`: of SubjectUse::argument; of a field that is a list, its first element is meant.
  Invocation(const FunctionKind& kind, Expression subject, std::unique_ptr<Function> function)
      : kind_(kind.subject),
        verifies_(kind.verifies),
        name_(kind.name),
        subject_(std::move(subject)),
        function_(std::move(function)) {}

  // An event whose HMAC is not its own is tagged "hmac_forged", and reported.
  [[nodiscard]] Outcome apply(Run& run) const;

  [[nodiscard]] bool verifies() const { return verifies_; }  // events may be forged
  [[nodiscard]] const std::string& name() const { return name_; }
  // The text in which the last apply() looked.
  [[nodiscard]] std::string_view subject(const Run& run) const;

 private:
  std::string_view evaluate(Run& run) const;

  SubjectUse kind_;
  bool verifies_;
  std::string name_;
  Expression subject_;
  std::unique_ptr<Function> function_;
};

}  // namespace rules::language

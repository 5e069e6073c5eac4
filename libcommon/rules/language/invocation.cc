#include "rules/language/invocation.h"

#include "rules/language/statement.h"

namespace rules::language {

std::string_view Invocation::evaluate(Run& run) const {
  if (kind_ == SubjectUse::message) return run.event.message;
  run.space.clear();
  if (kind_ == SubjectUse::argument) (void)subject_.append_single(run.space, run.event);
  return run.space;
}

Outcome Invocation::apply(Run& run) const {
  const Outcome outcome = function_->apply(run.event, evaluate(run), run.workspace);
  if (outcome == Outcome::forged) run.failures.add_forged(run);
  return outcome;
}

std::string_view Invocation::subject(const Run& run) const {
  return kind_ == SubjectUse::message ? run.event.message : std::string_view(run.space);
}

}  // namespace rules::language

#include "rules/language/statement.h"

#include <utility>

#include "base/quote.h"
#include "codec/open_list.h"
#include "rules/language/condition.h"
#include "rules/tags.h"

namespace rules::language {
namespace {

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all.append(all.empty() ? "" : ",").append(text);
  return all;
}

std::string too_many() {
  return "more than " + std::to_string(Expression::kMostTexts) + " texts come of it, or more than 16 MiB";
}

void tell(Run& run, const Origin& statement, std::string_view outcome = {}) {
  if (run.watcher != nullptr) run.watcher->ran(statement, outcome, run.event);
}

}  // namespace

void Failures::add(Statement& statement, Run& run, std::string_view tag, std::string_view why) {
  ++count_;
  add_tag(run.event, tag);
  const std::string what = std::string(why) + "; tagged " + std::string(tag);
  tell(run, statement.origin(), what);
  if (std::exchange(statement.failed_, true)) return;
  news_.push_back("rules " + statement.origin().place + ": " + what +
                  "; the message goes on, and the next ones are only counted");
}

void Failures::add_forged(Run& run) {
  ++count_;
  run.forged = true;
  add_tag(run.event, "hmac_forged");
  news_.push_back("security: the HMAC of a message is not its own; tagged hmac_forged: " +
                  base::quote(run.event.message));
}

Flow Block::run(Run& run) {
  for (const StatementPtr& statement : statements_)
    if (const Flow flow = statement->run(run); flow != Flow::next) return flow;
  return Flow::next;
}

Flow Assign::run(Run& run) {
  if (const auto assigned = assign(run); !assigned)
    run.failures.add(*this, run, "set_failed", assigned.error().text());
  else
    tell(run, origin());
  return Flow::next;
}

base::Result<void> Assign::assign(Run& run) {
  const bool open = field_.field == codec::Field::open;
  if (open && value_.is_number()) {
    codec::set_open_field_json(run.event, field_.name, value_.constant());
    return {};
  }
  run.space.clear();
  if (value_.append_single(run.space, run.event)) {
    if (run.space.size() <= Expression::kMostBytes) return codec::set_field(run.event, field_, run.space);
    return base::fail(base::Kind::data, "set field", too_many());
  }
  const auto texts = value_.texts(run.event);
  if (!texts) return base::fail(base::Kind::data, "set field", too_many());
  if (!open) return codec::set_field(run.event, field_, joined(*texts));
  codec::set_open_list(run.event, field_.name, *texts);
  return {};
}

Flow ChangeList::run(Run& run) {
  const auto texts = value_.texts(run.event);
  if (!texts) {
    run.failures.add(*this, run, "set_failed", too_many());
    return Flow::next;
  }
  for (const std::string& text : *texts) {
    if (text.empty()) continue;
    if (adds_)
      codec::add_to_open_list(run.event, field_, text);
    else
      codec::remove_from_open_list(run.event, field_, text);
  }
  tell(run, origin());
  return Flow::next;
}

If::If(std::vector<Branch> branches) : branches_(std::move(branches)) {}

If::~If() = default;

Flow If::run(Run& run) {
  for (Branch& branch : branches_) {
    const bool holds = !branch.condition || branch.condition->holds(run);
    if (branch.condition) tell(run, branch.origin, holds ? "true" : "false");
    if (holds) return branch.block.run(run);
  }
  return Flow::next;
}

Flow Call::run(Run& run) {
  const Outcome outcome = invocation_.apply(run);
  if (outcome == Outcome::not_applied)
    run.failures.add(*this, run, tag_,
                     invocation_.name() + " does not apply to " + base::quote(invocation_.subject(run)));
  else
    tell(run, origin(), outcome == Outcome::forged ? "forged" : "");
  return Flow::next;
}

Flow Pack::run(Run& run) {
  if (run.joining.packer != nullptr) {
    tell(run, origin(), "it has joined another group");
    return Flow::next;
  }
  run.joining = packer_->join(run.event, run.workspace);
  const bool continues = !packer_->by_time() && !run.joining.starts;
  tell(run, origin(),
       run.joining.starts ? "starts a group"
       : continues        ? "joins a group that is open"
                          : "joins a group");
  return Flow::next;
}

Flow RouteTo::run(Run& run) {
  run.route |= route_;
  tell(run, origin());
  return Flow::next;
}

Flow Leave::run(Run& run) {
  tell(run, origin());
  return flow_;
}

}  // namespace rules::language

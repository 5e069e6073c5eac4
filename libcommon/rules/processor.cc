#include "rules/processor.h"

#include <algorithm>
#include <thread>

#include "base/quote.h"
#include "codec/open_fields.h"

namespace rules {

unsigned ProcessorOptions::thread_count() const {
  return threads > 0 ? static_cast<unsigned>(threads) : std::max(std::thread::hardware_concurrency(), 1U);
}

void Processor::set_clock() {
  clock_ = {.now = base::wall_now(), .zone = &base::local_zone()};
  if (completion_) completion_->set_clock(clock_);
  if (options_.rule_set) options_.rule_set->program().set_clock(clock_);
}

Verdict Processor::take(std::string_view message, const net::Peer* peer, codec::Event& event) {
  const bool local = peer == nullptr || peer->address.empty() || peer->protocol.starts_with("unix");
  sender_ = local ? std::string_view(hostname_) : std::string_view(peer->address);
  const codec::Context context{.clock = clock_,
                               .hostname = sender_,
                               .hostnames_expected = peer == nullptr || !peer->protocol.starts_with("unix")};
  event = codec::parse(message, options_.mode, context);
  reason_.clear();
  warning_.clear();
  if (event.form == codec::Form::unparsed) {
    if (options_.on_unparsed == OnUnparsed::reject) {
      reason_ = event.reason;
      return Verdict::rejected;
    }
    if (options_.on_unparsed == OnUnparsed::keep) event.reason = {};
  }
  if (options_.add_peer && peer != nullptr) {
    event.peer_address = peer->address;
    event.local_port = peer->local_port;
    event.protocol = peer->protocol;
    if (!peer->identity.empty()) codec::set_open_field(event, "peer_identity", peer->identity);
  }
  if (peer != nullptr && !peer->token_name.empty()) codec::set_open_field(event, "token_name", peer->token_name);
  if (peer != nullptr && !peer->path.empty()) {
    codec::set_open_field(event, "path", peer->path);
    codec::set_open_field(event, "file", std::string_view(peer->path).substr(peer->path.rfind('/') + 1));
  }
  if (options_.rule_set && apply_rules(event) == language::Flow::drop) return Verdict::left_out;
  if (options_.where && !options_.where->matches(event)) return Verdict::left_out;
  if (completion_) completion_->complete(event);
  assign(event);
  return Verdict::kept;
}

language::Flow Processor::apply_rules(codec::Event& event) {
  if (explainer_) explainer_->begin(event);
  const language::Flow flow = options_.rule_set->program().run(event, explainer_ ? &*explainer_ : nullptr);
  if (explainer_ && flow != language::Flow::drop && options_.rule_set->has_sinks()) explainer_->goes_to(sinks());
  return flow;
}

void Processor::assign(codec::Event& event) {
  for (const codec::Assignment& assignment : options_.assignments) {
    const base::Result<void> applied = assignment.apply(event);
    if (!applied) warning_ = applied.error().text();
  }
}

void Processor::tell(const base::Report& report) {
  if (!warning_.empty()) report(base::Level::warning, warning_);
  if (!options_.rule_set) return;
  if (explainer_) explainer_->tell(report);
  language::Failures& failures = options_.rule_set->program().failures();
  if (!failures.has_news()) return;
  for (const std::string& line : failures.take_news()) report(base::Level::warning, line);
}

std::uint64_t Processor::failures() const {
  return options_.rule_set ? options_.rule_set->program().failures().count() : 0;
}

base::Result<void> Processor::reopen() {
  return options_.rule_set ? options_.rule_set->reload() : base::Result<void>();
}

void Processor::append(std::string& out, const codec::Event& event) const {
  if (options_.format)
    options_.format->append(out, event);
  else
    out += event.raw;
}

std::string Processor::rejection_of(std::string_view message) const {
  return "parse " + base::quote(message) + ": " + reason_ + "; the message is rejected";
}

}  // namespace rules

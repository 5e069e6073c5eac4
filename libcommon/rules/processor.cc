#include "rules/processor.h"

namespace rules {

Verdict Processor::process(std::string_view message, const net::Peer* peer, std::string& out) {
  const bool local = peer == nullptr || peer->address.empty() || peer->protocol.starts_with("unix");
  const codec::Context context{.clock = clock_,
                               .hostname = local ? std::string_view(hostname_) : std::string_view(peer->address),
                               .hostnames_expected = peer == nullptr || !peer->protocol.starts_with("unix")};
  codec::Event event = codec::parse(message, options_.mode, context);
  reason_.clear();
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
  }
  if (options_.where && !options_.where->matches(event)) return Verdict::left_out;
  for (const codec::Assignment& assignment : options_.assignments) {
    const base::Result<void> applied = assignment.apply(event);
    if (!applied) reason_ = applied.error().text();
  }
  if (options_.format) {
    options_.format->append(out, event);
  } else {
    out += message;
  }
  return Verdict::kept;
}

}  // namespace rules

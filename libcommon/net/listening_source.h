// A source of messages that others send to us: what is done to messages, and whoever started the listener, ask it about
// the senders.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/peer_log.h"
#include "stream/flow.h"

namespace net {

class ListeningSource : public stream::Source {
 public:
  // Who sent the message at a position (from 1 on, of all that were ever given). Asked for in order; null: not known.
  // Valid until the next call.
  virtual const Peer* peer(std::uint64_t position) = 0;

  // The message at a position, which is not yet acknowledged, will not be taken: its sender is told why, and it counts
  // for acknowledge() as any other. False: the sender is gone, or the protocol has no word for it.
  virtual bool reject(std::uint64_t, std::string_view) { return false; }

  // "tcp://127.0.0.1:43211", one for each socket; until stop().
  [[nodiscard]] virtual std::vector<std::string> addresses() const = 0;

  void set_sink_full_since(std::optional<base::Instant> since) override { sink_full_since_ = since; }

 protected:
  // Senders have to wait since then; nothing: there is room.
  [[nodiscard]] std::optional<base::Instant> sink_full_since() const { return sink_full_since_; }

 private:
  std::optional<base::Instant> sink_full_since_;
};

}  // namespace net

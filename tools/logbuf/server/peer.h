// Another server of the same log, which is asked every few seconds whether it is ahead (docs/decisions/0011).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/report.h"
#include "base/result.h"
#include "event/loop.h"
#include "net/logd_session.h"
#include "net/url.h"

namespace logbuf {

// What a server says of its log by STATS.
struct PeerState {
  std::uint64_t epoch = 0;
  std::uint64_t head = 0;
  std::string log;
};

// Nothing: that is not told, as other servers of logd's protocol do not.
std::optional<PeerState> parse_peer_state(std::string_view statistics);

class Peer {
 public:
  // Called in the loop. An error: what it said answers nothing; it is reported, and the peer is asked again.
  using Judge = std::function<base::Result<void>(const Peer& peer, const PeerState& state)>;

  // `url` is logd:// or logds://. Must not be moved in memory.
  Peer(event::Loop& loop, const net::Url& url, net::LogdOptions options, base::Report report, Judge judge);

  void start() { session_.start(); }
  void reload_certificates() { session_.reload_certificates(); }

  [[nodiscard]] const std::string& name() const { return name_; }
  // It has answered since the start, and was judged without an error. Stays true.
  [[nodiscard]] bool heard() const { return heard_; }
  // While it is not heard: why, for people.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  void ask();
  base::Result<void> take(const codec::LogdReply& reply);
  base::Result<void> judge(const codec::LogdReply& reply);

  std::string name_;
  std::string trouble_ = "no answer yet";
  Judge judge_;
  bool heard_ = false;
  net::LogdSession session_;
  event::Timer again_;
};

}  // namespace logbuf

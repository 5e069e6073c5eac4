// Whether a server takes messages: it is the master where its buffer says so, and none of its peers is ahead
// (docs/decisions/0011).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/report.h"
#include "base/result.h"
#include "event/loop.h"
#include "net/logd_session.h"
#include "net/url.h"
#include "tools/logbuf/server/peer.h"
#include "tools/logbuf/store/buffer.h"

namespace logbuf {

class Role {
 public:
  enum class Fence { if_behind, always };

  // `changed` is called when the epoch or the log is another one.
  Role(Buffer& buffer, base::Report report, std::function<void()> changed);

  // The first look at the buffer. Call once, before everything else.
  base::Result<void> load();
  void ask_peers(event::Loop& loop, const std::vector<net::Url>& peers, const net::LogdOptions& session);
  void reload_certificates();

  // Looks at the buffer again, whoever has changed it: a request, a peer's answer, or another process.
  base::Result<void> look();
  // From now on no messages are taken here, except those of a master. `who` wants it, for people.
  base::Result<void> fence(std::uint64_t epoch, const std::string& who, Fence when);
  // The master from now on, in a new epoch if it was none. False: no epoch can follow this one.
  base::Result<bool> accept();

  [[nodiscard]] const Mastership& mastership() const { return mastership_; }
  [[nodiscard]] bool takes_messages() const { return mastership_.accepts && awaited_peer() == nullptr; }
  // Why it does not, for people, and as an answer to MSG.
  [[nodiscard]] std::string why_refused() const;
  [[nodiscard]] std::string read_only() const { return "ERR read only: " + why_refused(); }
  // The server cannot know its role any more, and must not go on.
  [[nodiscard]] const std::optional<base::Error>& failure() const { return failure_; }

 private:
  base::Result<void> judge(const Peer& peer, const PeerState& said);
  [[nodiscard]] const Peer* awaited_peer() const;

  Buffer& buffer_;
  base::Report report_;
  std::function<void()> changed_;
  Mastership mastership_;
  std::vector<std::unique_ptr<Peer>> peers_;
  bool accepted_ = false;  // somebody has decided by ACCEPT that this is the master, whoever of its peers is away
  std::optional<base::Error> failure_;
};

}  // namespace logbuf

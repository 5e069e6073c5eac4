#include "tools/logbuf/server/role.h"

#include <algorithm>
#include <random>
#include <utility>

#include "base/quote.h"

namespace logbuf {
namespace {

constexpr std::size_t kShownOfLog = 80;  // bytes of a log's name that a peer gave

}  // namespace

Role::Role(Buffer& buffer, base::Report report, std::function<void()> changed)
    : buffer_(buffer), report_(std::move(report)), changed_(std::move(changed)) {}

base::Result<void> Role::load() {
  mastership_ = TRY(buffer_.mastership());
  return {};
}

void Role::ask_peers(event::Loop& loop, const std::vector<net::Url>& peers, const net::LogdOptions& session) {
  for (const net::Url& url : peers)
    peers_.push_back(std::make_unique<Peer>(
        loop, url, session,
        [this](base::Level level, const std::string& text) {
          const bool matters = level == base::Level::warning && mastership_.accepts && !takes_messages();
          report_(level, text + (matters ? "; no messages are taken before all peers have answered" : ""));
        },
        [this](const Peer& peer, const PeerState& said) { return judge(peer, said); }));
  for (const auto& peer : peers_) peer->start();
}

void Role::reload_certificates() {
  for (const auto& peer : peers_) peer->reload_certificates();
}

// Replicas have to ask again when the epoch is another one, or they would not know in which they are.
base::Result<void> Role::look() {
  auto now = buffer_.mastership();
  if (!now) {
    failure_ = now.error();
    return tl::unexpected(std::move(now.error()));
  }
  const Mastership before = std::exchange(mastership_, std::move(*now));
  if (before.accepts && !mastership_.accepts)
    report_(base::Level::warning, "serve " + buffer_.path() + ": no more messages are taken: " + mastership_.reason);
  if (!before.accepts && mastership_.accepts)
    report_(base::Level::note,
            "serve " + buffer_.path() + ": it is the master now, in epoch " + std::to_string(mastership_.epoch));
  if (before.epoch != mastership_.epoch || before.log != mastership_.log) changed_();
  return {};
}

// Whether it is behind is seen in the transaction: another process may have made it the master of that epoch. An error
// ends the server, which must not go on in an epoch that is over.
base::Result<void> Role::fence(std::uint64_t epoch, const std::string& who, Fence when) {
  auto fenced = buffer_.change_mastership([&](Mastership& mastership, const State&) -> base::Result<void> {
    const bool ahead = epoch > mastership.epoch;
    if (!ahead && (when == Fence::if_behind || !mastership.accepts)) return {};
    mastership.reason = who + (ahead ? " is ahead, in epoch " + std::to_string(epoch) : " asked it to refuse messages");
    mastership.epoch = std::max(mastership.epoch, epoch);
    mastership.accepts = false;
    return {};
  });
  if (fenced) fenced = look();
  if (!fenced) failure_ = fenced.error();
  return fenced;
}

base::Result<bool> Role::accept() {
  std::random_device device;
  const std::uint64_t random = std::uniform_int_distribution<std::uint64_t>()(device);
  bool possible = true;
  TRY(buffer_.change_mastership([&](Mastership& mastership, const State& state) -> base::Result<void> {
    if (mastership.accepts) return {};
    const auto next = next_epoch(mastership.epoch, random);
    possible = next.has_value();
    if (!possible) return {};
    mastership.log_epoch = mastership.epoch = *next;
    mastership.accepts = true;
    mastership.reason.clear();
    if (mastership.log == state.uuid) mastership.log.clear();
    return {};
  }));
  TRY(look());
  accepted_ = accepted_ || possible;
  return possible;
}

// A peer that is ahead has the same effect as REFUSE, also on a replica: the epoch that ACCEPT begins must be higher
// than those before. A new and empty peer has a log of its own, until it is a replica.
base::Result<void> Role::judge(const Peer& peer, const PeerState& said) {
  const State state = TRY(buffer_.state());
  const std::string& log = mastership_.log_of(state.uuid);
  if (said.log != log && said.head > 0 && mastership_.accepts)
    return base::fail(
        base::Kind::data, "ask " + peer.name(),
        "it has another log (" + base::quote(said.log, kShownOfLog) + ") than " + buffer_.path() + " (" + log + ")");
  if (said.log != log || said.epoch <= mastership_.epoch) return {};
  return fence(said.epoch, peer.name(), Fence::if_behind);
}

// The one without whose answer no messages are taken; null: there is none.
const Peer* Role::awaited_peer() const {
  if (accepted_) return nullptr;
  const auto awaited = std::ranges::find_if(peers_, [](const auto& peer) { return !peer->heard(); });
  return awaited == peers_.end() ? nullptr : awaited->get();
}

std::string Role::why_refused() const {
  const Peer* const peer = awaited_peer();
  if (!mastership_.accepts || peer == nullptr) return mastership_.reason;
  return "waiting for peer " + peer->name() + ": " + peer->trouble() +
         "; if it is gone for good, send ACCEPT, or start without it";
}

}  // namespace logbuf

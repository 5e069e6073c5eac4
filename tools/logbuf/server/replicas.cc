#include "tools/logbuf/server/replicas.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <string_view>
#include <utility>

namespace logbuf {
namespace {

constexpr base::Duration kNoteEvery = std::chrono::seconds(1);  // a commit costs; people look at this now and then

std::string_view host_of(std::string_view address) {
  return address.substr(0, address.rfind(':'));
}

}  // namespace

Replicas::Replicas(event::Loop& loop, Buffer& buffer, std::uint64_t wanted, base::Report report)
    : buffer_(buffer), wanted_(wanted), report_(std::move(report)), write_notes_(loop, [this] { write_notes(); }) {}

void Replicas::add(std::uint64_t client, Replica replica) {
  note(replicas_.insert_or_assign(client, std::move(replica)).first->second);
}

void Replicas::confirm(std::uint64_t client, std::uint64_t id) {
  Replica& replica = replicas_.at(client);
  replica.confirmed = id;
  note(replica);
}

void Replicas::note(const Replica& replica) {
  if (replica.name.empty()) return;
  take_note(notes_, {replica.name, replica.peer, replica.confirmed, base::wall_now()});
  if (!write_notes_.active()) write_notes_.start(kNoteEvery);
}

void Replicas::write_notes() {
  const auto noted = buffer_.note_replicas(std::exchange(notes_, {}));
  if (!noted) report_(base::Level::error, noted.error().text());
}

const Replica* Replicas::find(std::uint64_t client) const {
  const auto found = replicas_.find(client);
  return found == replicas_.end() ? nullptr : &found->second;
}

// An old connection that is not yet known to be gone must not count twice.
std::vector<std::uint64_t> Replicas::older(const std::string& name, const std::string& peer) {
  std::vector<std::uint64_t> clients;
  for (const auto& [client, replica] : replicas_) {
    if (replica.name != name) continue;
    clients.push_back(client);
    if (host_of(replica.peer) == host_of(peer) || std::exchange(told_of_copies_, true)) continue;
    std::string text = "serve " + buffer_.path() + ": replica " + name;
    text.append(" comes from ").append(replica.peer).append(" and from ").append(peer);
    report_(base::Level::warning, text + "; a copied buffer is no replica: let 'logbuf replicate' fill a new one");
  }
  return clients;
}

std::uint64_t Replicas::confirmed() const {
  if (wanted_ == 0) return std::numeric_limits<std::uint64_t>::max();
  if (!enough()) return 0;
  std::vector<std::uint64_t> confirmed;
  for (const auto& [client, replica] : replicas_) confirmed.push_back(replica.confirmed);
  const auto last_wanted = confirmed.begin() + static_cast<std::ptrdiff_t>(wanted_ - 1);
  std::ranges::nth_element(confirmed, last_wanted, std::greater<>());
  return *last_wanted;
}

}  // namespace logbuf

// What a server is to its replicas, and who may write.
#include <algorithm>
#include <functional>
#include <limits>
#include <random>

#include "base/quote.h"
#include "tools/logbuf/server/number.h"
#include "tools/logbuf/server/server.h"

namespace logbuf {
namespace {

constexpr std::size_t kShown = 80;     // bytes of a reason that somebody else gave
constexpr std::size_t kMaxName = 128;  // bytes of a replica's name
constexpr base::Duration kNoteEvery = std::chrono::seconds(1);

// REPLICATE START [EPOCH [FINGERPRINT [NAME [LOG]]]]
struct ReplicateRequest {
  std::uint64_t start = 0;
  std::optional<std::uint64_t> epoch;
  std::optional<std::uint64_t> fingerprint;  // of the message before START
  std::string name;
  std::string log;  // of what the replica holds
};

// It goes into lines for people and programs.
bool is_name(std::string_view text) {
  return text.size() <= kMaxName && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

std::optional<ReplicateRequest> parse_replicate(std::span<const std::string_view> arguments) {
  if (arguments.empty() || arguments.size() > 5) return std::nullopt;
  ReplicateRequest request;
  const auto start = number(arguments[0]);
  if (!start || *start == 0) return std::nullopt;
  request.start = *start;
  if (arguments.size() > 1 && !(request.epoch = parse_epoch(arguments[1]))) return std::nullopt;
  if (arguments.size() > 2 && !arguments[2].empty() && !(request.fingerprint = number(arguments[2])))
    return std::nullopt;
  if (arguments.size() > 3) request.name = arguments[3];
  if (arguments.size() > 4) request.log = arguments[4];
  return is_name(request.name) && is_name(request.log) ? std::optional(request) : std::nullopt;
}

std::string_view host_of(std::string_view address) {
  return address.substr(0, address.rfind(':'));
}

// Why the replica's log is not the beginning of this one; empty: it is.
base::Result<std::string> parted(Buffer& buffer, std::uint64_t epoch, const ReplicateRequest& request,
                                 const State& state) {
  const std::string diverged = "ERR_CLIENT diverged: ";
  const std::uint64_t newest = request.start - 1;
  if (newest > state.head()) return diverged + "the head here is " + std::to_string(state.head());
  if (newest == 0) return "";
  const auto ours = TRY(buffer.fingerprint(newest));
  if (ours && request.fingerprint)
    return *ours == *request.fingerprint ? "" : diverged + "message " + std::to_string(newest) + " is another one here";
  // In one epoch there is one master, so that there is nothing to compare.
  if (!request.epoch || *request.epoch == epoch) return "";
  return diverged + "message " + std::to_string(newest) + " is of another epoch and cannot be compared, it was deleted";
}

}  // namespace

// The log from START on, for ever, with times.
void Server::replicate(Client& client, const codec::LogdRequest& arguments) {
  auto request = parse_replicate(arguments.arguments);
  if (!request) return reject(client, kInvalid);
  const auto state = buffer_.state();
  if (!state) return fail(client, state.error());
  const std::string log = mastership_.log_of(state->uuid);
  if (!request->log.empty() && request->log != log) {
    if (request->start > 1) return reject(client, "ERR_CLIENT diverged: it is another log than " + log);
    request->epoch.reset();  // says nothing of this log
  }
  if (request->epoch > mastership_.epoch)
    if (const auto fenced = fence(*request->epoch, client.peer(), Fence::if_behind); !fenced)
      return fail(client, fenced.error());
  // The replica has more of the log than a server that was fenced: that is no sign that they have parted.
  if (request->epoch > mastership_.log_epoch) return reject(client, read_only());
  const auto refusal = parted(buffer_, mastership_.log_epoch, *request, *state);
  if (!refusal) return fail(client, refusal.error());
  if (!refusal->empty()) return reject(client, *refusal);
  const auto oldest = buffer_.oldest_id();
  if (!oldest) return fail(client, oldest.error());
  if (request->start < *oldest && request->start != 1) return reject(client, "ERR not found");
  if (!request->name.empty()) close_older(request->name, client.peer());
  ++counters_.subscriptions;
  client.answer("OK " + log + " " + std::to_string(mastership_.log_epoch) + " " + std::to_string(state->head()));
  client.reading = Reading{.next = std::max(request->start, *oldest), .left = {}, .timed = true};
  client.replica = Replica{.name = request->name, .confirmed = request->start - 1};
  confirmed(client);
  feed(client);
}

// ACK ID: this replica has the messages up to ID. It is not answered: answers would stand between messages.
void Server::acknowledge_copy(Client& client, const codec::LogdRequest& request) {
  const auto id = request.arguments.size() == 1 ? number(request.arguments[0]) : std::nullopt;
  const bool sent = client.replica && client.reading && id && *id < client.reading->next;
  if (!sent || *id < client.replica->confirmed) {
    reject(client, kInvalid);
    return client.close_after_answers();
  }
  client.replica->confirmed = *id;
  confirmed(client);
}

// What waits for it is answered when this turn is over.
void Server::confirmed(const Client& client) {
  answers_due_ = true;
  turn_.start(base::Duration::zero());
  if (client.replica->name.empty()) return;
  take_note(notes_, {client.replica->name, client.peer(), client.replica->confirmed, base::wall_now()});
  if (!note_.active()) note_.start(kNoteEvery);
}

// A commit costs; people look at this now and then.
void Server::note_replicas() {
  const auto noted = buffer_.note_replicas(std::exchange(notes_, {}));
  if (!noted) report_(base::Level::error, noted.error().text());
}

// The id up to which so many replicas as are wanted have everything.
std::uint64_t Server::confirmed_by_replicas() const {
  if (options_.sync_replicas == 0) return std::numeric_limits<std::uint64_t>::max();
  std::vector<std::uint64_t> confirmed;
  for (const auto& [number, client] : clients_)
    if (client->replica) confirmed.push_back(client->replica->confirmed);
  if (confirmed.size() < options_.sync_replicas) return 0;
  const auto wanted = confirmed.begin() + static_cast<std::ptrdiff_t>(options_.sync_replicas - 1);
  std::ranges::nth_element(confirmed, wanted, std::greater<>());
  return *wanted;
}

// The same replica, whose old connection is not yet known to be gone, must not count twice.
void Server::close_older(const std::string& name, const std::string& peer) {
  for (const auto& [number, client] : clients_) {
    const bool older = client->replica && client->replica->name == name;
    if (!older || host_of(client->peer()) == host_of(peer) || std::exchange(told_of_copies_, true)) continue;
    std::string text = "serve " + buffer_.path() + ": replica " + name;
    text.append(" comes from ").append(client->peer()).append(" and from ").append(peer);
    report_(base::Level::warning, text + "; a copied buffer is no replica: let 'logbuf replicate' fill a new one");
  }
  close_replicas([&](const Replica& each) { return each.name == name; });
}

// So many as have to confirm.
bool Server::has_replicas() const {
  const auto replicas =
      std::ranges::count_if(clients_, [](const auto& each) { return each.second->replica.has_value(); });
  return static_cast<std::uint64_t>(replicas) >= options_.sync_replicas;
}

// Requests may be answered yet: by the buffer, or because there are replicas enough to confirm them.
bool Server::may_be_answered() const {
  return !unanswered_.empty() && has_replicas();
}

void Server::close_replicas(const std::function<bool(const Replica&)>& which) {
  std::vector<Client*> found;
  for (const auto& [number, client] : clients_)
    if (client->replica && which(*client->replica)) found.push_back(client.get());
  for (Client* const client : found) close(*client);
}

// REFUSE [EPOCH [WHO]]: takes no more messages but those of a master.
void Server::refuse(Client& client, const codec::LogdRequest& request) {
  const auto& arguments = request.arguments;
  const auto epoch = arguments.empty() ? std::optional<std::uint64_t>(0) : parse_epoch(arguments[0]);
  if (!epoch || arguments.size() > 2) return reject(client, kInvalid);
  const std::string who = arguments.size() > 1 ? base::quote(arguments[1], kShown) : client.peer();
  const auto fenced = fence(*epoch, who, Fence::always);
  if (!fenced) return fail(client, fenced.error());
  client.answer("OK");
}

// From now on no messages are taken here. Whether it is behind is seen in the transaction: another process may have
// made it the master of that epoch. An error ends the server, which must not go on in an epoch that is over.
base::Result<void> Server::fence(std::uint64_t epoch, const std::string& who, Fence when) {
  auto fenced = buffer_.change_mastership([&](Mastership& mastership, const State&) -> base::Result<void> {
    const bool ahead = epoch > mastership.epoch;
    if (!ahead && (when == Fence::if_behind || !mastership.accepts)) return {};
    mastership.reason = who + (ahead ? " is ahead, in epoch " + std::to_string(epoch) : " asked it to refuse messages");
    mastership.epoch = std::max(mastership.epoch, epoch);
    mastership.accepts = false;
    return {};
  });
  if (fenced) fenced = look_at_mastership();
  if (!fenced) failure_ = fenced.error();
  return fenced;
}

// ACCEPT: the master from now on, in a new epoch if it was none.
void Server::accept(Client& client, const codec::LogdRequest& request) {
  if (!request.arguments.empty()) return reject(client, kInvalid);
  std::random_device device;
  const std::uint64_t random = std::uniform_int_distribution<std::uint64_t>()(device);
  std::optional<std::uint64_t> last;
  const auto changed = buffer_.change_mastership([&](Mastership& mastership, const State& state) -> base::Result<void> {
    if (mastership.accepts) return {};
    const auto next = next_epoch(mastership.epoch, random);
    if (!next) {
      last = mastership.epoch;
      return {};
    }
    mastership.log_epoch = mastership.epoch = *next;
    mastership.accepts = true;
    mastership.reason.clear();
    if (mastership.log == state.uuid) mastership.log.clear();
    return {};
  });
  if (!changed) return fail(client, changed.error());
  if (last) return reject(client, "ERR no epoch can follow " + std::to_string(*last));
  if (const auto looked = look_at_mastership(); !looked) return fail(client, looked.error());
  accepted_ = true;
  client.answer("OK " + std::to_string(mastership_.epoch));
}

// Whoever has changed it: a request, or another process. Replicas have to ask again when the epoch is another one, or
// they would not know in which they are.
base::Result<void> Server::look_at_mastership() {
  const Mastership before = std::exchange(mastership_, TRY(buffer_.mastership()));
  if (before.accepts && !mastership_.accepts)
    report_(base::Level::warning, "serve " + buffer_.path() + ": no more messages are taken: " + mastership_.reason);
  if (!before.accepts && mastership_.accepts)
    report_(base::Level::note,
            "serve " + buffer_.path() + ": it is the master now, in epoch " + std::to_string(mastership_.epoch));
  if (before.epoch == mastership_.epoch && before.log == mastership_.log) return {};
  close_replicas([](const Replica&) { return true; });
  if (mastership_.accepts) return {};
  // What no replica has confirmed, the new master may not have; nobody here can say so any more.
  for (Stored& each : stored_)
    if (each.error.empty()) each.error = read_only();
  answers_due_ = true;
  turn_.start(base::Duration::zero());
  return {};
}

// A peer that is ahead has the same effect as REFUSE, also on a replica: the epoch that ACCEPT begins must be higher
// than those before. A new and empty peer has a log of its own, until it is a replica.
base::Result<void> Server::judge(const Peer& peer, const PeerState& said) {
  const State state = TRY(buffer_.state());
  const std::string& log = mastership_.log_of(state.uuid);
  if (said.log != log && said.head > 0 && mastership_.accepts)
    return base::fail(
        base::Kind::data, "ask " + peer.name(),
        "it has another log (" + base::quote(said.log, kShown) + ") than " + buffer_.path() + " (" + log + ")");
  if (said.log != log || said.epoch <= mastership_.epoch) return {};
  return fence(said.epoch, peer.name(), Fence::if_behind);
}

// The one without whose answer no messages are taken; null: there is none.
const Peer* Server::awaited_peer() const {
  if (accepted_) return nullptr;
  const auto awaited = std::ranges::find_if(peers_, [](const auto& peer) { return !peer->heard(); });
  return awaited == peers_.end() ? nullptr : awaited->get();
}

std::string Server::why_refused() const {
  const Peer* const peer = awaited_peer();
  if (!mastership_.accepts || peer == nullptr) return mastership_.reason;
  return "waiting for peer " + peer->name() + ": " + peer->trouble() +
         "; if it is gone for good, send ACCEPT, or start without it";
}

std::string Server::read_only() const {
  return "ERR read only: " + why_refused();
}

}  // namespace logbuf

// The requests of replicas, and those that say who may write (docs/protocol-logd.md).
#include <algorithm>
#include <string_view>

#include "base/quote.h"
#include "tools/logbuf/server/number.h"
#include "tools/logbuf/server/server.h"

namespace logbuf {
namespace {

constexpr std::size_t kShownOfReason = 80;  // bytes of a reason that somebody else gave
constexpr std::size_t kMaxName = 128;       // bytes of a replica's name

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
  const std::string log = role_.mastership().log_of(state->uuid);
  if (!request->log.empty() && request->log != log) {
    if (request->start > 1) return reject(client, "ERR_CLIENT diverged: it is another log than " + log);
    request->epoch.reset();  // says nothing of this log
  }
  if (request->epoch > role_.mastership().epoch)
    if (const auto fenced = role_.fence(*request->epoch, client.peer(), Role::Fence::if_behind); !fenced)
      return fail(client, fenced.error());
  // The replica has more of the log than a server that was fenced: that is no sign that they have parted.
  const std::uint64_t log_epoch = role_.mastership().log_epoch;
  if (request->epoch > log_epoch) return reject(client, role_.read_only());
  const auto refusal = parted(buffer_, log_epoch, *request, *state);
  if (!refusal) return fail(client, refusal.error());
  if (!refusal->empty()) return reject(client, *refusal);
  const auto oldest = buffer_.oldest_id();
  if (!oldest) return fail(client, oldest.error());
  if (request->start < *oldest && request->start != 1) return reject(client, "ERR not found");
  if (!request->name.empty()) close_all(replicas_.older(request->name, client.peer()));
  ++counters_.subscriptions;
  client.answer("OK " + log + " " + std::to_string(log_epoch) + " " + std::to_string(state->head()));
  client.reading = Reading{.next = std::max(request->start, *oldest), .left = {}, .timed = true};
  replicas_.add(client.number(), {.name = request->name, .peer = client.peer(), .confirmed = request->start - 1});
  send_answers_soon();
  feed(client);
}

// ACK ID: this replica has the messages up to ID. It is not answered: answers would stand between messages.
void Server::acknowledge_copy(Client& client, const codec::LogdRequest& request) {
  const Replica* const replica = replicas_.find(client.number());
  const bool replicates = replica != nullptr && client.reading;
  const auto id = replicates && request.arguments.size() == 1 ? number(request.arguments[0]) : std::nullopt;
  if (!id || *id >= client.reading->next || *id < replica->confirmed) {
    reject(client, kInvalid);
    return client.close_after_answers();
  }
  replicas_.confirm(client.number(), *id);
  send_answers_soon();
}

// REFUSE [EPOCH [WHO]]: takes no more messages but those of a master.
void Server::refuse(Client& client, const codec::LogdRequest& request) {
  const auto& arguments = request.arguments;
  const auto epoch = arguments.empty() ? std::optional<std::uint64_t>(0) : parse_epoch(arguments[0]);
  if (!epoch || arguments.size() > 2) return reject(client, kInvalid);
  const std::string who = arguments.size() > 1 ? base::quote(arguments[1], kShownOfReason) : client.peer();
  const auto fenced = role_.fence(*epoch, who, Role::Fence::always);
  if (!fenced) return fail(client, fenced.error());
  client.answer("OK");
}

// ACCEPT: the master from now on, in a new epoch if it was none.
void Server::accept(Client& client, const codec::LogdRequest& request) {
  if (!request.arguments.empty()) return reject(client, kInvalid);
  const auto accepted = role_.accept();
  if (!accepted) return fail(client, accepted.error());
  const std::string epoch = std::to_string(role_.mastership().epoch);
  *accepted ? client.answer("OK " + epoch) : reject(client, "ERR no epoch can follow " + epoch);
}

}  // namespace logbuf

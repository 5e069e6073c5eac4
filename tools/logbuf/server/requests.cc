// What the requests of logd's protocol do (docs/protocol-logd.md).
#include "base/quote.h"
#include "tools/logbuf/server/server.h"

namespace logbuf {
namespace {

constexpr std::string_view kInvalid = "ERR_CLIENT invalid request";
constexpr std::size_t kEnough = 1 << 20;      // staged; one commit takes about as much
constexpr std::size_t kMaxUnanswered = 1024;  // MSG requests of one client
constexpr std::size_t kShown = 80;            // bytes of a reason that somebody else gave

std::optional<std::uint64_t> number(std::string_view text) {
  const auto value = base::parse_number(text);
  return value ? std::optional(*value) : std::nullopt;
}

}  // namespace

bool Server::carry_out(Client& client, const codec::LogdRequest& request) {
  if (request.name == "MSG") return message(client, request);
  if (client.unanswered > 0) return false;  // answers keep the order of requests
  if (request.name == "CLOSE" && request.arguments.empty()) {
    client.reading.reset();
    client.answer("OK");
    client.close_after_answers();
  } else if (request.name == "ACK") {
    confirm(client, request);
  } else if (client.reading) {
    reject(client, kInvalid);  // the log would be in the middle of its answer, so it has none
    client.close_after_answers();
  } else if (request.name == "READ") {
    read_log(client, request);
  } else if (request.name == "REPLICATE") {
    replicate(client, request);
  } else if (request.name == "HEAD" && request.arguments.empty()) {
    head(client);
  } else if (request.name == "PING" && request.arguments.empty()) {
    client.answer(options_.pong ? "PONG" : "OK");
  } else if (request.name == "REFUSE") {
    refuse(client, request);
  } else if (request.name == "ACCEPT") {
    accept(client, request);
  } else if (request.name == "STATS" && request.arguments.empty()) {
    stats(client);
  } else if (request.name == "SHUTDOWN" && options_.allow_shutdown) {
    shut_down(client);
  } else if (request.name == "HEAD" || request.name == "PING" || request.name == "CLOSE" || request.name == "STATS") {
    reject(client, kInvalid);
  } else {
    reject(client, "ERR");
  }
  return true;
}

// All arguments are looked at before any is taken.
bool Server::message(Client& client, const codec::LogdRequest& request) {
  if (client.reading) {
    reject(client, kInvalid);
    client.close_after_answers();
    return true;
  }
  if (client.unanswered >= kMaxUnanswered) return false;
  if (staged_.bytes() >= kEnough) {
    blocked_.push_back(client.number());
    return false;
  }
  std::string_view refusal;
  if (request.arguments.empty()) refusal = "ERR_CLIENT must supply an argument";
  for (const std::string_view argument : request.arguments)
    if (argument.empty()) refusal = "ERR_CLIENT empty message not allowed";
  const std::string read_only = "ERR read only: " + mastership_.reason;
  if (refusal.empty() && !mastership_.accepts) refusal = read_only;
  if (!refusal.empty()) {
    if (client.unanswered > 0) return false;
    reject(client, refusal);
    return true;
  }
  for (const std::string_view argument : request.arguments) staged_.append(argument);
  taken_ += request.arguments.size();
  counters_.writes += request.arguments.size();
  unanswered_.push_back({client.number(), taken_});
  ++client.unanswered;
  return true;
}

void Server::read_log(Client& client, const codec::LogdRequest& request) {
  if (request.arguments.size() != 2) return reject(client, kInvalid);
  const auto start = number(request.arguments[0]);
  const auto limit = number(request.arguments[1]);
  if (!start || !limit) return reject(client, kInvalid);
  const auto state = buffer_.state();
  const auto oldest = buffer_.oldest_id();
  if (!state) return fail(client, state.error());
  if (!oldest) return fail(client, oldest.error());
  const bool live = *limit == 0;
  const std::uint64_t first = *start == 0 ? *oldest : *start;  // 0: the oldest there is
  if (*start > 0 && (first > state->next_id || (first == state->next_id && !live)))
    return reject(client, "ERR_CLIENT not found");
  if (first < *oldest) return reject(client, "ERR not found");
  ++counters_.reads;
  if (live) ++counters_.subscriptions;
  client.answer("OK");
  client.reading = Reading{.next = first, .left = live ? std::nullopt : limit};
  feed(client);
}

// REPLICATE START [EPOCH [FINGERPRINT]]: the log from START on, for ever, with times. EPOCH is the replica's;
// FINGERPRINT is of its message before START.
void Server::replicate(Client& client, const codec::LogdRequest& request) {
  const auto& arguments = request.arguments;
  if (arguments.empty() || arguments.size() > 3) return reject(client, kInvalid);
  const auto start = number(arguments[0]);
  const auto epoch = arguments.size() > 1 ? number(arguments[1]) : std::optional<std::uint64_t>(0);
  const auto fingerprint = arguments.size() > 2 ? number(arguments[2]) : std::nullopt;
  if (!start || *start == 0 || !epoch || (arguments.size() > 2 && !fingerprint)) return reject(client, kInvalid);
  if (*epoch > mastership_.epoch) {
    const auto fenced = fence(*epoch, client.peer() + " is ahead, in epoch " + std::to_string(*epoch));
    if (!fenced) return fail(client, fenced.error());
    return reject(client, "ERR read only: " + mastership_.reason);
  }
  const auto state = buffer_.state();
  const auto oldest = buffer_.oldest_id();
  if (!state) return fail(client, state.error());
  if (!oldest) return fail(client, oldest.error());
  if (*start > state->next_id)
    return reject(client, "ERR_CLIENT diverged: the head here is " + std::to_string(state->head()));
  if (fingerprint) {
    const auto ours = buffer_.fingerprint(*start - 1);
    if (!ours) return fail(client, ours.error());
    if (*ours && **ours != *fingerprint)
      return reject(client, "ERR_CLIENT diverged: message " + std::to_string(*start - 1) + " is another one here");
  }
  if (*start < *oldest && *start != 1) return reject(client, "ERR not found");
  ++counters_.subscriptions;
  client.answer("OK " + (mastership_.log.empty() ? state->uuid : mastership_.log) + " " +
                std::to_string(mastership_.epoch) + " " + std::to_string(state->head()));
  client.reading = Reading{.next = std::max(*start, *oldest), .left = {}, .timed = true};
  client.replica = Replica{.confirmed = *start - 1};
  feed(client);
}

// ACK ID: this replica has the messages up to ID. It is not answered: answers would stand between messages.
void Server::confirm(Client& client, const codec::LogdRequest& request) {
  const auto id = request.arguments.size() == 1 ? number(request.arguments[0]) : std::nullopt;
  if (!client.replica || !id || *id < client.replica->confirmed) {
    reject(client, kInvalid);
    return client.close_after_answers();
  }
  client.replica->confirmed = *id;
  answers_due_ = true;
  turn_.start(base::Duration::zero());
}

void Server::head(Client& client) {
  const auto state = buffer_.state();
  if (!state) return fail(client, state.error());
  client.answer(state->head() == 0 ? "OK" : "OK " + std::to_string(state->head()));
}

// REFUSE [EPOCH [WHO]]: takes no more messages but those of a master.
void Server::refuse(Client& client, const codec::LogdRequest& request) {
  const auto& arguments = request.arguments;
  const auto epoch = arguments.empty() ? std::optional<std::uint64_t>(0) : number(arguments[0]);
  if (!epoch || arguments.size() > 2) return reject(client, kInvalid);
  const std::string who = arguments.size() > 1 ? base::quote(arguments[1], kShown) : client.peer();
  const auto fenced = fence(*epoch, *epoch > mastership_.epoch ? who + " is ahead, in epoch " + std::to_string(*epoch)
                                                               : who + " asked it to refuse messages");
  if (!fenced) return fail(client, fenced.error());
  client.answer("OK");
}

base::Result<void> Server::fence(std::uint64_t epoch, std::string reason) {
  TRY(buffer_.change_mastership([&](Mastership& mastership, const State&) -> base::Result<void> {
    mastership.epoch = std::max(mastership.epoch, epoch);
    mastership.accepts = false;
    mastership.reason = std::move(reason);
    return {};
  }));
  mastership_ = TRY(buffer_.mastership());
  report_(base::Level::warning, "serve " + buffer_.path() + ": no more messages are taken: " + mastership_.reason);
  return {};
}

// ACCEPT: the master from now on, in a new epoch if it was none.
void Server::accept(Client& client, const codec::LogdRequest& request) {
  if (!request.arguments.empty()) return reject(client, kInvalid);
  const bool was_master = mastership_.accepts;
  const auto changed = buffer_.change_mastership([](Mastership& mastership, const State& state) -> base::Result<void> {
    if (mastership.accepts) return {};
    ++mastership.epoch;
    mastership.accepts = true;
    mastership.reason.clear();
    if (mastership.log == state.uuid) mastership.log.clear();
    return {};
  });
  if (!changed) return fail(client, changed.error());
  const auto mastership = buffer_.mastership();
  if (!mastership) return fail(client, mastership.error());
  mastership_ = *mastership;
  if (!was_master)
    report_(base::Level::note,
            "serve " + buffer_.path() + ": it is the master now, in epoch " + std::to_string(mastership_.epoch));
  client.answer("OK " + std::to_string(mastership_.epoch));
}

void Server::stats(Client& client) {
  const auto body = statistics();
  if (!body) return fail(client, body.error());
  client.answer("OK " + std::to_string(body->size()) + " " + *body);
}

base::Result<std::string> Server::statistics() const {
  const State state = TRY(buffer_.state());
  ServerCounters all = counters_;
  std::size_t subscriptions = 0;
  std::string replicas;
  for (const auto& [number, client] : clients_) {
    all.bytes_read += client->bytes_read();
    all.bytes_written += client->bytes_written();
    if (client->reading && !client->reading->left) ++subscriptions;
    if (client->replica)
      replicas += "replica: " + client->peer() + " " + std::to_string(client->replica->confirmed) + "\r\n";
  }
  std::string body;
  const auto add = [&body](std::string_view key, std::uint64_t value) {
    body.append(key).append(": ").append(std::to_string(value)).append("\r\n");
  };
  add("command_errors", all.command_errors);
  add("connection_errors", all.connection_errors);
  add("connections", clients_.size());
  add("subscriptions", subscriptions);
  add("total_bytes_read", all.bytes_read);
  add("total_bytes_written", all.bytes_written);
  add("total_connections", all.connections);
  add("total_reads", all.reads);
  add("total_subscriptions", all.subscriptions);
  add("total_writes", all.writes);
  add("epoch", mastership_.epoch);
  add("head", state.head());
  body += "log: " + (mastership_.log.empty() ? state.uuid : mastership_.log) + "\r\n";
  body += std::string("role: ") + (mastership_.accepts ? "master" : "replica") + "\r\n";
  return body + replicas;
}

// The connection that asked is closed without a word, the others are answered what they asked before.
void Server::shut_down(Client& client) {
  report_(base::Level::note, "serve " + buffer_.path() + ": " + client.peer() + " asked it to end");
  client.close_after_answers();
  stop();
}

void Server::reject(Client& client, std::string_view line) {
  ++counters_.command_errors;
  client.answer(line);
}

// What is wrong here is no business of the client's.
void Server::fail(Client& client, const base::Error& error) {
  report_(base::Level::error, error.text());
  reject(client, "ERR");
  if (client.reading) client.close_after_answers();
  client.reading.reset();
}

}  // namespace logbuf

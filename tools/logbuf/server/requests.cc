// What the requests of logd's protocol do (docs/protocol-logd.md); those of replicas are in replica_requests.cc.
#include <algorithm>

#include "tools/logbuf/server/number.h"
#include "tools/logbuf/server/server.h"

namespace logbuf {
namespace {

constexpr std::size_t kEnough = 1 << 20;                    // staged; one commit takes about as much
constexpr std::size_t kMaxUnanswered = 1024;                // MSG requests of one client
constexpr std::size_t kSurelyFits = kMinMaxSize.count / 2;  // bytes of a message, in any buffer

}  // namespace

bool Server::carry_out(Client& client, const codec::LogdRequest& request) {
  if (request.name == "MSG") return message(client, request);
  if (client.unanswered > 0) return false;  // answers keep the order of requests
  if (request.name == "CLOSE" && request.arguments.empty()) {
    client.answer("OK");
    client.close_after_answers();
  } else if (request.name == "ACK") {
    acknowledge_copy(client, request);
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
  const std::string refusal = refusal_of(request);
  if (!refusal.empty()) {
    if (client.unanswered > 0) return false;
    reject(client, refusal);
    return true;
  }
  for (const std::string_view argument : request.arguments) staged_.append(argument);
  counters_.writes += request.arguments.size();
  answers_.add(client.number(), request.arguments.size());
  ++client.unanswered;
  return true;
}

// Why none of its messages is taken; empty: all are.
std::string Server::refusal_of(const codec::LogdRequest& request) {
  if (request.arguments.empty()) return "ERR_CLIENT must supply an argument";
  std::size_t longest = 0;
  for (const std::string_view argument : request.arguments) {
    if (argument.empty()) return "ERR_CLIENT empty message not allowed";
    longest = std::max(longest, argument.size());
  }
  if (!role_.takes_messages()) return role_.read_only();
  if (longest <= kSurelyFits) return {};
  const auto state = buffer_.state();
  if (!state) {
    report_(base::Level::error, state.error().text());
    return "ERR";
  }
  return chunk_size(1, longest + 1) > state->limits.max_size.count ? "ERR_CLIENT message too large" : "";
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

void Server::head(Client& client) {
  const auto state = buffer_.state();
  if (!state) return fail(client, state.error());
  client.answer(state->head() == 0 ? "OK" : "OK " + std::to_string(state->head()));
}

void Server::stats(Client& client) {
  const auto body = statistics();
  if (!body) return fail(client, body.error());
  client.answer("OK " + std::to_string(body->size()) + " " + *body);
}

base::Result<std::string> Server::statistics() const {
  const State state = TRY(buffer_.state());
  const Mastership& mastership = role_.mastership();
  const Traffic traffic = clients_.traffic();
  const auto subscriptions = std::ranges::count_if(clients_.all(), [](const auto& each) {
    const auto& reading = each.second->reading;
    return reading && !reading->left;
  });
  std::string body;
  const auto add = [&body](std::string_view key, std::uint64_t value) {
    body.append(key).append(": ").append(std::to_string(value)).append("\r\n");
  };
  add("command_errors", counters_.command_errors);
  add("connection_errors", traffic.connection_errors);
  add("connections", clients_.all().size());
  add("subscriptions", static_cast<std::uint64_t>(subscriptions));
  add("total_bytes_read", traffic.bytes_read);
  add("total_bytes_written", traffic.bytes_written);
  add("total_connections", traffic.connections);
  add("total_reads", counters_.reads);
  add("total_subscriptions", counters_.subscriptions);
  add("total_writes", counters_.writes);
  add("epoch", mastership.epoch);
  add("head", state.head());
  body += "log: " + mastership.log_of(state.uuid) + "\r\n";
  body += std::string("role: ") + (mastership.accepts ? "master" : "replica") + "\r\n";
  if (!role_.takes_messages()) body += "read_only: " + role_.why_refused() + "\r\n";
  for (const auto& [number, replica] : replicas_.all())
    body += "replica: " + replica.peer + " " + std::to_string(replica.confirmed) + "\r\n";
  return body;
}

// The connection that asked is closed without a word, the others are answered what they asked before.
void Server::shut_down(Client& client) {
  report_(base::Level::note, "serve " + buffer_.path() + ": " + client.peer() + " asked it to end");
  client.close_after_answers();
  stop();
}

void Server::invalid_request(Client& client) {
  reject(client, kInvalid);
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
}

}  // namespace logbuf

#include "tools/logbuf/server/clients.h"

#include <algorithm>
#include <utility>

namespace logbuf {
namespace {

constexpr base::Duration kPatience = std::chrono::seconds(10);

}  // namespace

Clients::Clients(event::Loop& loop, ClientsOptions options, Service& service, const base::Report& report)
    : loop_(loop),
      options_(std::move(options)),
      service_(service),
      connections_({.protocol = "logd",
                    .max_message = options_.limits.request,
                    .max_connections = options_.max_connections,
                    .tls = options_.tls,
                    .peers = false,
                    .sockets = options_.sockets},
                   report),
      turn_(loop, [this] { turn(); }),
      patience_(loop, [this] { end_patience(); }) {}

Clients::~Clients() {
  for (auto& [number, client] : clients_) client->part();
}

base::Result<void> Clients::listen(const std::vector<net::Url>& urls) {
  return connections_.listen(loop_, urls, [this](net::Accepted accepted) { take(std::move(accepted)); });
}

void Clients::hold() {
  for (auto& [number, client] : clients_)
    if (!service_.takes_requests(*client)) client->connection().hold(true);
}

void Clients::take(net::Accepted accepted) {
  ++traffic_.connections;
  auto client = std::make_unique<Client>(loop_, std::move(accepted.transport), options_.limits, accepted.number,
                                         static_cast<Client::Owner&>(*this));
  client->connection().set_idle_limit(options_.idle_timeout);
  clients_.emplace(accepted.number, std::move(client));
  const auto gone = std::ranges::find_if(clients_, [this](const auto& each) { return is_in_the_way(*each.second); });
  if (gone != clients_.end()) close(*gone->second);
}

// It has closed at least its own half, and cannot be answered, for want of others who need a connection to come.
bool Clients::is_in_the_way(const Client& client) const {
  return client.ended() && client.unanswered > 0 && clients_.size() >= options_.max_connections &&
         service_.needs_connections();
}

void Clients::readable(Client& client) {
  if (std::exchange(client.called, false)) service_.feed(client);
  if (starve(client)) return;
  if (!client.connection().held()) client.receive();
  serve(client);
}

void Clients::writable(Client& client) {
  client.send();
  service_.feed(client);
  serve(client);
}

void Clients::serve(Client& client) {
  while (service_.takes_requests(client) && !client.closing()) {
    if (client.is_full()) client.send();
    if (client.is_full()) break;
    const auto request = client.request();
    if (!request) {
      damaged(client, request.error());
    } else if (*request == nullptr) {
      const bool follows = client.reading && !client.reading->left;
      if (client.ended() && (follows || !client.reading)) client.close_after_answers();
      break;
    } else if (service_.carry_out(client, **request)) {
      client.done();
    } else {
      break;
    }
  }
  settle(client);
}

void Clients::settle(Client& client) {
  client.send();
  (void)connections_.account(client.connection(), client.pending());
  if (is_in_the_way(client) || (client.over() && (client.lost() || client.unanswered == 0))) return close(client);
  if (!client.called) client.connection().release();
  starve(client);
  client.connection().hold(client.is_full() || !service_.takes_requests(client) || client.has_request() ||
                           client.closing() || client.starved);
}

// When requests of all clients together take too much memory, no more is read while some are being carried out, which
// will make room; and when none is, only the oldest goes on. True: nothing is to be read from this one now.
bool Clients::starve(Client& client) {
  if (client.has_request() || !connections_.crowded() || (!service_.busy() && is_oldest_unfinished(client)))
    return false;
  if (!std::exchange(client.starved, true)) starved_.push_back(client.number());
  client.connection().hold(true);
  if (!patience_.active()) patience_.start(kPatience);
  return true;
}

bool Clients::is_oldest_unfinished(const Client& client) const {
  const auto oldest = std::ranges::find_if(
      clients_, [](const auto& each) { return each.second->pending() > 0 && !each.second->has_request(); });
  return oldest == clients_.end() || oldest->second.get() == &client;
}

// Those that do not go on with their requests must not starve the others.
void Clients::end_patience() {
  if (starved_.empty()) return;
  patience_.start(kPatience);
  if (!connections_.crowded() || service_.busy()) return;
  std::vector<Client*> stalled;
  for (const auto& [number, client] : clients_)
    if (client->pending() > 0 && !client->starved && base::now() - client->connection().last_moved() >= kPatience)
      stalled.push_back(client.get());
  for (Client* const client : stalled) {
    connections_.report_unfinished(client->peer());
    close(*client);
  }
}

void Clients::call_starved() {
  for (const std::uint64_t number : std::exchange(starved_, {}))
    if (Client* const client = find(number)) {
      client->starved = false;
      call_again(*client);
    }
}

void Clients::call_again(Client& client) {
  client.called = true;
  connections_.wait_for_room(client.connection());
  turn_.start(base::Duration::zero());
}

// Those who could have gone on, but had to let others have their turn.
void Clients::turn() {
  service_.turn();
  connections_.serve_waiting([] { return true; });
}

// Only what is no request closes without a word: nobody knows what the other side speaks.
void Clients::damaged(Client& client, const base::Error& error) {
  ++traffic_.connection_errors;
  if (error.kind == base::Kind::data) service_.invalid_request(client);
  connections_.report_damage({error.kind, "serve " + client.peer(), error.why});
  client.close_after_answers();
}

void Clients::overdue(Client& client) {
  const bool busy = client.reading || client.unanswered > 0;
  busy ? client.connection().set_idle_limit(options_.idle_timeout) : close(client);
}

void Clients::close(Client& client) {
  if (client.failure()) ++traffic_.connection_errors;
  // That somebody has gone is no news, but that a handshake failed is.
  if (client.failure() && client.failure()->kind != base::Kind::io) connections_.report_damage(*client.failure());
  traffic_.bytes_read += client.connection().bytes_received();
  traffic_.bytes_written += client.connection().bytes_written();
  client.part();
  connections_.forget(client.connection());
  service_.closed(client);
  clients_.erase(client.number());
  call_starved();
}

Client* Clients::find(std::uint64_t number) const {
  const auto found = clients_.find(number);
  return found == clients_.end() ? nullptr : found->second.get();
}

Traffic Clients::traffic() const {
  Traffic all = traffic_;
  for (const auto& [number, client] : clients_) {
    all.bytes_read += client->connection().bytes_received();
    all.bytes_written += client->connection().bytes_written();
  }
  return all;
}

}  // namespace logbuf

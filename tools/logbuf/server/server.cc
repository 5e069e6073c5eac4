#include "tools/logbuf/server/server.h"

#include <algorithm>
#include <utility>

namespace logbuf {
namespace {

using base::Result;
using stream::Next;

constexpr std::size_t kMaxOutput = 64 << 10;  // unread answers of a client that no more requests are taken from
constexpr base::Duration kPatience = std::chrono::seconds(10);

}  // namespace

Result<std::unique_ptr<Server>> Server::open(event::Loop& loop, Buffer& buffer, const std::vector<net::Url>& urls,
                                             ServerOptions options, base::Report report) {
  std::unique_ptr<Server> server(new Server(loop, buffer, std::move(options), std::move(report)));
  Server* const self = server.get();
  server->mastership_ = TRY(buffer.mastership());
  server->changes_ = TRY(Changes::watch(loop, buffer.path(), [self] { self->changed(); }));
  TRY(server->connections_.listen(loop, urls, [self](net::Accepted accepted) { self->take(std::move(accepted)); }));
  server->ask_peers();
  return server;
}

Server::Server(event::Loop& loop, Buffer& buffer, ServerOptions options, base::Report report)
    : loop_(loop),
      buffer_(buffer),
      options_(std::move(options)),
      report_(report),
      connections_({.protocol = "logd",
                    .max_message = options_.limits.request,
                    .max_connections = options_.max_connections,
                    .tls = options_.tls,
                    .peers = false,
                    .sockets = options_.sockets},
                   std::move(report)),
      turn_(loop, [this] { turn(); }),
      note_(loop, [this] { note_replicas(); }),
      patience_(loop, [this] { end_patience(); }) {}

void Server::ask_peers() {
  for (const net::Url& url : options_.peers)
    peers_.push_back(std::make_unique<Peer>(
        loop_, url, options_.peer_session,
        [this](base::Level level, const std::string& text) {
          const bool matters = level == base::Level::warning && mastership_.accepts && !takes_messages();
          report_(level, text + (matters ? "; no messages are taken before all peers have answered" : ""));
        },
        [this](const Peer& peer, const PeerState& said) { return judge(peer, said); }));
  for (const auto& peer : peers_) peer->start();
}

Server::~Server() {
  for (auto& [number, client] : clients_) {
    client->send();
    client->part();
  }
}

Result<Next> Server::read(stream::Batch& batch, std::size_t) {
  if (failure_) return tl::unexpected(*failure_);
  if (batch.empty()) {
    batch.swap(staged_);
  } else {
    batch.append_block(staged_.block(), staged_.lengths(), staged_.has_inner_lf());
  }
  staged_.clear();
  for (const std::uint64_t number : std::exchange(blocked_, {}))
    if (Client* const client = find(number)) call_again(*client);
  if (!batch.empty()) call_starved();
  return stopped_ && !may_be_answered() ? Next::end : Next::wait;
}

// Requests that came before are answered, new ones are not taken but those of replicas, who may have to confirm. Those
// who read are left where they are: they go on from there with the next server.
void Server::stop() {
  if (std::exchange(stopped_, true)) return;
  connections_.stop_listening();
  for (auto& [number, client] : clients_)
    if (!client->replica) client->hold(true);
}

Result<void> Server::reopen() {
  for (const auto& peer : peers_) peer->reload_certificates();
  return connections_.reload_certificates();
}

void Server::take(net::Accepted accepted) {
  ++counters_.connections;
  auto client = std::make_unique<Client>(loop_, std::move(accepted.transport), options_.limits, accepted.number,
                                         static_cast<Client::Owner&>(*this));
  if (options_.idle_timeout > base::Duration::zero()) client->call_when_idle(options_.idle_timeout);
  clients_.emplace(accepted.number, std::move(client));
  connections_.set_connections(clients_.size());
  const auto gone = std::ranges::find_if(clients_, [this](const auto& each) { return is_in_the_way(*each.second); });
  if (gone != clients_.end()) close(*gone->second);
}

// It has closed at least its own half, replicas are missing without which it cannot be answered, and to come they need
// a connection.
bool Server::is_in_the_way(const Client& client) const {
  return client.ended() && client.unanswered > 0 && clients_.size() >= options_.max_connections && !has_replicas();
}

void Server::readable(Client& client) {
  if (starve(client)) return;
  if (!client.has_request() && !client.receive()) client.end_input();
  serve(client);
}

void Server::writable(Client& client) {
  client.send();
  feed(client);
  serve(client);
}

// A reader may still say CLOSE or ACK, which add nothing to what it is sent.
bool Server::is_full(const Client& client) {
  return !client.reading && client.unsent() >= kMaxOutput;
}

// Carries out the requests that are there, as far as there is room for what they bring and for their answers.
void Server::serve(Client& client) {
  while ((!stopped_ || client.replica) && !client.closing()) {
    if (is_full(client)) client.send();
    if (is_full(client)) break;
    const auto request = client.request();
    if (!request) {
      damaged(client, request.error());
    } else if (*request == nullptr) {
      const bool follows = client.reading && !client.reading->left;
      if (client.ended() && (follows || !client.reading)) client.close_after_answers();
      break;
    } else if (carry_out(client, **request)) {
      client.done();
    } else {
      break;
    }
  }
  settle(client);
}

// After anything that may have changed what the client waits for. May close it.
void Server::settle(Client& client) {
  client.send();
  (void)connections_.account(client.accounted, client.pending());
  if (is_in_the_way(client) || (client.over() && (client.lost() || client.unanswered == 0))) return close(client);
  if (!client.waiting) client.release();
  starve(client);
  const bool enough = is_full(client) || (stopped_ && !client.replica) || client.has_request();
  client.hold(enough || client.waiting || client.starved);
  if (!enough && !client.starved && !client.closing() && client.has_more()) call_again(client);
}

// When requests of all clients together take too much memory, no more is read while some are being carried out, which
// will make room; and when none is, only the oldest goes on. True: nothing is to be read from this one now.
bool Server::starve(Client& client) {
  if (client.has_request() || !connections_.crowded() || (!under_way() && is_oldest_unfinished(client))) return false;
  if (!std::exchange(client.starved, true)) starved_.push_back(client.number());
  client.hold(true);
  if (!patience_.active()) patience_.start(kPatience);
  return true;
}

bool Server::under_way() const {
  return !unanswered_.empty() || !staged_.empty();
}

bool Server::is_oldest_unfinished(const Client& client) const {
  const auto oldest = std::ranges::find_if(
      clients_, [](const auto& each) { return each.second->pending() > 0 && !each.second->has_request(); });
  return oldest == clients_.end() || oldest->second.get() == &client;
}

// Those that do not go on with their requests must not starve the others.
void Server::end_patience() {
  if (starved_.empty()) return;
  patience_.start(kPatience);
  if (!connections_.crowded() || under_way()) return;
  std::vector<Client*> stalled;
  for (const auto& [number, client] : clients_)
    if (client->pending() > 0 && !client->starved && base::now() - client->last_moved() >= kPatience)
      stalled.push_back(client.get());
  for (Client* const client : stalled) {
    connections_.report_unfinished(client->peer());
    close(*client);
  }
}

void Server::call_starved() {
  for (const std::uint64_t number : std::exchange(starved_, {}))
    if (Client* const client = find(number)) {
      client->starved = false;
      call_again(*client);
    }
}

void Server::call_again(Client& client) {
  if (!std::exchange(client.waiting, true)) waiting_.push_back(client.number());
  client.hold(true);
  turn_.start(base::Duration::zero());
}

// Those who could have gone on, but had to let others have their turn.
void Server::turn() {
  if (std::exchange(answers_due_, false)) answer_safe();
  for (std::size_t left = waiting_.size(); left > 0; --left) {
    Client* const client = find(waiting_.front());
    waiting_.pop_front();
    if (client == nullptr) continue;
    client->waiting = false;
    feed(*client);
    const bool may_say_more = client->reading && !client->ended();  // nothing is received while it waits for its turn
    may_say_more || client->has_more() ? readable(*client) : serve(*client);
  }
}

// Only what is no request closes without a word: nobody knows what the other side speaks.
void Server::damaged(Client& client, const base::Error& error) {
  ++counters_.connection_errors;
  if (error.kind == base::Kind::data) reject(client, "ERR_CLIENT invalid request");
  connections_.report_damage({error.kind, "serve " + client.peer(), error.why});
  client.close_after_answers();
}

void Server::idle(Client& client) {
  const base::Duration left = client.last_moved() + options_.idle_timeout - base::now();
  const bool busy = client.reading || client.unanswered > 0;
  if (busy || left > base::Duration::zero()) return client.call_when_idle(busy ? options_.idle_timeout : left);
  close(client);
}

void Server::close(Client& client) {
  if (client.failure()) ++counters_.connection_errors;
  // That somebody has gone is no news, but that a handshake failed is.
  if (client.failure() && client.failure()->kind != base::Kind::io) connections_.report_damage(*client.failure());
  counters_.bytes_read += client.bytes_read();
  counters_.bytes_written += client.bytes_written();
  client.part();
  connections_.account(client.accounted, 0);
  if (client.unanswered > 0) {
    std::erase_if(unanswered_, [&](const Unanswered& each) { return each.client == client.number(); });
    forget_unneeded();
  }
  clients_.erase(client.number());
  connections_.set_connections(clients_.size());
  call_starved();
  if (stopped_) turn_.start(base::Duration::zero());  // nobody may be left to wait for
}

Client* Server::find(std::uint64_t number) const {
  const auto found = clients_.find(number);
  return found == clients_.end() ? nullptr : found->second.get();
}

std::string Server::state() const {
  std::string text = mastership_.accepts ? "master" : "replica";
  if (!takes_messages()) text += " (" + why_refused() + ")";
  text += " in epoch " + std::to_string(mastership_.epoch) + "; " + connections_.state();
  return text + ", " + std::to_string(unanswered_.size()) + " requests unanswered";
}

}  // namespace logbuf

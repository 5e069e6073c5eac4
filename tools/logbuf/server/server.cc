#include "tools/logbuf/server/server.h"

#include <algorithm>
#include <utility>

#include "tools/logbuf/server/log_feed.h"

namespace logbuf {
namespace {

using base::Result;
using stream::Next;

constexpr std::size_t kFeed = 64 << 10;      // of the log, unsent, on one connection
constexpr std::size_t kAllFeeds = 16 << 20;  // of the log, unsent, on all connections
constexpr std::size_t kLeastShare = 2 << 10;
constexpr int kPieces = 4;  // then others have their turn

}  // namespace

Result<std::unique_ptr<Server>> Server::open(event::Loop& loop, Buffer& buffer, const std::vector<net::Url>& urls,
                                             ServerOptions options, base::Report report) {
  std::unique_ptr<Server> server(new Server(loop, buffer, std::move(options), std::move(report)));
  TRY(server->role_.load());
  server->changes_ = TRY(Changes::watch(loop, buffer.path(), [self = server.get()] { self->changed(); }));
  TRY(server->clients_.listen(urls));
  server->role_.ask_peers(loop, server->options_.peers, server->options_.peer_session);
  return server;
}

Server::Server(event::Loop& loop, Buffer& buffer, ServerOptions options, base::Report report)
    : buffer_(buffer),
      options_(std::move(options)),
      report_(std::move(report)),
      role_(buffer, report_, [this] { role_changed(); }),
      replicas_(loop, buffer, options_.sync_replicas, report_),
      clients_(loop,
               {.limits = options_.limits,
                .max_connections = options_.max_connections,
                .idle_timeout = options_.idle_timeout,
                .tls = options_.tls,
                .sockets = options_.sockets},
               *this, report_) {}

Result<Next> Server::read(stream::Batch& batch, std::size_t) {
  if (failure_) return tl::unexpected(*failure_);
  if (role_.failure()) return tl::unexpected(*role_.failure());
  if (batch.empty()) {
    batch.swap(staged_);
  } else {
    batch.append_block(staged_.block(), staged_.lengths(), staged_.has_inner_lf());
  }
  staged_.clear();
  for (const std::uint64_t number : std::exchange(blocked_, {}))
    if (Client* const client = clients_.find(number)) clients_.call_again(*client);
  if (!batch.empty()) clients_.call_starved();
  return stopped_ && !may_be_answered() ? Next::end : Next::wait;
}

// Requests that came before are answered, new ones are not taken but those of replicas, who may have to confirm. Those
// who read are left where they are: they go on from there with the next server.
void Server::stop() {
  if (std::exchange(stopped_, true)) return;
  clients_.stop_listening();
  clients_.hold();
}

Result<void> Server::reopen() {
  role_.reload_certificates();
  return clients_.reload_certificates();
}

bool Server::takes_requests(const Client& client) const {
  return !stopped_ || replicas_.find(client.number()) != nullptr;
}

// Requests may be answered yet: by the buffer, or because there are replicas enough to confirm them.
bool Server::may_be_answered() const {
  return !answers_.empty() && replicas_.enough();
}

void Server::turn() {
  if (std::exchange(answers_due_, false)) send_answers();
}

void Server::closed(Client& client) {
  if (client.unanswered > 0) answers_.forget(client.number());
  replicas_.remove(client.number());
  if (stopped_) clients_.start_turn();  // nobody may be left to wait for
}

void Server::stored(const Appended& appended) {
  if (std::exchange(failing_, false))
    report_(base::Level::note, "write buffer " + buffer_.path() + ": messages are stored again");
  answers_.decided(appended.taken, appended.last_id, appended.dropped > 0 ? "ERR buffer is full" : "");
}

// Another process may have made it a replica a moment ago; or the disk is full, for which readers need not suffer.
void Server::refused(std::size_t count, const base::Error& error) {
  const bool replica = error.kind == base::Kind::unavailable;
  (void)role_.look();  // see Role::failure()
  if (!replica && !std::exchange(failing_, true)) report_(base::Level::error, error.text());
  answers_.decided(count, 0, replica ? role_.read_only() : "ERR");
}

Result<void> Server::acknowledge(std::uint64_t count) {
  answers_.safe(count);
  send_answers();
  return {};
}

void Server::send_answers() {
  const std::uint64_t confirmed = replicas_.confirmed();
  std::vector<std::uint64_t> answered;
  while (const auto answer = answers_.next(confirmed)) {
    if (answered.empty() || answered.back() != answer->client) answered.push_back(answer->client);
    Client* const client = clients_.find(answer->client);
    if (client == nullptr) continue;
    --client->unanswered;
    answer->error.empty() ? client->answer("OK " + std::to_string(answer->id)) : reject(*client, answer->error);
  }
  for (const std::uint64_t number : answered)
    if (Client* const client = clients_.find(number)) clients_.serve(*client);
  if (answered.empty()) return;
  clients_.call_starved();
  if (stopped_) clients_.start_turn();  // it may have been the last
}

// When this turn is over.
void Server::send_answers_soon() {
  answers_due_ = true;
  clients_.start_turn();
}

// The buffer has changed: there may be more to read, or another process has made it a replica or the master.
void Server::changed() {
  if (!role_.look()) return;  // see Role::failure()
  const auto state = buffer_.state();
  if (!state) {
    failure_ = state.error();
    return;
  }
  std::vector<std::uint64_t> readers;
  for (const auto& [number, client] : clients_.all())
    if (client->reading && client->reading->next < state->next_id) readers.push_back(number);
  for (const std::uint64_t number : readers)
    if (Client* const client = clients_.find(number)) {
      feed(*client);
      clients_.settle(*client);
    }
}

// Those who do not read hold no more than this each, so that all of them together are bounded.
std::size_t Server::share() const {
  return std::max(kLeastShare, kAllFeeds / std::max<std::size_t>(1, clients_.all().size()));
}

// The log is read only as fast as the client takes it, and no read transaction waits for it.
void Server::feed(Client& client) {
  for (int pieces = 0; client.reading && client.unsent() < std::min(kFeed, share()); ++pieces) {
    if (pieces == kPieces) return clients_.call_again(client);
    const auto more = feed_some(buffer_, report_, client, share());
    if (!more) return client.reading->begun > 0 ? client.abandon(more.error()) : fail(client, more.error());
    client.send();
    if (!*more) return;
  }
}

// Replicas have to ask again. What none of them has confirmed, the new master may not have; nobody here can say so any
// more.
void Server::role_changed() {
  std::vector<std::uint64_t> all;
  for (const auto& [number, replica] : replicas_.all()) all.push_back(number);
  close_all(all);
  if (role_.mastership().accepts) return;
  answers_.fail_stored(role_.read_only());
  send_answers_soon();
}

void Server::close_all(const std::vector<std::uint64_t>& clients) {
  for (const std::uint64_t number : clients)
    if (Client* const client = clients_.find(number)) clients_.close(*client);
}

std::string Server::state() const {
  const Mastership& mastership = role_.mastership();
  std::string text = mastership.accepts ? "master" : "replica";
  if (!role_.takes_messages()) text += " (" + role_.why_refused() + ")";
  text += " in epoch " + std::to_string(mastership.epoch) + "; " + clients_.state();
  return text + ", " + std::to_string(answers_.count()) + " requests unanswered";
}

}  // namespace logbuf

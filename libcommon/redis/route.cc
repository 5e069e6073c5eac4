#include "redis/route.h"

#include <utility>

namespace redis {
namespace {

// Directions that lead in a circle, as during a failover, must not keep everybody busy.
constexpr unsigned kFollowsAtOnce = 4;

bool same_server(const net::Url& one, const std::optional<net::Url>& other) {
  return other && one.host == other->host && one.port == other->port && one.path == other->path;
}

}  // namespace

Route::Route(event::Loop& loop, const Address& address, Options options, Events events)
    : given_(address.servers),
      sentinels_(!address.master.empty()),
      events_(std::move(events)),
      current_(given_.front()),
      connector_(loop, given_, options.connect_timeout, options.seed,
                 {.connected = [this](base::Fd fd, const net::Url& url) { connected(std::move(fd), url); },
                  .failed = [this](const base::Error& error) { failed(error); }}),
      handshake_(loop, std::move(options.tls), options.connect_timeout,
                 {.done =
                      [this](net::Link link) {
                        plain_probe_.stop();
                        events_.connected(std::move(link), target_);
                      },
                  .failed = [this](const base::Error& error) { handshake_failed(error); }}),
      plain_probe_(loop, [this] {
        handshake_failed({base::Kind::protocol, "connect to " + current_.text(),
                          "the server speaks Redis without TLS there; use redis://, or its port for TLS"});
      }) {}

void Route::start() {
  connector_.start();
}

// Whoever is master now, the Sentinels know it. In a cluster the last direction is still the best guess.
void Route::again() {
  once_.reset();
  if (sentinels_) direction_.reset();
  stop_handshake();
  connector_.set_urls(candidates());
  connector_.restart();
}

void Route::next() {
  stop_handshake();
  connector_.proceed();
}

void Route::follow(net::Url direction, bool once) {
  (once ? once_ : direction_) = std::move(direction);
  if (!once) once_.reset();
  fresh_ = true;
  stop_handshake();
  connector_.set_urls(candidates());
  ++follows_ > kFollowsAtOnce ? connector_.restart() : connector_.start();
}

void Route::succeeded() {
  follows_ = 0;
  connector_.succeeded();
}

std::vector<net::Url> Route::candidates() const {
  std::vector<net::Url> all;
  if (once_) all.push_back(*once_);
  if (direction_) all.push_back(*direction_);
  all.insert(all.end(), given_.begin(), given_.end());
  return all;
}

void Route::connected(base::Fd fd, const net::Url& url) {
  const bool directed = same_server(url, direction_);
  if (sentinels_ && directed && !fresh_) return connector_.proceed();  // it may be master no more
  target_ = sentinels_ && !directed ? Target::sentinel : Target::server;
  asking_ = same_server(url, once_);
  current_ = url;
  if (current_.uses_tls()) plain_probe_.start(fd.get(), current_);
  handshake_.start(std::move(fd), current_);
}

void Route::stop_handshake() {
  plain_probe_.stop();
  handshake_.stop();
}

void Route::handshake_failed(const base::Error& error) {
  stop_handshake();
  failed(error);
  connector_.proceed();
}

void Route::failed(const base::Error& error) {
  fresh_ = false;
  events_.failed(error);
}

}  // namespace redis

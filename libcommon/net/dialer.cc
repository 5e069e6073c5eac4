#include "net/dialer.h"

#include <utility>

namespace net {

Dialer::Dialer(event::Loop& loop, std::vector<Url> urls, DialOptions options, base::Report report, Events events)
    : urls_(std::move(urls)),
      options_(std::move(options)),
      report_(std::move(report)),
      events_(std::move(events)),
      connector_(loop, urls_, options_.connect_timeout, options_.seed,
                 {.connected = [this](base::Fd fd, const Url& url) { take(std::move(fd), url); },
                  .failed = [this](const base::Error& error) { warn(error.text()); }}),
      handshake_(loop, options_.tls, options_.connect_timeout,
                 {.done = [this](Link link) { connected(std::move(link)); },
                  .failed =
                      [this](const base::Error& error) {
                        warn(error.text());
                        connector_.proceed();
                      }}) {}

void Dialer::take(base::Fd fd, const Url& url) {
  if (options_.keepalive) {
    const auto set = set_keepalive(fd.get(), *options_.keepalive);
    if (!set) {
      warn(set.error().text());
      return connector_.proceed();
    }
  }
  handshake_.start(std::move(fd), url);
}

// Where nothing waits, nothing else will show that it is of use.
void Dialer::connected(Link link) {
  if (events_.waiting() == 0 && link.transport.accepted()) away_since_.reset();
  events_.connected(std::move(link));
}

void Dialer::look() {
  stop();
  if (!away_since_) away_since_ = base::now();
}

void Dialer::start() {
  look();
  connector_.start();
}

void Dialer::restart() {
  look();
  connector_.restart();
}

void Dialer::proceed() {
  look();
  connector_.proceed();
}

void Dialer::succeeded() {
  away_since_.reset();
  connector_.succeeded();
}

void Dialer::hurry() {
  connector_.hurry();
}

void Dialer::stop() {
  resting_ = false;
  handshake_.stop();
  connector_.stop();
}

void Dialer::rest() {
  stop();
  away_since_.reset();
  resting_ = true;
}

void Dialer::wake() {
  if (resting_) start();
}

void Dialer::reload_certificates() {
  if (!options_.tls) return;
  const auto reloaded = options_.tls->reload();
  if (!reloaded) report_(base::Level::error, reloaded.error().text() + "; what was loaded before stays in use");
}

bool Dialer::warn(const std::string& text) {
  if (outage_) return false;
  warn_again(text);
  return true;
}

void Dialer::warn_again(const std::string& text) {
  outage_ = true;
  const std::size_t count = events_.waiting();
  std::string waiting;
  if (count > 0) waiting = ", " + base::count_of(count, "message") + (count == 1 ? " is" : " are") + " waiting";
  report_(base::Level::warning, text + "; trying " + (urls_.size() > 1 ? "the next" : "again") + waiting);
}

void Dialer::recovered(const std::string& peer) {
  away_since_.reset();
  if (std::exchange(outage_, false)) report_(base::Level::note, "connected to " + peer);
}

base::Error Dialer::undelivered(const std::string& done, base::Duration within) const {
  std::string all;
  for (const auto& url : urls_) all += (all.empty() ? "" : ", ") + url.text();
  const std::size_t count = events_.waiting();
  return {base::Kind::temporary, "send to " + all,
          base::count_of(count, "message") + (count == 1 ? " was" : " were") + " not " + done + " within " +
              base::format_duration(within) + "; run again"};
}

std::string Dialer::state() const {
  return resting_ ? "idle, not connected" : connector_.state();
}

}  // namespace net

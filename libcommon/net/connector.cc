#include "net/connector.h"

#include <algorithm>
#include <utility>

namespace net {

Connector::Connector(event::Loop& loop, std::vector<Url> urls, base::Duration timeout, std::uint64_t seed,
                     Events events)
    : loop_(loop),
      urls_(std::move(urls)),
      timeout_(timeout),
      events_(std::move(events)),
      backoff_(seed),
      timer_(loop, [this] { timed_out(); }),
      pause_(loop, [this] { start(); }) {}

void Connector::start() {
  begin();
  try_next();
}

void Connector::restart() {
  begin();
  pause();
}

void Connector::proceed() {
  stop();
  try_next();
}

void Connector::hurry() {
  backoff_.reset();
  if (pause_.active()) start();
}

void Connector::stop() {
  timer_.stop();
  pause_.stop();
  writable_.reset();
  fd_.reset();
}

void Connector::set_urls(std::vector<Url> urls) {
  urls_ = std::move(urls);
  begin();
}

void Connector::begin() {
  stop();
  url_ = 0;
  addresses_.reset();
}

void Connector::try_next() {
  for (; url_ < urls_.size(); ++url_, addresses_.reset())
    if (try_addresses()) return;
  begin();
  pause();
}

// True when an attempt is under way.
bool Connector::try_addresses() {
  if (!addresses_) {
    auto resolved = resolve(urls_[url_]);
    if (!resolved) {
      events_.failed(resolved.error());
      return false;
    }
    addresses_ = std::move(*resolved);
    address_ = 0;
  }
  while (address_ < addresses_->size()) {
    auto fd = start_connect((*addresses_)[address_++], urls_[url_]);
    if (!fd) {
      events_.failed(fd.error());
      continue;
    }
    fd_ = std::move(*fd);
    writable_.emplace(loop_, fd_.get(), event::Interest::write, [this] { decided(); });
    writable_->start();
    if (timeout_ > base::Duration::zero()) timer_.start(timeout_);
    return true;
  }
  return false;
}

void Connector::decided() {
  timer_.stop();
  writable_.reset();
  const auto result = connect_result(fd_.get(), urls_[url_]);
  if (result) {
    events_.connected(std::exchange(fd_, base::Fd()), urls_[url_]);
    return;
  }
  fd_.reset();
  events_.failed(result.error());
  try_next();
}

void Connector::timed_out() {
  writable_.reset();
  fd_.reset();
  events_.failed(base::Error{base::Kind::temporary, "connect " + urls_[url_].text(),
                             "no answer within " + base::format_duration(timeout_)});
  try_next();
}

void Connector::pause() {
  const base::Duration length = backoff_.next();
  pause_end_ = base::now() + length;
  pause_.start(length);
}

const Url& Connector::url() const {
  return urls_[url_];
}

const Url* Connector::next_url() const {
  return url_ + 1 < urls_.size() ? &urls_[url_ + 1] : nullptr;
}

std::string Connector::state() const {
  if (!pause_.active()) return "connecting to " + url().text();
  const auto left = std::chrono::ceil<std::chrono::seconds>(pause_end_ - base::now());
  return "waiting " + base::format_duration(std::max(left, std::chrono::seconds(0))) + " to connect to " + url().text();
}

}  // namespace net

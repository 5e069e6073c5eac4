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
      lookup_(loop, [this](Lookup::Answer found) { looked_up(std::move(found)); }),
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
  lookup_.forget();
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
  while (url_ < urls_.size()) {
    if (!addresses_) {
      auto found = lookup_.find(urls_[url_]);
      if (found) looked_up(std::move(*found));
      return;
    }
    if (try_addresses()) return;
    addresses_.reset();
    ++url_;
  }
  begin();
  pause();
}

void Connector::looked_up(Lookup::Answer found) {
  if (found) {
    addresses_ = std::move(*found);
    address_ = 0;
  } else {
    events_.failed(found.error());
    ++url_;
  }
  try_next();
}

// True when an attempt is under way.
bool Connector::try_addresses() {
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

std::string Connector::state() const {
  if (lookup_.active()) return "resolving " + url().host;
  if (!pause_.active()) return "connecting to " + url().text();
  const auto left = std::chrono::ceil<std::chrono::seconds>(pause_end_ - base::now());
  return "waiting " + base::format_duration(std::max(left, std::chrono::seconds(0))) + " to connect to " + url().text();
}

}  // namespace net

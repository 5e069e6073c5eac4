#include "net/client_handshake.h"

#include <utility>

namespace net {
ClientHandshake::ClientHandshake(event::Loop& loop, std::shared_ptr<TlsContext> tls, base::Duration timeout,
                                 Events events)
    : loop_(loop), tls_(std::move(tls)), timeout_(timeout), events_(std::move(events)), timer_(loop, [this] {
        timed_out();
      }) {}

void ClientHandshake::start(base::Fd fd, const Url& url) {
  stop();
  auto link = open(std::move(fd), url);
  if (!link) return fail(link.error());
  link_ = std::move(*link);
  if (timeout_ > base::Duration::zero()) timer_.start(timeout_);
  go_on();
}

base::Result<Link> ClientHandshake::open(base::Fd fd, const Url& url) const {
  const AckCounter counter = TRY(AckCounter::open(fd.get()));
  const TlsContext* tls = url.uses_tls() ? tls_.get() : nullptr;
  return Link{TRY(Transport::open(std::move(fd), url.text(), tls, url.host)), counter};
}

void ClientHandshake::stop() {
  timer_.stop();
  ready_.reset();
  link_.reset();
}

void ClientHandshake::go_on() {
  const auto done = link_->transport.handshake();
  if (!done) return fail(done.error());
  if (*done) {
    Link link = std::move(*link_);
    stop();
    return events_.done(std::move(link));
  }
  const auto interest = link_->transport.wants_write() ? event::Interest::write : event::Interest::read;
  ready_.emplace(loop_, link_->transport.fd(), interest, [this] { go_on(); });
  ready_->start();
}

void ClientHandshake::timed_out() {
  fail({base::Kind::temporary, "connect " + link_->transport.name(),
        "no TLS handshake within " + base::format_duration(timeout_) + "; is it a port without TLS?"});
}

void ClientHandshake::fail(const base::Error& error) {
  stop();
  events_.failed(error);
}

}  // namespace net

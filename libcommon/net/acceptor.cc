#include "net/acceptor.h"

#include <algorithm>
#include <utility>

#include "net/socket.h"

namespace net {
namespace {

using base::Fd;
using base::Result;

constexpr int kPerTurn = 64;
// Without descriptors a listening socket stays readable: looking again at once would keep the processor busy.
constexpr base::Duration kRetry = std::chrono::milliseconds(500);
constexpr base::Duration kWarnEvery = std::chrono::minutes(1);

constexpr std::size_t kOtherDescriptors = 64;

}  // namespace

Result<std::unique_ptr<Acceptor>> Acceptor::open(event::Loop& loop, const std::vector<Url>& urls,
                                                 InheritedSockets& inherited, std::size_t most, base::Report report,
                                                 std::function<void(Fd, const Url&)> take) {
  (void)base::raise_descriptor_limit(most + kOtherDescriptors);  // beyond it accepting pauses
  std::unique_ptr<Acceptor> acceptor(new Acceptor(loop, std::move(report), std::move(take)));
  for (const Url& url : urls) TRY(acceptor->listen(loop, url, inherited));
  return acceptor;
}

Acceptor::Acceptor(event::Loop& loop, base::Report report, std::function<void(Fd, const Url&)> take)
    : report_(std::move(report)), take_(std::move(take)), retry_(loop, [this] { watch(); }) {}

Acceptor::~Acceptor() {
  for (const auto& socket : sockets_)
    if (!socket->inherited) unlink_listener(socket->url);
}

Result<void> Acceptor::listen(event::Loop& loop, const Url& url, InheritedSockets& inherited) {
  Listening listening = TRY(inherited.listen(url));
  for (Fd& fd : listening.sockets) {
    const int number = fd.get();
    sockets_.push_back(
        std::unique_ptr<Socket>(new Socket{std::move(fd), url, listening.inherited,
                                           event::Io(loop, number, event::Interest::read, [this, i = sockets_.size()] {
                                             (void)accept_some(*sockets_[i]);
                                           })}));
  }
  return {};
}

void Acceptor::set_open(bool open) {
  if (open == open_ && !retry_.active()) return;
  open_ = open;
  retry_.stop();
  watch();
}

void Acceptor::watch() {
  const bool active = open_ && !retry_.active();
  for (const auto& socket : sockets_) socket->readable.set(active);
}

void Acceptor::accept_waiting() {
  for (const auto& socket : sockets_)
    while (!socket->inherited && accept_some(*socket)) continue;
}

std::vector<std::string> Acceptor::addresses() const {
  std::vector<std::string> all;
  for (const auto& socket : sockets_)
    all.push_back(socket->url.scheme + (socket->url.is_network() ? "://" : ":") + local_address(socket->fd.get()));
  return all;
}

// False: no more now.
bool Acceptor::accept_some(const Socket& socket) {
  for (int i = 0; i < kPerTurn && open_; ++i) {
    auto accepted = accept_stream(socket.fd.get(), socket.url);
    if (!accepted) pause(accepted.error());
    if (!accepted || !*accepted) return false;
    take_(std::move(*accepted), socket.url);
  }
  return open_;
}

void Acceptor::pause(const base::Error& error) {
  const base::Instant now = base::now();
  if (!warned_ || now - *warned_ >= kWarnEvery) {
    warned_ = now;
    report_(base::Level::warning, error.text() + "; new connections wait until that changes");
  }
  retry_.start(kRetry);
  watch();
}

}  // namespace net

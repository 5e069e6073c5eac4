#include "event/notify.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "base/clock.h"

namespace event {
namespace {

using base::Kind;
using base::Result;

constexpr base::Duration kRetry = std::chrono::milliseconds(100);

std::string what(const NotifyOptions& options) {
  return "notify service manager at '" + options.socket + "'";
}

Result<std::string> address_of(const NotifyOptions& options) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& name = options.socket;
  if (!name.starts_with('/') && !name.starts_with('@'))
    return base::fail(Kind::config, what(options), "NOTIFY_SOCKET is neither a path nor an abstract name");
  if (name.size() >= sizeof address.sun_path)
    return base::fail(Kind::config, what(options), "the name is too long for a socket");
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name.front() == '@') address.sun_path[0] = '\0';
  return std::string(reinterpret_cast<const char*>(&address), offsetof(sockaddr_un, sun_path) + name.size());
}

}  // namespace

Result<std::unique_ptr<Notifier>> Notifier::open(Loop& loop, NotifyOptions options, base::Report report) {
  std::string address = TRY(address_of(options));
  base::Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return base::fail_errno(Kind::unavailable, errno, what(options));
  std::unique_ptr<Notifier> notifier(
      new Notifier(loop, std::move(options), std::move(address), std::move(fd), std::move(report)));
  if (notifier->options_.watchdog > base::Duration::zero()) notifier->sign_of_life();
  return notifier;
}

Notifier::Notifier(Loop& loop, NotifyOptions options, std::string address, base::Fd fd, base::Report report)
    : options_(std::move(options)),
      address_(std::move(address)),
      fd_(std::move(fd)),
      report_(std::move(report)),
      watchdog_(loop, [this] { sign_of_life(); }),
      retry_(loop, [this] { send(); }) {}

void Notifier::ready() {
  add_state("READY=1\n");
}

void Notifier::reloading() {
  const auto time = std::chrono::duration_cast<std::chrono::microseconds>(base::now().time_since_epoch());
  add_state("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(time.count()) + "\n");
}

void Notifier::stopping() {
  add_state("STOPPING=1\n");
}

void Notifier::status(std::string_view text) {
  status_ = text.substr(0, text.find('\n'));  // the next line would be an assignment of its own
  send();
}

// Of a queue that the manager does not empty, only the last state counts.
void Notifier::add_state(std::string_view assignments) {
  constexpr std::size_t kMost = 1024;
  if (states_.size() + assignments.size() > kMost) states_.clear();
  states_ += assignments;
  send();
}

void Notifier::sign_of_life() {
  watchdog_.start(options_.watchdog / 2);
  alive_ = true;
  send();
}

void Notifier::send() {
  std::string text = states_;
  if (status_) text += "STATUS=" + *status_ + "\n";
  if (alive_) text += "WATCHDOG=1\n";
  if (text.empty()) return;
  const auto sent =
      ::sendto(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(address_.data()),
               static_cast<socklen_t>(address_.size()));
  if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS || errno == EINTR)) return retry_.start(kRetry);
  if (sent < 0 && !std::exchange(reported_, true) && report_)
    report_(base::Level::warning, what(options_) + ": " + base::system_reason(errno));
  states_.clear();
  status_.reset();
  alive_ = false;
}

}  // namespace event

#include "redis/plain_probe.h"

#include <sys/socket.h>

#include <array>
#include <string_view>
#include <utility>

#include "base/io.h"
#include "net/socket.h"

namespace redis {
namespace {

constexpr base::Duration kPatience = std::chrono::seconds(1);

}  // namespace

PlainProbe::PlainProbe(event::Loop& loop, std::function<void()> plain)
    : loop_(loop), plain_(std::move(plain)), soon_(loop, [this] { connect(); }) {}

void PlainProbe::start(int fd, const net::Url& url) {
  stop();
  sockaddr_storage server{};
  socklen_t length = sizeof server;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&server), &length) != 0) return;
  server_ = {server.ss_family, std::string(reinterpret_cast<const char*>(&server), length)};
  url_ = url;
  soon_.start(kPatience);
}

void PlainProbe::stop() {
  soon_.stop();
  ready_.reset();
  fd_ = {};
}

// Whatever goes wrong here, the handshake's own end says what there is to say.
void PlainProbe::connect() {
  auto fd = net::start_connect(server_, url_);
  if (!fd) return;
  fd_ = std::move(*fd);
  ready_.emplace(loop_, fd_.get(), event::Interest::write, [this] { ask(); });
  ready_->start();
}

void PlainProbe::ask() {
  if (!net::connect_result(fd_.get(), url_) || !base::write_some(fd_.get(), "PING\r\n", url_.text())) return stop();
  ready_.emplace(loop_, fd_.get(), event::Interest::read, [this] { hear(); });
  ready_->start();
}

void PlainProbe::hear() {
  std::array<char, 64> buffer;
  const auto got = base::read_some(fd_.get(), buffer, url_.text());
  const std::string_view answer(buffer.data(), got ? got->bytes : 0);
  stop();
  if (answer.starts_with("+PONG") || answer.starts_with("-NOAUTH") || answer.starts_with("-DENIED") ||
      answer.starts_with("-ERR"))
    plain_();
}

}  // namespace redis

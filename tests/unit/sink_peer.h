// What tests of sinks share: driving the loop, and somebody on loopback who is sent something.
#pragma once

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/io.h"
#include "event/loop.h"
#include "net/socket.h"

namespace unit {

// Runs the loop until something is so; false after ten seconds.
template <class Condition>
bool turn_until(event::Loop& loop, Condition condition) {
  const auto end = base::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (base::now() > end) return false;
    loop.wait(std::chrono::milliseconds(100));
  }
  return true;
}

// Accepts one connection after the other.
class SinkPeer {
 public:
  explicit SinkPeer(event::Loop& loop) : loop_(loop), listener_(listen()) {
    accepting_ = std::make_unique<event::Io>(loop_, listener_.get(), event::Interest::read, [this] { accept(); });
    accepting_->start();
  }
  virtual ~SinkPeer() = default;
  SinkPeer(const SinkPeer&) = delete;
  SinkPeer& operator=(const SinkPeer&) = delete;

  [[nodiscard]] std::size_t connections() const { return connections_; }
  [[nodiscard]] bool at_end() const { return end_; }  // of the last connection
  void pause() { reading_->stop(); }
  void go_on() { reading_->start(); }
  void hang_up() {
    reading_.reset();
    connection_.reset();
  }
  void say(std::string_view bytes) const { REQUIRE(base::write_all(connection_.get(), bytes, "peer")); }

 protected:
  virtual void begin() = 0;  // of a connection
  virtual void take(std::string_view bytes) = 0;

  [[nodiscard]] net::Url url_with(const std::string& scheme) const {
    return *net::parse_url(scheme + "://" + net::local_address(listener_.get()));
  }
  [[nodiscard]] bool connected() const { return static_cast<bool>(connection_); }

 private:
  static base::Fd listen() {
    auto listeners = net::open_listeners(*net::parse_url("tcp://127.0.0.1:0"));
    REQUIRE(listeners);
    return std::move(listeners->front());
  }
  void accept() {
    reading_.reset();
    connection_ = base::Fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    ++connections_;
    end_ = false;
    begin();
    reading_ = std::make_unique<event::Io>(loop_, connection_.get(), event::Interest::read, [this] { read(); });
    reading_->start();
  }
  void read() {
    std::array<char, 65536> buffer;
    const auto got = base::read_some(connection_.get(), buffer, "sink");
    end_ = !got || got->end;
    if (end_) return hang_up();
    take({buffer.data(), got->bytes});
  }

  event::Loop& loop_;
  base::Fd listener_;
  std::unique_ptr<event::Io> accepting_;
  base::Fd connection_;
  std::unique_ptr<event::Io> reading_;
  std::size_t connections_ = 0;
  bool end_ = false;
};

}  // namespace unit

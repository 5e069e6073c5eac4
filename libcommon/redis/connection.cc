#include "redis/connection.h"

#include <algorithm>
#include <array>
#include <utility>

namespace redis {
namespace {

constexpr std::size_t kReadBytes = 65536;
constexpr std::size_t kGoneBytes = 512 << 10;
constexpr int kRounds = 64;  // of reading from a server that writes without an end, then others have their turn

}  // namespace

Connection::Connection(event::Loop& loop, net::Link link, base::Duration timeout, Events events)
    : link_(std::move(link)),
      peer_(link_->transport.name()),
      timeout_(timeout),
      events_(std::move(events)),
      readable_(loop, link_->transport.fd(), event::Interest::read, [this] { readable(); }),
      writable_(loop, link_->transport.fd(), event::Interest::write, [this] { writable(); }),
      check_(loop, [this] { check(); }),
      again_(loop, [this] { readable(); }),
      progress_(base::now()) {
  readable_.start();
}

void Connection::send(const Command& command, OnReply on_reply, base::Duration waits) {
  expect(command, std::move(on_reply), waits);
}

void Connection::send_part(const Command& command) {
  expect(command, nullptr, base::Duration::zero());
}

void Connection::expect(const Command& command, OnReply on_reply, base::Duration waits) {
  if (closed()) return;
  // There may be a rest at all times: what has gone must not gather before it.
  if (sent_ >= kGoneBytes) {
    output_.erase(0, sent_);
    sent_ = 0;
  }
  if (expected_.empty()) {
    progress_ = base::now();
    check_.start(timeout_ + waits);
  }
  command.encode(output_);
  expected_.push_back({std::move(on_reply), waits});
  writable_.start();
}

void Connection::close() {
  readable_.stop();
  writable_.stop();
  check_.stop();
  again_.stop();
  link_.reset();
}

void Connection::writable() {
  if (std::exchange(read_needs_write_, false)) readable();
  while (!closed() && sent_ < output_.size()) {
    const std::string_view rest = std::string_view(output_).substr(sent_);
    const auto moved = link_->transport.write_some(rest);
    if (!moved) {
      // What the server said before it went may say why.
      for (int round = 0; round < kRounds && take_some();) ++round;
      return fail(moved.error().text());
    }
    sent_ += moved->bytes;
    if (moved->bytes > 0) progress_ = base::now();
    if (moved->bytes < rest.size()) return;
  }
  output_.clear();
  sent_ = 0;
  if (!closed()) writable_.set(read_needs_write_);
}

void Connection::readable() {
  bool more = true;
  for (int round = 0; more && round < kRounds; ++round) more = take_some() && link_->transport.buffered();
  if (more) again_.start(base::Duration::zero());
}

// False: nothing more is there now.
bool Connection::take_some() {
  if (closed()) return false;
  std::array<char, kReadBytes> buffer;
  const auto got = link_->transport.read_some(buffer);
  if (!got) {
    fail(got.error().text());
    return false;
  }
  read_needs_write_ = got->would_block && link_->transport.wants_write();
  if (read_needs_write_) writable_.start();
  if (got->bytes > 0) hear({buffer.data(), got->bytes});
  if (got->end) fail("read from " + peer() + ": the server closed the connection");
  return got->bytes > 0 && !closed();
}

void Connection::hear(std::string_view bytes) {
  progress_ = base::now();
  if (const auto fed = reader_.feed(bytes); !fed) return fail("read from " + peer() + ": " + fed.error().why);
  while (!closed()) {
    auto reply = reader_.next();
    if (!reply) return fail("read from " + peer() + ": " + reply.error().why);
    if (!*reply) return;
    take(std::move(**reply));
  }
}

void Connection::take(Reply reply) {
  if (!events_.inspect(reply) || closed()) return;
  if (expected_.empty()) return fail("read from " + peer() + ": a reply to nothing: " + std::string(reply.text()));
  const Expected next = std::move(expected_.front());
  expected_.pop_front();
  if (expected_.empty()) check_.stop();
  if (!next.on_reply) {
    if (reply.is_error() && part_error_.is_nil()) part_error_ = std::move(reply);
    return;
  }
  Reply earlier = std::exchange(part_error_, Reply());
  next.on_reply(earlier.is_nil() ? std::move(reply) : std::move(earlier));
}

void Connection::check() {
  const base::Duration left = progress_ + timeout_ + expected_.front().waits - base::now();
  if (left > base::Duration::zero()) return check_.start(std::max<base::Duration>(left, std::chrono::milliseconds(1)));
  fail("read from " + peer() + ": no answer for " + base::format_duration(timeout_));
}

void Connection::fail(const std::string& why) {
  if (closed()) return;
  close();
  events_.broken(why);
}

}  // namespace redis

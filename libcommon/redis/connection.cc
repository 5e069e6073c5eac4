#include "redis/connection.h"

#include <algorithm>
#include <array>
#include <utility>

namespace redis {
namespace {

constexpr std::size_t kReadBytes = 65536;

}  // namespace

Connection::Connection(event::Loop& loop, net::Link link, base::Duration timeout, Events events)
    : peer_(link.transport.name()), timeout_(timeout), events_(std::move(events)) {
  connection_.emplace(loop, std::move(link), static_cast<net::Connection::Owner&>(*this));
}

void Connection::send(const Command& command, OnReply on_reply, base::Duration waits) {
  expect(command, std::move(on_reply), waits);
}

void Connection::send_part(const Command& command) {
  expect(command, nullptr, base::Duration::zero());
}

void Connection::expect(const Command& command, OnReply on_reply, base::Duration waits) {
  if (closed()) return;
  if (expected_.empty()) {
    asked_ = base::now();
    connection_->set_deadline(timeout_ + waits);
  }
  command.encode(connection_->output());
  expected_.push_back({std::move(on_reply), waits});
  connection_->flush_later();
}

void Connection::close() {
  connection_.reset();
}

void Connection::readable() {
  std::array<char, kReadBytes> buffer;
  const auto got = connection_->receive(buffer);
  if (!got) return server_gone(got.error().text());
  if (got->bytes > 0) hear({buffer.data(), got->bytes});
  if (got->end) server_gone("read from " + peer() + ": the server closed the connection");
}

void Connection::hear(std::string_view bytes) {
  heard_ = true;
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
  if (expected_.empty()) connection_->set_deadline(base::Duration::zero());
  if (!next.on_reply) {
    if (reply.is_error() && part_error_.is_nil()) part_error_ = std::move(reply);
    return;
  }
  Reply earlier = std::exchange(part_error_, Reply());
  next.on_reply(earlier.is_nil() ? std::move(reply) : std::move(earlier));
}

void Connection::overdue() {
  const base::Instant progress = std::max(asked_, connection_->last_moved());
  const base::Duration left = progress + timeout_ + expected_.front().waits - base::now();
  if (left > base::Duration::zero())
    return connection_->set_deadline(std::max<base::Duration>(left, std::chrono::milliseconds(1)));
  fail("read from " + peer() + ": no answer for " + base::format_duration(timeout_));
}

// A server that wants TLS takes commands for a broken handshake.
void Connection::server_gone(const std::string& why) {
  const bool plain = peer_.starts_with("redis://");
  fail(why + (plain && !heard_ ? " before it said anything; it seems to speak TLS: then use rediss://" : ""));
}

void Connection::fail(const std::string& why) {
  if (closed()) return;
  close();
  events_.broken(why);
}

}  // namespace redis

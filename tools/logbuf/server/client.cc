#include "tools/logbuf/server/client.h"

#include <utility>

#include "net/socket.h"

namespace logbuf {
namespace {

constexpr int kReads = 4;  // in one turn: up to 512 KiB
// A host that is gone must not be taken for a reader that has nothing to say.
constexpr base::Duration kAskAfter = std::chrono::minutes(1);

}  // namespace

Client::Client(event::Loop& loop, net::Transport transport, codec::LogdLimits limits, std::uint64_t number,
               Owner& owner)
    : owner_(owner),
      connection_(loop, std::move(transport), static_cast<net::Connection::Owner&>(*this),
                  {.task = "serve", .protocol = "logd's protocol"}),
      requests_(limits),
      number_(number) {
  (void)net::set_keepalive(connection_.transport().fd(), kAskAfter);
}

// What a client sends in a burst is taken together, so that it shares a commit.
void Client::receive() {
  for (int reads = 0; reads < kReads && !ended_; ++reads) {
    const auto room = requests_.room();
    const auto got = connection_.receive(room);
    if (!got) lose(got.error());
    ended_ = !got || got->end;
    if (!got) return;
    requests_.took(got->bytes);
    if (got->bytes < room.size()) return;
  }
}

base::Result<const codec::LogdRequest*> Client::request() {
  if (request_) return &*request_;
  codec::LogdRequest next;
  if (!TRY(requests_.next(next))) {
    requests_.release();
    return nullptr;
  }
  request_ = next;
  return &*request_;
}

void Client::send() {
  if (lost()) return;
  connection_.flush();
  if (connection_.failed()) lose(*connection_.failure());
}

void Client::lose(base::Error error) {
  if (!failure_) failure_ = std::move(error);
}

void Client::part() {
  if (!lost()) connection_.part();
}

}  // namespace logbuf

#include "tools/logbuf/server/client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <utility>

#include "codec/foreign.h"
#include "net/socket.h"

namespace logbuf {
namespace {

constexpr int kReads = 4;  // in one turn: up to 512 KiB
// A host that is gone must not be taken for a reader that has nothing to say.
constexpr base::Duration kAskAfter = std::chrono::minutes(1);

}  // namespace

Client::Client(event::Loop& loop, net::Transport transport, codec::LogdLimits limits, std::uint64_t number,
               Owner& owner)
    : transport_(std::move(transport)),
      requests_(limits),
      number_(number),
      readable_(loop, transport_.fd(), event::Interest::read, [this, &owner] { owner.readable(*this); }),
      writable_(loop, transport_.fd(), event::Interest::write,
                [this, &owner] {
                  blocked_ = false;
                  const bool reads = std::exchange(read_blocked_, false) || !greeted_;
                  reads ? owner.readable(*this) : owner.writable(*this);
                }),
      idle_(loop, [this, &owner] { owner.idle(*this); }),
      last_moved_(base::now()) {
  const int on = 1;  // an answer must not wait for the acknowledgement of the one before
  (void)::setsockopt(transport_.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  (void)net::set_keepalive(transport_.fd(), kAskAfter);
  watch();
}

// What a client sends in a burst is taken together, so that it shares a commit.
bool Client::receive() {
  if (!greeted_ && !shake_hands()) return !lost_;
  for (int reads = 0; reads < kReads; ++reads) {
    const auto room = requests_.room();
    const auto got = transport_.read_some(room);
    if (!got) {
      lose(got.error());
      return false;
    }
    read_blocked_ = got->would_block && transport_.wants_write();
    if (bytes_read_ == 0)
      if (const auto foreign = codec::foreign_protocol({room.data(), got->bytes}); foreign && !foreign->empty()) {
        lose({base::Kind::protocol, "serve " + peer(), std::string(*foreign) + " came to a port for logd's protocol"});
        return false;
      }
    requests_.took(got->bytes);
    bytes_read_ += got->bytes;
    if (got->bytes > 0) last_moved_ = base::now();
    if (got->end) return false;
    if (got->bytes < room.size()) break;
  }
  watch();
  return true;
}

bool Client::shake_hands() {
  const auto done = transport_.handshake();
  if (!done) {
    lose(done.error());
    return false;
  }
  greeted_ = *done;
  blocked_ = !greeted_ && transport_.wants_write();
  watch();
  return greeted_;
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

void Client::answer(std::string_view line) {
  output_.append(line).append("\r\n");
}

void Client::send() {
  while (greeted_ && !lost_ && !blocked_ && unsent() > 0) {
    const auto moved = transport_.write_some(std::string_view(output_).substr(sent_));
    if (!moved) return lose(moved.error());
    sent_ += moved->bytes;
    bytes_written_ += moved->bytes;
    if (moved->bytes > 0) last_moved_ = base::now();
    blocked_ = unsent() > 0;
  }
  // Not before half of it is sent, so that a long message is not moved again and again.
  if (sent_ >= unsent()) output_.erase(0, std::exchange(sent_, 0));
  watch();
}

void Client::release() {
  if (output_.empty()) std::string().swap(output_);
}

void Client::hold(bool held) {
  held_ = held;
  watch();
}

void Client::watch() {
  readable_.set(!lost_ && !held_ && !ended_ && !closing_ && !read_blocked_ && (greeted_ || !blocked_));
  writable_.set(!lost_ && (blocked_ || read_blocked_));
}

void Client::lose(base::Error error) {
  if (!std::exchange(lost_, true)) failure_ = std::move(error);
  watch();
}

// Closing with something unread would send a reset, which may take from the peer what it has not yet read.
void Client::part() {
  if (lost_ || !greeted_ || !transport_.shut_down()) return;
  constexpr int kRounds = 64;
  std::array<char, 16384> buffer;
  for (int i = 0; i < kRounds; ++i) {
    const auto got = transport_.read_some(buffer);
    if (!got || got->bytes == 0) return;
  }
}

}  // namespace logbuf

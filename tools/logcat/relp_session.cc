#include "tools/logcat/relp_session.h"

#include <utility>

namespace logcat {
namespace {

using base::Result;

// The largest window that a librelp client is commonly given is 20,000.
constexpr std::size_t kMaxUnanswered = 32 << 10;

}  // namespace

RelpSession::RelpSession(event::Loop& loop, net::Transport transport, const codec::RelpServerOptions& options,
                         RelpTimes times, std::uint64_t number, Owner& owner)
    : owner_(owner),
      connection_(loop, std::move(transport), static_cast<net::Connection::Owner&>(*this),
                  {.task = "receive RELP from", .protocol = "RELP"}),
      server_(options),
      times_(times),
      number_(number) {
  connection_.set_deadline(times_.open);
}

Result<void> RelpSession::receive(std::span<char> buffer, stream::Batch& out, std::uint64_t before) {
  if (!wants_input()) return {};
  auto got = connection_.receive(buffer);
  if (got && got->bytes > 0) TRY(feed({buffer.data(), got->bytes}, out, before));
  if (!got || got->end) server_.shut();
  if (!got) return tl::unexpected(std::move(got.error()));
  return {};
}

Result<void> RelpSession::feed(std::string_view bytes, stream::Batch& out, std::uint64_t before) {
  auto fed = server_.feed(bytes, out, before);
  if (!opened_ && server_.is_open()) {
    opened_ = true;
    sender = net::identified(std::move(sender), connection_.transport().peer_identity());
    connection_.set_idle_limit(times_.idle);
  }
  if (fed) return {};
  server_.shut();
  return tl::unexpected(connection_.worded(std::move(fed.error())));
}

// A client that is gone sends again what it was not answered.
void RelpSession::send() {
  while (!server_.output().empty()) {
    const std::size_t taken = connection_.write(server_.output());
    if (taken == 0) break;
    server_.sent(taken);
  }
  connection_.hold(!wants_input());
}

bool RelpSession::wants_input() const {
  return !server_.closing() && server_.output().size() < net::Connection::kMaxOutput &&
         server_.unanswered() < kMaxUnanswered;
}

// A client with something unanswered waits for us.
void RelpSession::overdue() {
  if (opened_ && server_.unanswered() > 0) return connection_.set_idle_limit(times_.idle);
  owner_.overdue(*this);
}

}  // namespace logcat

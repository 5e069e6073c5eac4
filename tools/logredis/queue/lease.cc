#include "tools/logredis/queue/lease.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "tools/logredis/queue/call.h"

namespace logredis {
namespace {

constexpr base::Duration kRenewEvery = kLeaseTime / 4;
constexpr base::Duration kMargin = kLeaseTime / 12;  // clocks of two machines that do not run alike; the death itself

// KEYS: the lease. ARGV: the token, milliseconds. Gives 1, or 0: it holds another.
constexpr FlaggedScript kRenew(R"lua(#!lua flags=allow-oom
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
)lua");
constexpr FlaggedScript kGiveUp(R"lua(#!lua flags=allow-oom
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
)lua");

}  // namespace

Lease::Lease(event::Loop& loop, redis::Session& session, std::string key, std::string token, base::Report report)
    : session_(session),
      key_(std::move(key)),
      token_(std::move(token)),
      report_(std::move(report)),
      renewal_(loop, [this] { renew(); }),
      end_(loop, [this] { look(); }) {}

base::Result<std::unique_ptr<Lease>> Lease::take(event::Loop& loop, redis::Session& session, std::string key,
                                                 std::string token, base::Duration patience, base::Report report) {
  std::unique_ptr<Lease> lease(new Lease(loop, session, std::move(key), std::move(token), std::move(report)));
  const base::Instant asked = base::now();
  const redis::Reply reply =
      TRY(call(session, kRenew, {lease->key_}, {lease->token_, redis::milliseconds(kLeaseTime)}, patience));
  if (reply.integer() == 0)
    return base::fail(base::Kind::temporary, "hand out messages", "another process has the lease " + lease->key_);
  lease->renewed(asked);
  return lease;
}

void Lease::renewed(base::Instant asked) {
  until_ = asked + kLeaseTime - kMargin;
  end_.start(std::max<base::Duration>(until_ - base::now(), base::Duration::zero()));
  renewal_.start(kRenewEvery);
}

void Lease::renew() {
  renewal_.start(kRenewEvery);
  if (!session_.ready()) return;
  const std::string time = redis::milliseconds(kLeaseTime);
  session_.run(kRenew.on(session_), {key_}, {token_, time}, [this, asked = base::now()](const redis::Reply& reply) {
    if (reply.is_error()) return;  // the time goes on
    reply.integer() == 0 ? die("another has it now") : renewed(asked);
  });
}

void Lease::look() {
  if (base::now() >= until_) return die("the server could not be asked in time");
  end_.start(until_ - base::now());
}

void Lease::die(const std::string& why) {
  report_(base::Level::error, "the lease " + key_ + " is lost: " + why);
  ::kill(::getpgrp() == ::getpid() ? 0 : ::getpid(), SIGKILL);
}

void Lease::give_up(base::Duration patience) {
  renewal_.stop();
  end_.stop();
  (void)call(session_, kGiveUp, {key_}, {token_}, patience);
}

}  // namespace logredis

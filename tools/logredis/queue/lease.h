// The sole right to hand out what a consumer has: a key that holds a token, and expires unless it is renewed. A hub
// writes the token, starts a reader with it, and so fences all other readers off.
//
// The reader is never without the right while it can send: it renews the key four times in kLeaseTime, and when that
// has not succeeded in time, or the key holds another token, it kills itself and its sink (SIGKILL to its process
// group, where it leads one) before the key expires. The time is counted from before the question was sent, so the
// server's key lasts longer than what is counted here.
#pragma once

#include <memory>
#include <string>

#include "base/report.h"
#include "base/result.h"
#include "base/units.h"
#include "event/loop.h"
#include "redis/session.h"

namespace logredis {

inline constexpr base::Duration kLeaseTime = std::chrono::seconds(6);

class Lease {
 public:
  // Waits for the server. Kind::temporary: the key does not hold the token. The session has to outlive it.
  static base::Result<std::unique_ptr<Lease>> take(event::Loop& loop, redis::Session& session, std::string key,
                                                   std::string token, base::Duration patience, base::Report report);
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  // Others may have it at once. Waits for the server; where that is away, the key expires.
  void give_up(base::Duration patience);

 private:
  Lease(event::Loop& loop, redis::Session& session, std::string key, std::string token, base::Report report);

  void renewed(base::Instant asked);
  void renew();
  void look();
  void die(const std::string& why);

  redis::Session& session_;
  std::string key_;
  std::string token_;
  base::Report report_;
  base::Instant until_{};
  event::Timer renewal_;
  event::Timer end_;
};

}  // namespace logredis

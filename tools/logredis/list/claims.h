// The claims of one consumer of a list, as they are in the server: for rewinding and acknowledging.
// Everything here waits for the server, as long as `patience` lasts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "redis/session.h"
#include "tools/logredis/queue/id.h"
#include "tools/logredis/queue/keys.h"

namespace logredis {

struct ClaimState {
  std::uint64_t number = 0;
  std::string owner;  // empty: it is being given back
};

struct Returned {
  std::uint64_t returned = 0;
  std::uint64_t left = 0;
  bool live = false;  // it is leased, and was left alone
};

std::vector<ClaimState> claims_of(const redis::Reply& reply);  // to HGETALL; the newest first

// May what it has go back, whatever its lease says?
bool is_free(const ClaimState& claim);

// Beyond every sequence number: Lua's numbers are exact up to here.
inline constexpr std::uint64_t kEndOfClaim = std::uint64_t{1} << 53;

// What stands where single messages were acknowledged: nobody can have pushed it as a message.
std::string new_hole();

// The names of keys that the script wants.
std::vector<std::string> claim_keys(const Keys& keys, const std::string& consumer, std::uint64_t claim);

class Claims {
 public:
  Claims(redis::Session& session, const Keys& keys, std::string consumer, base::Duration patience)
      : session_(session), keys_(keys), consumer_(std::move(consumer)), patience_(patience) {}

  // All that are not forgotten, the newest first.
  base::Result<std::vector<ClaimState>> all();
  // How many there ever were.
  base::Result<std::uint64_t> made();

  // Gives the newest `count` messages of a claim back to the head of R, unless somebody has a lease for it.
  base::Result<Returned> give_back(const ClaimState& claim, std::uint64_t count);
  base::Result<void> release(std::uint64_t claim, const std::string& owner, std::uint64_t handed_out);

  // All of a claim up to and including a sequence number.
  base::Result<void> acknowledge(std::uint64_t claim, std::uint64_t sequence);
  // Kind::data: not all of these were handed out yet.
  base::Result<void> check_handed_out(const IdRange& range);
  // These alone.
  base::Result<void> acknowledge_alone(const IdRange& range);
  base::Result<void> clear(std::uint64_t claim);

 private:
  base::Result<redis::Reply> run(std::uint64_t claim, std::vector<std::string> args);
  base::Result<void> acknowledge_part(std::uint64_t claim, std::uint64_t first, std::uint64_t last,
                                      const std::string& hole);

  redis::Session& session_;
  const Keys& keys_;
  std::string consumer_;
  base::Duration patience_;
};

}  // namespace logredis

#include "tools/logredis/list/claims.h"

#include <algorithm>
#include <random>

#include "tools/logredis/list/list_script.h"
#include "tools/logredis/queue/call.h"
#include "tools/logredis/queue/owner.h"

namespace logredis {
namespace {

constexpr std::uint64_t kPiece = 1000;  // messages moved by one call, while which the server does nothing else

base::Error never_handed_out(Id id) {
  return base::Error{base::Kind::data, "acknowledge message " + id.text(), "it was not handed out yet"};
}

}  // namespace

std::vector<std::string> claim_keys(const Keys& keys, const std::string& consumer, std::uint64_t claim) {
  return {keys.queue(), keys.consumer(consumer), keys.backlog(consumer, claim), keys.lease(consumer, claim)};
}

std::vector<ClaimState> claims_of(const redis::Reply& reply) {
  std::vector<ClaimState> claims;
  constexpr std::string_view kOwner = "owner:";
  for (std::size_t i = 0; i + 1 < reply.size(); i += 2) {
    const redis::Reply field = reply[i];
    if (!field.text().starts_with(kOwner)) continue;
    const auto number = base::parse_number(field.text().substr(kOwner.size()));
    if (number) claims.push_back({*number, std::string(reply[i + 1].text())});
  }
  std::sort(claims.begin(), claims.end(), [](const auto& a, const auto& b) { return a.number > b.number; });
  return claims;
}

std::string new_hole() {
  std::random_device random;
  std::string hole = "logredis:acknowledged:";
  for (int i = 0; i < 4; ++i) hole += std::to_string(random()) + ".";
  return hole;
}

bool is_free(const ClaimState& claim) {
  return claim.owner.empty() || is_dead(claim.owner);
}

base::Result<redis::Reply> Claims::run(std::uint64_t claim, std::vector<std::string> args) {
  args.insert(args.begin() + 1, std::to_string(claim));
  return call(session_, kListScript, claim_keys(keys_, consumer_, claim), args, patience_);
}

base::Result<std::vector<ClaimState>> Claims::all() {
  redis::Command command("HGETALL");
  command.add(keys_.consumer(consumer_));
  return claims_of(TRY(session_.ask(command, patience_)));
}

base::Result<std::uint64_t> Claims::made() {
  redis::Command command("HGET");
  command.add(keys_.consumer(consumer_)).add("claims");
  return static_cast<std::uint64_t>(TRY(session_.ask(command, patience_)).integer());
}

base::Result<Returned> Claims::give_back(const ClaimState& claim, std::uint64_t count) {
  Returned total;
  do {
    const std::uint64_t part = std::min(count - total.returned, kPiece);
    const redis::Reply reply = TRY(run(claim.number, {"return", std::to_string(part), is_free(claim) ? "1" : "0"}));
    const auto returned = static_cast<std::uint64_t>(reply[0].integer());
    total.returned += returned;
    total.left = static_cast<std::uint64_t>(reply[1].integer());
    total.live = reply[2].integer() != 0;
    if (returned == 0) break;
  } while (total.returned < count && total.left > 0);
  return total;
}

base::Result<void> Claims::release(std::uint64_t claim, const std::string& owner, std::uint64_t handed_out) {
  TRY(run(claim, {"release", owner, std::to_string(handed_out)}));
  return {};
}

base::Result<void> Claims::acknowledge(std::uint64_t claim, std::uint64_t sequence) {
  TRY(run(claim, {"ack", std::to_string(sequence)}));
  return {};
}

base::Result<void> Claims::clear(std::uint64_t claim) {
  TRY(run(claim, {"clear"}));
  return {};
}

base::Result<void> Claims::check_handed_out(const IdRange& range) {
  if (range.first.major == 0 || range.first.minor == 0) return tl::unexpected(never_handed_out(range.first));
  const bool handed_out = range.last.major <= TRY(made()) &&
                          TRY(run(range.last.major, {"handed", std::to_string(range.last.minor)})).integer() != 0;
  if (!handed_out) return tl::unexpected(never_handed_out(range.last));
  return {};
}

base::Result<void> Claims::acknowledge_alone(const IdRange& range) {
  const std::string hole = new_hole();
  for (const ClaimState& claim : TRY(all())) {
    if (claim.number < range.first.major || claim.number > range.last.major) continue;
    const std::uint64_t first = claim.number == range.first.major ? range.first.minor : 1;
    const std::uint64_t last = claim.number == range.last.major ? range.last.minor : kEndOfClaim;
    TRY(acknowledge_part(claim.number, first, last, hole));
  }
  return {};
}

base::Result<void> Claims::acknowledge_part(std::uint64_t claim, std::uint64_t first, std::uint64_t last,
                                            const std::string& hole) {
  while (first != 0) {
    const redis::Reply next = TRY(run(claim, {"range", std::to_string(first), std::to_string(last), hole}));
    first = static_cast<std::uint64_t>(next.integer());
  }
  return {};
}

}  // namespace logredis

// A consumer of a stream: a group, and the consumers in it, one for each process that reads. For taking back, rewinding
// and acknowledging. Everything here waits for the server, as long as `patience` lasts.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "redis/session.h"
#include "tools/logredis/queue/id.h"
#include "tools/logredis/queue/keys.h"

namespace logredis {

struct Pending {
  std::string id;
  std::string owner;
};

// A member of a group, as XINFO CONSUMERS says.
struct Member {
  std::string name;
  std::uint64_t pending = 0;
  base::Duration idle = {};  // since it last did anything
};
std::vector<Member> members_of(const redis::Reply& reply);

// Whether what it has is to be taken back: it is gone, or was silent for so long; never what holds no lease.
bool is_abandoned(const Member& member, base::Duration claim_after);

redis::Command pending_command(const Keys& keys, const std::string& group, const std::string& from, std::size_t count);
std::vector<Pending> pending_of(const redis::Reply& reply);

// Makes the stream, where it is missing, and the group, which begins with the oldest entry, or after the newest.
// BUSYGROUP: it is there already.
redis::Command create_command(const Keys& keys, const std::string& group, bool at_newest);

// The stream or the group is not there any more: it has expired (push --ttl), or the server has lost it.
bool is_gone(const redis::Reply& error);

class Group {
 public:
  Group(redis::Session& session, const Keys& keys, std::string name, base::Duration patience)
      : session_(session), keys_(keys), name_(std::move(name)), patience_(patience) {}

  // Makes the stream and the group where they are missing; a new group begins with the oldest entry, or after the
  // newest.
  base::Result<void> create(bool at_newest);
  base::Result<bool> exists();
  base::Result<std::vector<Member>> members();
  // The last entry that the group was given, and the last that was ever added.
  base::Result<Id> last_delivered();  // 0-0: there is no such group
  base::Result<Id> last_added();

  // Every entry that somebody has and has not acknowledged, oldest first.
  base::Result<void> for_each_pending(const std::function<base::Result<void>(std::vector<Pending>)>& visit);
  base::Result<std::uint64_t> give(const std::string& to, const std::vector<Pending>& entries);
  base::Result<void> leave(const std::string& member);

  // Everything between these, whoever has it.
  base::Result<void> acknowledge(const std::string& first, const std::string& last);
  // What all groups have acknowledged, at most up to and including an id; how many were deleted.
  base::Result<std::uint64_t> trim(const std::string& below);

 private:
  base::Result<redis::Reply> run(std::vector<std::string> args);
  base::Result<redis::Reply> info(const char* what);

  redis::Session& session_;
  const Keys& keys_;
  std::string name_;
  base::Duration patience_;
};

}  // namespace logredis

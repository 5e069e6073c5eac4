// What a master remembers of a replica, so that `logbuf stat` can say how far behind it is, also when it is away.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace logbuf {

struct ReplicaNote {
  std::string name;             // the uuid of its buffer
  std::string address;          // where it came from the last time
  std::uint64_t confirmed = 0;  // it has the messages up to this id
  base::WallTime heard;         // when it said so

  bool operator==(const ReplicaNote&) const = default;
};

inline constexpr std::size_t kMaxReplicaNotes = 64;

std::string encode_replica_notes(const std::vector<ReplicaNote>& notes);
std::optional<std::vector<ReplicaNote>> decode_replica_notes(std::string_view bytes);

// Puts `note` in the place of the one with the same name. Where there are too many, those silent for longest go.
void take_note(std::vector<ReplicaNote>& notes, ReplicaNote note);

}  // namespace logbuf

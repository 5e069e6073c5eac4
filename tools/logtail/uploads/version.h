// Which file a name leads to, and in which state it was seen: what has to be the same for a file to be taken away.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tools/logtail/files/identity.h"

namespace logtail {

struct Version {
  Inode inode;
  std::uint64_t birth = 0;  // in nanoseconds, since inodes are used again; 0 where the file system does not tell
  std::uint64_t size = 0;
  std::uint64_t changed = 0;  // time of its last modification, in nanoseconds
  auto operator<=>(const Version&) const = default;

  [[nodiscard]] bool is_same_file(const Version& other) const { return inode == other.inode && birth == other.birth; }
};

// Of an open file.
base::Result<Version> version_of(int fd, std::string_view name);

// What a checkpoint keeps of an upload (Place::identity): in which version it was read to its end, or last seen, and
// the hash of the first `upto` bytes of its content. As text: DEVICE:INODE:BIRTH:SIZE:CHANGED:UPTO:HASH.
struct UploadIdentity {
  Version version;
  std::uint64_t upto = 0;
  std::uint64_t hash = 0;

  [[nodiscard]] std::string text() const;
};
std::optional<UploadIdentity> parse_upload_identity(std::string_view text);

}  // namespace logtail

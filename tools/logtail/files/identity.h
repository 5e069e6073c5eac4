// Which file this is, whatever its name: device, inode, and hashes of its first bytes and of those that were read,
// since inodes are used again, and files are truncated and copied.
#pragma once

#include <sys/stat.h>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tools/logtail/files/trace.h"

namespace logtail {

struct Inode {
  std::uint64_t device = 0;
  std::uint64_t number = 0;
  auto operator<=>(const Inode&) const = default;
};

inline Inode inode_of(const struct stat& status) {
  return {status.st_dev, status.st_ino};
}

// The first bytes of a file. Where there are none, the time it was made stands for the hash: inodes are used again.
struct Head {
  static constexpr std::uint64_t kMost = 1024;  // more tells no more apart, and files only grow
  std::uint64_t length = 0;
  std::uint64_t hash = 0;  // 0 and no bytes: the file system does not tell the time
  bool operator==(const Head&) const = default;
};

Head head_of(std::string_view first_bytes);

// Of the first bytes that there are, `length` at most.
base::Result<Head> head_of(int fd, std::string_view name, std::uint64_t length = Head::kMost);

// As text: DEVICE:INODE:LENGTH:HASH, the last two of the head, and behind a colon each, the traces there are.
struct Identity {
  Inode inode;
  Head head;
  std::optional<Trace> trace = {};  // up to the place that this belongs to, or less far
  std::optional<Trace> ahead = {};  // what was read as well, but is not done

  [[nodiscard]] std::string text() const;
};
std::optional<Identity> parse_identity(std::string_view text);

// The file still begins with these bytes.
base::Result<bool> begins_with(int fd, std::string_view name, const Head& head);

}  // namespace logtail

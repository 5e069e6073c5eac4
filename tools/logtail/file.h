// One file that is read, whatever its names are. Passive: the state of it, and what can be asked of an open file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "tools/logtail/identity.h"
#include "tools/logtail/place.h"

namespace logtail {

struct File : std::enable_shared_from_this<File> {
  std::uint64_t log = 0;
  std::string name;  // under which it was found
  base::Fd fd;
  Inode inode;
  Head head;
  std::uint64_t at = 0;  // to be read next
  bool passing = true;

  std::shared_ptr<File> former;  // had the name before, and is read to its end first
  bool named = true;             // some name is this file's now
  bool queued = false;           // to be read
  bool check = true;             // for having been truncated, before it is read
  bool closing = false;          // nobody writes to it any more: half a message at its end is one
  bool flush = false;            // a record at its end is whole, since it has not grown for a while
  bool waiting = false;          // for that
  bool first_scan = false;       // it was there at the start
  bool shown = false;            // under a header
  int watch = -1;
  std::uint64_t first_size = 0;  // when it was found
  std::uint64_t seen = 0;        // up to where it was looked at
  base::Instant grown{};         // when `seen` last changed
  base::Instant looked{};        // when it was last asked whether it may be closed

  [[nodiscard]] Place place() const { return {log, name, Identity{inode, head}.text(), at, passing}; }
};

// Opens what is a regular file.
base::Result<std::shared_ptr<File>> open_file(const std::string& path);

struct FileSize {
  std::uint64_t bytes;
  bool has_name;  // any at all
};
base::Result<FileSize> size_of(const File& file);

// The bytes before `at`, or the first of them, are not those that were read.
base::Result<bool> was_truncated(const File& file);

}  // namespace logtail

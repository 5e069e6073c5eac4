// One file that is read, whatever its names are. Passive: the state of it, and what can be asked of an open file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "tools/logtail/files/identity.h"
#include "tools/logtail/place.h"

namespace logtail {

// So long after a copy has got its last byte, whoever makes it has truncated the original.
constexpr base::Duration kCopyTime = std::chrono::seconds(5);

struct File : std::enable_shared_from_this<File> {
  std::uint64_t log = 0;
  std::string name;  // under which it was found
  base::Fd fd;
  Inode inode;
  Head head;
  std::string start;     // the first of the bytes that `head` is of
  std::uint64_t at = 0;  // to be read next
  Trace trace;           // of what comes before
  bool passing = true;

  std::shared_ptr<File> former;  // had the name before, and is read to its end first
  bool named = true;             // some name is this file's now
  bool queued = false;           // to be read
  bool check = true;             // for having been truncated, before it is read
  bool closing = false;          // nobody writes to it any more: half a message at its end is one
  bool flush = false;            // a record at its end is whole, since it has not grown for a while
  bool waiting = false;          // for that
  bool first_scan = false;       // it was there at the start
  bool truncated = false;        // and begins anew
  bool moved = false;            // it goes on with the log of another file, which is to be remembered
  bool shown = false;            // under a header
  int watch = -1;
  std::uint64_t first_size = 0;         // when it was found
  std::uint64_t seen = 0;               // up to where it was looked at
  base::Instant grown{};                // when `seen` last changed
  base::Instant looked{};               // when it was last asked whether it may be closed
  std::optional<std::uint64_t> behind;  // before its first message comes the record that begins there in `former`
  bool blocks = false;                  // with such a record

  // Until `decided` it may be a copy in the making: of `original`, which it begins like, as far as it was compared.
  bool decided = false;
  std::shared_ptr<File> original;
  std::uint64_t compared = 0;
  bool proven = false;  // to hold all that was read of `original`, which is not what it was any more

  [[nodiscard]] Identity identity() const { return {inode, head, trace, std::nullopt}; }
  [[nodiscard]] Place place() const { return {log, name, identity().text(), at, passing}; }
  // One of those that are read before it.
  [[nodiscard]] bool comes_after(const File& other) const;
};

using FilePtr = std::shared_ptr<File>;

// Opens what is a regular file.
base::Result<std::shared_ptr<File>> open_file(const std::string& path);

// Sets `head` and `start`.
base::Result<void> look_at_head(File& file);

struct FileSize {
  std::uint64_t bytes;
  bool has_name;  // any at all
};
base::Result<FileSize> size_of(const File& file);

// It is shorter than what was read, or what was read begins or ends otherwise.
base::Result<bool> was_truncated(const File& file);

// Where the NULs at the file's beginning end, if they are a hole: a writer without O_APPEND goes on at its old offset
// when the file is truncated. 0: they are none; the file's size: nothing else is there yet.
base::Result<std::uint64_t> hole_end(const File& file);

// `copy` has the same bytes as the other file, from copy.compared on; moves that to its end, or to where they differ.
base::Result<bool> compare(File& copy, const File& other);

}  // namespace logtail

// Reading and writing descriptors. EINTR, short transfers and EAGAIN are handled here and nowhere else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace base {

struct Transfer {
  std::size_t bytes = 0;
  bool end = false;          // read: end of file
  bool would_block = false;  // nothing could be moved now
};

// One read of at most into.size() bytes. Does not block on a non-blocking descriptor.
Result<Transfer> read_some(int fd, std::span<char> into, std::string_view what);

// Of a file, from `offset` on: as much as there is, up to into.size() bytes. `end` where that is less.
Result<Transfer> read_at(int fd, std::span<char> into, std::uint64_t offset, std::string_view what);

// All of a file that has at most so many bytes; Kind::data where it has more.
Result<std::string> read_file(const std::string& path, std::size_t most, std::string_view what);

bool is_nonblocking(int fd);

// As read_some, but polls first, so that a blocking descriptor does not block either.
Result<Transfer> read_ready(int fd, std::span<char> into, std::string_view what);

// One write, as much as goes.
Result<Transfer> write_some(int fd, std::string_view bytes, std::string_view what);

// As write_some, but polls first and writes at most a page to a blocking pipe, so that it does not block.
Result<Transfer> write_ready(int fd, std::string_view bytes, std::string_view what);

// Writes all of it; waits where the descriptor is not ready.
Result<void> write_all(int fd, std::string_view bytes, std::string_view what);

// fdatasync. Descriptors that cannot be synced (pipes, terminals) succeed.
Result<void> sync_data(int fd, std::string_view what);

// fsync of a directory, so that a name created in it survives a crash.
Result<void> sync_directory(const std::string& path);

}  // namespace base

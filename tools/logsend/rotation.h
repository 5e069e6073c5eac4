// Rotation of files: which file is due, the name that it gets, and what becomes of rotated files (upkeep.h does that
// beside the writing).
//
// A rotated file is NAME.STAMP, and NAME.STAMP.gz or .zst once it is compressed; STAMP is the time of the rotation in
// UTC, as 20261129T081530.123456Z, so that the order of names is that of ages.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/units.h"
#include "codec/decode.h"
#include "tools/logsend/output_file.h"

namespace logsend {

struct RotationOptions {
  std::optional<base::Bytes> size;        // a file does not grow beyond it, unless by a single frame
  std::optional<base::Duration> time;     // from when it was made
  std::optional<std::uint64_t> keep;      // at most so many rotated files of each name
  std::optional<codec::Coding> compress;  // gzip or zstd

  [[nodiscard]] bool is_wanted() const { return size || time; }
  [[nodiscard]] bool needs_upkeep() const { return is_wanted() && (keep || compress); }
  // Before `more` bytes are appended. An empty file never is, nor is what is no regular file.
  [[nodiscard]] bool is_due(const OutputFile& file, std::uint64_t more) const;
};

std::string rotated_name(std::string_view name, base::WallTime time);
// "app.log.20261129T081530.123456Z" of "app.log", as of "....gz"; empty: it is no rotated file of this name.
std::string_view stem_of(std::string_view entry, std::string_view name);

// Gives the file, which is open as `fd`, its rotated name, which survives a crash. Nothing happens where the place has
// another file by now, or none.
base::Result<void> rotate(const FilePlace& place, int fd);

// Compresses rotated files of this name and removes the oldest, as asked. Begins with what an earlier one, which was
// killed at whatever instant, has left. An original is removed when its compressed form is synced, name and all, and
// left while anybody has it open for writing. Ends early when `cancelled`.
base::Result<void> tend_rotated(const FilePlace& place, const RotationOptions& options,
                                const std::atomic<bool>& cancelled);

}  // namespace logsend

// The buffer's own record: identity, counters and limits. One small value, rewritten by every commit that changes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/units.h"

namespace logbuf {

// Of a buffer: 2 from its first compressed chunk on.
inline constexpr unsigned kPlainFormat = 1;
inline constexpr unsigned kCompressedFormat = 2;

enum class WhenFull { block, drop_newest, drop_oldest };

base::Result<WhenFull> parse_when_full(std::string_view name);
std::string_view when_full_name(WhenFull when_full);

enum class Compression { none, zstd };

base::Result<Compression> parse_compression(std::string_view name);
std::string_view compression_name(Compression compression);

inline constexpr base::Bytes kMinMaxSize{64 << 10};

struct Limits {
  base::Bytes max_size{std::uint64_t{1} << 30};  // of stored chunks
  WhenFull when_full = WhenFull::block;
  base::Bytes retain_size;  // acknowledged messages stay for replay while the buffer holds no more than this; 0: do not
  base::Duration retain_time{0};                // ... and while they are younger than this; 0: do not
  Compression compression = Compression::none;  // of new chunks; has a record of its own

  bool operator==(const Limits&) const = default;
};

// How large the data file may grow: pages are rewritten, and freed ones used again later.
inline base::Bytes file_limit(const Limits& limits) {
  return {4 * limits.max_size.count + (std::uint64_t{1} << 30)};
}

struct State {
  std::string uuid;
  unsigned format = kPlainFormat;
  base::WallTime created;
  std::uint64_t next_id = 1;
  base::WallTime last_accepted;  // of the newest chunk: see times.h
  std::uint64_t chunks = 0;
  std::uint64_t messages = 0;     // stored now
  std::uint64_t bytes = 0;        // of stored chunks
  std::uint64_t plain_bytes = 0;  // of these, if none were compressed
  std::uint64_t dropped_newest = 0;
  std::uint64_t dropped_oldest = 0;  // deleted before every consumer had acknowledged them
  std::uint64_t damaged = 0;         // messages in quarantined chunks
  std::uint64_t next_owner = 1;
  std::uint64_t next_consumer = 1;
  std::uint64_t unreported_loss = 0;  // dropped since the last loss report
  base::WallTime loss_since;
  Limits limits;

  [[nodiscard]] std::uint64_t head() const { return next_id - 1; }  // the newest id; 0: none ever

  // Without limits.compression.
  [[nodiscard]] std::string encode() const;
  static base::Result<State> decode(std::string_view bytes);
};

}  // namespace logbuf

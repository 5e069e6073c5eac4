// Who may write to a buffer that has replicas: one record, changed in the transaction that makes it so.
//
// Every buffer starts as the master of its own log, in epoch 1. A replica takes messages from its master only. Making a
// replica the master starts an epoch that is no other master's; whoever meets a higher one than its own is no longer
// the master, and stops taking messages (docs/decisions/0011).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace logbuf {

inline constexpr std::uint64_t kMaxEpoch = std::uint64_t{1} << 62;

// Nothing: it is no number, or higher than any epoch.
std::optional<std::uint64_t> parse_epoch(std::string_view text);

// One that follows `epoch`: the billions count masters one after the other, the rest tells those apart that follow the
// same one. Nothing: there is none left.
std::optional<std::uint64_t> next_epoch(std::uint64_t epoch, std::uint64_t random);

struct Mastership {
  std::uint64_t epoch = 1;      // the highest it has heard of
  std::uint64_t log_epoch = 1;  // that of what it holds; lower, where it was fenced and has not yet followed
  bool accepts = true;          // messages from anybody; false: only copies of the master's
  std::string log = {};         // the log this is a copy of: the uuid of the buffer it began in; empty: its own
  std::string reason = {};      // why it does not accept, for people

  bool operator==(const Mastership&) const = default;

  // The log that the buffer with this uuid holds.
  [[nodiscard]] const std::string& log_of(const std::string& uuid) const { return log.empty() ? uuid : log; }

  [[nodiscard]] std::string encode() const;
  static std::optional<Mastership> decode(std::string_view bytes);
};

}  // namespace logbuf

// A time zone: which offset from UTC it had or will have at a time, and the names that it gives to its offsets.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace base {

// Times are seconds since 1970; a local one is what the zone's clocks showed, counted as if they showed UTC.
class Zone {
 public:
  Zone() : Zone(std::chrono::minutes(0), "UTC") {}
  explicit Zone(std::chrono::minutes offset, std::string name = {});

  // The process's own (TZ, /etc/localtime) as libc knows it, from 1970 to 2100. Takes about two milliseconds.
  static Zone local();

  // "Europe/Paris", as the system's files have it (/usr/share/zoneinfo), up to the last change that they list; "UTC",
  // "+01:00". Kind::usage for what is none.
  static Result<Zone> named(std::string_view name);

  // Out of the bytes of such a file (RFC 8536); Kind::data where it is damaged.
  static Result<Zone> read(std::string_view bytes);

  // East of UTC.
  [[nodiscard]] std::chrono::minutes offset_at(std::int64_t utc) const;

  // Of a local time. An hour that the clocks showed twice is the later one that is not ahead of `now` (UTC), so that
  // what is read as it is written comes out right; one that they left out counts as before the change.
  [[nodiscard]] std::chrono::minutes offset_of(std::int64_t local, std::int64_t now) const;

  // What the zone calls `name`, "CEST", near a local time; nothing if it has no such name.
  [[nodiscard]] std::optional<std::chrono::minutes> offset_named(std::string_view name, std::int64_t local) const;

 private:
  struct Period {
    std::int64_t begin;        // UTC; of the first one, before all times
    std::int64_t local_begin;  // what the clocks showed right after the change
    std::chrono::minutes offset;
    std::string name;
  };

  void add(std::int64_t begin, std::chrono::minutes offset, std::string name);
  [[nodiscard]] std::size_t period_of(std::int64_t local) const;

  std::vector<Period> periods_;     // in order, at least one
  std::vector<std::string> names_;  // each once
};

// Zone::local(), read when it is first asked for.
const Zone& local_zone();

}  // namespace base

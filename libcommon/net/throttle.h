// Diagnostics that somebody else can cause at will (a port scan, a broken client) must not flood stderr. Passive.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/report.h"

namespace net {

class Throttle {
 public:
  static constexpr unsigned kBurst = 10;
  static constexpr base::Duration kWindow = std::chrono::seconds(10);

  explicit Throttle(base::Report report) : report_(std::move(report)) {}

  // Passes on kBurst lines in kWindow; the first line of the next window says how many were left out.
  void report(base::Level level, std::string line, base::Instant now);

 private:
  base::Report report_;
  base::Instant window_start_{};
  unsigned in_window_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace net

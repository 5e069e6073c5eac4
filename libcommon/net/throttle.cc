#include "net/throttle.h"

#include <utility>

namespace net {

void Throttle::report(base::Level level, std::string line, base::Instant now) {
  if (in_window_ == 0 || now - window_start_ >= kWindow) {
    window_start_ = now;
    in_window_ = 0;
  }
  if (in_window_ == kBurst) {
    ++left_out_;
    return;
  }
  ++in_window_;
  if (left_out_ > 0) line += " (and " + std::to_string(std::exchange(left_out_, 0)) + " more were not shown)";
  if (report_) report_(level, line);
}

}  // namespace net

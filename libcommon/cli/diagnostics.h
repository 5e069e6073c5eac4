// What goes to stderr: diagnostics, each one line and one write(2), and the progress line that they must not collide
// with.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/report.h"

namespace cli {

class Diagnostics {
 public:
  // `journal_stream` is the value of $JOURNAL_STREAM, "DEVICE:INODE" (systemd.exec(5)). Where that is stderr, lines get
  // the priority prefix of sd-daemon(3).
  explicit Diagnostics(std::string_view journal_stream);

  // "speaker: text", redacted; control characters are shown as \xNN, so that a file's name cannot forge a line.
  void print(base::Level level, std::string_view speaker, std::string_view text);

  // Writes over what the line showed before; "" erases it.
  void show_progress(std::string_view text);

 private:
  bool journal_;
  std::size_t progress_width_ = 0;
};

}  // namespace cli

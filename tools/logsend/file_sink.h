// Messages to a file that is appended to, with a receipt when they are synced to the disk.
//
// The name may hold strftime(3) conversions, evaluated in local time at every write: a new name opens a new file.
// Strength `stored`; for what is not a regular file (a terminal, /dev/null) `sent`.
#pragma once

#include <ctime>
#include <functional>
#include <memory>
#include <string>

#include "base/fd.h"
#include "stream/flow.h"
#include "stream/frame.h"
#include "stream/handshake.h"

namespace logsend {

struct FileOptions {
  std::string pattern;  // the path, with conversions
  stream::Framing wire = stream::Framing::line;
  std::function<std::time_t()> clock = [] { return std::time(nullptr); };
};

class FileSink final : public stream::Sink {
 public:
  // Opens the file, and creates it where it is not there; its folder must exist.
  static base::Result<std::unique_ptr<FileSink>> open(FileOptions options);

  [[nodiscard]] stream::Strength strength() const;

  [[nodiscard]] std::size_t room() const override;
  // When this fails nothing of the batch is left in the file, as far as nobody else has appended to it.
  base::Result<void> write(const stream::Batch& batch) override;
  base::Result<void> flush() override;
  base::Result<void> finish() override;
  [[nodiscard]] std::uint64_t safe() const override { return safe_; }
  [[nodiscard]] bool finished() const override { return finished_; }
  [[nodiscard]] std::string state() const override;
  // Opens the same name again, after logrotate has moved the file away.
  base::Result<void> reopen() override;

 private:
  explicit FileSink(FileOptions options);
  [[nodiscard]] std::string name_now() const;
  base::Result<void> open_file(std::string path);
  base::Result<void> end_last_line();
  base::Result<void> follow_clock();
  base::Result<void> append(std::string_view frames);
  base::Result<void> sync();
  base::Result<void> close();

  FileOptions options_;
  bool named_by_time_;
  std::string path_;
  base::Fd fd_;
  bool regular_ = false;
  std::string frames_;  // of the batch being written
  bool unsynced_ = false;
  std::uint64_t written_ = 0;  // messages
  std::uint64_t safe_ = 0;
  bool finished_ = false;
};

}  // namespace logsend

// Messages to files that are appended to, with a receipt when they are synced to the disk.
//
// The name may hold strftime(3) conversions, evaluated in local time at every write: a new name opens a new file. With
// fields in it, each message goes to the file that it names. Strength `stored`; for what is not a regular file (a
// terminal, /dev/null) `sent`.
#pragma once

#include <cstddef>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/report.h"
#include "rules/processor.h"
#include "stream/flow.h"
#include "stream/frame.h"
#include "stream/handshake.h"
#include "stream/life.h"
#include "tools/logsend/file_pattern.h"
#include "tools/logsend/file_set.h"
#include "tools/logsend/rotation.h"

namespace logsend {

struct FileOptions {
  FilePattern pattern;
  stream::Framing wire = stream::Framing::line;
  std::unique_ptr<rules::Processor> processor = nullptr;  // with fields in the pattern, and only then
  RotationOptions rotation = {};
  base::Report report = {};     // with a processor, and with rotation
  std::size_t open_files = 64;  // at most, with fields
  std::function<std::time_t()> clock = [] { return std::time(nullptr); };
};

class FileSink final : public stream::Sink {
 public:
  // Without fields, opens the file, and creates it where it is not there. The fixed part of its path must exist.
  static base::Result<std::unique_ptr<FileSink>> open(FileOptions options);

  [[nodiscard]] std::optional<stream::Strength> strength() const override;

  [[nodiscard]] std::size_t room() const override;
  // When this fails nothing of the batch is left in the files that are still open, as far as nobody else has appended.
  base::Result<void> write(const stream::Batch& batch) override;
  base::Result<void> flush() override;
  base::Result<void> finish() override;
  [[nodiscard]] std::uint64_t safe() const override { return safe_; }
  [[nodiscard]] bool finished() const override { return life_.is_finished(); }
  [[nodiscard]] std::string state() const override;
  // Opens the same names again, after logrotate has moved the files away.
  base::Result<void> reopen() override;

 private:
  explicit FileSink(FileOptions options);
  [[nodiscard]] std::tm local_time() const;
  [[nodiscard]] std::string name_now() const;
  base::Result<void> open_first();
  base::Result<OutputFile*> open_file(const std::string& name);
  [[nodiscard]] std::string_view fitting(const OutputFile& file, std::string_view frames) const;
  base::Result<void> append(OutputFile& file, std::string_view frames);
  base::Result<void> write_to_one(const stream::Batch& batch);
  void sort_by_file(const stream::Batch& batch);
  base::Result<void> write_by_field(const stream::Batch& batch);
  void note_what_is_safe();

  FileOptions options_;
  bool by_field_;
  FileSet files_;
  std::string frames_;                          // of the batch being written, all in one file
  std::map<std::string, std::string> by_name_;  // or for each file
  std::uint64_t written_ = 0;                   // messages
  std::uint64_t safe_ = 0;
  stream::Life life_;
};

}  // namespace logsend

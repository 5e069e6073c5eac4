// The source of files and stdin, one after the other.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/report.h"
#include "event/loop.h"
#include "net/url.h"
#include "stream/flow.h"
#include "tools/logcat/file_reader.h"
#include "tools/logcat/staged.h"

namespace logcat {

// A file that cannot be read, or is damaged, is reported; the others are still read.
class Files final : public stream::Source {
 public:
  Files(event::Loop& loop, std::vector<net::Url> urls, FileOptions options, base::Report report);

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t) override { return {}; }
  void stop() override;
  [[nodiscard]] std::string state() const override;

  // Of the first file that could not be read to its end; Kind::temporary when stop() was the reason.
  [[nodiscard]] std::optional<base::Kind> failure() const { return failure_; }

 private:
  base::Result<stream::Next> read_current(std::size_t limit);
  void open_next();
  void close_current();
  void failed(const base::Error& error);

  event::Loop& loop_;
  std::vector<net::Url> urls_;
  FileOptions options_;
  base::Report report_;
  std::size_t next_ = 0;                 // of urls_
  std::unique_ptr<FileReader> current_;  // none: the next is to be opened
  Staged staged_;                        // all from the file last opened
  bool replayable_ = false;              // that file can be read again
  std::optional<base::Kind> failure_;
  bool stopped_ = false;
};

}  // namespace logcat

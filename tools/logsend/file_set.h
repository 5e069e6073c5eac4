// Open files by name, at most so many: to open another, the least recently used is synced and closed. A file that is
// large or old enough is rotated.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/report.h"
#include "base/result.h"
#include "tools/logsend/output_file.h"
#include "tools/logsend/rotation.h"
#include "tools/logsend/upkeep.h"

namespace logsend {

struct FileSetOptions {
  std::string fixed;  // of FilePlace
  bool varies = false;
  bool lines = true;  // of OutputFile::open
  std::size_t limit = 1;
  RotationOptions rotation = {};
  base::Report report = {};  // where files are rotated
};

class FileSet {
 public:
  explicit FileSet(FileSetOptions options);

  // The pointers are good until the next call of open() or close().
  [[nodiscard]] OutputFile* find(const std::string& name);  // nullptr: it is not open, or removed after a sync
  base::Result<OutputFile*> open(const std::string& name);
  // For `bytes` more: where this one is due to be rotated, the one that has its name afterwards.
  base::Result<OutputFile*> rotated(OutputFile& file, std::size_t bytes);

  [[nodiscard]] bool empty() const { return files_.empty(); }
  [[nodiscard]] std::size_t count() const { return files_.size(); }
  [[nodiscard]] const OutputFile& latest() const { return files_.front(); }  // not of an empty set
  [[nodiscard]] bool synced() const;

  base::Result<void> sync();
  base::Result<void> close();  // after syncing

  // Waits for the upkeep of rotated files, but not for long: the next run goes on with it.
  void finish_upkeep();

  // What has been appended since keep(), in files that are still open.
  void undo();
  void keep();

 private:
  base::Result<void> close_oldest();
  void rotation_failed(const base::Error& error);
  void report_upkeep();

  FileSetOptions options_;
  std::unique_ptr<Upkeep> upkeep_;  // where rotated files need some
  base::Instant rotate_after_{};    // not sooner, since it has failed
  std::list<OutputFile> files_;     // the most recently used first
};

}  // namespace logsend

// Open files by name, at most so many: to open another, the least recently used is synced and closed.
#pragma once

#include <cstddef>
#include <list>
#include <string>

#include "base/result.h"
#include "tools/logsend/output_file.h"

namespace logsend {

struct FileSetOptions {
  std::string fixed;  // of FilePlace
  bool varies = false;
  bool lines = true;  // of OutputFile::open
  std::size_t limit = 1;
};

class FileSet {
 public:
  explicit FileSet(FileSetOptions options) : options_(std::move(options)) {}

  // The pointers are good until the next call of open() or close().
  [[nodiscard]] OutputFile* find(const std::string& name);  // nullptr: it is not open, or removed after a sync
  base::Result<OutputFile*> open(const std::string& name);

  [[nodiscard]] bool empty() const { return files_.empty(); }
  [[nodiscard]] std::size_t count() const { return files_.size(); }
  [[nodiscard]] const OutputFile& latest() const { return files_.front(); }  // not of an empty set
  [[nodiscard]] bool synced() const;

  base::Result<void> sync();
  base::Result<void> close();  // after syncing

  // What has been appended since keep(), in files that are still open.
  void undo();
  void keep();

 private:
  base::Result<void> close_oldest();

  FileSetOptions options_;
  std::list<OutputFile> files_;  // the most recently used first
};

}  // namespace logsend

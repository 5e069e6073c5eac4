// One open file that frames are appended to.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "tools/logsend/open_below.h"

namespace logsend {

class OutputFile {
 public:
  // With `lines`, the half line that a killed writer may have left is ended first, so that ours is no part of it.
  static base::Result<OutputFile> open(FilePlace place, bool lines);

  [[nodiscard]] const FilePlace& place() const { return place_; }
  [[nodiscard]] bool regular() const { return regular_; }
  [[nodiscard]] std::uint64_t bytes() const { return static_cast<std::uint64_t>(size()); }
  [[nodiscard]] base::WallTime made() const { return made_; }
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] bool synced() const { return !unsynced_; }
  // It has no name any more: what is written to it is gone when it is closed.
  [[nodiscard]] bool removed() const;

  // When this fails nothing of `frames` is left in the file, as far as nobody else has appended to it.
  base::Result<void> append(std::string_view frames);

  // Takes away what was appended since keep(), as far as nobody else has appended since.
  void undo();
  void keep() { undo_to_.reset(); }

  // A sync that failed fails for ever: the kernel forgets what it could not write, and says so only once. So does one
  // of a file that was removed before.
  base::Result<void> sync();
  base::Result<void> close();

 private:
  OutputFile(FilePlace place, OpenedFile opened);
  [[nodiscard]] off_t size() const;
  void cut(off_t from, off_t to) const;

  FilePlace place_;
  std::string path_;
  base::Fd fd_;
  bool regular_;
  base::WallTime made_;  // where the file system does not tell: when it was opened
  bool unsynced_ = false;
  std::optional<off_t> undo_to_;
  off_t end_ = 0;  // after our last append
  std::optional<base::Error> lost_;
};

}  // namespace logsend

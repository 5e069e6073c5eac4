// A file of secrets that follows its changes.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace http {

// By what a change of a file is noticed. All zeros: there is no file.
struct FileStamp {
  ::dev_t device = 0;
  ::ino_t inode = 0;
  ::off_t size = 0;
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;

  bool operator==(const FileStamp&) const = default;

  static FileStamp of(const std::string& path);
};

// Contents has `static base::Result<Contents> read(const std::string& path)`.
template <class Contents>
class RereadFile {
 public:
  static base::Result<RereadFile> open(std::string path) {
    RereadFile file(std::move(path));
    TRY(file.reread());
    return file;
  }

  [[nodiscard]] const Contents& contents() const { return contents_; }

  // Reads the file again. Where that fails, what it held before stays in use.
  base::Result<void> reread() {
    read_ = FileStamp::of(path_);
    contents_ = TRY(Contents::read(path_));
    return {};
  }

  // The same, where another file has its name, or it was written to. Looks at most once a second, and fails only once
  // for one state of the file.
  base::Result<void> refresh(base::Instant now) {
    constexpr base::Duration kEvery = std::chrono::seconds(1);
    if (now - looked_ < kEvery) return {};
    looked_ = now;
    return FileStamp::of(path_) == read_ ? base::Result<void>() : reread();
  }

 private:
  explicit RereadFile(std::string path) : path_(std::move(path)) {}

  std::string path_;
  Contents contents_;
  FileStamp read_;  // before it was read
  base::Instant looked_{};
};

}  // namespace http

#include "http/token_file.h"

#include <utility>

namespace http {

base::Result<TokenFile> TokenFile::open(std::string path) {
  TokenFile file(std::move(path));
  TRY(file.reread());
  return file;
}

base::Result<void> TokenFile::reread() {
  read_ = stamp();
  tokens_ = TRY(Tokens::read(path_));
  return {};
}

base::Result<void> TokenFile::refresh(base::Instant now) {
  constexpr base::Duration kEvery = std::chrono::seconds(1);
  if (now - looked_ < kEvery) return {};
  looked_ = now;
  return stamp() == read_ ? base::Result<void>() : reread();
}

TokenFile::Stamp TokenFile::stamp() const {
  struct stat found {};
  if (::stat(path_.c_str(), &found) != 0) return {};
  return {.device = found.st_dev,
          .inode = found.st_ino,
          .size = found.st_size,
          .seconds = found.st_mtim.tv_sec,
          .nanoseconds = found.st_mtim.tv_nsec};
}

}  // namespace http

// A file of tokens that follows its changes.
#pragma once

#include <sys/stat.h>

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "http/tokens.h"

namespace http {

class TokenFile {
 public:
  static base::Result<TokenFile> open(std::string path);

  [[nodiscard]] const Tokens& tokens() const { return tokens_; }

  // Reads the file again. Where that fails, the tokens from before stay in use.
  base::Result<void> reread();
  // The same, where another file has its name, or it was written to. Looks at most once a second, and fails only once
  // for one state of the file.
  base::Result<void> refresh(base::Instant now);

 private:
  // By what a change is noticed. All zeros: there is no file.
  struct Stamp {
    ::dev_t device = 0;
    ::ino_t inode = 0;
    ::off_t size = 0;
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    bool operator==(const Stamp&) const = default;
  };

  explicit TokenFile(std::string path) : path_(std::move(path)) {}
  [[nodiscard]] Stamp stamp() const;

  std::string path_;
  Tokens tokens_;
  Stamp read_;  // before it was read
  base::Instant looked_{};
};

}  // namespace http

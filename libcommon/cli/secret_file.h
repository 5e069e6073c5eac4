// Secrets in files, so that command lines need not hold them.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"

namespace cli {

// All of a file, at most 4 KiB. A name without a slash is that of a file in $CREDENTIALS_DIRECTORY first
// (systemd.exec(5), CREDENTIALS). `what` is for the error: Kind::config where it cannot be read.
base::Result<std::string> read_secret_file(const std::string& file, const std::string& what);

// Writes a file that only this user can read: the text, and an LF.
base::Result<void> write_secret_file(const std::string& file, const std::string& text);

// A folder of this process for such files, in $TMPDIR or /tmp. Its destructor deletes it with all that is in it.
class SecretFolder {
 public:
  // Its name begins with `name`.
  static base::Result<SecretFolder> make(const std::string& name);
  SecretFolder(SecretFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  SecretFolder& operator=(SecretFolder&&) = delete;
  ~SecretFolder();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit SecretFolder(std::string path) : path_(std::move(path)) {}

  std::string path_;  // empty: moved from
};

}  // namespace cli

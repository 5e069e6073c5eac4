#include "cli/secret_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/fd.h"
#include "base/io.h"

namespace cli {
namespace {

constexpr std::size_t kMostBytes = 4096;

// Where systemd has put it, or as it is named.
std::string place_of(const std::string& file) {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr || file.find('/') != file.npos) return file;
  std::string path = std::string(directory) + "/" + file;
  return ::access(path.c_str(), F_OK) == 0 ? path : file;
}

}  // namespace

base::Result<std::string> read_secret_file(const std::string& file, const std::string& what) {
  auto text = base::read_file(place_of(file), kMostBytes, what);
  if (!text) return base::fail(base::Kind::config, what, text.error().why);
  return text;
}

base::Result<void> write_secret_file(const std::string& file, const std::string& text) {
  const std::string what = "write " + file;
  const base::Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return base::fail_errno(errno, what);
  return base::write_all(fd.get(), text + "\n", what);
}

base::Result<SecretFolder> SecretFolder::make(const std::string& name) {
  std::error_code error;
  std::string path = (std::filesystem::temp_directory_path(error) / (name + "-XXXXXX")).string();
  if (error || ::mkdtemp(path.data()) == nullptr) return base::fail_errno(errno, "create " + path);
  return SecretFolder(std::move(path));
}

SecretFolder::~SecretFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace cli

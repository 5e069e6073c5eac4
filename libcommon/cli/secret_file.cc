#include "cli/secret_file.h"

#include <unistd.h>

#include <cstdlib>

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

}  // namespace cli

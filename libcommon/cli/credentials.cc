#include "cli/credentials.h"

#include <unistd.h>

#include <cstdlib>

#include "base/io.h"

namespace cli {
namespace {

using base::Kind;
using base::Result;

constexpr std::size_t kMostBytes = 4096;

// Where systemd has put it, or as it is named.
std::string place_of(const std::string& file) {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr || file.find('/') != file.npos) return file;
  std::string path = std::string(directory) + "/" + file;
  return ::access(path.c_str(), F_OK) == 0 ? path : file;
}

}  // namespace

Option declare_credentials(CommandLine& line, std::string& file) {
  return line
      .add_text("--credentials", file,
                "read USER:PASSWORD or PASSWORD from this file, or from the systemd credential of this name")
      .value_name("FILE");
}

Result<std::string> read_secret_file(const std::string& file, const std::string& what) {
  auto text = base::read_file(place_of(file), kMostBytes, what);
  if (!text) return base::fail(Kind::config, what, text.error().why);
  return text;
}

Result<std::optional<Credentials>> read_credentials(const std::string& file) {
  if (file.empty()) return std::optional<Credentials>();
  const std::string what = "read credentials " + file;
  Credentials credentials = parse_credentials(TRY(read_secret_file(file, what)));
  if (credentials.password.empty()) return base::fail(Kind::config, what, "it holds no password");
  return std::optional(std::move(credentials));
}

Credentials parse_credentials(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  const std::size_t colon = text.find(':');
  if (colon == text.npos) return {.user = {}, .password = std::string(text)};
  return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

}  // namespace cli

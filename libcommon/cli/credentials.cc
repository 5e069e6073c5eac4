#include "cli/credentials.h"

namespace cli {
namespace {

using base::Kind;
using base::Result;

}  // namespace

Option declare_credentials(CommandLine& line, std::string& file, const std::string& name) {
  return line
      .add_text(name, file,
                "read USER:PASSWORD or PASSWORD from this file, or from the systemd credential of this name")
      .value_name("FILE");
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

// A user and a password out of a file, so that the command line need not hold them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/command_line.h"
#include "cli/secret_file.h"

namespace cli {

struct Credentials {
  std::string user;  // empty: none, or the peer's default one
  std::string password;
};

// --credentials FILE. Only spelled here: read_credentials() reads it.
Option declare_credentials(CommandLine& line, std::string& file, const std::string& name = "--credentials");

// The file holds "USER:PASSWORD" or "PASSWORD", and perhaps a line end. A name without a slash is that of a file in
// $CREDENTIALS_DIRECTORY first (systemd.exec(5), CREDENTIALS). Nothing where `file` is empty. Kind::config where it
// cannot be read or holds nothing; its content never shows.
base::Result<std::optional<Credentials>> read_credentials(const std::string& file);

Credentials parse_credentials(std::string_view text);

}  // namespace cli

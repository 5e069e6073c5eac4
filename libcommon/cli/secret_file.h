// Secrets out of files, so that the command line need not hold them.
#pragma once

#include <string>

#include "base/result.h"

namespace cli {

// All of a file, at most 4 KiB. A name without a slash is that of a file in $CREDENTIALS_DIRECTORY first
// (systemd.exec(5), CREDENTIALS). `what` is for the error: Kind::config where it cannot be read.
base::Result<std::string> read_secret_file(const std::string& file, const std::string& what);

}  // namespace cli

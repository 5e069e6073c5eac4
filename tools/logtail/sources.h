// What the addresses on the command line ask for, and the table of what they can be.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/endpoint.h"
#include "net/url.h"

namespace logtail {

// Files, buffers, remote logs and journals.
const cli::Endpoints& endpoints();

struct Sources {
  std::vector<std::string> files;     // names, patterns, directories
  std::vector<std::string> buffers;   // paths
  std::vector<net::Url> remotes;      // logd://, logds://
  std::vector<std::string> journals;  // empty, a directory, or FIELD=VALUE
};

// A directory that holds a buffer is one, also without buf:.
base::Result<Sources> parse_sources(const std::vector<std::string>& addresses);

}  // namespace logtail

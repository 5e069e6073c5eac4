// logbuf compact: rewrites the data file without free pages.

#include "tools/logbuf/shared_options.h"
#include "tools/logbuf/verbs.h"

namespace logbuf {

cli::Action declare_compact(cli::CommandLine& line, const cli::Context&) {
  auto paths = std::make_shared<std::vector<std::string>>();
  add_buffers(line, *paths);
  return [paths]() -> base::Result<int> {
    for (const std::string& path : *paths) TRY(Buffer::compact(path));
    return 0;
  };
}

}  // namespace logbuf

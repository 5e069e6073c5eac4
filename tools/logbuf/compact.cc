// logbuf compact: rewrites the data file without free pages.

#include "tools/logbuf/shared_options.h"
#include "tools/logbuf/verbs.h"
#include "tools/logbuf/verify.h"

namespace logbuf {

namespace {

// A copy of what is damaged would be damaged too, and without the old pages that salvage finds messages in.
base::Result<void> compact(const std::string& path, const base::Report& report) {
  if (!TRY(verify(path, report)).sound) return base::fail(base::Kind::data, "compact buffer " + path, kDamageFound);
  return Buffer::compact(path);
}

}  // namespace

cli::Action declare_compact(cli::CommandLine& line, const cli::Context& context) {
  auto paths = std::make_shared<std::vector<std::string>>();
  add_buffers(line, *paths);
  return [paths, context]() -> base::Result<int> {
    for (const std::string& path : *paths) TRY(compact(path, context.report));
    return 0;
  };
}

}  // namespace logbuf

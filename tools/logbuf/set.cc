// logbuf set: changes the limits that a buffer keeps.
#include "tools/logbuf/limit_options.h"
#include "tools/logbuf/shared_options.h"
#include "tools/logbuf/verbs.h"

namespace logbuf {
namespace {

struct Options {
  std::vector<std::string> paths;
  LimitOptions limits;
};

base::Result<int> run(const Options& options) {
  for (const std::string& path : options.paths) TRY(options.limits.apply(*TRY(Buffer::open(path, {}))));
  return 0;
}

}  // namespace

cli::Action declare_set(cli::CommandLine& line, const cli::Context&) {
  auto options = std::make_shared<Options>();
  add_buffers(line, options->paths);
  declare_limits(line, options->limits);
  line.check([options = options.get()]() -> base::Result<void> {
    if (!options->limits.empty()) return {};
    return base::fail(base::Kind::usage, "there is nothing to set; see 'logbuf set --help'", "");
  });
  return [options] { return run(*options); };
}

}  // namespace logbuf

// logbuf trim: deletes old messages, whole chunks at a time.

#include "base/io.h"
#include "base/units.h"
#include "cli/options.h"
#include "tools/logbuf/shared_options.h"
#include "tools/logbuf/verbs.h"

namespace logbuf {
namespace {

struct Options {
  std::string path;
  std::optional<std::uint64_t> upto;
  std::optional<base::WallTime> until;
  bool force = false;
};

base::Result<int> run(const Options& options) {
  const auto buffer = TRY(Buffer::open(options.path, {}));
  const State state = TRY(buffer->state());
  std::uint64_t upto = options.upto.value_or(state.head());
  if (options.until) upto = std::min(upto, TRY(buffer->id_at(*options.until)) - 1);
  const std::uint64_t deleted = TRY(buffer->trim(upto, options.force));
  TRY(base::write_all(1, base::count_of(deleted, "message") + " deleted\n", "stdout"));
  return 0;
}

}  // namespace

cli::Action declare_trim(cli::CommandLine& line, const cli::Context&) {
  auto options = std::make_shared<Options>();
  add_buffer(line, options->path);
  cli::add_number(line, "--upto", options->upto, "up to and including this id; otherwise all that is acknowledged");
  cli::add_time(line, "--until", options->until, "what was accepted before then");
  line.add_flag("--force", options->force, "also what consumers have not acknowledged: it is lost to them");
  line.check([options = options.get()]() -> base::Result<void> {
    if (options->force && !options->upto && !options->until) return cli::reject("--force", "needs --upto or --until");
    return {};
  });
  return [options] { return run(*options); };
}

}  // namespace logbuf

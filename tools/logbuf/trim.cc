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

// Why the oldest message that is left was not deleted, although it is not above `upto`.
base::Result<std::string> reason_for_rest(Buffer& buffer, std::uint64_t upto, bool force) {
  const std::optional<Range> oldest = TRY(buffer.oldest_chunk());
  if (!oldest || oldest->first > upto) return std::string();
  const bool one = oldest->count() == 1;
  const std::string messages = (one ? "message " : "messages ") + std::to_string(oldest->first) +
                               (one ? " is" : "-" + std::to_string(oldest->last) + " are");
  if (oldest->last > upto) return messages + " in one chunk, which is deleted as a whole or not at all";
  if (force) return std::string();
  return messages + (TRY(buffer.consumers()).empty() ? " kept as long as there is no consumer"
                                                     : " not acknowledged by every consumer");
}

base::Result<int> run(const Options& options, const base::Report& report) {
  const auto buffer = TRY(Buffer::open(options.path, {}));
  const State state = TRY(buffer->state());
  std::uint64_t upto = options.upto.value_or(state.head());
  if (options.until) upto = std::min(upto, TRY(buffer->id_at(*options.until)) - 1);
  const std::uint64_t deleted = TRY(buffer->trim(upto, options.force));
  TRY(base::write_all(1, base::count_of(deleted, "message") + " deleted\n", "stdout"));
  const bool asked = options.upto || options.until;
  const std::string reason = asked ? TRY(reason_for_rest(*buffer, upto, options.force)) : std::string();
  if (!reason.empty()) report(base::Level::note, "trim buffer " + options.path + ": " + reason);
  return 0;
}

}  // namespace

cli::Action declare_trim(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  add_buffer(line, options->path);
  cli::add_number(line, "--upto", options->upto,
                  "delete up to and including this id (default: all acknowledged messages)");
  cli::add_time(line, "--until", options->until, "delete messages accepted before this time");
  line.add_flag("--force", options->force, "also delete messages that consumers have not acknowledged; these are lost");
  line.check([options = options.get()]() -> base::Result<void> {
    if (options->force && !options->upto && !options->until) return cli::reject("--force", "needs --upto or --until");
    return {};
  });
  return [options, context] { return run(*options, context.report); };
}

}  // namespace logbuf

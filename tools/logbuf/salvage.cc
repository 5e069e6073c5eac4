// logbuf salvage: finds whole chunks in a damaged data file, without its tree, and makes a new buffer of them.

#include "base/io.h"
#include "base/units.h"
#include "cli/options.h"
#include "tools/logbuf/memory.h"
#include "tools/logbuf/shared_options.h"
#include "tools/logbuf/store/scan.h"
#include "tools/logbuf/verbs.h"

namespace logbuf {
namespace {

constexpr std::size_t kChunksPerCommit = 64;

struct Options {
  std::string damaged;
  std::string fresh;
  std::uint64_t from = 1;
};

base::Result<int> run(const Options& options, const cli::Context& context) {
  const Scan scan = TRY(Scan::open(options.damaged + "/data.mdb"));
  const std::vector<Chunk> chunks = scan.chunks();
  if (base::Result<std::unique_ptr<Buffer>> there = Buffer::open(options.fresh, {.access = Access::read_only}); there)
    return base::fail(base::Kind::cannot_create, "create buffer " + options.fresh, "there is one already");
  const auto buffer = TRY(Buffer::open_or_create(options.fresh, {}, options.damaged));
  std::uint64_t messages = 0;
  std::vector<Chunk> commit;
  for (const Chunk& chunk : chunks) {
    if (chunk.last_id() < options.from) continue;
    if (!commit.empty() && chunk.first_id > commit.back().last_id() + 1)
      context.report(base::Level::warning, "salvage buffer " + options.damaged + ": messages " +
                                               std::to_string(commit.back().last_id() + 1) + "-" +
                                               std::to_string(chunk.first_id - 1) + " are not there");
    if (commit.size() == kChunksPerCommit) TRY(buffer->restore(std::exchange(commit, {})));
    commit.push_back(chunk);
    messages += chunk.count;
  }
  TRY(buffer->restore(commit));
  if (auto memory = read_memory(options.damaged)) {
    TRY(buffer->remember(std::move(*memory)));
  } else {
    context.report(base::Level::warning, memory.error().text() + "; all messages are delivered again");
  }
  TRY(base::write_all(1, base::count_of(messages, "message") + " copied to " + options.fresh + "\n", "stdout"));
  return 0;
}

}  // namespace

cli::Action declare_salvage(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  line.add_text("BUFFER", options->damaged, "the damaged buffer; it is only read").required().value_name("PATH");
  line.add_text("NEW", options->fresh, "the buffer to make").required().value_name("PATH");
  cli::add_number(line, "--from", options->from,
                  "leave out chunks below this id (acknowledged messages may come back)");
  return [options, context] { return run(*options, context); };
}

}  // namespace logbuf

// logbuf consumer: add, remove and list consumers.
#include <algorithm>

#include "base/io.h"
#include "cli/suggestion.h"
#include "tools/logbuf/shared_options.h"
#include "tools/logbuf/verbs.h"

namespace logbuf {
namespace {

struct Options {
  std::string action;
  std::string path;
  std::string name;
  Start start = Start::oldest;
};

base::Result<int> add(const Options& options) {
  const auto buffer = TRY(Buffer::open(options.path, {}));
  if (TRY(buffer->consumer(options.name)))
    return base::fail(base::Kind::cannot_create, "add consumer '" + options.name + "'",
                      "there is one of this name already");
  TRY(buffer->add_consumer(options.name, options.start));
  return 0;
}

base::Result<int> remove(const Options& options) {
  const auto buffer = TRY(Buffer::open(options.path, {}));
  if (!TRY(buffer->remove_consumer(options.name)))
    return base::fail(base::Kind::no_input, "remove consumer '" + options.name + "'", "there is no such consumer");
  return 0;
}

base::Result<int> list(const Options& options) {
  const auto buffer = TRY(Buffer::open(options.path, {.access = Access::read_only}));
  const State state = TRY(buffer->state());
  const std::map<std::string, ConsumerState> consumers = TRY(buffer->consumers());
  std::string text;
  for (const auto& [name, consumer] : consumers)
    text += name + "\t" + std::to_string(consumer.ready(state.head())) + "\t" + std::to_string(consumer.backlog()) +
            "\t" + std::to_string(consumer.floor()) + "\n";
  TRY(base::write_all(1, text, "stdout"));
  return 0;
}

base::Result<int> run(const Options& options) {
  if (options.action == "ls") return list(options);
  return options.action == "add" ? add(options) : remove(options);
}

base::Result<void> check(const Options& options) {
  const std::string see = "see 'logbuf consumer --help'";
  const std::vector<std::string> actions{"add", "rm", "ls"};
  if (std::find(actions.begin(), actions.end(), options.action) == actions.end()) {
    const std::string hint = cli::suggestion(options.action, actions);
    return base::fail(base::Kind::usage,
                      "no such action '" + options.action + "'" + (hint.empty() ? ";" : hint) + " " + see, "");
  }
  if (options.action == "ls" && !options.name.empty())
    return base::fail(base::Kind::usage, "unexpected argument '" + options.name + "'; " + see, "");
  if (options.action != "ls" && options.name.empty())
    return base::fail(base::Kind::usage, "NAME is required; " + see, "");
  return {};
}

}  // namespace

cli::Action declare_consumer(cli::CommandLine& line, const cli::Context&) {
  auto options = std::make_shared<Options>();
  line.add_text("ACTION", options->action, "add, rm, or ls: name, ready, backlog, acknowledged").required();
  add_buffer(line, options->path);
  line.add_text("NAME", options->name, "the consumer");
  add_start(line, options->start, "where a new consumer begins: oldest or newest");
  line.check([options = options.get()] { return check(*options); });
  return [options] { return run(*options); };
}

}  // namespace logbuf

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
  ConsumerStart start = ConsumerStart::oldest;
  std::string at;
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

// Digits are an id; seconds since the epoch have an @ before them.
base::Result<std::uint64_t> find_place(Buffer& buffer, const std::string& at) {
  if (const auto id = base::parse_number(at)) return *id;
  return buffer.id_at(TRY(base::parse_time(at, base::wall_now())));
}

base::Result<int> set(const Options& options, const base::Report& report) {
  const auto buffer = TRY(Buffer::open(options.path, {}));
  TRY(require_consumer(*buffer, options.name, ConsumerStart::oldest));
  std::uint64_t next = TRY(find_place(*buffer, options.at));
  const State state = TRY(buffer->state());
  if (next == 0 || next > state.next_id)
    return base::fail(base::Kind::data, "move consumer '" + options.name + "' to message " + std::to_string(next),
                      "there is no such message; the newest is " + std::to_string(state.head()));
  const std::uint64_t oldest = TRY(buffer->oldest_id());
  if (next < oldest)
    report(base::Level::warning, "move consumer '" + options.name + "' to message " + std::to_string(next) +
                                     ": it is deleted; the oldest is " + std::to_string(oldest));
  next = std::max(next, oldest);
  const IsLive is_live = [&](std::uint64_t owner) { return buffer->is_live(owner); };
  TRY(buffer->update(options.name, [&](ConsumerState& consumer, const State&) -> base::Result<bool> {
    (void)consumer.rewind_to(next, is_live);
    if (next > 1) (void)TRY(consumer.forget({1, next - 1}));
    return true;
  }));
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

base::Result<int> run(const Options& options, const base::Report& report) {
  TRY(check_order(options.path, options.name));
  if (options.action == "ls") return list(options);
  if (options.action == "set") return set(options, report);
  return options.action == "add" ? add(options) : remove(options);
}

base::Result<void> check(const Options& options) {
  const std::string see = "see 'logbuf consumer --help'";
  const std::vector<std::string> actions{"add", "set", "rm", "ls"};
  if (std::find(actions.begin(), actions.end(), options.action) == actions.end()) {
    const std::string hint = cli::suggestion(options.action, actions);
    return base::fail(base::Kind::usage,
                      "no such action '" + options.action + "'" + (hint.empty() ? ";" : hint) + " " + see, "");
  }
  if (options.action == "ls" && !options.name.empty())
    return base::fail(base::Kind::usage, "unexpected argument '" + options.name + "'; " + see, "");
  if (options.action != "ls" && options.name.empty())
    return base::fail(base::Kind::usage, "NAME is required; " + see, "");
  if ((options.action == "set") != !options.at.empty())
    return base::fail(base::Kind::usage, "--at belongs to 'consumer set', which needs it; " + see, "");
  if (!options.at.empty() && !base::parse_number(options.at)) TRY(base::parse_time(options.at, base::wall_now()));
  return {};
}

}  // namespace

cli::Action declare_consumer(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  line.add_text("ACTION", options->action, "add, set, rm, or ls (prints name, ready, backlog, acknowledged)")
      .required();
  add_buffer(line, options->path);
  line.add_text("NAME", options->name, "the consumer");
  add_start(line, options->start, "where a new consumer begins: oldest or newest");
  line.add_text("--at", options->at, "with set: the message that is handed out next, by its id or its time")
      .value_name("ID|TIME");
  line.check([options = options.get()] { return check(*options); });
  return [options, context] { return run(*options, context.report); };
}

}  // namespace logbuf

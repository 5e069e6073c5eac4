// logredis trim: deletes old messages.

#include "base/io.h"
#include "cli/options.h"
#include "tools/logredis/list/list_script.h"
#include "tools/logredis/queue/call.h"
#include "tools/logredis/queue/queue_type.h"
#include "tools/logredis/shared_options.h"
#include "tools/logredis/stream/groups.h"
#include "tools/logredis/verbs.h"

namespace logredis {
namespace {

struct Options {
  ServerOptions server;
  std::string key;
  Layout layout = Layout::list;
  std::optional<Id> upto;
  std::optional<base::WallTime> until;
  std::optional<std::uint64_t> keep;
  bool force = false;
};

// What is in a list nobody has been handed yet.
base::Result<std::uint64_t> from_list(redis::Session& session, const Options& options) {
  if (!options.keep) return 0;
  const std::vector<std::string> args{"trim", "0", std::to_string(*options.keep)};
  return static_cast<std::uint64_t>(TRY(call(session, kListScript, {options.key}, args, kAtOnce)).integer());
}

// The first that is to stay; nothing: as many as are not needed may go.
std::optional<Id> first_to_stay(const Options& options) {
  std::optional<Id> stays;
  if (options.upto) stays = Id{options.upto->major, options.upto->minor + 1};
  if (options.until) {
    const auto time = std::chrono::floor<std::chrono::milliseconds>(options.until->time_since_epoch()).count();
    const Id first{static_cast<std::uint64_t>(std::max<std::int64_t>(time, 0)), 0};
    stays = stays ? std::min(*stays, first) : first;
  }
  return stays;
}

base::Result<std::uint64_t> from_stream(redis::Session& session, const Options& options) {
  const std::optional<Id> stays = first_to_stay(options);
  if (!options.force) {
    const Keys keys(options.key);
    return Group(session, keys, "", kAtOnce).trim(stays ? stays->text() : "");
  }
  redis::Command trim("XTRIM");
  trim.add(options.key);
  if (options.keep)
    trim.add("MAXLEN").add("=").add(*options.keep);
  else
    trim.add("MINID").add("=").add(stays.value_or(Id{}).text());
  return static_cast<std::uint64_t>(TRY(session.ask(trim, kAtOnce)).integer());
}

base::Result<int> run(const Options& options, const cli::Context& context) {
  event::Loop loop = TRY(event::Loop::create());
  const Server server = TRY(find_server(options.server, context));
  const auto session = redis::Session::open(loop, server.address, server.options, {}, {});
  TRY(require_layout(*session, options.key, options.layout, kAtOnce));
  const std::uint64_t deleted =
      options.layout == Layout::list ? TRY(from_list(*session, options)) : TRY(from_stream(*session, options));
  TRY(base::write_all(1, std::to_string(deleted) + " messages deleted\n", "stdout"));
  return 0;
}

base::Result<void> check(const Options& options) {
  const bool chosen = options.upto || options.until || options.keep;
  if (options.force && !chosen) return cli::reject("--force", "needs --upto, --until or --keep");
  if (options.keep && !options.force)
    return cli::reject("--keep", "needs --force: it does not look at what is acknowledged");
  if (options.layout == Layout::stream) return {};
  if (options.upto || options.until)
    return cli::reject(options.upto ? "--upto" : "--until", "needs --stream; for a list use --keep");
  return {};
}

}  // namespace

cli::Action declare_trim(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  add_queue(line, options->server, options->key);
  add_layout(line, options->layout);
  const auto parse_upto = [](const std::string& text) -> base::Result<Id> {
    const auto id = parse_id(text);
    if (!id) return base::fail(base::Kind::usage, "", "'" + text + "' is no id");
    return *id;
  };
  const cli::Option upto =
      cli::add_parsed(line, "--upto", options->upto, parse_upto,
                      "streams only: delete messages up to and including this id (default: all acknowledged ones)")
          .value_name("ID");
  const cli::Option until =
      cli::add_time(line, "--until", options->until, "streams only: delete messages that were added before this time");
  cli::add_number(line, "--keep", options->keep, "delete all messages except the newest N")
      .excludes(upto)
      .excludes(until);
  line.add_flag("--force", options->force,
                "delete also messages that consumers have not acknowledged; they are lost to them");
  line.check([options = options.get()] { return check(*options); });
  return [options, context] { return run(*options, context); };
}

}  // namespace logredis

// logredis ls: the keys of a server that hold lists and streams.
#include <array>

#include "base/io.h"
#include "codec/json_object.h"
#include "tools/logredis/queue/keys.h"
#include "tools/logredis/queue/scan.h"
#include "tools/logredis/shared_options.h"
#include "tools/logredis/verbs.h"

namespace logredis {
namespace {

struct Options {
  ServerOptions server;
  std::string pattern = "*";
  bool json = false;
};

std::string render(const std::string& key, const std::string& layout, std::uint64_t messages, bool json) {
  if (!json) return key + "\t" + layout + "\t" + std::to_string(messages) + "\n";
  return codec::JsonObject({{"queue", key}, {"layout", layout}, {"messages", messages}}).text() + "\n";
}

base::Result<int> run(const Options& options, const cli::Context& context) {
  struct Queues {
    const char* layout;
    const char* length;
  };
  auto loop = TRY(event::Loop::create());
  const Server server = TRY(find_server(options.server, context));
  const auto session = redis::Session::open(loop, server.address, server.options, {}, {});
  for (const Queues queues : std::array<Queues, 2>{{{"list", "LLEN"}, {"stream", "XLEN"}}})
    TRY(scan(*session, options.pattern, queues.layout, kAtOnce, [&](const std::string& key) -> base::Result<void> {
      if (is_of_consumer(key)) return {};
      const redis::Reply messages = TRY(session->ask(redis::Command(queues.length).add(key), kAtOnce));
      return base::write_all(
          1, render(key, queues.layout, static_cast<std::uint64_t>(messages.integer()), options.json), "stdout");
    }));
  return 0;
}

}  // namespace

cli::Action declare_ls(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  add_server(line, options->server);
  line.add_text("PATTERN", options->pattern, "show only keys that match this glob pattern").value_name("PATTERN");
  line.add_flag("--json", options->json, "write one JSON object per queue, each on a line");
  return [options, context] { return run(*options, context); };
}

}  // namespace logredis

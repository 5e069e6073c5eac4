// logsend: messages on stdin to a destination.
// stdin: frames. stdout: receipts, with -r or in a hop; otherwise nothing.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/tool.h"
#include "tools/logsend/destination.h"
#include "tools/logsend/file_sink.h"
#include "tools/logsend/stream_sink.h"

namespace {

struct Options {
  cli::SinkOptions sink;
  std::vector<std::string> addresses;
  std::string wire = "lf";
  logsend::StreamOptions stream;
};

base::Result<int> pump(event::Loop& loop, stream::Sink& sink, stream::Strength strength, const Options& options,
                       const cli::Context& context) {
  auto input = TRY(stream::Input::open(loop, options.sink.input, context.invitation, context.report));
  TRY(input->greet({.strength = strength, .last = {}}));
  return cli::pump(loop, *input, sink, options.sink, context);
}

base::Result<int> run(const Options& options, const cli::Context& context) {
  auto destination = TRY(logsend::parse_destination(options.addresses));
  if (options.stream.window.count == 0) return base::fail(base::Kind::usage, "--window", "it must hold something");
  auto loop = TRY(event::Loop::create());
  const auto wire = options.wire == "octet" ? stream::Framing::octet : stream::Framing::line;
  if (destination.streams.empty()) {
    auto sink = TRY(logsend::FileSink::open({.pattern = std::move(destination.file), .wire = wire}));
    return pump(loop, *sink, sink->strength(), options, context);
  }
  logsend::StreamOptions stream = options.stream;
  stream.wire = wire;
  stream.drain_time = options.sink.pump.drain_time;
  stream.seed = std::random_device()();
  auto sink = TRY(logsend::StreamSink::open(loop, std::move(destination.streams), stream, context.report));
  return pump(loop, *sink, stream::Strength::sent, options, context);
}

cli::Action declare(CLI::App& app, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  cli::declare_sink(app, context, options->sink);
  app.add_option("URL", options->addresses,
                 "tcp://HOST:PORT or unix:PATH, several to try in order; or file:PATH, with strftime conversions")
      ->required();
  app.add_option("--wire", options->wire, "how messages stand at the destination: lf or octet (RFC 6587)")
      ->check(CLI::IsMember({"lf", "octet"}))
      ->capture_default_str();
  cli::add_duration(app, "--connect-timeout", options->stream.connect_timeout, "give up on an address after this time");
  cli::add_duration(
      app, "--timeout", options->stream.timeout,
      "reconnect when the peer acknowledged nothing for so long (one that is busy is waited for); 0: never");
  cli::add_bytes(app, "--window", options->stream.window, "unacknowledged bytes kept for sending again");
  app.add_option("--window-messages", options->stream.window_messages, "unacknowledged messages kept")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  return [options, context] { return run(*options, context); };
}

constexpr char kExamples[] =
    "logbuf peek -f q -- logsend tcp://central:6514\n"
    "logsend --wire octet tcp://first:6514 tcp://second:6514 < lines\n"
    "logcat tcp://:6514 -- logsend 'file:/var/log/app-%Y%m%d.log'\n";

constexpr cli::Verb kVerbs[] = {{
    .name = "",
    .summary = "send messages to a destination, with proof of delivery",
    .usage = "logsend [OPTION]... URL...",
    .examples = kExamples,
    .declare = declare,
}};

// A scheme that is not built in is another program's (logpipe(7), ADDRESSES), which takes over this process with the
// same arguments: some of them may be options that only it knows. Returns when there is none.
void become_plugin(char** argv) {
  for (char** argument = argv + 1; *argument != nullptr; ++argument)
    if (const auto plugin = logsend::plugin_name(*argument)) ::execvp(plugin->c_str(), argv);
}

}  // namespace

int main(int argc, char** argv) {
  become_plugin(argv);
  return cli::run({.name = "logsend", .summary = "sends messages to a destination", .verbs = kVerbs}, argc, argv);
}

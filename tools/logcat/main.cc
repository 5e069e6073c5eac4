// logcat: messages from stdin, files or listeners.
// stdin: messages, where no other source is named. stdout: frames; with "-- SINK" nothing.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"
#include "cli/tool.h"
#include "stream/outlet.h"
#include "tools/logcat/files.h"
#include "tools/logcat/listener.h"
#include "tools/logcat/numbered.h"
#include "tools/logcat/sources.h"

namespace {

struct Options {
  cli::SourceOptions source;
  std::vector<std::string> addresses;
  std::optional<stream::Framing> input_framing;
  std::uint64_t max_connections = 1000;
  base::Duration idle_timeout = base::Duration::zero();
  bool print_address = false;
};

base::Result<int> pump(event::Loop& loop, stream::Source& source, const Options& options, const cli::Context& context) {
  const stream::OutletOptions& outlet = options.source.outlet;
  auto sink = TRY(stream::open_outlet(loop, outlet, context.report));
  if (!outlet.needs_ids()) return cli::pump(loop, source, *sink, options.source, context);
  logcat::Numbered numbered(source);
  return cli::pump(loop, numbered, *sink, options.source, context);
}

base::Result<int> read_files(event::Loop& loop, std::vector<net::Url> files, const Options& options,
                             const cli::Context& context) {
  const logcat::FileOptions file{.framing = options.input_framing.value_or(stream::Framing::line),
                                 .max_message = options.source.outlet.max_message};
  logcat::Files source(loop, std::move(files), file, context.report);
  const int status = TRY(pump(loop, source, options, context));
  return status == 0 && source.failure() ? cli::exit_status(*source.failure()) : status;
}

base::Result<int> listen(event::Loop& loop, const std::vector<net::Url>& urls, const Options& options,
                         const cli::Context& context) {
  const logcat::ListenerOptions listener{.framing = options.input_framing,
                                         .max_message = options.source.outlet.max_message,
                                         .max_connections = static_cast<std::size_t>(options.max_connections),
                                         .idle_timeout = options.idle_timeout};
  auto source = TRY(logcat::Listener::open(loop, urls, listener, context.report));
  if (options.print_address)
    for (const std::string& address : source->addresses()) context.report(base::Level::note, "listening on " + address);
  return pump(loop, *source, options, context);
}

base::Result<int> run(Options& options, const cli::Context& context) {
  auto sources = TRY(logcat::parse_sources(options.addresses));
  auto loop = TRY(event::Loop::create());
  if (!sources.listeners.empty()) return listen(loop, sources.listeners, options, context);
  options.source.outlet.one_shot = sources.one_shot();
  return read_files(loop, std::move(sources.files), options, context);
}

cli::Action declare(CLI::App& app, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  const auto take_framing = [options = options.get()](const std::string& name) {
    if (name == "auto") return options->input_framing.reset();
    const auto framing = stream::parse_framing(name);
    if (!framing) throw CLI::ValidationError("--input-framing", "'" + name + "' is not auto, line, nul or octet");
    options->input_framing = *framing;
  };
  app.add_option("SOURCE", options->addresses,
                 "files, read in order, gzip and zstd decompressed; - for stdin; or listeners: tcp://[HOST]:PORT "
                 "(loopback where HOST is missing), unix:PATH");
  cli::declare_source(app, context, options->source);
  app.add_option_function<std::string>("--input-framing", take_framing,
                                       "how messages stand in the source: line, nul, octet; auto: lines in files, "
                                       "told by its first bytes on a connection")
      ->type_name("FRAMING")
      ->default_str("auto")
      ->group("Frames");
  cli::add_number(app, "--max-connections", options->max_connections, "others wait until one is closed")
      ->group("Listening");
  cli::add_duration(app, "--idle-timeout", options->idle_timeout,
                    "close connections on which nothing came for so long; 0: never")
      ->group("Listening");
  app.add_flag("--print-address", options->print_address, "say on stderr what is listened on, once it is")
      ->group("Listening");
  app.callback([options = options.get()] {
    if (options->max_connections == 0) throw CLI::ValidationError("--max-connections", "'0' is not a number from 1 on");
  });
  return [options, &context] { return run(*options, context); };
}

constexpr char kExamples[] =
    "logcat tcp://:6514 -- logbuf push /var/lib/logbuf/q\n"
    "logcat /var/log/app.log.*.gz | grep ERROR\n"
    "logcat unix:/run/app.sock --batch 500 -- ./deliver\n";

constexpr cli::Verb kVerbs[] = {{
    .name = "",
    .summary = "messages from files, stdin or listeners",
    .usage = "logcat [OPTION]... [SOURCE]... [-- SINK...]",
    .examples = kExamples,
    .declare = declare,
    .takes_command = true,
}};

// A scheme that is not built in is another program's (logpipe(7), ADDRESSES), which takes over this process with the
// same arguments: some of them may be options that only it knows. Returns when there is none.
void become_plugin(char** argv) {
  if (*argv == nullptr) return;
  for (char** argument = argv + 1; *argument != nullptr && std::string_view(*argument) != "--"; ++argument)
    if (const auto plugin = logcat::plugin_name(*argument)) ::execvp(plugin->c_str(), argv);
}

}  // namespace

int main(int argc, char** argv) {
  become_plugin(argv);
  return cli::run({.name = "logcat", .summary = "messages from files, stdin or listeners", .verbs = kVerbs}, argc,
                  argv);
}

// logtail: follows files, buffers, remote logs and the journal, without consuming them.
// stdin: not used. stdout: frames; with "-- SINK" nothing.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/tls_options.h"
#include "cli/tool.h"
#include "rules/event_options.h"
#include "rules/processed.h"
#include "stream/handshake.h"
#include "stream/output.h"
#include "tools/logtail/checkpoint.h"
#include "tools/logtail/files/files.h"
#include "tools/logtail/follower.h"
#include "tools/logtail/journal/journal_tail.h"
#include "tools/logtail/logs/buffer.h"
#include "tools/logtail/logs/remote.h"
#include "tools/logtail/sources.h"
#include "tools/logtail/uploads/harvest.h"

namespace {

using logtail::Start;

// A prefix makes messages longer, and those of buffers are as long as they were when they came.
constexpr std::size_t kLongestMessage = std::size_t{1} << 30;
constexpr base::Duration kKeepalive = std::chrono::minutes(1);  // a log may be silent for long

struct Options {
  cli::SourceOptions source;
  std::vector<std::string> addresses;
  std::string checkpoint;
  std::optional<Start> start;
  std::optional<base::WallTime> since;
  std::optional<base::WallTime> until;
  logtail::Pattern multiline;
  std::string multiline_text;
  base::Duration multiline_time = std::chrono::seconds(1);
  base::Duration connect_timeout = std::chrono::seconds(10);
  net::TlsOptions tls;
  bool follow = false;
  bool quiet = false;
  bool verbose = false;
  bool prefix = false;
  bool harvest = false;
  bool recursive = false;
  std::optional<logtail::After> after;
  std::vector<std::string> matches;
  std::string name_space;
  base::Duration settle = logtail::ArrivalsOptions().settle;
  rules::ProcessorOptions events;
};

bool wants_colour() {
  const char* refused = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) != 0 && (refused == nullptr || *refused == '\0');
}

bool is_plain_stdout(const stream::OutputOptions& output) {
  return !output.has_commands() && output.filter.commands.empty() && output.format.framing == stream::Framing::line &&
         !output.format.ids;
}

bool wants_headers(const Options& options, const logtail::Sources& sources) {
  const bool several =
      sources.files.size() + sources.buffers.size() + sources.remotes.size() + sources.journals.size() > 1 ||
      logtail::Names(sources.files).several();
  const bool possible =
      !options.harvest && is_plain_stdout(options.source.output) && !options.prefix && options.events.nothing();
  return possible && !options.quiet && (several || options.verbose);
}

Start start_of(const Options& options) {
  if (options.start) return *options.start;
  const bool all = !options.checkpoint.empty() || options.since || options.until;
  return all ? Start{} : Start{.kind = Start::Kind::last_lines, .number = 10};
}

bool colours(const Options& options) {
  return is_plain_stdout(options.source.output) && wants_colour();
}

logtail::FilesOptions files_options(const Options& options, const logtail::Sources& sources) {
  return {.arguments = sources.files,
          .follow = options.follow,
          .checkpoint = options.checkpoint,
          .start = start_of(options),
          .max_message = options.source.output.max_message,
          .multiline = options.multiline,
          .multiline_time = options.multiline_time,
          .emitter = {options.since, options.until, options.prefix, colours(options)}};
}

logtail::BufferOptions buffer_options(const Options& options, const std::string& path) {
  return {.path = path,
          .follow = options.follow,
          .start = start_of(options),
          .since = options.since,
          .until = options.until,
          .prefix = options.prefix,
          .colour = colours(options)};
}

base::Result<net::LogdOptions> session_options(const Options& options, const logtail::Sources& sources,
                                               const cli::Context& context) {
  net::LogdOptions session;
  session.dial.connect_timeout = options.connect_timeout;
  session.dial.keepalive = kKeepalive;
  session.dial.seed = std::random_device()();
  if (logtail::endpoints().use_tls(sources.remotes))
    session.dial.tls = TRY(net::TlsContext::create(net::TlsRole::client, options.tls, context.report));
  return session;
}

logtail::RemoteOptions remote_options(const Options& options, const net::Url& url, const net::LogdOptions& session) {
  return {.url = url,
          .session = session,
          .follow = options.follow,
          .start = start_of(options),
          .emitter = {options.since, options.until, options.prefix, colours(options)}};
}

logtail::HarvestOptions harvest_options(const Options& options, const logtail::Sources& sources) {
  return {.arguments = sources.files,
          .recursive = options.recursive,
          .arrivals = {.follow = options.follow, .settle = options.settle},
          .after = options.after.value_or(logtail::After{}),
          .max_message = options.source.output.max_message,
          .multiline = options.multiline,
          .emitter = {options.since, options.until, options.prefix, colours(options)}};
}

logtail::JournalOptions journal_options(const Options& options, const std::string& path) {
  logtail::JournalPlace place{{}, options.name_space, options.matches};
  if (path.find('=') != std::string::npos)
    place.matches.push_back(path);
  else
    place.directory = path;
  return {.place = std::move(place),
          .follow = options.follow,
          .start = start_of(options),
          .since = options.since,
          .until = options.until,
          .prefix = options.prefix,
          .colour = colours(options),
          .longest = options.source.output.max_message};
}

base::Result<std::vector<std::unique_ptr<logtail::Tail>>> open_tails(event::Loop& loop, const Options& options,
                                                                     const logtail::Sources& sources,
                                                                     logtail::Headers& headers, logtail::Memory& memory,
                                                                     const cli::Context& context) {
  std::vector<std::unique_ptr<logtail::Tail>> tails;
  if (options.harvest) {
    tails.push_back(TRY(logtail::Harvest::open(loop, harvest_options(options, sources), memory, context.report)));
    return tails;
  }
  if (!sources.files.empty())
    tails.push_back(TRY(logtail::Files::open(loop, files_options(options, sources), headers, memory, context.report)));
  for (const std::string& path : sources.buffers)
    tails.push_back(
        TRY(logtail::BufferTail::open(loop, buffer_options(options, path), headers, memory, context.report)));
  const net::LogdOptions session = TRY(session_options(options, sources, context));
  for (const net::Url& url : sources.remotes)
    tails.push_back(
        logtail::RemoteTail::open(loop, remote_options(options, url, session), headers, memory, context.report));
  for (const std::string& path : sources.journals)
    tails.push_back(
        TRY(logtail::JournalTail::open(loop, journal_options(options, path), headers, memory, context.report)));
  return tails;
}

// What decides where messages end, and which there are: a plan made under other options cannot be followed.
std::string cut_options(const Options& options) {
  const auto time = [](const std::optional<base::WallTime>& at) {
    return at ? std::to_string(at->time_since_epoch().count()) : std::string("-");
  };
  std::string text = "max-message=" + std::to_string(options.source.output.max_message) +
                     " since=" + time(options.since) + " until=" + time(options.until) +
                     " multiline=" + options.multiline_text;
  for (char& c : text)
    if (c == '\n') c = ' ';
  return text;
}

// The sink may compare what it is sent with what it has.
bool is_exact(const Options& options) {
  return options.source.output.passes_origin() && !options.events.merges();
}

base::Result<std::unique_ptr<logtail::Checkpoint>> open_checkpoint(const Options& options,
                                                                   const cli::Context& context) {
  auto checkpoint = TRY(logtail::Checkpoint::open(options.checkpoint, context.report));
  if (TRY(checkpoint->cut_by(cut_options(options))))
    context.report(base::Level::warning, "use checkpoint " + options.checkpoint +
                                             ": messages were cut by other options before; those that the sink has "
                                             "not confirmed may be delivered twice");
  if (!is_exact(options)) TRY(checkpoint->drop_plans());
  return checkpoint;
}

base::Result<int> pump(event::Loop& loop, std::unique_ptr<logtail::Follower> opened, const Options& options,
                       const std::string& origin, const cli::Context& context) {
  logtail::Follower& follower = *opened;
  net::ListeningSource* named = options.harvest ? opened.get() : nullptr;
  const auto processed = TRY(rules::processed(loop, std::move(opened), options.events, context.report, named));
  stream::OutputOptions output = options.source.output;
  output.one_shot = !options.follow;
  output.origin = origin;
  output.filter.max_message = output.max_message;
  output.renew_origin = [&follower, &options](const stream::Greeting& greeting) -> base::Result<std::string> {
    if (greeting.newest().value_or(0) <= follower.last_id()) return std::string();
    return base::fail(base::Kind::protocol, "",
                      "the last one that checkpoint " + options.checkpoint + " knows of is " +
                          std::to_string(follower.last_id()) + "; it may be an older copy");
  };
  output.max_message = kLongestMessage;
  const auto sink = TRY(stream::open_output(loop, std::move(output), context.report));
  base::Result<int> pumped = cli::pump(loop, *processed, *sink, options.source, context);
  base::Result<void> closed = follower.close();
  if (!pumped) return pumped;
  if (!closed) return tl::unexpected(std::move(closed.error()));
  return *pumped == 0 && follower.failure() ? cli::exit_status(*follower.failure()) : *pumped;
}

void warn_without_checkpoint(const Options& options, const cli::Context& context) {
  if (!options.follow || options.harvest || !options.checkpoint.empty() || !options.source.output.has_commands())
    return;
  context.report(base::Level::warning,
                 "follow into a command: without --checkpoint FILE, a restart skips or repeats "
                 "messages");
}

base::Result<int> run(const Options& options, const cli::Context& context) {
  const auto sources = TRY(logtail::parse_sources(options.addresses));
  if (options.harvest && sources.files.size() != options.addresses.size())
    return base::fail(base::Kind::usage, "--harvest", "reads directories of files only");
  if (options.start && options.start->kind == logtail::Start::Kind::from_id && !sources.journals.empty())
    return base::fail(base::Kind::usage, "--from " + std::to_string(options.start->number),
                      "a journal has no ids; begin with --from oldest or newest, --lines or --since");
  warn_without_checkpoint(options, context);
  auto loop = TRY(event::Loop::create());
  const stream::OutputOptions& output = options.source.output;
  std::unique_ptr<logtail::Checkpoint> checkpoint;
  if (!options.checkpoint.empty()) checkpoint = TRY(open_checkpoint(options, context));
  logtail::Memory unkept;
  logtail::Memory& memory = checkpoint ? checkpoint->memory() : unkept;

  logtail::Headers headers(wants_headers(options, sources));
  auto tails = TRY(open_tails(loop, options, sources, headers, memory, context));

  const bool exact = checkpoint && is_exact(options);
  const logtail::FollowerOptions following{.ids = !output.needs_ids()     ? logtail::Ids::none
                                                  : output.has_commands() ? logtail::Ids::numbers
                                                                          : logtail::Ids::places,
                                           .exact = exact,
                                           .settles = options.harvest,
                                           .names = options.harvest && !options.events.nothing()};
  auto follower =
      std::make_unique<logtail::Follower>(loop, std::move(tails), checkpoint.get(), following, context.report);
  return pump(loop, std::move(follower), options, exact ? "logtail/" + checkpoint->uuid() : "", context);
}

void declare_start(cli::CommandLine& line, Options* options) {
  constexpr char kGroup[] = "Where to begin";
  const cli::Option lines = cli::add_parsed(line, "-n,--lines", options->start, logtail::parse_lines,
                                            "begin with the last N lines; with +N, begin with line N")
                                .value_name("N")
                                .default_text("10, or with --checkpoint, --since or --until, all")
                                .group(kGroup);
  cli::add_parsed(line, "--from", options->start, logtail::parse_from,
                  "begin with the oldest message, after the newest, or with the message of this id")
      .value_name("WHERE")
      .excludes(lines)
      .group(kGroup);
  cli::add_time(line, "--since", options->since, "leave out messages from before this time").group(kGroup);
  cli::add_time(line, "--until", options->until, "leave out messages from this time on").group(kGroup);
  line.add_text("--checkpoint", options->checkpoint, "continue where the last run with this file ended")
      .value_name("FILE")
      .group(kGroup);
}

void declare_messages(cli::CommandLine& line, Options* options) {
  constexpr char kGroup[] = "Messages";
  line.add_flag("-q,--quiet", options->quiet, "write no headers that name the sources").group(kGroup);
  line.add_flag("-v,--verbose", options->verbose, "write headers also for a single source").group(kGroup);
  line.add_flag("--prefix", options->prefix, "write the file's name before each message").group(kGroup);
  line.check([options]() -> base::Result<void> {
    if (!options->prefix || options->events.nothing()) return {};
    return cli::reject("--prefix", "goes before the text of messages, which cannot be read as events then");
  });
  const auto take_pattern = [options](const std::string& text) -> base::Result<void> {
    auto pattern = logtail::compile_pattern(text);
    if (!pattern) return base::fail(base::Kind::usage, "", pattern.error().text());
    options->multiline = std::move(*pattern);
    options->multiline_text = text;
    return {};
  };
  line.add_value("--multiline", take_pattern,
                 "begin a message with each line in which this is found; the lines up to the next one belong to it")
      .value_name("REGEX")
      .once()
      .group(kGroup);
  cli::add_duration(line, "--multiline-time", options->multiline_time,
                    "end a message when the file has not grown for this time")
      .group(kGroup);
}

void declare_uploads(cli::CommandLine& line, Options* options) {
  constexpr char kGroup[] = "Uploads";
  const cli::Option harvest = line.add_flag("--harvest", options->harvest,
                                            "read files that others put into directories, each once, when complete")
                                  .group(kGroup);
  cli::add_parsed(line, "--after", options->after, logtail::parse_after,
                  "what becomes of a file when all of it is safe: delete, move:DIRECTORY or keep")
      .value_name("WHAT")
      .choices({"delete", "move:", "keep"})
      .needs(harvest)
      .group(kGroup);
  cli::add_duration(line, "--settle", options->settle,
                    "a file is complete when it has stood still for this time, even if nobody was seen to close it")
      .needs(harvest)
      .group(kGroup);
  line.add_flag("--recursive", options->recursive, "search subdirectories too").needs(harvest).group(kGroup);
  line.check([options, &line]() -> base::Result<void> {
    if (!options->harvest) return {};
    if (!options->after) return cli::reject("--harvest", "needs --after delete, move:DIRECTORY or keep");
    if (options->after->kind == logtail::After::Kind::keep && options->checkpoint.empty())
      return cli::reject("--after keep", "needs --checkpoint, to know what was read");
    for (const char* other : {"--lines", "--from", "--multiline-time", "--quiet", "--verbose"})
      if (line.has(other)) return cli::reject(other, "has no meaning with --harvest");
    return {};
  });
}

void declare_journal(cli::CommandLine& line, Options* options) {
  constexpr char kGroup[] = "Journal";
  line.add_texts("--match", options->matches, "read only entries with this field; may be given several times")
      .value_name("FIELD=VALUE")
      .group(kGroup);
  line.add_text("--namespace", options->name_space, "read the journal of this namespace")
      .value_name("NAME")
      .group(kGroup);
}

cli::Action declare(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  line.add_texts("SOURCE", options->addresses, "what to follow").required();
  line.add_flag("-f,--follow", options->follow, "wait for more; follow files by name, through rotation");
  cli::declare_source(line, context, options->source);
  cli::declare_max_message(line, options->source.output.max_message);
  declare_start(line, options.get());
  cli::declare_sinks(line, options->source.output);
  rules::declare_events(line, options->events, {.output = &options->source.output});
  declare_messages(line, options.get());
  declare_uploads(line, options.get());
  declare_journal(line, options.get());
  cli::add_duration(line, "--connect-timeout", options->connect_timeout,
                    "give up on an address of a remote log that does not answer within this time")
      .group("Remote logs");
  cli::declare_tls(line, options->tls);
  logtail::endpoints().declare(line, "Sources", options->addresses);
  return [options, &context] { return run(*options, context); };
}

constexpr char kExamples[] =
    "logtail -f /var/log/syslog\n"
    "logtail -f --checkpoint tail.ck '/var/log/*.log' -- logbuf push q\n"
    "logtail -f --multiline '^[0-9]' --checkpoint tail.ck app.log -- logbuf push q\n"
    "logtail -f logd://central\n"
    "logtail -f --harvest --after delete --checkpoint ck /srv/up -- logbuf push q\n"
    "logtail -f --checkpoint ck journal:_SYSTEMD_UNIT=ssh.service -- logbuf push q\n"
    "logtail --since '1h ago' /var/log/syslog\n";

constexpr cli::Verb kVerbs[] = {{
    .name = "",
    .summary = "follow files, buffers, remote logs and the journal, without consuming them",
    .usage = "logtail [OPTION]... SOURCE... [-- SINK...]",
    .examples = kExamples,
    .declare = declare,
    .takes_command = true,
}};

}  // namespace

int main(int argc, char** argv) {
  return cli::run({.name = "logtail", .summary = "follow files, buffers, remote logs and the journal", .verbs = kVerbs},
                  argc, argv);
}

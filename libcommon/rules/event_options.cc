#include "rules/event_options.h"

#include "cli/options.h"
#include "rules/rule_options.h"

namespace rules {
namespace {

constexpr char kGroup[] = "Events";
constexpr std::uint64_t kMostThreads = 64;

void declare_parsing(cli::CommandLine& line, ProcessorOptions& options) {
  const cli::Choices<codec::Mode> modes(codec::kModes.begin(), codec::kModes.end());
  cli::add_choice(line, "--parse", options.mode, modes,
                  "parse messages as auto, rfc5424, rfc3164, json or none (default: auto if another option needs it)")
      .value_name("FORM")
      .group(kGroup);
  const cli::Choices<OnUnparsed> unparsed{
      {"keep", OnUnparsed::keep}, {"mark", OnUnparsed::mark}, {"reject", OnUnparsed::reject}};
  cli::add_choice(
      line, "--on-unparsed", options.on_unparsed, unparsed,
      "what to do with messages that cannot be parsed: keep; mark (the reason becomes the field unparsed); or reject")
      .value_name("WHAT")
      .default_text("keep")
      .group(kGroup);
}

// By what rules choose sinks, and which sinks these are.
std::string routing_of(const ProcessorOptions& options, const stream::OutputOptions& output) {
  std::string text = options.rule_set->print();
  const auto append = [&text](std::string_view part) { text.append(" ").append(std::to_string(part.size())) += part; };
  append(std::to_string(static_cast<int>(options.mode)) + "," + std::to_string(static_cast<int>(options.on_unparsed)));
  for (const std::string& word : output.command) append(word);
  for (const stream::NamedCommand& each : output.to) {
    append(each.name);
    for (const std::string& word : each.command) append(word);
  }
  return print_of(text);
}

base::Result<void> take_sinks(ProcessorOptions& options, stream::OutputOptions& output) {
  if (output.to.empty()) return {};
  if (options.rules.empty()) return cli::reject("--to", "needs --rules or --rule, which choose among sinks");
  options.rules.environment.sinks.clear();
  for (const stream::NamedCommand& each : output.to) options.rules.environment.sinks.push_back(each.name);
  output.routing = [&options, &output] { return routing_of(options, output); };
  return {};
}

void name_unused(const ProcessorOptions& options, const stream::OutputOptions& output, const base::Report& report) {
  for (std::size_t i = 0; i < output.to.size(); ++i)
    if ((options.rule_set->program().routes() >> (i + 1) & 1) == 0)
      report(base::Level::warning, "--to " + output.to[i].name + ": no rule sends anything there");
}

// Formats other than raw, expressions and assignments are about fields, so messages are parsed then.
base::Result<void> check_events(const cli::CommandLine& line, ProcessorOptions& options, const EventUse& use) {
  if (options.threads > kMostThreads)
    return cli::reject("--threads", "must be at most " + std::to_string(kMostThreads));
  if (options.rules.explain && options.threads != 1)
    return cli::reject("--explain", "cannot be combined with --threads");
  const bool names_files = use.names_files && use.names_files();
  if (use.output != nullptr) TRY(take_sinks(options, *use.output));
  if (!options.rules.empty()) options.rule_set = TRY(RuleSet::open(options.rules));
  if (use.output != nullptr && options.rule_set) name_unused(options, *use.output, line.report());
  if (options.merges() && options.threads != 1)
    return cli::reject("--threads", "cannot be combined with rules that merge messages");
  if (options.rule_set && !options.format) options.format = TRY(codec::Format::compile("json"));
  const bool about_fields =
      line.has("--on-unparsed") || options.where || !options.assignments.empty() || options.format || names_files;
  if (about_fields && !line.has("--parse")) options.mode = codec::Mode::automatic;
  const bool raw = !options.format || options.format->kind() == codec::Format::Kind::raw;
  constexpr char kUnseen[] = "shows only with a --format other than raw";
  if (raw && !names_files && !options.assignments.empty()) return cli::reject("--set", kUnseen);
  if (raw && !names_files && options.add_peer) return cli::reject("--add-peer", kUnseen);
  return {};
}

}  // namespace

cli::Option declare_events(cli::CommandLine& line, ProcessorOptions& options, EventUse use) {
  declare_parsing(line, options);
  cli::add_parsed(line, "--where", options.where, codec::Where::compile,
                  "pass on only events for which this is true: severity <= warning and not appname == \"cron\"")
      .value_name("EXPRESSION")
      .once()
      .group(kGroup);
  const auto take_assignment = [&options](const std::string& text) -> base::Result<void> {
    options.assignments.push_back(TRY(codec::Assignment::compile(text)));
    return {};
  };
  line.add_values("--set", take_assignment,
                  "set a field of each event; VALUE is a template; may be given several times")
      .value_name("FIELD=VALUE")
      .group(kGroup);
  const cli::Option format =
      cli::add_parsed(
          line, "--format", options.format, codec::Format::compile,
          "write events as raw, json, rfc5424, rfc3164 or by a template: '%{timestamp} %{hostname} %{message}'")
          .value_name("FORMAT")
          .default_text("raw; with --rules or --rule, json")
          .group(kGroup);
  if (use.peers)
    line.add_flag("--add-peer", options.add_peer, "add the sender's address, our port and the protocol to events")
        .group(kGroup);
  cli::add_number(line, "--threads", options.threads,
                  "do what these options and rules say on N threads; the order stays; 0: one for each core")
      .group(kGroup);
  declare_rules(line, options, [&line, &options, use] { return check_events(line, options, use); });
  line.check([&line, &options, use = std::move(use)] { return check_events(line, options, use); });
  return format;
}

}  // namespace rules

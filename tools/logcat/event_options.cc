#include "tools/logcat/event_options.h"

#include <CLI/CLI.hpp>

namespace logcat {
namespace {

constexpr char kGroup[] = "Events";

[[noreturn]] void reject(const std::string& option, const base::Error& error) {
  throw CLI::ValidationError(option, error.why);
}

OnUnparsed parse_on_unparsed(const std::string& name) {
  if (name == "keep") return OnUnparsed::keep;
  if (name == "mark") return OnUnparsed::mark;
  if (name == "reject") return OnUnparsed::reject;
  throw CLI::ValidationError("--on-unparsed", "'" + name + "' is not keep, mark or reject");
}

}  // namespace

void declare_events(CLI::App& app, ProcessorOptions& options) {
  app.add_option_function<std::string>(
         "--parse",
         [&options](const std::string& name) {
           const auto mode = codec::mode_named(name);
           if (!mode)
             throw CLI::ValidationError("--parse", "'" + name + "' is not auto, rfc5424, rfc3164, json or none");
           options.mode = *mode;
         },
         "take messages apart: auto, rfc5424, rfc3164, json or none; auto where another option needs it")
      ->type_name("FORM")
      ->group(kGroup);
  app.add_option_function<std::string>(
         "--on-unparsed", [&options](const std::string& name) { options.on_unparsed = parse_on_unparsed(name); },
         "what cannot be parsed: keep it, mark it (--format json: field unparsed), or reject it")
      ->type_name("WHAT")
      ->default_str("keep")
      ->group(kGroup);
  app.add_option_function<std::string>(
         "--where",
         [&options](const std::string& text) {
           auto where = codec::Where::compile(text);
           if (!where) reject("--where", where.error());
           options.where = std::move(*where);
         },
         "only events for which this is true: severity <= warning and not appname == \"cron\"")
      ->type_name("EXPRESSION")
      ->group(kGroup);
  app.add_option_function<std::vector<std::string>>(
         "--set",
         [&options](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) {
             auto assignment = codec::Assignment::compile(text);
             if (!assignment) reject("--set", assignment.error());
             options.assignments.push_back(std::move(*assignment));
           }
         },
         "give events a field; VALUE is a template; may be given several times")
      ->type_name("FIELD=VALUE")
      ->allow_extra_args(false)
      ->group(kGroup);
  app.add_option_function<std::string>(
         "--format",
         [&options](const std::string& text) {
           auto format = codec::Format::compile(text);
           if (!format) reject("--format", format.error());
           options.format = std::move(*format);
         },
         "write events as raw, json, rfc5424, rfc3164 or by a template: '%{timestamp} %{hostname} %{message}'")
      ->type_name("FORMAT")
      ->default_str("raw")
      ->group(kGroup);
  app.add_flag("--add-peer", options.add_peer, "note the sender's address, our port and the protocol in events")
      ->group(kGroup);
}

// Formats other than raw, expressions and assignments are about fields, so messages are parsed then.
void check_events(const CLI::App& app, ProcessorOptions& options) {
  const bool about_fields =
      app.count("--on-unparsed") > 0 || options.where || !options.assignments.empty() || options.format;
  if (about_fields && app.count("--parse") == 0) options.mode = codec::Mode::automatic;
  const bool raw = !options.format || options.format->kind() == codec::Format::Kind::raw;
  if (raw && !options.assignments.empty())
    throw CLI::ValidationError("--set", "shows only with a --format other than raw");
  if (raw && options.add_peer) throw CLI::ValidationError("--add-peer", "shows only with a --format other than raw");
}

}  // namespace logcat

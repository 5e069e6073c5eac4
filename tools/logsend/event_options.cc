#include "tools/logsend/event_options.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "rules/event_options.h"

namespace logsend {
namespace {

// Fields have a use beside --format and --where: in the name of a file, or in what such a server gets.
constexpr std::array kTakeFields{"http://",  "https://",  "postgresql://", "postgres://",
                                 "kafka://", "kafkas://", "amqp://",       "amqps://"};

bool needs_fields(const std::vector<std::string>& addresses) {
  return std::ranges::any_of(addresses, [](const std::string& address) {
    const auto begins = [&address](const char* scheme) { return address.starts_with(scheme); };
    return address.find("%{") != address.npos || std::ranges::any_of(kTakeFields, begins);
  });
}

base::Result<void> check_parse(const cli::CommandLine& line, const EventOptions& options,
                               const std::vector<std::string>& addresses) {
  const bool used =
      options.processor.format || options.processor.where || line.has("--on-unparsed") || needs_fields(addresses);
  if (!line.has("--parse") || used) return {};
  return cli::reject(
      "--parse",
      "needs --format, --where, a server of HTTP, PostgreSQL, Kafka or AMQP, or a file's path with %{FIELD} in it");
}

}  // namespace

void declare_events(cli::CommandLine& line, EventOptions& options, const std::vector<std::string>& addresses) {
  constexpr char kGroup[] = "Events";
  const cli::Option format =
      rules::declare_events(line, options.processor, {.names_files = [&addresses] { return needs_fields(addresses); }});
  line.check([&line, &options, &addresses] { return check_parse(line, options, addresses); });
  const auto add = [&line, format, kGroup](const std::string& name, std::string& value, const std::string& type,
                                           const std::string& help) {
    line.add_text(name, value, help).value_name(type).needs(format).group(kGroup);
  };
  add("--pri", options.defaults.priority, "PRIORITY", "FACILITY.SEVERITY or number, for messages that have none");
  add("--host", options.defaults.hostname, "NAME", "host name for messages that have none (default: this host's)");
  add("--app", options.defaults.appname, "NAME",
      "application name for messages that have none (default: the user's name)");
  add("--procid", options.defaults.procid, "ID", "process id for messages that have none");
  add("--msgid", options.defaults.msgid, "ID", "message type for messages that have none");
  add("--sd", options.defaults.structured_data, "DATA",
      "structured data for messages that have none: [id name=\"value\"]");
}

// Messages that stay as they are lack what they do not say.
base::Result<rules::Processor> make_processor(const EventOptions& options, rules::ProcessorOptions processor) {
  std::unique_ptr<rules::Completion> completion;
  if (processor.format) completion = TRY(rules::Completion::create(options.defaults));
  return rules::Processor(std::move(processor), {}, std::move(completion));
}

base::Result<rules::Processor> make_processor(const EventOptions& options) {
  return make_processor(options, options.processor);
}

bool asks_for_nothing(const EventOptions& options) {
  const rules::ProcessorOptions& processor = options.processor;
  return !processor.format && !processor.where && processor.assignments.empty() &&
         processor.on_unparsed == rules::OnUnparsed::keep && processor.rule_set == nullptr;
}

bool take_event(rules::Processor& processor, std::string_view message, codec::Event& event,
                const base::Report& report) {
  const rules::Verdict verdict = processor.take(message, nullptr, event);
  if (verdict == rules::Verdict::rejected) report(base::Level::error, processor.rejection_of(message));
  processor.tell(report);
  return verdict == rules::Verdict::kept;
}

void reread_rules(rules::Processor& processor, const base::Report& report) {
  if (const auto read = processor.reopen(); !read)
    report(base::Level::error, read.error().text() + "; what was loaded before stays in use");
}

}  // namespace logsend

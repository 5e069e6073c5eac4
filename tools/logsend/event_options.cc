#include "tools/logsend/event_options.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "rules/event_options.h"

namespace logsend {
namespace {

bool names_files(const std::vector<std::string>& addresses) {
  return std::ranges::any_of(addresses, [](const auto& address) { return address.find("%{") != address.npos; });
}

base::Result<void> check_parse(const cli::CommandLine& line, const EventOptions& options,
                               const std::vector<std::string>& addresses) {
  const bool used =
      options.processor.format || options.processor.where || line.has("--on-unparsed") || names_files(addresses);
  if (!line.has("--parse") || used) return {};
  return cli::reject("--parse", "needs --format, --where, or a file's path with %{FIELD} in it");
}

}  // namespace

void declare_events(cli::CommandLine& line, EventOptions& options, const std::vector<std::string>& addresses) {
  constexpr char kGroup[] = "Events";
  const cli::Option format =
      rules::declare_events(line, options.processor, {.names_files = [&addresses] { return names_files(addresses); }});
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
base::Result<rules::Processor> make_processor(const EventOptions& options) {
  std::unique_ptr<rules::Completion> completion;
  if (options.processor.format) completion = TRY(rules::Completion::create(options.defaults));
  return rules::Processor(options.processor, {}, std::move(completion));
}

}  // namespace logsend

#include "hub/line_options.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hub {
namespace {

cli::Option add_mode(cli::CommandLine& line, const std::string& name, Mode& mode, const std::string& help,
                     const char* group) {
  const cli::Choices<Mode> modes{
      {"normal", Mode::normal}, {"read-only", Mode::read_only}, {"disabled", Mode::disabled}};
  return cli::add_choice(line, name, mode, modes, help).value_name("MODE").default_text("normal").group(group);
}

base::Result<std::vector<std::string>> parse_schemes(const std::string& text) {
  std::vector<std::string> schemes;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view scheme = rest.substr(0, rest.find(','));
    if (scheme.empty() || scheme.find_first_of(":/ ") != scheme.npos)
      return base::fail(base::Kind::usage, "", "'" + std::string(scheme) + "' is no scheme");
    schemes.emplace_back(scheme);
    rest.remove_prefix(std::min(scheme.size() + 1, rest.size()));
  }
  return schemes;
}

void declare_drains(cli::CommandLine& line, LineOptions& options, const char* group) {
  cli::add_parsed(line, "--drain-schemes", options.hub.drains.schemes, parse_schemes,
                  "where drains may go to: schemes with commas between them (default: "
                  "http,https,syslog,syslog+tls,udpsyslog)")
      .value_name("LIST")
      .group(group);
  line.add_flag("--allow-local-drains", options.hub.drains.allow_local,
                "drains may go to this host and to private networks")
      .group(group);
  cli::add_number(line, "--running-drains", options.running_drains,
                  "drains that have processes at once; others wait for their turn", 1)
      .group(group);
  cli::add_duration(line, "--drain-idle", options.hub.sending.idle,
                    "end the processes of a drain that had nothing to send for this time")
      .group(group);
}

}  // namespace

void declare_line_options(cli::CommandLine& line, LineOptions& options, const char* group) {
  line.add_text("--credentials", options.hub.credentials,
                "who may manage channels, read and write each of them: a file with ID:PASSWORD [full_api] [read_api] "
                "[any_channel] on each line")
      .value_name("FILE")
      .group(group);
  cli::add_number(line, "--max-drains", options.max_drains, "drains of a channel").group(group);
  declare_drains(line, options, group);
  cli::add_bytes(line, "--max-body", options.max_body, "refuse longer bodies (413), counted without their compression",
                 {1})
      .group(group);
  cli::add_duration(line, "--request-timeout", options.hub.server.request_timeout,
                    "answer 408 when a head, or 64 KiB of a body, take longer than this")
      .group(group);
  add_mode(line, "--ingress", options.hub.logs, "POST /logs: normal or disabled (503)", group);
  add_mode(line, "--session-mode", options.hub.sessions,
           "sessions: normal, read-only (those that there are) or disabled (503)", group);
  add_mode(line, "--api-mode", options.hub.api, "the API, version 3: normal, read-only or disabled (503)", group);
  add_mode(line, "--legacy-api-mode", options.hub.legacy_api,
           "the API, versions 1 and 2: normal, read-only or disabled (503)", group);
  line.add_flag("--log-requests", options.hub.server.log_requests, "report each answer on stderr").group(group);
}

HubOptions hub_options(const LineOptions& options) {
  HubOptions hub = options.hub;
  hub.drains.most = static_cast<std::size_t>(options.max_drains);
  hub.server.limits.body = static_cast<std::size_t>(options.max_body.count);
  hub.server.max_connections = static_cast<std::size_t>(options.max_connections);
  hub.sending.allow_local = hub.drains.allow_local;
  hub.sending.most_running = static_cast<std::size_t>(options.running_drains);
  return hub;
}

base::Result<std::vector<net::Url>> parse_listeners(const std::vector<std::string>& addresses,
                                                    const std::string& when) {
  std::vector<net::Url> urls;
  for (const std::string& address : addresses) {
    net::Url url = TRY(net::parse_url(address));
    if (url.scheme != "http" && url.scheme != "https")
      return base::fail(base::Kind::usage, "listen on " + url.text(), when + "it is http:// or https://");
    urls.push_back(std::move(url));
  }
  return urls;
}

}  // namespace hub

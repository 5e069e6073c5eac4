#include "hub/drain_command.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "net/url.h"

namespace hub {
namespace {

struct SyslogScheme {
  std::string_view name;
  std::string_view sent_as;
  std::uint16_t port;
};
constexpr std::array kSyslog{SyslogScheme{"syslog", "tcp", 601}, SyslogScheme{"syslog+tls", "tls", 6514},
                             SyslogScheme{"udpsyslog", "udp", 514}};

std::string without_fragment(const std::string& url) {
  return url.substr(0, url.find('#'));
}

bool is_insecure(const std::string& url) {
  return url.ends_with("#insecure");
}

// A message without an application or a process has "-" there.
void add_format(std::vector<std::string>& options, const std::string& host, std::string_view end) {
  options.insert(options.end(), {"--app", "-", "--procid", "-", "--format"});
  options.push_back("<%{pri}>1 %{timestamp} " + host + " %{appname} %{procid} - - %{message}" + std::string(end));
}

DrainCommand to_http(const Drain& drain) {
  DrainCommand command{.address = without_fragment(drain.url), .options = {"--api", "logplex", "--on-reject", "drop"}};
  command.options.insert(command.options.end(), {"--header", "Logplex-Drain-Token: " + drain.token});
  add_format(command.options, "host", "");
  return command;
}

DrainCommand to_syslog(const Drain& drain, const net::Url& url, const SyslogScheme& scheme) {
  DrainCommand command{.address = std::string(scheme.sent_as) + "://" + net::bracketed(url.host) + ":" +
                                  std::to_string(url.port != 0 ? url.port : scheme.port),
                       .options = {}};
  const bool framed = scheme.sent_as != "udp";
  if (framed) command.options = {"--wire", "octet"};
  add_format(command.options, drain.token, framed ? "\n" : "");
  return command;
}

}  // namespace

base::Result<DrainCommand> drain_command(const Drain& drain, bool public_only) {
  const auto is_hidden = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; };
  if (std::ranges::any_of(drain.url, is_hidden))
    return base::fail(base::Kind::usage, "read the URL of a drain", "it has a space or a control character");
  const net::Url url = TRY(net::parse_url(drain.url));
  const auto syslog = std::ranges::find(kSyslog, std::string_view(url.scheme), &SyslogScheme::name);
  const bool http = url.scheme == "http" || url.scheme == "https";
  DrainCommand command{.address = drain.url, .options = {}};
  if (http) command = to_http(drain);
  if (syslog != kSyslog.end()) command = to_syslog(drain, url, *syslog);
  if (is_insecure(drain.url) && url.scheme != "http") {
    const bool tls = url.scheme == "https" || url.scheme == "syslog+tls";
    if (tls) command.options.insert(command.options.end(), {"--tls-verify", "none"});
  }
  if (public_only) command.options.emplace_back("--public-only");
  return command;
}

std::string drain_place(const std::string& url) {
  const auto parsed = net::parse_url(without_fragment(url));
  if (!parsed) return "";
  const std::string port = parsed->port != 0 ? ":" + std::to_string(parsed->port) : "";
  return parsed->scheme + "://" + net::bracketed(parsed->host) + port;
}

std::string without_secrets(std::string line, const std::string& url) {
  const auto host = url.find("://") == std::string::npos ? 0 : url.find("://") + 3;
  const auto path = std::min(url.find_first_of("/?#", host), url.size());
  const auto at = url.substr(host, path - host).rfind('@');
  const auto hide = [&line](const std::string& secret, const std::string& shown) {
    if (secret.size() < 2) return;
    for (auto found = line.find(secret); found != line.npos; found = line.find(secret, found + shown.size()))
      line.replace(found, secret.size(), shown);
  };
  hide(without_fragment(url.substr(path)), "/***");
  if (at != std::string::npos) hide(url.substr(host, at), "***");
  return line;
}

}  // namespace hub

#include "tools/logsend/destination.h"

#include <algorithm>
#include <filesystem>

#include "base/units.h"
#include "cli/meant.h"

namespace logsend {
namespace {

std::optional<Kind> kind_of(std::string_view scheme) {
  if (scheme == "file") return Kind::file;
  if (scheme == "tcp" || scheme == "tls" || scheme == "unix") return Kind::stream;
  if (scheme == "udp" || scheme == "unixgram") return Kind::datagram;
  if (scheme == "relp" || scheme == "relps") return Kind::relp;
  if (scheme == "logd" || scheme == "logds") return Kind::logd;
  return std::nullopt;
}

// HOST:PORT most likely: messages that were meant for a machine would be safe in a file here.
bool lacks_a_scheme(std::string_view path) {
  const std::size_t colon = path.rfind(':');
  if (colon == path.npos || colon + 1 == path.size() || path.find('/') != path.npos) return false;
  return path.find_first_not_of("0123456789", colon + 1) == path.npos;
}

base::Result<Kind> check(const net::Url& url, const std::string& address) {
  if (url.scheme == "-")
    return base::fail(base::Kind::usage, "send to -", "messages come from stdin; name a destination");
  if (url.scheme == "file" && cli::is_buffer(url.path))
    return base::fail(base::Kind::usage, "send to " + url.path,
                      "it is a buffer" + cli::meant(url.path, cli::Use::write));
  if (url.scheme == "file" && url.path == address && lacks_a_scheme(address))
    return base::fail(base::Kind::usage, "send to " + address,
                      "a scheme is missing; write tcp://" + address + ", or ./" + address + " for a file");
  if (const auto kind = kind_of(url.scheme)) return *kind;
  std::string why =
      "cannot send to " + url.scheme + "; known are file, tcp, tls, udp, unix, unixgram, relp, relps, logd and logds";
  if (const auto plugin = plugin_name(address)) why += ", and no program " + *plugin + " is in PATH";
  return base::fail(base::Kind::unavailable, "send to " + url.text(), why + cli::meant(address, cli::Use::write));
}

// Other tools of this kind take what they send, or a host and its port, before the destination.
base::Result<void> check_order(const std::vector<std::string>& addresses) {
  const std::string& first = addresses.front();
  if (addresses.size() < 2 || cli::is_address(first)) return {};
  const auto fail = [&first](const std::string& why) { return base::fail(base::Kind::usage, "send to " + first, why); };
  const std::string sink = "logsend " + addresses[1] + "'";
  if (cli::is_buffer(first)) return fail("messages come from stdin: 'logbuf peek " + first + " -- " + sink);
  std::error_code error;
  if (std::filesystem::exists(first, error)) return fail("messages come from stdin: 'logcat " + first + " -- " + sink);
  if (base::parse_number(addresses[1]))
    return fail("write tcp://" + first + ":" + addresses[1] + " (or another scheme)");
  return {};
}

}  // namespace

bool Destination::needs_tls() const {
  return std::ranges::any_of(
      urls, [](const net::Url& url) { return url.scheme == "tls" || url.scheme == "relps" || url.scheme == "logds"; });
}

base::Result<Destination> parse_destination(const std::vector<std::string>& addresses) {
  if (addresses.empty()) return base::fail(base::Kind::usage, "read command line", "a destination is missing");
  TRY(check_order(addresses));
  Destination destination;
  for (const auto& address : addresses) {
    net::Url url = TRY(net::parse_url(address));
    const Kind kind = TRY(check(url, address));
    const bool alone = kind == Kind::file || kind == Kind::datagram;
    if (alone && addresses.size() > 1)
      return base::fail(base::Kind::usage, "send to " + url.text(), "it must be the only destination");
    if (!destination.urls.empty() && kind != destination.kind)
      return base::fail(base::Kind::usage, "send to " + url.text(),
                        "servers of RELP or logd cannot stand in for other destinations");
    destination.kind = kind;
    if (kind == Kind::file)
      destination.file = url.path;
    else
      destination.urls.push_back(std::move(url));
  }
  return destination;
}

std::optional<std::string> plugin_name(std::string_view address) {
  if (address.find("://") == address.npos) return std::nullopt;
  const auto url = net::parse_url(address);
  if (!url || !url->is_network() || kind_of(url->scheme)) return std::nullopt;
  return "logsend-" + url->scheme;
}

}  // namespace logsend

#include "tools/logsend/destination.h"

#include <algorithm>

namespace logsend {
namespace {

using base::Kind;

bool is_stream(const net::Url& url) {
  return url.scheme == "tcp" || url.scheme == "unix";
}

base::Result<void> check(const net::Url& url, const std::string& address) {
  if (url.scheme == "-") return base::fail(Kind::usage, "send to -", "messages come from stdin; name a destination");
  if (url.scheme == "file" || is_stream(url)) return {};
  std::string why = "unknown scheme " + url.scheme + "; known are file, tcp and unix";
  if (const auto plugin = plugin_name(address)) why += ", and no program " + *plugin + " is in PATH";
  return base::fail(Kind::unavailable, "send to " + url.text(), why);
}

}  // namespace

base::Result<Destination> parse_destination(const std::vector<std::string>& addresses) {
  if (addresses.empty()) return base::fail(Kind::usage, "read command line", "a destination is missing");
  Destination destination;
  for (const auto& address : addresses) {
    net::Url url = TRY(net::parse_url(address));
    TRY(check(url, address));
    if (url.scheme == "file" && addresses.size() > 1)
      return base::fail(Kind::usage, "send to " + url.text(), "a file must be the only destination");
    if (is_stream(url))
      destination.streams.push_back(std::move(url));
    else
      destination.file = url.path;
  }
  return destination;
}

std::optional<std::string> plugin_name(std::string_view address) {
  if (address.find("://") == address.npos) return std::nullopt;
  const auto url = net::parse_url(address);
  if (!url || !url->is_network() || is_stream(*url)) return std::nullopt;
  return "logsend-" + url->scheme;
}

}  // namespace logsend

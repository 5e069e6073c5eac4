#include "tools/logcat/sources.h"

#include <algorithm>
#include <utility>

namespace logcat {
namespace {

using base::Kind;

bool is_file(const net::Url& url) {
  return url.scheme == "-" || url.scheme == "file";
}

bool is_listener(const net::Url& url) {
  return url.scheme == "tcp" || url.scheme == "unix";
}

auto fail_unknown(const net::Url& url, const std::string& address) {
  std::string why = "cannot read " + url.scheme + "; known are file, tcp and unix";
  if (const auto plugin = plugin_name(address)) why += ", and no program " + *plugin + " is in PATH";
  return base::fail(Kind::unavailable, "read from " + url.text(), std::move(why));
}

}  // namespace

bool Sources::one_shot() const {
  return listeners.empty() && std::ranges::find(files, "-", &net::Url::scheme) == files.end();
}

base::Result<Sources> parse_sources(const std::vector<std::string>& addresses) {
  Sources sources;
  for (const std::string& address : addresses) {
    net::Url url = TRY(net::parse_url(address));
    if (!is_file(url) && !is_listener(url)) return fail_unknown(url, address);
    (is_file(url) ? sources.files : sources.listeners).push_back(std::move(url));
  }
  if (addresses.empty()) sources.files.push_back(TRY(net::parse_url("-")));
  if (!sources.files.empty() && !sources.listeners.empty())
    return base::fail(Kind::usage, "read " + sources.files.front().text() + " and " + sources.listeners.front().text(),
                      "files end and listeners do not: use a process for each");
  return sources;
}

std::optional<std::string> plugin_name(std::string_view address) {
  if (address.starts_with('-') || address.find("://") == address.npos) return std::nullopt;
  const auto url = net::parse_url(address);
  if (!url || !url->is_network() || is_listener(*url)) return std::nullopt;
  return "logcat-" + url->scheme;
}

}  // namespace logcat

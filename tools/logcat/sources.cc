#include "tools/logcat/sources.h"

#include <algorithm>
#include <utility>

#include "cli/meant.h"

namespace logcat {
namespace {

using base::Kind;

// Where URLs of a scheme go; null for a scheme that is not built in.
std::vector<net::Url> Sources::*kind_of(std::string_view scheme) {
  if (scheme == "-" || scheme == "file") return &Sources::files;
  if (scheme == "tcp" || scheme == "tls" || scheme == "unix") return &Sources::streams;
  if (scheme == "udp" || scheme == "unixgram") return &Sources::datagrams;
  if (scheme == "relp") return &Sources::relp;
  if (scheme == "relps") return &Sources::relps;
  return nullptr;
}

auto fail_unknown(const net::Url& url, const std::string& address) {
  std::string why = "cannot read " + url.scheme + "; known are file, tcp, tls, udp, unix, unixgram, relp and relps";
  if (const auto plugin = plugin_name(address)) why += ", and no program " + *plugin + " is in PATH";
  return base::fail(Kind::unavailable, "read from " + url.text(), why + cli::meant(address, cli::Use::read));
}

}  // namespace

std::vector<net::Url> Sources::listeners() const {
  std::vector<net::Url> all;
  for (const auto* some : {&streams, &datagrams, &relp, &relps}) all.insert(all.end(), some->begin(), some->end());
  return all;
}

bool Sources::one_shot() const {
  return !files.empty() && std::ranges::find(files, "-", &net::Url::scheme) == files.end();
}

bool Sources::needs_tls() const {
  return !relps.empty() || std::ranges::find(streams, "tls", &net::Url::scheme) != streams.end();
}

base::Result<Sources> parse_sources(const std::vector<std::string>& addresses) {
  Sources sources;
  std::string listener;
  for (const std::string& address : addresses) {
    net::Url url = TRY(net::parse_url(address));
    const auto kind = kind_of(url.scheme);
    if (kind == nullptr) return fail_unknown(url, address);
    if (kind != &Sources::files) listener = url.text();
    (sources.*kind).push_back(std::move(url));
  }
  if (addresses.empty()) sources.files.push_back(TRY(net::parse_url("-")));
  if (!sources.files.empty() && !listener.empty())
    return base::fail(Kind::usage, "read " + sources.files.front().text() + " and " + listener,
                      "files end and listeners do not: use a process for each");
  return sources;
}

std::optional<std::string> plugin_name(std::string_view address) {
  if (address.starts_with('-') || address.find("://") == address.npos) return std::nullopt;
  const auto url = net::parse_url(address);
  if (!url || !url->is_network() || kind_of(url->scheme) != nullptr) return std::nullopt;
  return "logcat-" + url->scheme;
}

}  // namespace logcat

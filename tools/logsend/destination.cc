#include "tools/logsend/destination.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/units.h"
#include "cli/meant.h"
#include "cli/secret_file.h"
#include "tools/logsend/endpoints.h"

namespace logsend {
namespace {

// HOST:PORT most likely: messages that were meant for a machine would be safe in a file here.
bool lacks_a_scheme(std::string_view path) {
  const std::size_t colon = path.rfind(':');
  if (colon == path.npos || colon + 1 == path.size() || path.find('/') != path.npos) return false;
  return path.find_first_not_of("0123456789", colon + 1) == path.npos;
}

base::Result<std::size_t> check(const net::Url& url, const std::string& address) {
  if (url.scheme == "-")
    return base::fail(base::Kind::usage, "send to -", "messages come from stdin; name a destination");
  if (url.scheme == "file" && cli::is_buffer(url.path))
    return base::fail(base::Kind::usage, "send to " + url.path,
                      "it is a buffer" + cli::meant(url.path, cli::Use::write));
  if (url.scheme == "file" && url.path == address && lacks_a_scheme(address))
    return base::fail(base::Kind::usage, "send to " + address,
                      "a scheme is missing; write tcp://" + address + ", or ./" + address + " for a file");
  if (const auto kind = endpoints().find(url.scheme)) return *kind;
  return tl::unexpected(endpoints().unknown(url, address));
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

base::Result<std::vector<std::string>> addresses_of(const std::string& file) {
  const std::string what = "read addresses " + file;
  const std::string text = TRY(cli::read_secret_file(file, what));
  std::vector<std::string> addresses;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    if (!line.empty()) addresses.emplace_back(line);
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  if (addresses.empty()) return base::fail(base::Kind::config, what, "there are none");
  return addresses;
}

}  // namespace

base::Result<void> read_addresses(std::vector<std::string>& addresses) {
  std::vector<std::string> all;
  for (const std::string& address : addresses) {
    if (!address.starts_with('@')) {
      all.push_back(address);
      continue;
    }
    const auto some = TRY(addresses_of(address.substr(1)));
    all.insert(all.end(), some.begin(), some.end());
  }
  addresses = std::move(all);
  return {};
}

std::string first_address(std::string_view argument) {
  if (!argument.starts_with('@')) return std::string(argument);
  const auto addresses = addresses_of(std::string(argument.substr(1)));
  return addresses ? addresses->front() : std::string(argument);
}

base::Result<Destination> parse_destination(const std::vector<std::string>& addresses) {
  if (addresses.empty()) return base::fail(base::Kind::usage, "read command line", "a destination is missing");
  TRY(check_order(addresses));
  Destination destination;
  for (const auto& address : addresses) {
    net::Url url = TRY(net::parse_url(address));
    const std::size_t kind = TRY(check(url, address));
    if (all_endpoints()[kind]->alone && addresses.size() > 1)
      return base::fail(base::Kind::usage, "send to " + url.text(), "it must be the only destination");
    if (!destination.urls.empty() && kind != destination.kind)
      return base::fail(base::Kind::usage, "send to " + url.text(),
                        "servers of RELP, logd or HTTP cannot stand in for other destinations");
    destination.kind = kind;
    destination.urls.push_back(std::move(url));
  }
  return destination;
}

}  // namespace logsend

#include "redis/address.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace redis {
namespace {

using base::Kind;
using base::Result;

constexpr std::string_view kSentinel = "redis+sentinel";
constexpr std::uint16_t kSentinelPort = 26379;
constexpr std::uint16_t kServerPort = 6379;
constexpr char kForms[] =
    "is not redis://HOST:PORT, rediss://HOST:PORT, redis+sentinel://HOST:PORT/MASTER or unix:PATH";

// What an error may show of an address.
std::string shown(std::string_view text) {
  const std::size_t at = text.rfind('@');
  const std::size_t start = text.find("://");
  if (at == text.npos || start == text.npos || at < start) return std::string(text);
  return std::string(text.substr(0, start + 3)) + "***" + std::string(text.substr(at));
}

auto reject(std::string_view text, std::string why) {
  return base::fail(Kind::usage, shown(text), std::move(why));
}

Result<unsigned> parse_database(std::string_view text, std::string_view digits) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size())
    return reject(text, "the database must be a number from 0 on");
  return number;
}

bool has_port(std::string_view server) {
  const std::size_t colon = server.rfind(':');
  const std::size_t bracket = server.rfind(']');
  return colon != server.npos && (bracket == server.npos || colon > bracket);
}

Result<Address> parse_unix(std::string_view text) {
  Address address;
  std::string_view path = text;
  if (const std::size_t query = text.find("?db="); query != text.npos) {
    address.database = TRY(parse_database(text, text.substr(query + 4)));
    path = text.substr(0, query);
  }
  address.servers.push_back(TRY(net::parse_url(path)));
  return address;
}

// `authority`: "USER:PASSWORD@HOST:PORT,HOST:PORT".
Result<void> parse_servers(std::string_view text, std::string_view scheme, std::string_view authority,
                           Address& address) {
  const bool sentinel = scheme == kSentinel;
  const std::string prefix = std::string(sentinel ? "redis" : scheme) + "://";
  if (const std::size_t at = authority.rfind('@'); at != authority.npos) {
    const net::Url with_user = TRY(net::parse_url(prefix + std::string(authority.substr(0, at + 1)) + "host"));
    address.credentials = {with_user.user, with_user.password};
    authority.remove_prefix(at + 1);
  }
  for (bool more = true; more;) {
    const std::size_t comma = authority.find(',');
    std::string server(authority.substr(0, comma));
    more = comma != authority.npos;
    if (more) authority.remove_prefix(comma + 1);
    if (!has_port(server)) server += ":" + std::to_string(sentinel ? kSentinelPort : kServerPort);
    address.servers.push_back(TRY(net::parse_url(prefix + server)));
    if (address.servers.back().host.empty()) return reject(text, "the host is missing");
  }
  return {};
}

Result<Address> parse_network(std::string_view text, std::string_view scheme) {
  const std::string_view after = text.substr(scheme.size() + 3);
  const std::size_t at = after.rfind('@');
  const std::size_t slash = std::min(after.find('/', at == after.npos ? 0 : at), after.size());
  std::string_view path = after.substr(std::min(slash + 1, after.size()));
  Address address;
  TRY(parse_servers(text, scheme, after.substr(0, slash), address));
  if (scheme == kSentinel) {
    address.master = path.substr(0, path.find('/'));
    if (address.master.empty()) return reject(text, "the master's name is missing; add /NAME");
    path.remove_prefix(std::min(address.master.size() + 1, path.size()));
  }
  if (!path.empty()) address.database = TRY(parse_database(text, path));
  return address;
}

}  // namespace

std::string Address::text() const {
  std::string all = servers.front().text();
  for (std::size_t i = 1; i < servers.size(); ++i) all += "," + servers[i].text().substr(servers[i].scheme.size() + 3);
  if (!master.empty()) all = std::string(kSentinel) + all.substr(servers.front().scheme.size()) + "/" + master;
  if (database == 0) return all;
  return all + (servers.front().is_network() ? "/" : "?db=") + std::to_string(database);
}

Result<Address> parse_address(std::string_view text) {
  if (text.starts_with("unix:")) return parse_unix(text);
  for (const std::string_view scheme : std::array<std::string_view, 3>{"redis", "rediss", kSentinel})
    if (text.starts_with(std::string(scheme) + "://")) return parse_network(text, scheme);
  const bool lone = text.find('/') == text.npos && net::parse_url("redis://" + std::string(text)).has_value();
  return reject(text, kForms + (lone && has_port(text) ? "; write redis://" + std::string(text) : ""));
}

Result<net::Url> parse_direction(std::string_view text, const net::Url& current) {
  const std::size_t colon = text.rfind(':');
  const std::string_view digits = text.substr(colon == text.npos ? text.size() : colon + 1);
  net::Url url = current;
  url.path.clear();
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
  if (error != std::errc() || end != digits.data() + digits.size() || url.port == 0)
    return base::fail(Kind::protocol, "follow the direction '" + std::string(text) + "'", "it is not HOST:PORT");
  if (colon > 0) url.host = text.substr(0, colon);
  return url;
}

}  // namespace redis

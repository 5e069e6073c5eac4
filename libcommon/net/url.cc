#include "net/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/ascii.h"

namespace net {
namespace {

using base::Kind;
using base::Result;

struct NetworkScheme {
  std::string_view name;
  std::optional<std::uint16_t> default_port;
  bool has_path;
  bool tls = false;
  bool several_hosts = false;
};

constexpr std::array kNetworkSchemes{
    NetworkScheme{"tcp", {}, false},
    NetworkScheme{"tls", {}, false, true},
    NetworkScheme{"udp", {}, false},
    NetworkScheme{"relp", {}, false},
    NetworkScheme{"relps", {}, false, true},
    NetworkScheme{"logd", 1774, true},
    NetworkScheme{"logds", 1774, true, true},
    NetworkScheme{"http", 80, true},
    NetworkScheme{"https", 443, true, true},
    NetworkScheme{"redis", 6379, true},
    NetworkScheme{"rediss", 6379, true, true},
    NetworkScheme{"postgresql", 5432, true},
    NetworkScheme{"postgres", 5432, true},
    NetworkScheme{"kafka", 9092, true, false, true},
    NetworkScheme{"kafkas", 9093, true, true, true},
    NetworkScheme{"amqp", 5672, true},
    NetworkScheme{"amqps", 5671, true, true},
};

constexpr std::array<std::string_view, 7> kPathSchemes{"file", "dir", "buf", "ring", "journal", "unix", "unixgram"};

bool is_path_scheme(std::string_view name) {
  return std::ranges::find(kPathSchemes, name) != kPathSchemes.end();
}

const NetworkScheme* network_scheme(std::string_view name) {
  const auto found = std::ranges::find(kNetworkSchemes, name, &NetworkScheme::name);
  return found == kNetworkSchemes.end() ? nullptr : &*found;
}

// RFC 3986, section 3.1; empty when the text does not start with a scheme and a colon.
std::string leading_scheme(std::string_view text) {
  const std::string_view name = text.substr(0, std::min(text.find(':'), text.size()));
  if (name.size() == text.size() || name.empty() || !base::is_letter(name.front())) return {};
  const auto allowed = [](char c) {
    return base::is_letter(c) || base::is_digit(c) || c == '+' || c == '-' || c == '.';
  };
  if (!std::ranges::all_of(name, allowed)) return {};
  return base::lower(name);
}

// What an error may show. A password with a '/' in it would end the authority early, so this looks for the last '@'.
std::string without_password(std::string_view text) {
  const std::size_t authority = text.find("://");
  const std::size_t at = text.rfind('@');
  if (authority == text.npos || at == text.npos || at < authority) return std::string(text);
  const std::size_t colon = text.find(':', authority + 3);
  if (colon > at) return std::string(text);
  return std::string(text.substr(0, colon)) + ":***" + std::string(text.substr(at));
}

auto reject(std::string_view text, std::string why) {
  return base::fail(Kind::usage, without_password(text), std::move(why));
}

int hex_value(char c) {
  if (base::is_digit(c)) return c - '0';
  const char l = base::lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

bool is_ipv6(const std::string& text) {
  in6_addr address;
  return ::inet_pton(AF_INET6, text.substr(0, text.find('%')).c_str(), &address) == 1;
}

// RFC 6874, section 2: "fe80::1%25eth0" in a URL is "fe80::1%eth0" everywhere else. Both are taken.
std::string without_escaped_zone(std::string_view host) {
  constexpr std::string_view kEscaped = "%25";
  std::string plain(host);
  const std::size_t at = host.find('%');
  if (at != host.npos && host.substr(at).starts_with(kEscaped) && at + kEscaped.size() < host.size())
    plain.erase(at + 1, kEscaped.size() - 1);
  return plain;
}

// "127.0.0.1:514", "[::1]:514", "localhost:514", ":514": nobody has a file of that name in mind.
bool is_bare_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos || colon + 1 == text.size() || !std::ranges::all_of(text.substr(colon + 1), base::is_digit))
    return false;
  const std::string host(text.substr(0, colon));
  in_addr address;
  if (host.empty() || host == "localhost" || ::inet_pton(AF_INET, host.c_str(), &address) == 1) return true;
  return host.size() > 2 && host.front() == '[' && host.back() == ']' && is_ipv6(host.substr(1, host.size() - 2));
}

// The '@' of "redis://user:pass#word@host" is beyond what the '#' ends.
bool has_raw_password(std::string_view authority, std::string_view path) {
  return authority.find('@') == authority.npos && authority.find(':') != authority.npos && path.find('@') != path.npos;
}

constexpr std::string_view kInherited = "fd=";

constexpr char kBadEscape[] = "'%' must be followed by two hexadecimal digits; write %25 for '%' itself";

Result<void> parse_user_info(std::string_view text, std::string_view info, Url& url) {
  const std::size_t colon = std::min(info.find(':'), info.size());
  const auto user = percent_decoded(info.substr(0, colon));
  const auto password = percent_decoded(colon < info.size() ? info.substr(colon + 1) : std::string_view());
  if (!user || !password) return reject(text, kBadEscape);
  url.user = *user;
  url.password = *password;
  return {};
}

// Takes the host off the front of `rest` ("host:514", "[::1]:514").
Result<void> parse_host(std::string_view text, std::string_view& rest, Url& url) {
  std::string_view host = rest.substr(0, rest.find(':'));
  if (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    if (end == rest.npos) return reject(text, "the ']' of the IPv6 address is missing");
    host = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    if (!is_ipv6(std::string(host))) return reject(text, "there is no IPv6 address in the brackets");
    if (!rest.empty() && rest.front() != ':') return reject(text, "only a port can follow the ']'");
    url.host = without_escaped_zone(host);
    return {};
  }
  if (std::ranges::count(rest, ':') > 1)
    return reject(text, "an IPv6 address needs brackets: " + url.scheme + "://[::1]:PORT");
  rest.remove_prefix(host.size());
  const auto decoded = percent_decoded(host);
  if (!decoded) return reject(text, kBadEscape);
  url.host = *decoded;
  return {};
}

Result<void> parse_port(std::string_view text, std::string_view digits, Url& url) {
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
  if (error != std::errc() || end != digits.data() + digits.size())
    return reject(text, "the port must be a number from 0 to 65535");
  return {};
}

// ":514" or nothing, behind a host.
Result<void> parse_port_of(std::string_view text, std::string_view rest, const NetworkScheme* known, Url& url) {
  if (rest.size() > 1) return parse_port(text, rest.substr(1), url);
  if (known == nullptr) return {};
  if (!known->default_port) return reject(text, "the port is missing");
  url.port = *known->default_port;
  return {};
}

// "b:9092,[::1]", behind the first host.
Result<void> parse_more_hosts(std::string_view text, std::string_view rest, const NetworkScheme& known, Url& url) {
  for (std::string_view next; !rest.empty();) {
    next = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(next.size() + 1, rest.size()));
    Url other{.scheme = url.scheme};
    TRY(parse_host(text, next, other));
    if (other.host.empty()) return reject(text, "a host is missing between the commas");
    TRY(parse_port_of(text, next, &known, other));
    if (!url.more_hosts.empty()) url.more_hosts += ',';
    url.more_hosts += bracketed(other.host) + ":" + std::to_string(other.port);
  }
  return {};
}

Result<Url> parse_network(std::string_view text, std::string scheme) {
  const NetworkScheme* known = network_scheme(scheme);
  const std::string_view after = text.substr(scheme.size() + 3);
  std::string_view rest = after.substr(0, after.find_first_of("/?#"));

  Url url;
  url.scheme = std::move(scheme);
  url.path = after.substr(rest.size());
  if (known != nullptr && !known->name.starts_with("http") && has_raw_password(rest, url.path))
    return reject(text,
                  "in a user name or password write %2F for '/', %3F for '?', %23 for '#', %40 for '@', %3A for "
                  "':' and %25 for '%'");
  const std::size_t at = rest.starts_with(kInherited) ? rest.npos : rest.rfind('@');
  if (at != rest.npos) {
    TRY(parse_user_info(text, rest.substr(0, at), url));
    rest.remove_prefix(at + 1);
  }
  std::string_view more;
  if (known != nullptr && known->several_hosts && rest.find(',') != rest.npos) {
    more = rest.substr(rest.find(',') + 1);
    rest = rest.substr(0, rest.find(','));
    if (more.empty() || more.back() == ',') return reject(text, "a host is missing behind the comma");
  }
  TRY(parse_host(text, rest, url));
  const bool inherited = !url.inherited_name().empty();
  if (inherited && !rest.empty()) return reject(text, "a socket that is named by fd= has no port");
  if (!inherited) TRY(parse_port_of(text, rest, known, url));
  if (known != nullptr) TRY(parse_more_hosts(text, more, *known, url));
  if (known != nullptr && !known->has_path && !url.path.empty() && url.path != "/")
    return reject(text, "nothing can follow the port");
  return url;
}

Result<Url> parse_path(std::string_view text, std::string scheme) {
  std::string_view path = text.substr(scheme.size() + 1);
  if (path.starts_with("//")) {
    if (!path.starts_with("///")) return reject(text, "a path has no host; write " + scheme + ":PATH");
    path.remove_prefix(2);
  }
  if (path.empty() && scheme != "ring" && scheme != "journal") return reject(text, "the path is missing");
  Url url;
  url.scheme = std::move(scheme);
  url.path = path;
  return url;
}

}  // namespace

bool Url::is_network() const {
  return scheme != "-" && !is_path_scheme(scheme);
}

bool Url::uses_tls() const {
  const NetworkScheme* known = network_scheme(scheme);
  return known != nullptr && known->tls;
}

std::string_view Url::inherited_name() const {
  const bool listens = is_network() || scheme == "unix" || scheme == "unixgram";
  const std::string_view place = is_network() ? std::string_view(host) : std::string_view(path);
  return listens && place.starts_with(kInherited) ? place.substr(kInherited.size()) : std::string_view();
}

std::string bracketed(const std::string& host) {
  return host.find(':') == host.npos ? host : "[" + host + "]";
}

std::string Url::text() const {
  if (scheme == "-") return scheme;
  if (scheme == "file") return path;
  if (!is_network()) return scheme + ":" + path;
  std::string out = scheme + "://";
  if (!user.empty() || !password.empty()) out += percent_encoded(user) + (password.empty() ? "@" : ":***@");
  out += bracketed(host);
  if (port != 0 || (network_scheme(scheme) != nullptr && inherited_name().empty())) out += ":" + std::to_string(port);
  if (!more_hosts.empty()) out += "," + more_hosts;
  return out + path;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kUnreservedMarks = "-._~";
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (base::is_letter(c) || base::is_digit(c) || kUnreservedMarks.find(c) != kUnreservedMarks.npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

Result<Url> parse_url(std::string_view text) {
  if (text.empty()) return base::fail(Kind::usage, "read address", "it is empty");
  if (text.find('\0') != text.npos) return reject(text, "an address cannot hold a NUL");
  if (text == "-") return Url{.scheme = "-"};
  std::string scheme = leading_scheme(text);
  if (is_path_scheme(scheme)) return parse_path(text, std::move(scheme));
  if (!scheme.empty() && text.substr(scheme.size()).starts_with("://")) return parse_network(text, std::move(scheme));
  if (network_scheme(scheme) != nullptr)
    return reject(text, "write " + scheme + "://HOST:PORT, or ./" + std::string(text) + " for a file");
  if (is_bare_address(text))
    return reject(
        text, "write tcp://" + std::string(text) + " (or another scheme), or ./" + std::string(text) + " for a file");
  return Url{.scheme = "file", .path = std::string(text)};
}

}  // namespace net

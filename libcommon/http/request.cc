#include "http/request.h"

#include <algorithm>

#include "base/ascii.h"
#include "net/url.h"

namespace http {
namespace {

// From the path on: without the scheme and the authority of an absolute URL.
std::string_view origin_form(std::string_view target) {
  const auto scheme = target.find("://");
  if (target.starts_with('/') || scheme == target.npos) return target;
  const auto path = target.find_first_of("/?", scheme + 3);
  return path == target.npos ? std::string_view("/") : target.substr(path);
}

}  // namespace

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return base::lower(x) == base::lower(y); });
}

std::optional<std::string_view> find_header(const std::vector<Header>& headers, std::string_view name) {
  const auto found =
      std::ranges::find_if(headers, [name](const Header& header) { return same_word(header.name, name); });
  if (found == headers.end()) return std::nullopt;
  return found->value;
}

std::optional<std::string> unescape(std::string_view text, bool plus_is_space) {
  std::string plain(text);
  if (plus_is_space) std::ranges::replace(plain, '+', ' ');
  return net::percent_decoded(plain);
}

std::string_view Request::path() const {
  const std::string_view whole = origin_form(target);
  return whole.starts_with('?') ? std::string_view("/") : whole.substr(0, whole.find('?'));
}

std::string_view Request::query() const {
  const std::string_view whole = origin_form(target);
  const auto mark = whole.find('?');
  return mark == whole.npos ? std::string_view() : whole.substr(mark + 1);
}

std::optional<std::string> Request::parameter(std::string_view name) const {
  for (std::string_view left = query(); !left.empty();) {
    const std::string_view pair = left.substr(0, left.find('&'));
    left.remove_prefix(std::min(pair.size() + 1, left.size()));
    const auto equals = pair.find('=');
    if (unescape(pair.substr(0, equals), true) != name) continue;
    return equals == pair.npos ? std::string() : unescape(pair.substr(equals + 1), true);
  }
  return std::nullopt;
}

std::string Request::content_type() const {
  std::string_view value = header("Content-Type").value_or("");
  return base::lower(base::trimmed(value.substr(0, value.find(';'))));
}

}  // namespace http

#include "tools/logsend/http/headers.h"

#include <algorithm>

#include "base/ascii.h"

namespace logsend::http {
namespace {

std::string lower_name(std::string_view header) {
  return base::lower(header.substr(0, header.find(':')));
}

// RFC 9110, section 5.6.2.
bool is_token(std::string_view name) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::ranges::all_of(name, [&](char c) {
    return base::is_letter(c) || base::is_digit(c) || kMarks.find(c) != kMarks.npos;
  });
}

}  // namespace

void Headers::add(std::string header) {
  if (!has(lower_name(header))) all_.push_back(std::move(header));
}

bool Headers::has(std::string_view name) const {
  return std::ranges::any_of(all_, [name](const std::string& header) { return lower_name(header) == name; });
}

base::Result<void> check_header(std::string_view header) {
  const auto fail = [](const char* why) { return base::fail(base::Kind::usage, "read a header", why); };
  const std::size_t colon = header.find(':');
  if (colon == header.npos || !is_token(header.substr(0, colon))) return fail("a header is written NAME: VALUE");
  if (header.find_first_of(std::string_view("\r\n\0", 3)) != header.npos)
    return fail("a header's value is one line without NUL");
  return {};
}

base::Result<std::vector<std::string>> parse_headers(std::string_view text) {
  std::vector<std::string> headers;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    TRY(check_header(line));
    headers.emplace_back(line);
  }
  return headers;
}

}  // namespace logsend::http

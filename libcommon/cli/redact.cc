#include <algorithm>

#include "cli/tool.h"

namespace cli {
namespace {

constexpr std::string_view kAfterScheme = "://";

bool is_scheme_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

// How much of the text at the start belongs to the URL whose "://" was just passed.
std::size_t url_length(std::string_view text) {
  std::size_t end = std::min(text.find_first_of(" \t\r\n"), text.size());
  const std::size_t next = text.find(kAfterScheme);
  if (next == std::string_view::npos || next > end) return end;
  end = next;
  while (end > 0 && is_scheme_character(text[end - 1])) --end;
  return end;
}

}  // namespace

std::string redact(std::string_view text) {
  std::string out;
  for (;;) {
    const std::size_t found = text.find(kAfterScheme);
    if (found == std::string_view::npos) return out.append(text);
    const std::size_t start = found + kAfterScheme.size();
    out.append(text.substr(0, start));
    text.remove_prefix(start);

    const std::string_view url = text.substr(0, url_length(text));
    // The last one: a password that was not percent-encoded may hold "/" and "@" itself. Better to hide too much, where
    // the path holds an "@", than to show a piece of it.
    const std::size_t at = url.rfind('@');
    const std::size_t colon = url.find(':');
    if (at == std::string_view::npos || colon >= at || url.front() == '[') continue;
    out.append(url.substr(0, colon)).append(":***");
    text.remove_prefix(at);
  }
}

}  // namespace cli

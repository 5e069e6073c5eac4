#include "codec/json_string.h"

#include <cstdint>
#include <cstring>

namespace codec {
namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighBits = 0x8080808080808080;

// None of the eight bytes is a control, a quote, a backslash or beyond ASCII.
bool all_plain(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  const auto has_zero = [](std::uint64_t w) { return (w - kOnes) & ~w; };
  const std::uint64_t control = (word - kOnes * 0x20) & ~word;
  const std::uint64_t special = control | has_zero(word ^ (kOnes * '"')) | has_zero(word ^ (kOnes * '\\')) | word;
  return (special & kHighBits) == 0;
}

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

// How many bytes the well-formed UTF-8 character (Unicode, table 3-7) at `at` has; 0: it is none. Not for ASCII.
std::size_t character_length(const char* at, const char* end) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(at[i]); };
  const auto available = static_cast<std::size_t>(end - at);
  const auto continues = [&](std::size_t i) { return i < available && (byte(i) & 0xC0) == 0x80; };
  const unsigned char lead = byte(0);
  if (lead < 0xC2 || lead > 0xF4 || !continues(1)) return 0;
  if (lead < 0xE0) return 2;
  if (!continues(2)) return 0;
  if (lead < 0xF0) {
    const bool overlong = lead == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = lead == 0xED && byte(1) > 0x9F;
    return overlong || surrogate ? 0 : 3;
  }
  const bool overlong = lead == 0xF0 && byte(1) < 0x90;
  const bool beyond = lead == 0xF4 && byte(1) > 0x8F;
  return !continues(3) || overlong || beyond ? 0 : 4;
}

void append_escape(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
  }
}

}  // namespace

bool append_json_string(std::string& out, std::string_view bytes) {
  bool faithful = true;
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  const char* pending = at;  // from here to `at`, bytes go out as they are
  out += '"';
  while (at != end) {
    while (end - at >= 8 && all_plain(at)) at += 8;
    while (at != end && is_plain(*at)) ++at;
    if (at == end) break;
    const bool ascii = static_cast<unsigned char>(*at) < 0x80;
    if (const std::size_t length = ascii ? 0 : character_length(at, end); length > 0) {
      at += length;
      continue;
    }
    out.append(pending, at);
    if (ascii) append_escape(out, *at);
    if (!ascii) out += "\xEF\xBF\xBD";
    faithful = faithful && ascii;
    pending = ++at;
  }
  out.append(pending, at);
  out += '"';
  return faithful;
}

void append_utf8(std::string& out, std::string_view bytes) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  const char* pending = at;
  while (at != end) {
    if (static_cast<unsigned char>(*at) < 0x80) {
      ++at;
    } else if (const std::size_t length = character_length(at, end); length > 0) {
      at += length;
    } else {
      out.append(pending, at).append("\xEF\xBF\xBD");
      pending = ++at;
    }
  }
  out.append(pending, at);
}

void append_compact_json(std::string& out, std::string_view json) {
  bool quoted = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const bool is_space = json[i] == ' ' || json[i] == '\t' || json[i] == '\n' || json[i] == '\r';
    if (!quoted && is_space) continue;
    out += json[i];
    if (quoted && json[i] == '\\')
      out += json[++i];
    else if (json[i] == '"')
      quoted = !quoted;
  }
}

}  // namespace codec

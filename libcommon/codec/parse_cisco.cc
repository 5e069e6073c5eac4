// IOS:     [SEQUENCE: ][ORIGIN: ][SEQUENCE: ][[*|.]TIME[ ZONE]: | UPTIME: ]%FACILITY-SEVERITY-MNEMONIC: text
// IOS-XR:  [SEQUENCE: ][HOST ]NODE:TIME[ ZONE] : PROCESS[ID]: %GROUP-FACILITY-SEVERITY-MNEMONIC : text
// NX-OS:   : [ORIGIN: ]TIME[ ZONE]: %FACILITY-SEVERITY-MNEMONIC: text
// ASA:     :[TIME[ ZONE]: ]%ASA-SEVERITY-NUMBER: text          (EMBLEM; without it, RFC 3164 covers ASA)
//
// The parts are taken in any order. Most could be something else, so what is found counts only with a mnemonic behind
// it, or as a time behind a sequence number or a colon.
#include <array>
#include <charconv>

#include "codec/parse_forms.h"
#include "codec/scan.h"

namespace codec {
namespace {

struct Header {
  bool marked = false;  // by a colon or a sequence number
  std::array<std::string_view, 2> sequences;
  unsigned sequence_count = 0;
  std::string_view origin;
  std::string_view node;
  std::optional<Timestamp> time;
  std::optional<std::int64_t> uptime;  // seconds
};

bool take_number(std::string_view& text, std::int64_t& value) {
  constexpr std::size_t kMostDigits = 5;
  const std::size_t digits = span_of(text, kDigit);
  if (digits == 0 || digits > kMostDigits) return false;
  std::from_chars(text.data(), text.data() + digits, value);
  text.remove_prefix(digits);
  return true;
}

// "00:20:10"
std::optional<std::int64_t> clock_uptime(std::string_view word) {
  std::int64_t hours = 0;
  std::int64_t minutes = 0;
  std::int64_t seconds = 0;
  const bool read = take_number(word, hours) && take_prefix(word, ":") && take_number(word, minutes) &&
                    take_prefix(word, ":") && take_number(word, seconds) && word.empty();
  if (!read || minutes > 59 || seconds > 59) return {};
  return hours * 3600 + minutes * 60 + seconds;
}

// "1d02h", "3w4d", "1y2w"
std::optional<std::int64_t> uptime_of(std::string_view word) {
  if (const auto seconds = clock_uptime(word)) return seconds;
  constexpr std::string_view kUnits = "ywdh";
  constexpr std::array<std::int64_t, 4> kSeconds = {365 * 86400, 7 * 86400, 86400, 3600};
  std::int64_t total = 0;
  std::size_t next = 0;  // a unit that may follow
  unsigned parts = 0;
  while (!word.empty()) {
    std::int64_t value = 0;
    if (!take_number(word, value) || word.empty()) return {};
    const std::size_t unit = kUnits.find(word.front(), next);
    if (unit == std::string_view::npos) return {};
    word.remove_prefix(1);
    total += value * kSeconds[unit];
    next = unit + 1;
    ++parts;
  }
  if (parts != 2) return {};
  return total;
}

// With the mark of a clock that is not synchronised, the zone, and the colon that ends it. A zone whose name is known
// here is part of the time already; the sender's others count as local.
bool take_time(std::string_view& text, const LocalClock& clock, Header& header) {
  std::string_view rest = text;
  if (!take_prefix(rest, "*")) take_prefix(rest, ".");
  if (rest.empty() || !is(rest.front(), kAlphanumeric)) return false;
  Timestamp time;
  std::size_t length = parse_bsd_time(rest, clock, time);
  if (length == 0) length = parse_iso_time(rest, clock, time);
  if (length == 0) return false;
  rest.remove_prefix(length);
  constexpr std::size_t kLongestZone = 7;
  const std::size_t zone = rest.substr(0, 1) == " " ? span_of(rest.substr(1), kUpper) : 0;
  const bool is_zone = zone > 0 && zone <= kLongestZone && rest.substr(1 + zone, 1) == ":";
  if (is_zone && time.offset_assumed) rest.remove_prefix(1 + zone);
  if (rest.substr(0, 2) == " :") rest.remove_prefix(1);
  const bool ended = take_prefix(rest, ":");
  if (!ended && !header.marked) return false;
  if (!rest.empty() && !take_prefix(rest, " ")) return false;
  header.time = time;
  text = rest;
  return true;
}

// "RP/0/RSP0/CPU0:", with the host's name and a space before it perhaps.
bool take_node(std::string_view& text, Header& header) {
  std::string_view rest = text;
  std::string_view host = rest.substr(0, span_of(rest, kHostByte));
  if (host.size() < rest.size() && rest[host.size()] == ' ' && is_hostname(host) && header.origin.empty()) {
    rest.remove_prefix(host.size() + 1);
  } else {
    host = {};
  }
  std::size_t length = 0;
  unsigned slashes = 0;
  for (; length < rest.size() && (is(rest[length], kAlphanumeric) || rest[length] == '/'); ++length)
    if (rest[length] == '/') ++slashes;
  if (slashes < 2 || rest.substr(length, 1) != ":") return false;
  header.node = rest.substr(0, length);
  if (!host.empty()) header.origin = host;
  rest.remove_prefix(length + 1);
  skip_spaces(rest);
  text = rest;
  return true;
}

// A sequence number, an uptime or an origin, which end in ": ".
bool take_word(std::string_view& text, Header& header) {
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos || space < 2 || text[space - 1] != ':') return false;
  const std::string_view word = text.substr(0, space - 1);
  if (consists_of(word, kDigit)) {
    if (header.sequence_count == header.sequences.size()) return false;
    header.sequences[header.sequence_count++] = word;
    header.marked = true;
  } else if (const auto uptime = uptime_of(word); uptime && !header.uptime) {
    header.uptime = uptime;
  } else if (header.origin.empty() && (is_hostname(word) || is_ipv6(word))) {
    header.origin = word;
  } else {
    return false;
  }
  text.remove_prefix(space);
  skip_spaces(text);
  return true;
}

// What has no field of its own: sequenceId and sysUpTime (in hundredths of seconds) as RFC 5424 names them,
// section 7.3; the node under Cisco's enterprise number.
std::string structured(const Header& header) {
  std::string text;
  if (header.sequence_count > 0 || header.uptime) text += "[meta";
  for (unsigned i = 0; i < header.sequence_count; ++i) text.append(" sequenceId=\"").append(header.sequences[i]) += '"';
  if (header.uptime) text += " sysUpTime=\"" + std::to_string(*header.uptime * 100) + '"';
  if (!text.empty()) text += ']';
  if (!header.node.empty()) text.append("[cisco@9 node=\"").append(header.node).append("\"]");
  return text;
}

// A cheap look at the first word or two, which excludes almost all other messages.
bool may_start_header(std::string_view text) {
  if (text.empty()) return false;
  if (text.front() == ':' || text.front() == '*' || text.front() == '.') return true;
  const std::size_t space = text.find(' ');
  if (space == 0 || space == std::string_view::npos) return false;
  Header header;
  return text[space - 1] == ':' || take_node(text, header);
}

}  // namespace

bool starts_with_mnemonic(std::string_view text) {
  if (text.size() < 2 || text[0] != '%' || !is(text[1], kAlphanumeric)) return false;
  const std::string_view word = text.substr(1, span_of(text.substr(1), kHostByte));
  for (std::size_t at = 1; at + 2 < word.size(); ++at)
    if (word[at] == '-' && word[at + 1] >= '0' && word[at + 1] <= '7' && word[at + 2] == '-') return true;
  return false;
}

bool take_cisco_header(std::string_view& text, const LocalClock& clock, Event& event) {
  if (!may_start_header(text)) return false;
  Header header;
  std::string_view rest = text;
  header.marked = take_prefix(rest, ":");
  skip_spaces(rest);
  while (!rest.empty() && rest.front() != '%') {
    if (take_time(rest, clock, header)) break;
    if (header.uptime || !(take_word(rest, header) || (header.node.empty() && take_node(rest, header)))) break;
  }
  const bool certain = (header.marked || !header.node.empty()) && header.time;
  if (!certain && !starts_with_mnemonic(rest)) return false;
  text = rest;
  event.hostname = header.origin;
  event.timestamp = header.time;
  std::string data = structured(header);
  if (!data.empty()) event.structured_data = event.keep(std::move(data));
  return true;
}

}  // namespace codec

// RFC 3164 is a description of habits, so this parser guesses. It follows rsyslog's pmrfc3164 with its default settings
// where docs/syslog-parsing.md does not say otherwise.
#include <array>

#include "codec/parse_forms.h"

namespace codec {
namespace {

constexpr std::uint8_t kWordByte = 1;  // printable, no space
constexpr std::uint8_t kHostByte = 2;
constexpr std::uint8_t kDigit = 4;
constexpr std::uint8_t kHexDigit = 8;
constexpr std::uint8_t kAlphanumeric = 16;
constexpr std::uint8_t kTagStart = 32;

constexpr std::array<std::uint8_t, 256> classify() {
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool digit = c >= '0' && c <= '9';
    const bool upper = c >= 'A' && c <= 'Z';
    const bool lower = c >= 'a' && c <= 'z';
    const bool alphanumeric = digit || upper || lower;
    const bool hex = digit || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
    const bool in_host = alphanumeric || c == '.' || c == '_' || c == '-';
    const bool starts_tag = alphanumeric || c == '_' || c == '/' || c == '%' || c == '.' || c == '(' || c >= 0x80;
    table[c] = static_cast<std::uint8_t>((c > ' ' && c != 0x7f ? kWordByte : 0) | (in_host ? kHostByte : 0) |
                                         (digit ? kDigit : 0) | (hex ? kHexDigit : 0) |
                                         (alphanumeric ? kAlphanumeric : 0) | (starts_tag ? kTagStart : 0));
  }
  return table;
}
constexpr std::array<std::uint8_t, 256> kClass = classify();

bool is(char c, std::uint8_t wanted) {
  return (kClass[static_cast<unsigned char>(c)] & wanted) != 0;
}

std::size_t span_of(std::string_view text, std::uint8_t wanted) {
  std::size_t length = 0;
  while (length < text.size() && is(text[length], wanted)) ++length;
  return length;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

void skip_spaces(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
}

// Cisco: " UTC" between time and ": %FACILITY-...". The zones that mean the same everywhere count, others are local.
void take_cisco_zone(std::string_view& text, Timestamp& time) {
  if (text.substr(0, 1) != " ") return;
  const std::size_t length = span_of(text.substr(1), kAlphanumeric);
  const std::string_view zone = text.substr(1, length);
  if (length == 0 || length > 5 || text.substr(1 + length, 3) != ": %") return;
  text.remove_prefix(1 + length);
  if (zone != "UTC" && zone != "GMT" && zone != "Z") return;
  time.seconds += time.offset_minutes * std::int64_t{60};
  time.offset_minutes = 0;
  time.offset_assumed = false;
}

// With what ends it: a space, a colon and a space, or the end.
bool take_time(std::string_view& text, const Context& context, Event& event) {
  if (text.empty() || !is(text.front(), kAlphanumeric)) return false;
  Timestamp time;
  std::size_t length = parse_iso_time(text, Iso::lenient, context.utc_offset, time);
  if (length == 0) length = parse_bsd_time(text, context.now, context.utc_offset, time);
  if (length == 0) return false;
  std::string_view rest = text.substr(length);
  take_cisco_zone(rest, time);
  take_prefix(rest, ":");
  if (!rest.empty() && !take_prefix(rest, " ")) return false;
  event.timestamp = time;
  text = rest;
  return true;
}

// "123: ", or on Nexus ": ", then perhaps "host: ", then "*" or "." before a time: Cisco's sequence number, origin and
// mark of a clock that is not synchronised. Or no time, but "%FACILITY-" at once. Anything else is left as it is.
bool take_cisco_header(std::string_view& text, const Context& context, Event& event) {
  std::string_view rest = text;
  const std::string_view sequence = rest.substr(0, span_of(rest, kDigit));
  rest.remove_prefix(sequence.size());
  if (!take_prefix(rest, ": ")) return false;
  skip_spaces(rest);
  std::string_view origin;
  const auto take_marked_time = [&](std::string_view& at) {
    if (!take_prefix(at, "*")) take_prefix(at, ".");
    return take_time(at, context, event);
  };
  const bool untimed = !sequence.empty() && rest.substr(0, 1) == "%";
  if (!untimed && !take_marked_time(rest)) {
    origin = rest.substr(0, span_of(rest, kHostByte));
    rest.remove_prefix(origin.size());
    if (origin.empty() || !take_prefix(rest, ": ") || !take_marked_time(rest)) return false;
  }
  text = rest;
  event.hostname = origin;
  if (!sequence.empty()) {
    event.structured_data = event.keep("[meta sequenceId=\"" + std::string(sequence) + "\"]");  // RFC 5424, 7.3.1
  }
  return true;
}

bool is_ipv6(std::string_view word) {
  std::size_t colons = 0;
  for (const char c : word) {
    if (c == ':') ++colons;
    if (c != ':' && c != '.' && !is(c, kHexDigit)) return false;
  }
  return colons >= 2 && word.back() != ':';
}

// A word of a host name's bytes between the time and the tag. A tag that stands there shows by its colon or bracket.
void take_hostname(std::string_view& text, Event& event) {
  if (take_prefix(text, "Message forwarded from ")) {  // AIX
    event.hostname = text.substr(0, span_of(text, kHostByte));
    text.remove_prefix(event.hostname.size());
    if (take_prefix(text, ":")) take_prefix(text, " ");
    return;
  }
  std::string_view word = text.substr(0, span_of(text, kHostByte));
  if (word.size() < text.size() && text[word.size()] == ':') word = text.substr(0, span_of(text, kWordByte));
  if (word.empty() || (word.size() < text.size() && text[word.size()] != ' ')) return;
  const bool is_name = span_of(word, kHostByte) == word.size() && is(word.back(), kAlphanumeric);
  if (!is_name && !is_ipv6(word)) return;
  event.hostname = word;
  text.remove_prefix(std::min(text.size(), word.size() + 1));
}

struct Tag {
  std::string_view appname;
  std::string_view procid;
  std::size_t length = 0;  // with its colon and the space after it
  bool marked = false;     // ended by a colon or a process id, so that it is a tag beyond doubt
};

// "app:", "app[pid]:", "app/sub[pid]", "app", "app :". Its name ends at a colon, a space, a control byte or the
// bracket of a process id.
Tag find_tag(std::string_view text) {
  Tag tag;
  std::size_t at = 0;
  while (at < text.size() && is(text[at], kWordByte) && text[at] != ':' && text[at] != '[') ++at;
  if (at < text.size() && text[at] == '[') {
    const std::string_view inside = text.substr(at + 1);
    const std::size_t close = inside.find_first_of("] ");
    if (close != std::string_view::npos && inside[close] == ']') {
      tag.appname = text.substr(0, at);
      tag.procid = inside.substr(0, close);
      at += close + 2;
      tag.marked = at == text.size() || text[at] == ':' || text[at] == ' ';
    } else {
      while (at < text.size() && is(text[at], kWordByte) && text[at] != ':') ++at;
    }
  }
  if (tag.appname.data() == nullptr) tag.appname = text.substr(0, at);
  if (text.substr(at, 2) == " :" && (at + 2 == text.size() || text[at + 2] == ' ')) ++at;
  if (at < text.size() && text[at] == ':') {
    tag.marked = true;
    ++at;
  }
  if (at < text.size() && text[at] == ' ') ++at;
  tag.length = at;
  return tag;
}

bool is_about_repetition(std::string_view text) {
  return text.substr(0, 22) == "last message repeated " || text.substr(0, 17) == "message repeated ";
}

void take_tag(std::string_view& text, bool must_be_marked, Event& event) {
  if (take_prefix(text, "-: ")) return;  // how no tag is written
  take_prefix(text, ": ");               // ASA, without a host name
  if (text.empty() || !is(text.front(), kTagStart) || is_about_repetition(text)) return;
  const Tag tag = find_tag(text);
  if (tag.appname.empty() || (must_be_marked && !tag.marked)) return;
  event.appname = tag.appname;
  event.procid = tag.procid;
  text.remove_prefix(tag.length);
}

}  // namespace

bool parse_rfc3164(std::string_view text, const Context& context, bool certain, Event& event) {
  event.form = Form::rfc3164;
  const std::string_view content = text;
  skip_spaces(text);
  const bool is_cisco = take_cisco_header(text, context, event);
  const bool has_time = is_cisco ? event.timestamp.has_value() : take_time(text, context, event);
  if (!has_time && !certain) {
    event.reason = "neither a priority nor a time at the start";
    return false;
  }
  if (has_time) {
    skip_spaces(text);
    if (context.hostnames_expected && event.hostname.empty()) take_hostname(text, event);
  } else {
    // RFC 3164, section 4.3.2: all of it is content. A word is too little to be sure of a host's name.
    if (!is_cisco) text = content;
    event.timestamp = timestamp_of(context.now, context.utc_offset);
  }
  take_tag(text, !has_time, event);
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) text.remove_prefix(kByteOrderMark.size());
  event.message = text;
  if (event.hostname.empty()) event.hostname = context.hostname;
  const unsigned pri = priority(event);
  event.facility = static_cast<std::uint8_t>(pri / 8);
  event.severity = static_cast<std::uint8_t>(pri % 8);
  return true;
}

}  // namespace codec

// RFC 3164 is a description of habits, so this parser guesses. It follows rsyslog's pmrfc3164 with its default settings
// where docs/syslog-parsing.md does not say otherwise.
#include <array>

#include "codec/parse_forms.h"
#include "codec/scan.h"

namespace codec {
namespace {

// Whether the time at the start is written as syslog daemons write it: "Oct 11 22:14:15", "2024-03-01T12:34:56Z".
bool is_daemons_time(std::string_view text) {
  const bool is_date = text.size() > 10 && (text[4] == '-' || text[4] == '/') && text[7] == text[4];
  return !is_date || (text[4] == '-' && text[10] != ' ');
}

// Seconds since 1970 end in a space, and are a number like any other without a priority or a fraction.
std::size_t epoch_time_length(std::string_view text, bool certain, Timestamp& time) {
  const std::size_t length = parse_epoch_time(text, time);
  return text.substr(length, 1) == " " && (certain || time.digits > 0) ? length : 0;
}

// With what ends it: a space, a tab, a colon and a space, or the end.
bool take_time(std::string_view& text, const LocalClock& clock, bool certain, Event& event) {
  if (text.empty() || !is(text.front(), kAlphanumeric)) return false;
  Timestamp time;
  std::size_t length = parse_iso_time(text, clock, time);
  if (length == 0) length = parse_bsd_time(text, clock, time);
  if (length == 0) length = epoch_time_length(text, certain, time);
  if (length == 0) return false;
  std::string_view rest = text.substr(length);
  take_prefix(rest, ":");
  if (!rest.empty() && !take_prefix(rest, " ") && !take_prefix(rest, "\t")) return false;
  event.timestamp = time;
  text = rest;
  return true;
}

// "Oct 11 22:14:15 EST: %ASA-6-...": a zone that is not known here.
void skip_cisco_zone(std::string_view& text) {
  constexpr std::size_t kLongest = 5;
  const std::size_t length = span_of(text, kUpper);
  if (length == 0 || length > kLongest || text.substr(length, 2) != ": ") return;
  if (starts_with_mnemonic(text.substr(length + 2))) text.remove_prefix(length + 2);
}

// A word of a host name's bytes between the time and the tag. A tag that stands there shows by its colon or bracket, an
// application's level by its capitals.
void take_hostname(std::string_view& text, Event& event) {
  if (take_prefix(text, "Message forwarded from ")) {  // AIX
    event.hostname = text.substr(0, span_of(text, kHostByte));
    text.remove_prefix(event.hostname.size());
    if (take_prefix(text, ":")) take_prefix(text, " ");
    return;
  }
  std::string_view word = text.substr(0, span_of(text, kHostByte));
  if (is_hostname(word) && text.substr(word.size(), 2) == ": " && starts_with_mnemonic(text.substr(word.size() + 2))) {
    event.hostname = word;
    text.remove_prefix(word.size() + 2);
    return;
  }
  if (word.size() < text.size() && text[word.size()] == ':') word = text.substr(0, span_of(text, kWordByte));
  if (word.empty() || (word.size() < text.size() && text[word.size()] != ' ')) return;
  if (!is_hostname(word) && !is_ipv6(word)) return;
  if (consists_of(word, kUpper) && level_named(word)) return;
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

bool can_start_tag(std::string_view text) {
  return !text.empty() && is(text.front(), kTagStart) && !is_about_repetition(text);
}

void take_tag(std::string_view& text, bool must_be_marked, Event& event) {
  if (take_prefix(text, "-: ")) return;  // how no tag is written
  take_prefix(text, ": ");               // ASA, without a host name
  if (!can_start_tag(text)) return;
  const Tag tag = find_tag(text);
  if (tag.appname.empty() || (must_be_marked && !tag.marked)) return;
  if (!tag.marked && consists_of(tag.appname, kUpper) && level_named(tag.appname)) return;
  event.appname = tag.appname;
  event.procid = tag.procid;
  text.remove_prefix(tag.length);
}

// A tag that nobody would write by chance: "app[12]" or "app: ", which is not a level.
bool starts_with_sure_tag(std::string_view text) {
  if (text.substr(0, 3) == "-: ") return true;
  if (!can_start_tag(text)) return false;
  const Tag tag = find_tag(text);
  if (tag.appname.empty() || !tag.marked || level_named(tag.appname)) return false;
  const std::string_view word = text.substr(0, tag.length);
  const bool ends = tag.length == text.size() || word.back() == ' ' || tag.appname == "CEF" || tag.appname == "LEEF";
  return ends && (word.find(':') != std::string_view::npos || consists_of(tag.procid, kDigit));
}

// Without a priority: whether the words after the time are those of a syslog message, rather than of an application.
bool has_host_and_tag(std::string_view text) {
  if (text.substr(0, 23) == "Message forwarded from ") return true;
  Event event;
  take_hostname(text, event);
  if (event.hostname.empty()) return starts_with_sure_tag(text);
  if (level_named(event.hostname)) return false;
  return starts_with_sure_tag(text) || is_about_repetition(text) || text == "-- MARK --";
}

// An application's own log: what follows the time is its message, which may say how grave it is.
void take_application_message(std::string_view text, const Context& context, Event& event) {
  event.form = Form::timed;
  event.hostname = context.hostname;
  event.severity = level_of(text);
  event.message = text;
}

// "Feb 30 10:00:00 " where a time should be: what follows is read all the same. Returns where it begins.
std::string_view skip_bad_time(std::string_view& text) {
  const std::size_t length = time_like_length(text);
  if (length == 0) return {};
  const std::string_view bad = text;
  text.remove_prefix(length);
  return bad;
}

}  // namespace

bool parse_rfc3164(std::string_view text, const Context& context, bool certain, Event& event) {
  event.form = Form::rfc3164;
  const std::string_view content = text;
  skip_spaces(text);
  const bool by_daemon = is_daemons_time(text);
  const bool is_cisco = take_cisco_header(text, context.clock, event);
  const bool has_time = is_cisco ? event.timestamp.has_value() : take_time(text, context.clock, certain, event);
  if (!has_time && !certain) {
    event.reason = "neither a priority nor a time at the start";
    return false;
  }
  const std::string_view bad = has_time || is_cisco ? std::string_view() : skip_bad_time(text);
  const bool has_header = has_time || !bad.empty();
  if (has_header) skip_spaces(text);
  if (!certain && !is_cisco && !(by_daemon && has_host_and_tag(text))) {
    take_application_message(text, context, event);
    return true;
  }
  if (has_header && !is_cisco) skip_cisco_zone(text);
  if (has_header && context.hostnames_expected && event.hostname.empty()) take_hostname(text, event);
  // RFC 3164, section 4.3.2: all of it is content. A word is too little to be sure of a host's name.
  if (!has_header && !is_cisco) text = content;
  if (!has_time) event.timestamp = timestamp_of(context.clock);
  take_tag(text, !has_header, event);
  take_prefix(text, kByteOrderMark);
  event.message = text;
  if (!bad.empty()) {
    event.message = bad;
    event.reason = "the time is none";
  }
  if (event.hostname.empty()) event.hostname = context.hostname;
  return true;
}

}  // namespace codec

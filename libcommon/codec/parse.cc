#include "codec/parse.h"

#include "codec/parse_forms.h"

namespace codec {
namespace {

// What was found of an attempt that failed does not count, except for the priority.
void start_again(Event& event) {
  Event fresh;
  fresh.raw = event.raw;
  fresh.facility = event.facility;
  fresh.severity = event.severity;
  fresh.reason = event.reason;
  event = std::move(fresh);
}

bool parse_after_priority(std::string_view text, Priority priority, Mode mode, const Context& context, Event& event) {
  const std::optional<unsigned> version = priority == Priority::missing ? std::nullopt : rfc5424_version(text);
  if (version && mode != Mode::rfc3164) {
    if (parse_rfc5424(text, context.clock, event)) return true;
    if (mode == Mode::rfc5424 || *version == 1) return false;
    start_again(event);
    event.reason = {};
  }
  if (mode == Mode::rfc5424) {
    event.reason = priority == Priority::missing ? "no priority" : "no version after the priority";
    return false;
  }
  const bool asked = mode == Mode::rfc3164;
  if (!parse_rfc3164(text, context, priority == Priority::found || asked, event)) return false;
  if (priority == Priority::found || event.form == Form::timed) return true;
  // RFC 3164, section 4.3.3.
  const unsigned value = codec::priority(event);
  event.facility = static_cast<std::uint8_t>(value / 8);
  event.severity = static_cast<std::uint8_t>(value % 8);
  return true;
}

bool parse_syslog(std::string_view text, Mode mode, const Context& context, Event& event) {
  const std::string_view all = text;
  const Priority priority = take_priority(text, event);
  if (priority != Priority::invalid) return parse_after_priority(text, priority, mode, context, event);
  if (!parse_after_priority(text, priority, mode, context, event)) {
    event.reason = "no priority from 0 to 191, and no time after it";
    return false;
  }
  event.message = all;
  event.reason = "the priority is none";
  return true;
}

// A CR at the end is part of a message, where there is one, and of no field.
bool parse_before_cr(std::string_view text, Mode mode, const Context& context, Event& event) {
  const std::size_t end = text.find_last_not_of('\r') + 1;
  if (!parse_syslog(text.substr(0, end), mode, context, event)) return false;
  if (!event.message.empty()) event.message = {event.message.data(), event.message.size() + text.size() - end};
  return true;
}

bool parse_as(Mode mode, std::string_view text, const Context& context, Event& event) {
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) text.remove_prefix(kByteOrderMark.size());
  if (text.empty()) {
    event.reason = "empty";
    return false;
  }
  const bool is_json = mode == Mode::json || (mode == Mode::automatic && text.front() == '{');
  return is_json ? parse_json(text, event) : parse_before_cr(text, mode, context, event);
}

}  // namespace

Event parse(std::string_view message, Mode mode, const Context& context) {
  Event event;
  event.raw = message;
  if (mode == Mode::none) {
    event.message = message;
    return event;
  }
  if (parse_as(mode, without_trailer(message), context, event)) return event;
  start_again(event);
  event.form = Form::unparsed;
  event.message = message;
  return event;
}

Priority take_priority(std::string_view& text, Event& event) {
  constexpr unsigned kHighest = 191;
  constexpr std::size_t kLongestBad = 32;
  if (text.empty() || text[0] != '<') return Priority::missing;
  unsigned value = 0;
  std::size_t at = 1;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    if (value <= kHighest) value = value * 10 + static_cast<unsigned>(text[at] - '0');
  }
  if (at == 1 || at == text.size() || text[at] != '>' || value > kHighest) {
    at = text.find_first_of("> ");
    if (at > kLongestBad || text[at] != '>') return Priority::missing;
    text.remove_prefix(at + 1);
    return Priority::invalid;
  }
  event.facility = static_cast<std::uint8_t>(value / 8);
  event.severity = static_cast<std::uint8_t>(value % 8);
  text.remove_prefix(at + 1);
  return Priority::found;
}

std::string_view without_trailer(std::string_view message) {
  while (!message.empty() && message.back() == '\0') message.remove_suffix(1);
  if (!message.empty() && message.back() == '\n') message.remove_suffix(1);
  return message;
}

}  // namespace codec

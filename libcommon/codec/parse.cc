#include "codec/parse.h"

#include "codec/parse_forms.h"

namespace codec {
namespace {

bool parse_syslog(std::string_view text, Mode mode, const Context& context, Event& event) {
  const Priority priority = take_priority(text, event);
  if (priority == Priority::invalid) {
    event.reason = "the priority is over 191";
    return false;
  }
  const bool has_version = text.substr(0, 2) == "1 ";
  const bool is_rfc5424 = priority == Priority::found && has_version;
  if (mode == Mode::rfc5424 || (mode == Mode::automatic && is_rfc5424)) {
    if (is_rfc5424) return parse_rfc5424(text, event);
    event.reason = priority == Priority::found ? "no version 1 after the priority" : "no priority";
    return false;
  }
  return parse_rfc3164(text, context, priority == Priority::found || mode == Mode::rfc3164, event);
}

bool parse_as(Mode mode, std::string_view text, const Context& context, Event& event) {
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) text.remove_prefix(kByteOrderMark.size());
  if (text.empty()) {
    event.reason = "empty";
    return false;
  }
  const bool is_json = mode == Mode::json || (mode == Mode::automatic && text.front() == '{');
  return is_json ? parse_json(text, event) : parse_syslog(text, mode, context, event);
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
  Event unparsed;
  unparsed.form = Form::unparsed;
  unparsed.raw = message;
  unparsed.message = message;
  unparsed.reason = event.reason;
  return unparsed;
}

Priority take_priority(std::string_view& text, Event& event) {
  constexpr unsigned kHighest = 191;
  if (text.empty() || text[0] != '<') return Priority::missing;
  unsigned value = 0;
  std::size_t at = 1;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    if (value <= kHighest) value = value * 10 + static_cast<unsigned>(text[at] - '0');
  }
  if (at == 1 || at == text.size() || text[at] != '>') return Priority::missing;
  if (value > kHighest) return Priority::invalid;
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

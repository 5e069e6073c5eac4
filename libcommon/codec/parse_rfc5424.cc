#include "codec/parse_forms.h"
#include "codec/structured_data.h"

namespace codec {
namespace {

// The header field up to the next space, "-" being none. False when no space follows.
bool take_field(std::string_view& text, std::string_view& field) {
  const std::size_t end = text.find(' ');
  if (end == std::string_view::npos) return false;
  field = text.substr(0, end);
  if (field == "-") field = {};
  text.remove_prefix(end + 1);
  return true;
}

bool take_time(std::string_view& text, Event& event) {
  if (text.substr(0, 2) == "- ") {
    text.remove_prefix(2);
    return true;
  }
  Timestamp time;
  const std::size_t length = parse_iso_time(text, Iso::strict, std::chrono::minutes(0), time);
  if (length == 0 || length == text.size() || text[length] != ' ') return false;
  event.timestamp = time;
  text.remove_prefix(length + 1);
  return true;
}

// Some senders leave structured data out, or break it: what follows the header is the message then, as with rsyslog.
void take_structured_data(std::string_view& text, Event& event) {
  const std::size_t length = text.substr(0, 1) == "-" ? 1 : structured_data_length(text);
  if (length == 0 || (length < text.size() && text[length] != ' ')) {
    event.reason = "the structured data is missing or malformed";
    return;
  }
  if (text[0] == '[') event.structured_data = text.substr(0, length);
  text.remove_prefix(length < text.size() ? length + 1 : length);
}

}  // namespace

bool parse_rfc5424(std::string_view text, Event& event) {
  event.form = Form::rfc5424;
  text.remove_prefix(2);  // the version
  if (!take_time(text, event)) {
    event.reason = "the timestamp is not one of RFC 5424";
    return false;
  }
  if (!take_field(text, event.hostname) || !take_field(text, event.appname) || !take_field(text, event.procid)) {
    event.reason = "the header is incomplete";
    return false;
  }
  // A message of nothing may end right after its MSGID.
  if (!take_field(text, event.msgid)) {
    event.msgid = text == "-" ? std::string_view() : text;
    return true;
  }
  take_structured_data(text, event);
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) text.remove_prefix(kByteOrderMark.size());
  event.message = text;
  return true;
}

}  // namespace codec

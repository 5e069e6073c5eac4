#include "codec/parse_forms.h"
#include "codec/scan.h"
#include "codec/structured_data.h"

namespace codec {
namespace {

enum class TimeField { missing, good, epoch, bad };

// Takes the field off, whatever it is.
TimeField take_time(std::string_view& text, const LocalClock& clock, Event& event) {
  const auto ends_at = [&](std::size_t length) { return length > 0 && (length == text.size() || text[length] == ' '); };
  Timestamp time;
  TimeField kind = TimeField::good;
  std::size_t length = parse_rfc3339_time(text, time);
  if (!ends_at(length)) length = parse_iso_time(text, clock, time);
  if (!ends_at(length)) {
    length = parse_epoch_time(text, time);
    kind = TimeField::epoch;
  }
  if (!ends_at(length)) {
    length = std::min(text.find(' '), text.size());
    kind = text.substr(0, length) == "-" ? TimeField::missing : TimeField::bad;
  } else {
    event.timestamp = time;
  }
  text.remove_prefix(std::min(length + 1, text.size()));
  return kind;
}

// How the fields after the time ended.
enum class Ending {
  structured_data,  // the field after MSGID, or where it should be
  at_msgid,         // nothing follows
  early,            // nothing follows, and fields are missing
};

// A field ends at the next space; "-" is none.
Ending take_fields(std::string_view& text, Event& event) {
  for (std::string_view* field : {&event.hostname, &event.appname, &event.procid, &event.msgid}) {
    const std::size_t end = std::min(text.find(' '), text.size());
    *field = text.substr(0, end);
    if (*field == "-") *field = {};
    const bool last = end == text.size();
    text.remove_prefix(last ? end : end + 1);
    if (last) return field == &event.msgid ? Ending::at_msgid : Ending::early;
  }
  return Ending::structured_data;
}

// Where it is missing or malformed, which is false, the message starts in its place.
bool take_structured_data(std::string_view& text, Event& event) {
  const std::size_t length = text.substr(0, 1) == "-" ? 1 : structured_data_length(text);
  if (length == 0 || (length < text.size() && text[length] != ' ')) return false;
  if (text[0] == '[') event.structured_data = text.substr(0, length);
  text.remove_prefix(length < text.size() ? length + 1 : length);
  return true;
}

// Meraki: HOST APP MESSAGE.
void take_short_header(std::string_view text, Event& event) {
  event.procid = {};
  event.msgid = {};
  for (std::string_view* field : {&event.hostname, &event.appname}) {
    *field = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(field->size() + 1, text.size()));
  }
  event.message = text;
  event.reason = "the header is not one of RFC 5424";
}

bool fail(Event& event, std::string_view reason) {
  event.reason = reason;
  return false;
}

}  // namespace

std::optional<unsigned> rfc5424_version(std::string_view text) {
  constexpr std::size_t kMostDigits = 3;
  const std::size_t digits = span_of(text.substr(0, kMostDigits + 1), kDigit);
  if (digits == 0 || digits > kMostDigits || text.substr(digits, 1) != " ") return {};
  unsigned version = 0;
  for (const char digit : text.substr(0, digits)) version = version * 10 + static_cast<unsigned>(digit - '0');
  return version;
}

bool parse_rfc5424(std::string_view text, const LocalClock& clock, Event& event) {
  event.form = Form::rfc5424;
  const bool version_1 = text.substr(0, 2) == "1 ";
  text.remove_prefix(text.find(' ') + 1);
  const std::string_view from_time = text;
  const TimeField time = take_time(text, clock, event);
  const std::string_view from_hostname = text;
  const Ending ending = take_fields(text, event);
  const bool has_data = ending == Ending::structured_data && take_structured_data(text, event);
  take_prefix(text, kByteOrderMark);
  event.message = text;
  if (has_data && time != TimeField::bad) return true;
  if (has_data) {
    event.message = from_time;
    event.reason = "the timestamp is not one of RFC 5424";
    return true;
  }
  // Without structured data, it takes more to tell the header from words.
  if (time == TimeField::bad) return fail(event, "the timestamp is not one of RFC 5424");
  if (time == TimeField::epoch && version_1) {
    take_short_header(from_hostname, event);
    return true;
  }
  if (ending == Ending::at_msgid) return true;
  if (!version_1 || (ending == Ending::early && time == TimeField::missing))
    return fail(event, "the header is incomplete");
  event.reason = ending == Ending::early ? "the header is incomplete" : "the structured data is missing or malformed";
  return true;
}

}  // namespace codec

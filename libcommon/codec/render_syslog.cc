#include <charconv>

#include "codec/open_fields.h"
#include "codec/render.h"

namespace codec {
namespace {

void append_priority(std::string& out, const Event& event) {
  char text[8];
  const auto [end, error] = std::to_chars(text, text + sizeof text, priority(event));
  out += '<';
  out.append(text, end);
  out += '>';
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

void append_printable(std::string& out, std::string_view field, std::size_t longest) {
  for (const char c : field.substr(0, longest)) out += c > ' ' && c < 0x7f ? c : '?';
}

void append_header_field(std::string& out, std::string_view field, std::size_t longest) {
  out += ' ';
  if (field.empty()) out += '-';
  append_printable(out, field, longest);
}

// "#011": as rsyslog does on reception.
void append_without_controls(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    if (!is_control(c)) {
      out += c;
      continue;
    }
    const unsigned byte = static_cast<unsigned char>(c);
    out += '#';
    for (const unsigned digit : {byte / 64, byte / 8 % 8, byte % 8}) out += static_cast<char>('0' + digit);
  }
}

void append_structured_data(std::string& out, const Event& event) {
  if (event.members.empty() || event.body == Body::whole) {
    out += event.structured_data.empty() ? std::string_view("-") : event.structured_data;
    return;
  }
  std::string data(event.structured_data);
  append_open_fields(data, event);
  out += data.empty() ? "-" : data;
}

}  // namespace

void append_rfc5424(std::string& out, const Event& event) {
  constexpr unsigned kMicroseconds = 6;
  append_priority(out, event);
  out += "1 ";
  if (event.timestamp) append_iso_time(out, *event.timestamp, kMicroseconds);
  if (!event.timestamp) out += '-';
  append_header_field(out, event.hostname, 255);
  append_header_field(out, event.appname, 48);
  append_header_field(out, event.procid, 128);
  append_header_field(out, event.msgid, 32);
  out += ' ';
  append_structured_data(out, event);
  if (event.message.empty()) return;
  out += ' ';
  out += event.message;
}

void append_rfc3164(std::string& out, const Event& event) {
  append_priority(out, event);
  // A host name is recognised only after a time.
  if (event.timestamp) {
    append_bsd_time(out, *event.timestamp);
    append_header_field(out, event.hostname, 255);
    out += ' ';
  }
  const std::string_view tag = event.appname.empty() ? std::string_view("-") : event.appname;
  append_printable(out, tag, tag.size());
  if (!event.procid.empty()) {
    out += '[';
    append_printable(out, event.procid, event.procid.size());
    out += ']';
  }
  out += ": ";
  append_without_controls(out, event.message);
}

}  // namespace codec

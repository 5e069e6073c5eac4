// One log message, taken apart.
//
// An Event holds views: into the message it was parsed from, into the Context given to parse(), and into what it keeps
// itself (keep()). It is valid as long as those are. Bytes are opaque; nothing says that they are UTF-8.
#pragma once

#include <cstdint>
#include <forward_list>
#include <optional>
#include <string>
#include <string_view>

#include "codec/timestamp.h"

namespace codec {

// How a message was recognised.
enum class Form : std::uint8_t {
  none,  // not parsed, as asked
  rfc5424,
  rfc3164,
  json,
  timed,     // a time, and then an application's message
  unparsed,  // the whole of it is the message, and reason says why
};

// What the message is in JSON.
enum class Body : std::uint8_t {
  text,    // a string
  object,  // an object, which is kept as one
  whole,   // all of the object that came, which has no member "message": its members are the event's
};

struct Event {
  Event() = default;
  Event(Event&&) noexcept = default;
  Event& operator=(Event&&) noexcept = default;
  Event(const Event&) = delete;  // the copy's views would go on pointing into the original
  Event& operator=(const Event&) = delete;
  ~Event() = default;

  // Empty or without a value: the message has none (RFC 5424's "-").
  std::optional<Timestamp> timestamp;
  std::optional<std::uint8_t> facility;  // 0 to 23
  std::optional<std::uint8_t> severity;  // 0, the most severe, to 7
  Form form = Form::none;
  Body body = Body::text;
  std::uint16_t local_port = 0;
  std::string_view hostname;
  std::string_view appname;
  std::string_view procid;
  std::string_view msgid;
  std::string_view structured_data;  // as in RFC 5424, "[id name=\"value\"]..."; see structured_data.h
  std::string_view message;

  // Where it came from; parse() leaves these alone.
  std::string_view peer_address;
  std::string_view protocol;

  std::string_view raw;     // all of what was parsed
  std::string_view reason;  // why it is unparsed, or what of it was not understood; for people

  // The open fields (open_fields.h): valid JSON, each `,"name":value` without white space.
  std::string_view members;
  // The bytes of those that are not UTF-8, in the same form, as in the member "base64" of an event's JSON (render.h).
  std::string_view members_base64;

  // A view of bytes that live as long as the event, wherever it is moved.
  std::string_view keep(std::string bytes) { return kept_.emplace_front(std::move(bytes)); }

 private:
  std::forward_list<std::string> kept_;
};

// Gives the event the fields that it lacks and `defaults` has. What those views point to must outlive the event.
void fill_missing(Event& event, const Event& defaults);

// 8 * facility + severity; user.notice where one is missing (RFC 3164, section 4.3.3).
unsigned priority(const Event& event);

// Names as in syslog.conf: "auth", "local0"; "err", "warning".
std::string_view facility_name(std::uint8_t facility);
std::string_view severity_name(std::uint8_t severity);

// By name, in any case, also "error", "warn", "panic", "critical", "emergency", "informational", "security"; or by
// number.
std::optional<std::uint8_t> facility_named(std::string_view name);
std::optional<std::uint8_t> severity_named(std::string_view name);

}  // namespace codec

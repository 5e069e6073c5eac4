#include "codec/field.h"

#include <array>
#include <charconv>

#include "base/quote.h"
#include "base/units.h"
#include "codec/structured_data.h"

namespace codec {
namespace {

// In the order of Field, without the open ones.
constexpr std::array<std::string_view, 15> kNames = {
    "timestamp", "hostname",     "appname",    "procid",   "msgid", "facility", "severity", "structured_data",
    "message",   "peer_address", "local_port", "protocol", "pri",   "unparsed", "raw"};

std::string_view decimal(unsigned value, std::string& space) {
  char digits[12];
  space.assign(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  return space;
}

// The fields that are stored as they are.
template <class AnyEvent>
auto plain_field(AnyEvent& event, Field field) -> decltype(&event.message) {
  switch (field) {
    case Field::hostname:
      return &event.hostname;
    case Field::appname:
      return &event.appname;
    case Field::procid:
      return &event.procid;
    case Field::msgid:
      return &event.msgid;
    case Field::structured_data:
      return &event.structured_data;
    case Field::message:
      return &event.message;
    case Field::peer_address:
      return &event.peer_address;
    case Field::protocol:
      return &event.protocol;
    case Field::raw:
      return &event.raw;
    default:
      return nullptr;
  }
}

base::Result<void> set_timestamp(Event& event, std::string_view text) {
  Timestamp time;
  if (parse_rfc3339_time(text, time) != text.size()) {
    return base::fail(base::Kind::usage, "set timestamp to " + base::quote(text),
                      "not a time like 2024-03-01T12:00:00Z");
  }
  event.timestamp = time;
  return {};
}

template <class Named>
base::Result<void> set_code(std::string_view name, std::string_view text, Named named,
                            std::optional<std::uint8_t>& code) {
  const std::optional<std::uint8_t> value = named(text);
  if (!value) {
    return base::fail(base::Kind::usage, "set " + std::string(name) + " to " + base::quote(text),
                      "no " + std::string(name) + " has this name or number");
  }
  code = value;
  return {};
}

base::Result<void> set_port(Event& event, std::string_view text) {
  const std::uint64_t port = TRY(base::parse_number(text));
  if (port > 65535) return base::fail(base::Kind::usage, "set local_port to " + base::quote(text), "over 65535");
  event.local_port = static_cast<std::uint16_t>(port);
  return {};
}

void clear(Event& event, Field field) {
  if (field == Field::timestamp) event.timestamp.reset();
  if (field == Field::facility) event.facility.reset();
  if (field == Field::severity) event.severity.reset();
  if (field == Field::local_port) event.local_port = 0;
  if (std::string_view* plain = plain_field(event, field)) *plain = {};
}

std::optional<FieldPath> param_named(std::string_view name) {
  constexpr std::string_view kPrefix = "structured_data[";
  const std::size_t end = name.find("].");
  if (!name.starts_with(kPrefix) || end == std::string_view::npos) return {};
  const std::string_view id = name.substr(kPrefix.size(), end - kPrefix.size());
  const std::string_view param = name.substr(end + 2);
  if (!is_structured_data_name(id) || !is_structured_data_name(param)) return {};
  return FieldPath{Field::structured_data, std::string(id), std::string(param)};
}

std::string_view param_text(const Event& event, const FieldPath& path, std::string& space) {
  const std::string_view value = find_param(event.structured_data, path.id, path.name);
  if (value.find('\\') == std::string_view::npos) return value;
  space.clear();
  append_unescaped(space, value);
  return space;
}

std::string_view whole_field_text(const Event& event, Field field, std::string& space) {
  if (const std::string_view* plain = plain_field(event, field)) return *plain;
  space.clear();
  switch (field) {
    case Field::timestamp:
      if (event.timestamp) append_iso_time(space, *event.timestamp);
      return space;
    case Field::facility:
      return event.facility ? facility_name(*event.facility) : std::string_view();
    case Field::severity:
      return event.severity ? severity_name(*event.severity) : std::string_view();
    case Field::local_port:
      return event.local_port == 0 ? std::string_view() : decimal(event.local_port, space);
    case Field::pri:
      return decimal(priority(event), space);
    case Field::unparsed:
      return event.form == Form::unparsed ? event.reason : std::string_view();
    default:
      return {};
  }
}

}  // namespace

std::optional<FieldPath> field_named(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return FieldPath{static_cast<Field>(i)};
  }
  if (name.starts_with("structured_data")) return param_named(name);
  if (!is_open_field_name(name)) return {};
  return FieldPath{Field::open, {}, std::string(name)};
}

std::string field_names() {
  std::string names;
  for (const std::string_view name : kNames) names.append(name).append(", ");
  return names + "structured_data[ID].NAME and open fields, whose names have no brackets";
}

std::string_view field_text(const Event& event, const FieldPath& path, std::string& space) {
  if (path.field == Field::open) return open_field_text(event, path.name, space);
  return path.id.empty() ? whole_field_text(event, path.field, space) : param_text(event, path, space);
}

bool can_set(Field field) {
  return field != Field::pri && field != Field::unparsed && field != Field::raw;
}

base::Result<void> set_field(Event& event, const FieldPath& path, std::string_view text) {
  const Field field = path.field;
  if (!can_set(field)) return base::fail(base::Kind::usage, "set field", "it follows from others");
  if (!path.id.empty()) {
    event.structured_data = event.keep(with_param(event.structured_data, path.id, path.name, text));
    return {};
  }
  if (field == Field::open) {
    set_open_field(event, path.name, text);
    return {};
  }
  if (field == Field::message) event.body = Body::text;
  if (text.empty()) {
    clear(event, field);
    return {};
  }
  switch (field) {
    case Field::timestamp:
      return set_timestamp(event, text);
    case Field::facility:
      return set_code("facility", text, facility_named, event.facility);
    case Field::severity:
      return set_code("severity", text, severity_named, event.severity);
    case Field::local_port:
      return set_port(event, text);
    default:
      break;
  }
  if (field == Field::structured_data && !is_structured_data(text)) {
    return base::fail(base::Kind::usage, "set structured_data to " + base::quote(text),
                      "not of the form [id name=\"value\"]");
  }
  if (std::string_view* plain = plain_field(event, field)) *plain = event.keep(std::string(text));
  return {};
}

}  // namespace codec

// The fields of an event by name, for templates, expressions and assignments.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "codec/event.h"
#include "codec/open_fields.h"

namespace codec {

enum class Field {
  timestamp,
  hostname,
  appname,
  procid,
  msgid,
  facility,
  severity,
  structured_data,
  message,
  peer_address,
  local_port,
  protocol,
  pri,       // the number between "<" and ">"
  unparsed,  // the reason, of an event that is
  raw,       // all of what came
  open,      // one of those that have their own names, see open_fields.h
};

// A field; or one parameter of the structured data, "structured_data[ID].NAME", where what follows "]." is the name; or
// an open field.
struct FieldPath {
  Field field{};
  std::string id{};    // of the element; empty: the whole field
  std::string name{};  // of the parameter or the open field
};

// Nothing for what is no name: see is_open_field_name().
std::optional<FieldPath> field_named(std::string_view name);

// For diagnostics: "timestamp, hostname, ..., structured_data[ID].NAME and open fields".
std::string field_names();

// As text: names of facility and severity, RFC 3339 time; of parameters the first one's value, unescaped; of open
// fields see open_field_text(). Empty: the event lacks it. The view is of the event, of `space` or of constants.
std::string_view field_text(const Event& event, const FieldPath& path, std::string& space);

// Whether `test` is true for the field's text, or for an element of an open field that is a list.
template <class Test>
bool any_field_text(const Event& event, const FieldPath& path, Test&& test) {
  if (path.field == Field::open) return any_open_field_text(event, path.name, std::forward<Test>(test));
  std::string space;
  return test(field_text(event, path, space));
}

// Whether set_field() takes this field at all: not pri, unparsed and raw.
bool can_set(Field field);

// Replaces the field by what `text` says; the empty text takes it away. Fails, without a change, when `text` is no time
// (RFC 3339), name or number of a facility or severity, well-formed structured data, or port. `text` is copied.
base::Result<void> set_field(Event& event, const FieldPath& path, std::string_view text);

}  // namespace codec

// The fields of an event by name, for templates, expressions and assignments.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/event.h"

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
};

// A field, or one parameter of its structured data: "structured_data[ID].NAME". What follows "]." is the name.
struct FieldPath {
  Field field{};
  std::string id{};  // empty: the whole field
  std::string param{};
};

std::optional<FieldPath> field_named(std::string_view name);

// For diagnostics: "timestamp, hostname, ... and structured_data[ID].NAME".
std::string field_names();

// As text: names of facility and severity, RFC 3339 time; of parameters the first one's value, unescaped. Empty: the
// event lacks it. The view is of the event, of `space` or of constants.
std::string_view field_text(const Event& event, const FieldPath& path, std::string& space);

// Whether set_field() takes this field at all: not pri, unparsed and raw.
bool can_set(Field field);

// Replaces the field by what `text` says; the empty text takes it away. Fails, without a change, when `text` is no time
// (RFC 3339), name or number of a facility or severity, well-formed structured data, or port. `text` is copied.
base::Result<void> set_field(Event& event, const FieldPath& path, std::string_view text);

}  // namespace codec

#include "codec/assignment.h"

#include "base/quote.h"

namespace codec {

base::Result<Assignment> Assignment::compile(std::string_view text) {
  const auto refuse = [&](const std::string& why) {
    return base::fail(base::Kind::usage, "compile assignment " + base::quote(text, 200), why);
  };
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return refuse("not of the form FIELD=VALUE");
  const std::string_view name = text.substr(0, equals);
  std::optional<FieldPath> field = field_named(name);
  if (!field) return refuse("no field is named " + base::quote(name) + "; there are " + field_names());
  if (!can_set(field->field)) return refuse("the field " + std::string(name) + " cannot be set");
  Assignment result;
  result.field_ = std::move(*field);
  result.value_ = TRY(Template::compile(text, equals + 1));
  if (result.value_.is_literal()) {
    Event event;
    TRY(result.apply(event));
  }
  return result;
}

base::Result<void> Assignment::apply(Event& event) const {
  std::string value;
  value_.append(value, event);
  return set_field(event, field_, value);
}

}  // namespace codec

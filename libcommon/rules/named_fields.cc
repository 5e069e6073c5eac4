#include "rules/named_fields.h"

#include "codec/field.h"
#include "codec/json_string.h"
#include "codec/json_walk.h"
#include "rules/tags.h"

namespace rules {

// Whether the name is that of a known field, even if it could not be set.
bool NamedFields::set_known(std::string_view name, std::string_view text, bool is_text) {
  name_.assign(prefix_).append(name);
  const auto field = codec::field_named(name_);
  const bool known = (field && field->field != codec::Field::open) || name_ == "base64";
  if (!known) {
    key_.clear();
    codec::append_open_field_key(key_, {}, name_);
    return false;
  }
  const bool can = field && field->field != codec::Field::open && is_text && codec::can_set(field->field);
  refused_ |= !can || !codec::set_field(event_, *field, text).has_value();
  return true;
}

void NamedFields::add_text(std::string_view name, std::string_view text) {
  if (!set_known(name, text, true)) fields_.add_text(key_, text);
}

void NamedFields::add_json(std::string_view name, std::string_view json) {
  std::string space;
  const bool is_string = codec::is_json_string(json);
  const std::string_view text = is_string ? codec::json_string_text(json, space) : json;
  if (set_known(name, text, is_string || codec::is_json_number(json))) return;
  json_.clear();
  codec::append_compact_json(json_, json);
  fields_.add_json(key_, json_);
}

void NamedFields::finish(codec::OpenFieldBatch::Names names, std::string_view tag) {
  fields_.apply(event_, names);
  if (refused_) add_tag(event_, tag);
}

}  // namespace rules

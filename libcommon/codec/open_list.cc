#include "codec/open_list.h"

#include "codec/json_string.h"
#include "codec/json_visit.h"
#include "codec/open_fields.h"

namespace codec {
namespace {

// The elements of the field, each after a comma, without those that are `left_out`; says whether there was one of
// these.
std::string elements_of(const Event& event, std::string_view name, std::string_view left_out, bool& found) {
  std::string elements;
  std::string space;
  const auto take = [&](std::string_view value) {
    const bool same = is_json_string(value) ? json_string_text(value, space) == left_out : value == left_out;
    found = found || same;
    if (!same) elements.append(",").append(value);
    return true;
  };
  const std::string_view value = json_trimmed(open_field_json(event, name));
  if (value.empty() || value == "null") return elements;
  if (is_json_list(value))
    each_element(value, take);
  else
    take(value);
  return elements;
}

void set_elements(Event& event, std::string_view name, std::string_view elements) {
  if (elements.empty()) return set_open_field_json(event, name, {});
  std::string list = "[";
  append_compact_json(list, elements.substr(1));
  set_open_field_json(event, name, list += ']');
}

}  // namespace

void add_to_open_list(Event& event, std::string_view name, std::string_view text) {
  bool found = false;
  std::string elements = elements_of(event, name, text, found);
  if (found) return;
  elements += ',';
  (void)append_json_string(elements, text);
  set_elements(event, name, elements);
}

void remove_from_open_list(Event& event, std::string_view name, std::string_view text) {
  bool found = false;
  const std::string elements = elements_of(event, name, text, found);
  if (found) set_elements(event, name, elements);
}

void set_open_list(Event& event, std::string_view name, std::span<const std::string> texts) {
  std::string elements;
  for (const std::string& text : texts) {
    elements += ',';
    (void)append_json_string(elements, text);
  }
  set_elements(event, name, elements);
}

}  // namespace codec

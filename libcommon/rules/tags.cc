#include "rules/tags.h"

#include <string>

#include "codec/json_string.h"
#include "codec/json_visit.h"
#include "codec/open_fields.h"

namespace rules {
namespace {

constexpr std::string_view kField = "tags";

// Of the field as it is, the elements in JSON, each after a comma, without `left_out`. A value that is no list is its
// only element.
std::string elements_of(const codec::Event& event, std::string_view left_out) {
  std::string elements;
  std::string space;
  const auto take = [&](std::string_view value) {
    if (!codec::is_json_string(value) || codec::json_string_text(value, space) != left_out)
      elements.append(",").append(value);
    return true;
  };
  const std::string_view value = codec::open_field_json(event, kField);
  if (value.empty() || value == "null") return elements;
  if (!codec::is_json_list(value)) take(value);
  codec::each_element(value, take);
  return elements;
}

}  // namespace

bool has_tag(const codec::Event& event, std::string_view tag) {
  return codec::any_open_field_text(event, kField, [&](std::string_view text) { return text == tag; });
}

void add_tag(codec::Event& event, std::string_view tag) {
  if (tag.empty() || has_tag(event, tag)) return;
  std::string elements = elements_of(event, {}) + ",";
  (void)codec::append_json_string(elements, tag);
  elements.front() = '[';
  codec::set_open_field_json(event, kField, elements + "]");
}

void remove_tag(codec::Event& event, std::string_view tag) {
  if (!has_tag(event, tag)) return;
  std::string elements = elements_of(event, tag);
  if (!elements.empty()) {
    elements.front() = '[';
    elements += ']';
  }
  codec::set_open_field_json(event, kField, elements);
}

}  // namespace rules

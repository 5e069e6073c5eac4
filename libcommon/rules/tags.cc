#include "rules/tags.h"

#include "codec/open_fields.h"
#include "codec/open_list.h"

namespace rules {
namespace {

constexpr std::string_view kField = "tags";

}  // namespace

bool has_tag(const codec::Event& event, std::string_view tag) {
  return codec::any_open_field_text(event, kField, [&](std::string_view text) { return text == tag; });
}

void add_tag(codec::Event& event, std::string_view tag) {
  codec::add_to_open_list(event, kField, tag);
}

void remove_tag(codec::Event& event, std::string_view tag) {
  codec::remove_from_open_list(event, kField, tag);
}

}  // namespace rules

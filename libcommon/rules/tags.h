// The tags of an event: its open field "tags", a list of strings without repetitions.
#pragma once

#include <string_view>

#include "codec/event.h"

namespace rules {

bool has_tag(const codec::Event& event, std::string_view tag);
void add_tag(codec::Event& event, std::string_view tag);
// The last one takes the field away.
void remove_tag(codec::Event& event, std::string_view tag);

}  // namespace rules

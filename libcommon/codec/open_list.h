// Open fields that are lists of texts, such as tags. A field that is one value counts as a list of it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "codec/event.h"

namespace codec {

// At the end, where it is not one of them yet.
void add_to_open_list(Event& event, std::string_view name, std::string_view text);

// Every element that is this text. A list that is empty then is taken away.
void remove_from_open_list(Event& event, std::string_view name, std::string_view text);

// As a list, also of one; none: takes the field away. What is not UTF-8 becomes U+FFFD.
void set_open_list(Event& event, std::string_view name, std::span<const std::string> texts);

}  // namespace codec

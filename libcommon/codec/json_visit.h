// The members of JSON objects and the elements of arrays, each shown to a function. All but json_object_length() is for
// text that is known to be JSON (json_walk.h).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "codec/json_walk.h"

namespace codec {

// The length of the object at the start of `text`, if it is JSON at all; 0: there is none, or its end is missing.
std::size_t json_object_length(std::string_view text);

// Without the white space around it.
std::string_view json_trimmed(std::string_view text);

// What a value that is a string stands for.
std::optional<std::string> json_string(std::string_view value);

// Calls visit(name, value) for each member, until it returns false. Returns false then, and where `value` is no object.
template <class Visit>
bool each_member(std::string_view value, Visit&& visit) {
  if (!value.starts_with('{')) return false;
  JsonWalker members(value);
  members.enter();
  std::string space;
  while (members.at_member()) {
    const std::string_view name = json_string_text(members.take_value(), space);
    if (!visit(name, members.take_value())) return false;
  }
  return true;
}

// As each_member(), of an array: visit(value).
template <class Visit>
bool each_element(std::string_view value, Visit&& visit) {
  if (!value.starts_with('[')) return false;
  JsonWalker elements(value);
  elements.enter();
  while (elements.at_member()) {
    if (!visit(elements.take_value())) return false;
  }
  return true;
}

}  // namespace codec

// Functions of rules applied to a message, and what became of it.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "codec/event.h"
#include "codec/field.h"
#include "codec/render.h"
#include "rules/function.h"
#include "rules/grok.h"

namespace rules_test {

inline codec::Event event_of(std::string_view message) {
  codec::Event event;
  event.raw = message;
  event.message = message;
  return event;
}

inline std::string field(const codec::Event& event, std::string_view name) {
  std::string space;
  return std::string(codec::field_text(event, *codec::field_named(name), space));
}

// The open fields, as a JSON object.
inline std::string fields(const codec::Event& event) {
  return "{" + std::string(event.members.empty() ? event.members : event.members.substr(1)) + "}";
}

inline std::unique_ptr<rules::Function> made(std::string_view name, const rules::Arguments& arguments,
                                             const rules::Resources& resources = {}) {
  auto function = rules::function_named(name)->create(arguments, resources);
  if (!function) FAIL(function.error().text());
  return std::move(*function);
}

inline std::string refusal(std::string_view name, const rules::Arguments& arguments,
                           const rules::Resources& resources = {}) {
  const auto function = rules::function_named(name)->create(arguments, resources);
  return function ? "" : function.error().text();
}

}  // namespace rules_test

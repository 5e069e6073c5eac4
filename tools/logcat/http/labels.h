// Names and values that a sender gives to messages, as fields and further members of JSON events
// (docs/syslog-parsing.md).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "codec/event.h"

namespace logcat {

class Labels {
 public:
  // hostname, appname, procid, msgid, and facility, severity and structured_data where the value is one, are the
  // event's fields of that name. "base64.NAME" has the bytes of the message, or of a label that came before it and is
  // not UTF-8. Other labels become members; "label_" goes before the name of one that is a field's, and a number behind
  // one that is there already. False: name or value is not UTF-8, and nothing was added.
  [[nodiscard]] bool add(std::string_view name, std::string_view value);

  // A member whose value is valid JSON, not a string. `name` is UTF-8.
  void add_json(std::string_view name, std::string_view json);

  // Gives an event all of it, as views into this object. A message that is text gives way to one that came in base64.
  void fill(codec::Event& event) const;

 private:
  bool fill_field(std::string_view name, std::string_view value);
  bool restore(std::string_view name, std::string_view encoded);
  [[nodiscard]] bool has_text(std::string_view name) const;
  std::string free_name(std::string_view name);

  std::array<std::string, 4> texts_;
  std::optional<std::uint8_t> facility_;
  std::optional<std::uint8_t> severity_;
  std::string structured_data_;
  std::string message_;                                 // empty: none came in base64
  std::string members_;                                 // as Event::members
  std::string members_base64_;                          // as Event::members_base64
  std::unordered_map<std::string, std::size_t> names_;  // of members, and the number last tried behind each
};

}  // namespace logcat

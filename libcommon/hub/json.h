// Values of JSON that people and clients of the API write, read strictly.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hub {

// The members of an object, in their order; values as they are written, views of the text. Nothing: it is no JSON, or
// no object, or a name stands twice.
using Members = std::vector<std::pair<std::string, std::string_view>>;
std::optional<Members> parse_object(std::string_view json);

// ---- of a value in valid JSON
std::optional<Members> members_of(std::string_view value);
std::optional<std::vector<std::string_view>> elements_of(std::string_view value);  // of a list
std::optional<std::string> text_of(std::string_view value);                        // of a string
std::optional<std::vector<std::string>> texts_of(std::string_view value);          // of a list of strings

// The value of a member; nothing: it is missing, or null.
std::optional<std::string_view> member_of(const Members& members, std::string_view name);

// ---- written: each value is JSON already
std::string json_text(std::string_view text);
using JsonMembers = std::vector<std::pair<std::string, std::string>>;
std::string json_object(const JsonMembers& members);
std::string json_list(const std::vector<std::string>& values);

}  // namespace hub

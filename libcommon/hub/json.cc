#include "hub/json.h"

#include <algorithm>

#include "codec/json_string.h"
#include "codec/json_walk.h"

namespace hub {

std::optional<Members> parse_object(std::string_view json) {
  if (!codec::is_json(json)) return std::nullopt;
  json.remove_prefix(std::min(json.find_first_not_of(" \t\r\n"), json.size()));
  return members_of(json);
}

std::optional<Members> members_of(std::string_view value) {
  if (!codec::is_json_object(value)) return std::nullopt;
  Members members;
  std::string space;
  codec::JsonWalker walker(value);
  walker.enter();
  while (walker.at_member()) {
    std::string name(codec::json_string_text(walker.take_value(), space));
    if (std::ranges::find(members, name, &Members::value_type::first) != members.end()) return std::nullopt;
    members.emplace_back(std::move(name), walker.take_value());
  }
  return members;
}

std::optional<std::vector<std::string_view>> elements_of(std::string_view value) {
  if (!codec::is_json_list(value)) return std::nullopt;
  std::vector<std::string_view> elements;
  codec::JsonWalker walker(value);
  walker.enter();
  while (walker.at_member()) elements.push_back(walker.take_value());
  return elements;
}

std::optional<std::string> text_of(std::string_view value) {
  if (!codec::is_json_string(value)) return std::nullopt;
  std::string space;
  return std::string(codec::json_string_text(value, space));
}

std::optional<std::vector<std::string>> texts_of(std::string_view value) {
  const auto elements = elements_of(value);
  if (!elements) return std::nullopt;
  std::vector<std::string> texts;
  for (const std::string_view element : *elements) {
    auto text = text_of(element);
    if (!text) return std::nullopt;
    texts.push_back(std::move(*text));
  }
  return texts;
}

std::optional<std::string_view> member_of(const Members& members, std::string_view name) {
  const auto found = std::ranges::find(members, name, &Members::value_type::first);
  if (found == members.end() || found->second == "null") return std::nullopt;
  return found->second;
}

std::string json_text(std::string_view text) {
  std::string out;
  codec::append_json_string(out, text);
  return out;
}

std::string json_object(const JsonMembers& members) {
  std::string out = "{";
  for (const auto& [name, value] : members)
    out.append(out.size() > 1 ? "," : "").append(json_text(name)).append(":").append(value);
  return out + "}";
}

std::string json_list(const std::vector<std::string>& values) {
  std::string out = "[";
  for (const std::string& value : values) out.append(out.size() > 1 ? "," : "").append(value);
  return out + "]";
}

}  // namespace hub

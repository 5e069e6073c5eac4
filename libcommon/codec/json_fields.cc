#include "codec/json_fields.h"

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "codec/base64.h"
#include "codec/json_string.h"

namespace codec {
namespace {

constexpr std::string_view kBase64 = "base64";

struct Member {
  std::string_view name;
  std::vector<std::string_view> values;
};

std::vector<Member> members_of(std::span<const NamedBytes> fields) {
  std::vector<Member> members;
  for (const auto& [name, value] : fields) {
    const auto known = std::ranges::find(members, name, &Member::name);
    if (known == members.end())
      members.push_back({name, {value}});
    else
      known->values.push_back(value);
  }
  return members;
}

std::string written_name(std::string_view name) {
  std::string text;
  if (!name.starts_with(kBase64) && append_json_string(text, name)) return text;
  text = "\"base64:";
  append_base64(text, name);
  return text + '"';
}

// In a list or object that may have members already.
void append_member(std::string& out, std::initializer_list<std::string_view> parts) {
  if (!out.empty() && out.back() != '{') out += ',';
  for (const std::string_view part : parts) out += part;
}

// Both forms of a member's values; `original` stays empty where all of them are UTF-8.
void write_values(const Member& member, std::string& shown, std::string& original) {
  bool whole = true;
  std::string bytes;
  for (const std::string_view value : member.values) {
    std::string text;
    std::string encoded = "null";
    if (!append_json_string(text, value)) {
      whole = false;
      encoded = '"';
      append_base64(encoded, value);
      encoded += '"';
    }
    append_member(shown, {text});
    append_member(bytes, {encoded});
  }
  if (member.values.size() > 1) {
    shown = '[' + shown + ']';
    bytes = '[' + bytes + ']';
  }
  if (!whole) original = std::move(bytes);
}

}  // namespace

std::string json_object_of(std::span<const NamedBytes> fields) {
  std::string out = "{";
  std::string originals;
  for (const Member& member : members_of(fields)) {
    const std::string name = written_name(member.name);
    std::string shown;
    std::string original;
    write_values(member, shown, original);
    append_member(out, {name, ":", shown});
    if (!original.empty()) append_member(originals, {name, ":", original});
  }
  if (!originals.empty()) append_member(out, {"\"base64\":{", originals, "}"});
  return out + '}';
}

}  // namespace codec

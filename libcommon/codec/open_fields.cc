#include "codec/open_fields.h"

#include <algorithm>

#include "codec/base64.h"
#include "codec/json_string.h"
#include "codec/json_walk.h"
#include "codec/structured_data.h"

namespace codec {
namespace {

constexpr std::string_view kElement = "fields@32473";
constexpr std::string_view kMessage = "message.";

// Of an object or list, which may have white space around it.
std::string_view inside(std::string_view value) {
  const std::size_t start = value.find_first_of("{[") + 1;
  return value.substr(start, value.find_last_of("}]") - start);
}

// What follows "name." in `path`; empty: `path` is not of that form.
std::string_view below(std::string_view path, std::string_view name) {
  const bool is_below = path.size() > name.size() + 1 && path[name.size()] == '.' && path.starts_with(name);
  return is_below ? path.substr(name.size() + 1) : std::string_view();
}

// A JSON value; empty: there is none.
std::string_view find_value(std::string_view members, std::string_view path) {
  std::string space;
  JsonWalker walker(members);
  while (walker.at_member()) {
    const std::string_view name = json_string_text(walker.take_value(), space);
    const std::string_view value = walker.take_value();
    if (name == path) return value;
    const std::string_view rest = below(path, name);
    if (rest.empty() || !is_json_object(value)) continue;
    if (const std::string_view found = find_value(inside(value), rest); !found.empty()) return found;
  }
  return {};
}

// `path` as a path in the message's own object, where the value is there and not in the event's members.
std::string_view path_in_message(const Event& event, std::string_view path) {
  if (event.body != Body::object || !find_value(event.members, path).empty()) return {};
  if (!find_value(inside(event.message), path).empty()) return path;
  const std::string_view rest = path.starts_with(kMessage) ? path.substr(kMessage.size()) : std::string_view();
  return rest.empty() || find_value(inside(event.message), rest).empty() ? std::string_view() : rest;
}

std::string_view find_value(const Event& event, std::string_view path) {
  const std::string_view own = event.members.empty() ? std::string_view() : find_value(event.members, path);
  if (!own.empty() || event.body != Body::object) return own;
  const std::string_view in_message = path_in_message(event, path);
  return in_message.empty() ? in_message : find_value(inside(event.message), in_message);
}

std::string_view value_text(std::string_view value, std::string& space) {
  if (value.empty() || value == "null") return {};
  if (is_json_string(value)) return json_string_text(value, space);
  if (!is_json_object(value) && !is_json_list(value)) return value;
  space.clear();
  append_compact_json(space, value);
  return space;
}

// The bytes of a string that is not UTF-8; false: it is not such a one.
bool original_bytes(const Event& event, std::string_view path, std::string& space) {
  if (event.members_base64.empty()) return false;
  const std::string_view encoded = find_value(event.members_base64, path);
  if (encoded.empty() || !is_json_string(encoded)) return false;
  auto bytes = from_base64(json_string_text(encoded, space));
  if (bytes) space = std::move(*bytes);
  return bytes.has_value();
}

class Editor {
 public:
  // `value` is JSON; empty: the member is taken away.
  explicit Editor(std::string_view value) : value_(value), written_(value.empty()) {}

  std::string edited(std::string_view members, std::string_view path) {
    std::string out = copy(members, path);
    if (written_) return out;
    adds_ = true;
    out = copy(members, path);
    if (!written_) append(out, path);
    return out;
  }

 private:
  std::string copy(std::string_view members, std::string_view path) {
    std::string out;
    std::string space;
    JsonWalker walker(members);
    while (walker.at_member()) {
      const std::string_view key = walker.take_value();
      const std::string_view name = json_string_text(key, space);
      const std::string_view value = walker.take_value();
      if (name == path) {
        if (!written_) append(out, path);
        continue;
      }
      out.append(",").append(key).append(":");
      const std::string_view rest = below(path, name);
      if (rest.empty() || !is_json_object(value)) {
        out += value;
        continue;
      }
      std::string inner = copy(inside(value), rest);
      if (adds_ && !written_) append(inner, rest);
      out.append("{").append(inner.empty() ? inner : inner.substr(1)).append("}");
    }
    return out;
  }

  void append(std::string& out, std::string_view name) {
    out += ',';
    (void)append_json_string(out, name);
    out.append(":").append(value_);
    written_ = true;
  }

  std::string_view value_;
  bool written_;
  bool adds_ = false;  // in the second pass, where the first has not found it
};

std::string object_of(std::string_view members) {
  std::string object = "{";
  object += members.substr(members.empty() ? 0 : 1);
  return object += '}';
}

void set_original(Event& event, std::string_view name, std::string_view bytes) {
  std::string encoded = "\"";
  append_base64(encoded, bytes);
  encoded += '"';
  event.members_base64 =
      event.keep(Editor(bytes.empty() ? std::string_view() : encoded).edited(event.members_base64, name));
}

// A name that is new, and could not be a member of an object, needs no second look at the others.
std::string edited(std::string_view members, std::string_view name, std::string_view value) {
  const bool plain = name.find('.') == std::string_view::npos;
  if (value.empty() || !plain || !find_value(members, name).empty()) return Editor(value).edited(members, name);
  std::string all;
  all.reserve(members.size() + name.size() + value.size() + 4);
  all.append(members).append(",");
  (void)append_json_string(all, name);
  return all.append(":").append(value);
}

// `original`: what the value stands for, where that is not UTF-8; else empty.
void set_value(Event& event, std::string_view name, std::string_view value, std::string_view original) {
  if (const std::string_view path = path_in_message(event, name); !path.empty()) {
    event.message = event.keep(object_of(Editor(value).edited(inside(event.message), path)));
    return;
  }
  event.members = event.keep(edited(event.members, name, value));
  if (!original.empty() || !event.members_base64.empty()) set_original(event, name, original);
  if (event.body == Body::whole) event.message = event.keep(object_of(event.members));
}

// ---- structured data

class ParamWriter {
 public:
  ParamWriter(std::string& out, const Event& event) : out_(out), event_(event) {}

  void write_members(std::string_view members, const std::string& prefix, int depth) {
    JsonWalker walker(members);
    while (walker.at_member()) {
      std::string space;
      const std::string name = prefix + std::string(json_string_text(walker.take_value(), space));
      const std::string_view value = walker.take_value();
      if (is_json_object(value) && depth < kDeepest)
        write_members(inside(value), name + '.', depth + 1);
      else if (is_json_list(value))
        write_list(name, value);
      else
        write_param(name, original_bytes(event_, name, space) ? std::string_view(space) : value_text(value, space));
    }
  }

 private:
  static constexpr int kDeepest = 16;

  void write_list(const std::string& name, std::string_view list) {
    JsonWalker walker(inside(list));
    std::string space;
    while (walker.at_member()) write_param(name, value_text(walker.take_value(), space));
  }

  void write_param(std::string_view name, std::string_view text) {
    if (text.empty()) return;
    out_ += ' ';
    if (name.empty()) out_ += '_';
    for (const char c : name) out_ += c > ' ' && c < 0x7f && c != '=' && c != ']' && c != '"' ? c : '_';
    out_ += "=\"";
    append_escaped(out_, text);
    out_ += '"';
  }

  std::string& out_;
  const Event& event_;
};

// Of the "]" that ends the element; npos: there is no such element.
std::size_t end_of_element(std::string_view structured_data) {
  using Token = StructuredDataReader::Token;
  StructuredDataReader reader(structured_data);
  std::size_t end = std::string_view::npos;
  for (Token token = reader.next(); token == Token::element || token == Token::param; token = reader.next()) {
    if (reader.id() == kElement)
      end = reader.position();
    else if (end != std::string_view::npos)
      break;
  }
  return end == std::string_view::npos ? end : structured_data.find(']', end);
}

}  // namespace

bool is_open_field_name(std::string_view name) {
  const auto is_good = [](char c) { return static_cast<unsigned char>(c) > ' ' && c != 0x7f && c != '[' && c != ']'; };
  std::string as_member;
  return !name.empty() && std::ranges::all_of(name, is_good) && append_json_string(as_member, name);
}

std::string_view open_field_text(const Event& event, std::string_view name, std::string& space) {
  if (original_bytes(event, name, space)) return space;
  return value_text(find_value(event, name), space);
}

bool any_open_field_text(const Event& event, std::string_view name, const std::function<bool(std::string_view)>& test) {
  std::string space;
  const std::string_view value = find_value(event, name);
  if (value.empty()) return false;
  if (!is_json_list(value))
    return test(original_bytes(event, name, space) ? std::string_view(space) : value_text(value, space));
  JsonWalker walker(inside(value));
  while (walker.at_member())
    if (test(value_text(walker.take_value(), space))) return true;
  return false;
}

void set_open_field(Event& event, std::string_view name, std::string_view text) {
  std::string value;
  const bool faithful = text.empty() || append_json_string(value, text);
  set_value(event, name, value, faithful ? std::string_view() : text);
}

void set_open_field_json(Event& event, std::string_view name, std::string_view json) {
  set_value(event, name, json, {});
}

std::string_view open_field_json(const Event& event, std::string_view name) {
  return find_value(event, name);
}

void append_open_fields(std::string& structured_data, const Event& event) {
  std::string params;
  ParamWriter(params, event).write_members(event.members, {}, 0);
  if (params.empty()) return;
  if (const std::size_t end = end_of_element(structured_data); end != std::string::npos)
    structured_data.insert(end, params);
  else
    structured_data.append("[").append(kElement).append(params).append("]");
}

}  // namespace codec

#include "tools/logsend/http/named_fields.h"

#include "codec/base64.h"
#include "codec/field.h"
#include "codec/json_string.h"
#include "codec/json_walk.h"

namespace logsend::http {
namespace {

constexpr std::string_view kBase64 = "base64.";
constexpr int kDeepest = 16;  // objects in objects whose members have names of their own

using codec::Field;

struct Known {
  std::string_view name;
  Field field;
};

constexpr Known kKnown[] = {
    {"hostname", Field::hostname},
    {"appname", Field::appname},
    {"procid", Field::procid},
    {"msgid", Field::msgid},
    {"facility", Field::facility},
    {"severity", Field::severity},
    {"structured_data", Field::structured_data},
    {"peer_address", Field::peer_address},
    {"local_port", Field::local_port},
    {"protocol", Field::protocol},
    {"unparsed", Field::unparsed},
};

void visit_bytes(std::string_view name, std::string_view bytes, FieldVisitor& visitor) {
  std::string json = "\"";
  codec::append_base64(json, bytes);
  json += '"';
  visitor.take(std::string(kBase64).append(name), json);
}

void visit_text(std::string_view name, std::string_view text, FieldVisitor& visitor) {
  std::string json;
  const bool faithful = codec::append_json_string(json, text);
  visitor.take(name, json);
  if (!faithful) visit_bytes(name, text, visitor);
}

// `members`: an object, or members as Event::members.
void visit_members(std::string_view members, const std::string& prefix, int depth, FieldVisitor& visitor) {
  codec::JsonWalker walker(members);
  if (members.starts_with('{')) walker.enter();
  std::string space;
  while (walker.at_member()) {
    const std::string name = prefix + std::string(codec::json_string_text(walker.take_value(), space));
    const std::string_view value = walker.take_value();
    if (value == "null") continue;
    if (codec::is_json_object(value) && depth < kDeepest) {
      visit_members(value, name + '.', depth + 1, visitor);
      continue;
    }
    std::string json;
    if (codec::is_json_object(value))
      append_as_string(json, value);
    else
      codec::append_compact_json(json, value);
    visitor.take(name, json);
  }
}

}  // namespace

void visit_fields(const Message& message, FieldVisitor& visitor) {
  const codec::Event& event = message.event;
  std::string space;
  for (const Known& known : kKnown) {
    const std::string_view text = codec::field_text(event, {.field = known.field}, space);
    if (!text.empty()) visit_text(known.name, text, visitor);
  }
  if (event.body != codec::Body::whole) visit_members(event.members, {}, 1, visitor);
  visit_members(event.members_base64, std::string(kBase64), 1, visitor);
  std::string unused;
  if (!codec::append_json_string(unused, message.text)) visit_bytes("message", message.text, visitor);
}

void append_as_string(std::string& out, std::string_view json) {
  if (codec::is_json_string(json)) {
    out += json;
    return;
  }
  std::string compact;
  codec::append_compact_json(compact, json);
  codec::append_json_string(out, compact);
}

void append_member_name(std::string& object, std::string_view name) {
  if (!object.ends_with('{')) object += ',';
  codec::append_json_string(object, name);
  object += ':';
}

}  // namespace logsend::http

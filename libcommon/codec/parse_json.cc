// JSON events. is_json() says whether the text is JSON at all; the walk over the members is done here, so that open
// fields can be kept byte for byte, numbers of any size included.
#include <charconv>
#include <vector>

#include "codec/base64.h"
#include "codec/json_string.h"
#include "codec/json_walk.h"
#include "codec/open_fields.h"
#include "codec/parse_forms.h"
#include "codec/structured_data.h"

namespace codec {
namespace {

class EventReader {
 public:
  explicit EventReader(Event& event) : event_(event) {}

  // False: the object is not an event.
  bool read(std::string_view text) {
    JsonWalker walker(text);
    walker.enter();
    bool has_message = false;
    while (walker.at_member()) {
      const std::string_view key = walker.take_value();
      const std::string_view value = walker.take_value();
      const std::string_view name = decoded(key);
      if (value == "null" && is_field(name)) continue;
      const Outcome outcome = take_member(name, value);
      if (outcome == Outcome::wrong) return false;
      has_message |= name == "message";
      if (outcome == Outcome::open) append_member(open_, key, value);
    }
    if (!has_message) {
      event_.message = text;
      event_.body = Body::whole;
    }
    if (!open_.empty()) event_.members = event_.keep(std::move(open_));
    return restore_originals();
  }

 private:
  enum class Outcome { taken, open, wrong };
  struct Original {
    std::string_view key;  // with its quotes
    std::string_view name;
    std::string_view encoded;  // JSON
  };

  static void append_member(std::string& members, std::string_view key, std::string_view value) {
    members += ',';
    members += key;
    members += ':';
    append_compact_json(members, value);
  }

  std::string_view decoded(std::string_view quoted) {
    std::string space;
    const std::string_view text = json_string_text(quoted, space);
    return text.data() == space.data() ? event_.keep(std::move(space)) : text;
  }

  std::string_view* text_field(std::string_view name) {
    if (name == "message") return &event_.message;
    if (name == "hostname") return &event_.hostname;
    if (name == "appname") return &event_.appname;
    if (name == "procid") return &event_.procid;
    if (name == "msgid") return &event_.msgid;
    if (name == "peer_address") return &event_.peer_address;
    if (name == "protocol") return &event_.protocol;
    return nullptr;
  }

  bool is_field(std::string_view name) {
    return text_field(name) != nullptr || name == "timestamp" || name == "facility" || name == "severity" ||
           name == "structured_data" || name == "local_port" || name == "unparsed" || name == "base64";
  }

  // An event has room for one value of a field: an object that brings another one is none.
  Outcome take_member(std::string_view name, std::string_view value) {
    const auto judge = [](bool good) { return good ? Outcome::taken : Outcome::wrong; };
    if (name == "message") return judge(take_message(value));
    if (std::string_view* field = text_field(name)) return judge(take_text(value, *field));
    if (name == "timestamp") return judge(take_time(value));
    if (name == "facility") return judge(take_code(value, facility_named, event_.facility));
    if (name == "severity") return judge(take_code(value, severity_named, event_.severity));
    if (name == "structured_data") return judge(take_structured_data(value));
    if (name == "local_port") return judge(take_port(value));
    if (name == "unparsed") return judge(take_reason(value));
    if (name == "base64") return judge(take_originals(value));
    return Outcome::open;
  }

  bool take_message(std::string_view value) {
    if (event_.body == Body::object) return false;
    if (!is_json_object(value) || !event_.message.empty()) return take_text(value, event_.message);
    event_.body = Body::object;
    event_.message = value;
    return true;
  }

  bool take_text(std::string_view value, std::string_view& field) {
    if (!field.empty() || (!is_json_string(value) && !is_json_number(value))) return false;
    field = is_json_string(value) ? decoded(value) : value;
    return true;
  }

  bool take_time(std::string_view value) {
    if (event_.timestamp || !is_json_string(value)) return false;
    const std::string_view text = decoded(value);
    Timestamp time;
    if (text.empty() || parse_rfc3339_time(text, time) != text.size()) return false;
    event_.timestamp = time;
    return true;
  }

  template <class Named>
  bool take_code(std::string_view value, Named named, std::optional<std::uint8_t>& field) {
    if (field || (!is_json_string(value) && !is_json_number(value))) return false;
    field = named(is_json_string(value) ? decoded(value) : value);
    return field.has_value();
  }

  bool take_port(std::string_view value) {
    if (event_.local_port != 0) return false;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), event_.local_port);
    return error == std::errc() && end == value.data() + value.size();
  }

  bool take_reason(std::string_view value) {
    if (!event_.reason.empty() || !is_json_string(value)) return false;
    event_.reason = decoded(value);
    return true;
  }

  bool take_structured_data(std::string_view value) {
    if (!event_.structured_data.empty() || value.front() != '{') return false;
    std::string text;
    JsonWalker elements(value);
    elements.enter();
    while (elements.at_member()) {
      const std::string_view id = decoded(elements.take_value());
      if (!is_structured_data_name(id)) return false;
      text += '[';
      text += id;
      if (!append_params(text, elements.take_value())) return false;
      text += ']';
    }
    event_.structured_data = event_.keep(std::move(text));
    return true;
  }

  bool append_params(std::string& text, std::string_view object) {
    if (object.front() != '{') return false;
    JsonWalker params(object);
    params.enter();
    while (params.at_member()) {
      const std::string_view name = decoded(params.take_value());
      const std::string_view value = params.take_value();
      if (value.front() != '[') {
        if (!append_param(text, name, value)) return false;
        continue;
      }
      JsonWalker values(value);
      values.enter();
      while (values.at_member()) {
        if (!append_param(text, name, values.take_value())) return false;
      }
    }
    return true;
  }

  bool append_param(std::string& text, std::string_view name, std::string_view value) {
    if (!is_structured_data_name(name) || (!is_json_string(value) && !is_json_number(value))) return false;
    text += ' ';
    text += name;
    text += "=\"";
    append_escaped(text, is_json_string(value) ? decoded(value) : value);
    text += '"';
    return true;
  }

  bool take_originals(std::string_view value) {
    if (!originals_.empty() || !is_json_object(value)) return false;
    JsonWalker walker(value);
    walker.enter();
    while (walker.at_member()) {
      const std::string_view key = walker.take_value();
      originals_.push_back({key, decoded(key), walker.take_value()});
    }
    return true;
  }

  bool restore_originals() {
    std::string of_open;
    for (const Original& original : originals_) {
      const bool known = original.name == "structured_data" || text_field(original.name) != nullptr;
      if (known ? !restore(original.name, original.encoded) : !is_original_of_open(original)) return false;
      if (!known) append_member(of_open, original.key, original.encoded);
    }
    if (!of_open.empty()) event_.members_base64 = event_.keep(std::move(of_open));
    return true;
  }

  bool restore(std::string_view name, std::string_view encoded) {
    if (!is_json_string(encoded)) return false;
    std::optional<std::string> bytes = from_base64(decoded(encoded));
    if (!bytes || (name == "structured_data" && !is_structured_data(*bytes))) return false;
    if (name == "message" && event_.body == Body::whole) return false;
    if (name == "message") event_.body = Body::text;
    std::string_view* field = text_field(name);
    (field != nullptr ? *field : event_.structured_data) = event_.keep(std::move(*bytes));
    return true;
  }

  // A string, or for a list one in which null stands for what is UTF-8: see json_fields.h.
  bool is_original_of_open(const Original& original) {
    const auto is_encoded = [this](std::string_view value) {
      return is_json_string(value) && from_base64(decoded(value)).has_value();
    };
    std::string space;
    if (open_field_text(event_, original.name, space).empty()) return false;
    if (!is_json_list(original.encoded)) return is_encoded(original.encoded);
    JsonWalker walker(original.encoded);
    walker.enter();
    while (walker.at_member())
      if (const std::string_view value = walker.take_value(); value != "null" && !is_encoded(value)) return false;
    return true;
  }

  Event& event_;
  std::string open_;                 // members that are open fields
  std::vector<Original> originals_;  // of the member "base64"
};

}  // namespace

bool parse_json(std::string_view text, Event& event) {
  event.form = Form::json;
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || text[start] != '{' || !is_json(text)) {
    event.reason = "not a JSON object";
    return false;
  }
  Event read;
  read.raw = event.raw;
  read.form = Form::json;
  if (EventReader(read).read(text)) {
    event = std::move(read);
    if (!event.reason.empty()) event.form = Form::unparsed;
    return true;
  }
  event.message = text;
  event.body = Body::object;
  event.reason = "an object of another kind";
  return true;
}

}  // namespace codec

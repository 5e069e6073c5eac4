// JSON events. nlohmann/json says whether the text is JSON at all and decodes strings with escapes; the walk over the
// members is done here, so that those that are no fields of an event can be kept byte for byte, numbers of any size
// included.
#include <charconv>
#include <nlohmann/json.hpp>
#include <vector>

#include "codec/base64.h"
#include "codec/json_string.h"
#include "codec/parse_forms.h"
#include "codec/structured_data.h"

namespace codec {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Values of text that is known to be valid JSON, one after the other.
class Walker {
 public:
  explicit Walker(std::string_view text) : text_(text) {}

  // Enters the object or array that the text is, whose members follow.
  void enter() { at_ = text_.find_first_of("{[") + 1; }

  // False at the end of the object or array.
  bool at_member() {
    while (is_space(text_[at_]) || text_[at_] == ',') ++at_;
    return text_[at_] != '}' && text_[at_] != ']';
  }

  std::string_view take_value() {
    while (is_space(text_[at_]) || text_[at_] == ':') ++at_;
    const std::size_t start = at_;
    std::size_t depth = 0;
    do {
      const char c = text_[at_];
      if (c == '"') skip_string();
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      if (c != '"') ++at_;
    } while (at_ < text_.size() && (depth > 0 || !ends_value(text_[at_])));
    return text_.substr(start, at_ - start);
  }

 private:
  static bool ends_value(char c) { return c == ',' || c == ':' || c == '}' || c == ']' || is_space(c); }

  void skip_string() {
    for (++at_; text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool is_string(std::string_view value) {
  return value.front() == '"';
}

bool is_number(std::string_view value) {
  return value.front() == '-' || (value.front() >= '0' && value.front() <= '9');
}

class EventReader {
 public:
  explicit EventReader(Event& event) : event_(event) {}

  // False: the object is not an event.
  bool read(std::string_view text) {
    Walker walker(text);
    walker.enter();
    bool has_message = false;
    std::string others;
    while (walker.at_member()) {
      const std::string_view key = walker.take_value();
      const std::string_view value = walker.take_value();
      const std::string_view name = decoded(key);
      if (value == "null" && is_field(name)) continue;
      const Outcome outcome = take_member(name, value);
      if (outcome == Outcome::wrong) return false;
      has_message |= name == "message";
      if (outcome == Outcome::other) append_other(others, key, value);
    }
    if (!has_message) return false;
    for (const auto& [name, bytes] : originals_) restore(name, bytes);
    if (!others.empty()) event_.members = event_.keep(std::move(others));
    return true;
  }

 private:
  enum class Outcome { taken, other, wrong };

  static void append_other(std::string& others, std::string_view key, std::string_view value) {
    others += ',';
    others += key;
    others += ':';
    append_compact_json(others, value);
  }

  std::string_view decoded(std::string_view quoted) {
    const std::string_view inner = quoted.substr(1, quoted.size() - 2);
    if (inner.find('\\') == std::string_view::npos) return inner;
    return event_.keep(nlohmann::json::parse(quoted).get<std::string>());
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
    return Outcome::other;
  }

  bool take_message(std::string_view value) {
    if (event_.message_is_object) return false;
    event_.message_is_object = value.front() == '{' && event_.message.empty();
    if (!event_.message_is_object) return take_text(value, event_.message);
    event_.message = value;
    return true;
  }

  bool take_text(std::string_view value, std::string_view& field) {
    if (!field.empty() || (!is_string(value) && !is_number(value))) return false;
    field = is_string(value) ? decoded(value) : value;
    return true;
  }

  bool take_time(std::string_view value) {
    if (event_.timestamp || !is_string(value)) return false;
    const std::string_view text = decoded(value);
    Timestamp time;
    if (text.empty() || parse_rfc3339_time(text, time) != text.size()) return false;
    event_.timestamp = time;
    return true;
  }

  template <class Named>
  bool take_code(std::string_view value, Named named, std::optional<std::uint8_t>& field) {
    if (field || (!is_string(value) && !is_number(value))) return false;
    field = named(is_string(value) ? decoded(value) : value);
    return field.has_value();
  }

  bool take_port(std::string_view value) {
    if (event_.local_port != 0) return false;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), event_.local_port);
    return error == std::errc() && end == value.data() + value.size();
  }

  bool take_reason(std::string_view value) {
    if (!event_.reason.empty() || !is_string(value)) return false;
    event_.reason = decoded(value);
    return true;
  }

  bool take_structured_data(std::string_view value) {
    if (!event_.structured_data.empty() || value.front() != '{') return false;
    std::string text;
    Walker elements(value);
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
    Walker params(object);
    params.enter();
    while (params.at_member()) {
      const std::string_view name = decoded(params.take_value());
      const std::string_view value = params.take_value();
      if (value.front() != '[') {
        if (!append_param(text, name, value)) return false;
        continue;
      }
      Walker values(value);
      values.enter();
      while (values.at_member()) {
        if (!append_param(text, name, values.take_value())) return false;
      }
    }
    return true;
  }

  bool append_param(std::string& text, std::string_view name, std::string_view value) {
    if (!is_structured_data_name(name) || (!is_string(value) && !is_number(value))) return false;
    text += ' ';
    text += name;
    text += "=\"";
    append_escaped(text, is_string(value) ? decoded(value) : value);
    text += '"';
    return true;
  }

  bool take_originals(std::string_view value) {
    if (!originals_.empty() || value.front() != '{') return false;
    Walker walker(value);
    walker.enter();
    while (walker.at_member()) {
      const std::string_view name = decoded(walker.take_value());
      const std::string_view encoded = walker.take_value();
      if (!is_string(encoded)) return false;
      std::optional<std::string> bytes = from_base64(decoded(encoded));
      if (!bytes) return false;
      if (name == "structured_data" ? !is_structured_data(*bytes) : text_field(name) == nullptr) return false;
      originals_.emplace_back(name, event_.keep(std::move(*bytes)));
    }
    return true;
  }

  void restore(std::string_view name, std::string_view bytes) {
    if (name == "message") event_.message_is_object = false;
    std::string_view* field = text_field(name);
    (field != nullptr ? *field : event_.structured_data) = bytes;
  }

  Event& event_;
  std::vector<std::pair<std::string_view, std::string_view>> originals_;
};

}  // namespace

bool parse_json(std::string_view text, Event& event) {
  event.form = Form::json;
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || text[start] != '{' || !nlohmann::json::accept(text)) {
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
  event.message_is_object = true;
  event.reason = "an object of another kind";
  return true;
}

}  // namespace codec

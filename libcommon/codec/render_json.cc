#include <algorithm>
#include <array>
#include <charconv>
#include <memory_resource>
#include <vector>

#include "codec/base64.h"
#include "codec/json_string.h"
#include "codec/render.h"
#include "codec/structured_data.h"

namespace codec {
namespace {

struct Param {
  std::string_view id;
  std::string_view name;  // empty: the element has no parameters
  std::string_view value;
};

bool same_name(const Param& a, const Param& b) {
  return a.id == b.id && a.name == b.name;
}

// Objects must not name a member twice, so what belongs together has to stand together.
bool has_scattered(const std::pmr::vector<Param>& params) {
  constexpr std::size_t kFew = 16;
  if (params.size() > kFew) return true;
  for (std::size_t i = 0; i < params.size(); ++i) {
    for (std::size_t j = i + 1; j < params.size(); ++j) {
      const bool apart = params[i].id == params[j].id && params[j - 1].id != params[j].id;
      const bool repeated = same_name(params[i], params[j]) && !same_name(params[j - 1], params[j]);
      if (apart || repeated) return true;
    }
  }
  return false;
}

void read_params(std::string_view text, std::pmr::vector<Param>& params) {
  using Token = StructuredDataReader::Token;
  StructuredDataReader reader(text);
  bool bare = false;  // the current element, so far
  for (Token token = reader.next(); token == Token::element || token == Token::param; token = reader.next()) {
    if (token == Token::param && bare) params.pop_back();
    bare = token == Token::element;
    params.push_back(bare ? Param{reader.id(), {}, {}} : Param{reader.id(), reader.name(), reader.value()});
  }
  if (!has_scattered(params)) return;
  std::stable_sort(params.begin(), params.end(),
                   [](const Param& a, const Param& b) { return a.id != b.id ? a.id < b.id : a.name < b.name; });
}

bool append_value(std::string& out, std::string_view escaped) {
  if (escaped.find('\\') == std::string_view::npos) return append_json_string(out, escaped);
  std::string value;
  append_unescaped(value, escaped);
  return append_json_string(out, value);
}

// The member of params[first], whose value is an array if more of its name follow. Returns the one after them.
std::size_t append_param(std::string& out, const std::pmr::vector<Param>& params, std::size_t first, bool& faithful) {
  faithful &= append_json_string(out, params[first].name);
  out += ':';
  std::size_t after = first + 1;
  while (after < params.size() && same_name(params[first], params[after])) ++after;
  const bool several = after - first > 1;
  if (several) out += '[';
  for (std::size_t i = first; i < after; ++i) {
    if (i > first) out += ',';
    faithful &= append_value(out, params[i].value);
  }
  if (several) out += ']';
  return after;
}

// Returns whether all of it was UTF-8.
bool append_structured_data(std::string& out, std::string_view text) {
  std::array<std::byte, 2048> space;
  std::pmr::monotonic_buffer_resource memory(space.data(), space.size());
  std::pmr::vector<Param> params(&memory);
  params.reserve(16);
  read_params(text, params);
  bool faithful = true;
  out += '{';
  for (std::size_t i = 0; i < params.size();) {
    const std::string_view id = params[i].id;
    if (i > 0) out += ',';
    faithful &= append_json_string(out, id);
    out += ":{";
    for (bool first = true; i < params.size() && params[i].id == id;) {
      if (params[i].name.empty()) {
        ++i;
        continue;
      }
      if (!first) out += ',';
      first = false;
      i = append_param(out, params, i, faithful);
    }
    out += '}';
  }
  out += '}';
  return faithful;
}

class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }

  // `key` with its quotes, its colon, and but for the first member its comma: one append is faster than four.
  void text(std::string_view key, std::string_view bytes) {
    if (!bytes.empty()) always_text(key, bytes);
  }
  void always_text(std::string_view key, std::string_view bytes) {
    put_key(key);
    if (!append_json_string(out_, bytes)) keep_bytes(key, bytes);
  }
  void object(std::string_view key, std::string_view json) {
    put_key(key);
    append_compact_json(out_, json);
  }
  void name(std::string_view key, std::string_view ascii) {
    put_key(key);
    out_ += '"';
    out_ += ascii;
    out_ += '"';
  }
  void time(std::string_view key, const Timestamp& value) {
    put_key(key);
    out_ += '"';
    append_iso_time(out_, value);
    out_ += '"';
  }
  void structured_data(std::string_view key, std::string_view text) {
    if (text.empty()) return;
    put_key(key);
    if (!append_structured_data(out_, text)) keep_bytes(key, text);
  }
  void number(std::string_view key, unsigned value) {
    put_key(key);
    char digits[12];
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  }
  void finish(const Event& event) {
    base64_ += event.members_base64;
    if (!base64_.empty()) {
      put_key(",\"base64\":{");
      out_.append(base64_, 1).append("}");
    }
    if (!event.members.empty()) put_key(event.members);
    out_ += '}';
  }

 private:
  void put_key(std::string_view key) { out_ += out_.back() == '{' ? key.substr(1) : key; }

  void keep_bytes(std::string_view key, std::string_view bytes) {
    base64_ += key;
    base64_ += '"';
    append_base64(base64_, bytes);
    base64_ += '"';
  }

  std::string& out_;
  std::string base64_;  // members of that object, each after a comma
};

}  // namespace

void append_json(std::string& out, const Event& event) {
  ObjectWriter object(out);
  if (event.timestamp) object.time(",\"timestamp\":", *event.timestamp);
  object.text(",\"hostname\":", event.hostname);
  object.text(",\"appname\":", event.appname);
  object.text(",\"procid\":", event.procid);
  object.text(",\"msgid\":", event.msgid);
  if (event.facility) object.name(",\"facility\":", facility_name(*event.facility));
  if (event.severity) object.name(",\"severity\":", severity_name(*event.severity));
  object.structured_data(",\"structured_data\":", event.structured_data);
  if (event.body == Body::text) object.always_text(",\"message\":", event.message);
  if (event.body == Body::object) object.object(",\"message\":", event.message);
  object.text(",\"peer_address\":", event.peer_address);
  if (event.local_port != 0) object.number(",\"local_port\":", event.local_port);
  object.text(",\"protocol\":", event.protocol);
  if (event.form == Form::unparsed) object.text(",\"unparsed\":", event.reason);
  object.finish(event);
}

}  // namespace codec

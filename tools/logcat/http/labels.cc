#include "tools/logcat/http/labels.h"

#include <algorithm>

#include "codec/base64.h"
#include "codec/json_string.h"
#include "codec/open_fields.h"
#include "codec/structured_data.h"

namespace logcat {
namespace {

struct TextField {
  std::string_view name;
  std::string_view codec::Event::*field;
};

constexpr std::array<TextField, 4> kTexts{{
    {"hostname", &codec::Event::hostname},
    {"appname", &codec::Event::appname},
    {"procid", &codec::Event::procid},
    {"msgid", &codec::Event::msgid},
}};

// Members of these names mean something else in an event, or would in an expression.
constexpr std::array<std::string_view, 16> kTaken{
    "timestamp", "hostname",     "appname",    "procid",   "msgid",    "facility", "severity", "structured_data",
    "message",   "peer_address", "local_port", "protocol", "unparsed", "base64",   "pri",      "raw",
};

constexpr std::string_view kBase64 = "base64.";

bool fill_code(std::optional<std::uint8_t>& field, std::optional<std::uint8_t> value) {
  if (field || !value) return false;
  field = value;
  return true;
}

}  // namespace

bool Labels::add(std::string_view name, std::string_view value) {
  std::string json;
  if (!codec::append_json_string(json, value)) return false;
  std::string unused;
  if (!codec::append_json_string(unused, name)) return false;
  if (fill_field(name, value)) return true;
  if (name.starts_with(kBase64) && restore(name.substr(kBase64.size()), value)) return true;
  add_json(name, json);
  return true;
}

void Labels::add_json(std::string_view name, std::string_view json) {
  members_ += ',';
  codec::append_json_string(members_, free_name(name));
  members_ += ':';
  codec::append_compact_json(members_, json);
}

void Labels::fill(codec::Event& event) const {
  for (std::size_t i = 0; i < kTexts.size(); ++i) event.*kTexts[i].field = texts_[i];
  event.facility = facility_;
  event.severity = severity_;
  event.structured_data = structured_data_;
  event.members = members_;
  event.members_base64 = members_base64_;
  if (!message_.empty() && event.body == codec::Body::text) event.message = message_;
}

bool Labels::fill_field(std::string_view name, std::string_view value) {
  if (name == "facility") return fill_code(facility_, codec::facility_named(value));
  if (name == "severity") return fill_code(severity_, codec::severity_named(value));
  if (name == "structured_data" && structured_data_.empty() && codec::is_structured_data(value)) {
    structured_data_ = value;
    return true;
  }
  const auto found = std::ranges::find(kTexts, name, &TextField::name);
  if (found == kTexts.end()) return false;
  std::string& text = texts_[static_cast<std::size_t>(found - kTexts.begin())];
  if (!text.empty()) return false;
  text = value;
  return true;
}

// False: it is not in base64, or there is no text that it could be the bytes of.
bool Labels::restore(std::string_view name, std::string_view encoded) {
  auto bytes = codec::from_base64(encoded);
  if (!bytes || bytes->empty()) return false;
  std::string* text = name == "message" ? &message_ : name == "structured_data" ? &structured_data_ : nullptr;
  if (const auto found = std::ranges::find(kTexts, name, &TextField::name); found != kTexts.end())
    text = &texts_[static_cast<std::size_t>(found - kTexts.begin())];
  if (text == nullptr && !has_text(name)) return false;
  if (text == &structured_data_ && !codec::is_structured_data(*bytes)) return false;
  if (text != nullptr && text != &message_ && text->empty()) return false;
  if (!names_.try_emplace(std::string(kBase64).append(name), 1).second) return false;
  if (text != nullptr) {
    *text = std::move(*bytes);
    return true;
  }
  members_base64_ += ',';
  codec::append_json_string(members_base64_, name);
  members_base64_.append(":\"").append(encoded).append("\"");
  return true;
}

bool Labels::has_text(std::string_view name) const {
  codec::Event event;
  event.members = members_;
  std::string space;
  return names_.contains(std::string(name)) && !codec::open_field_text(event, name, space).empty();
}

std::string Labels::free_name(std::string_view name) {
  const bool is_field = std::ranges::find(kTaken, name) != kTaken.end();
  std::string wanted = (is_field ? "label_" : "") + std::string(name);
  const auto [found, is_free] = names_.try_emplace(wanted, 1);
  if (is_free) return wanted;
  std::size_t& number = found->second;
  std::string numbered;
  do numbered = wanted + "_" + std::to_string(++number);
  while (!names_.try_emplace(numbered, 1).second);
  return numbered;
}

}  // namespace logcat

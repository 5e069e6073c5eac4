#include "tools/logcat/http/labels.h"

#include <algorithm>

#include "codec/json_string.h"

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
  if (!fill_field(name, value)) add_json(name, json);
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
  event.members = members_;
}

bool Labels::fill_field(std::string_view name, std::string_view value) {
  if (name == "facility") return fill_code(facility_, codec::facility_named(value));
  if (name == "severity") return fill_code(severity_, codec::severity_named(value));
  const auto found = std::ranges::find(kTexts, name, &TextField::name);
  if (found == kTexts.end()) return false;
  std::string& text = texts_[static_cast<std::size_t>(found - kTexts.begin())];
  if (!text.empty()) return false;
  text = value;
  return true;
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

#include "codec/event.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "base/ascii.h"

namespace codec {
namespace {

constexpr std::array<std::string_view, 24> kFacilities = {"kern",   "user",   "mail",   "daemon", "auth",     "syslog",
                                                          "lpr",    "news",   "uucp",   "cron",   "authpriv", "ftp",
                                                          "ntp",    "audit",  "alert",  "clock",  "local0",   "local1",
                                                          "local2", "local3", "local4", "local5", "local6",   "local7"};
constexpr std::array<std::string_view, 8> kSeverities = {"emerg",   "alert",  "crit", "err",
                                                         "warning", "notice", "info", "debug"};

struct Alias {
  std::string_view name;
  std::uint8_t value;
};
constexpr std::array<Alias, 1> kFacilityAliases = {{{"security", 4}}};
constexpr std::array<Alias, 6> kSeverityAliases = {
    {{"emergency", 0}, {"panic", 0}, {"critical", 2}, {"error", 3}, {"warn", 4}, {"informational", 6}}};

bool equal_in_any_case(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return base::lower(a) == base::lower(b); });
}

std::optional<std::uint8_t> find(std::string_view name, std::span<const std::string_view> names,
                                 std::span<const Alias> aliases) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (equal_in_any_case(name, names[i])) return static_cast<std::uint8_t>(i);
  }
  for (const Alias& alias : aliases) {
    if (equal_in_any_case(name, alias.name)) return alias.value;
  }
  std::uint8_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size() || number >= names.size()) return {};
  return number;
}

}  // namespace

void fill_missing(Event& event, const Event& defaults) {
  const auto fill = [](std::string_view& field, std::string_view value) {
    if (field.empty()) field = value;
  };
  if (!event.timestamp) event.timestamp = defaults.timestamp;
  if (!event.facility) event.facility = defaults.facility;
  if (!event.severity) event.severity = defaults.severity;
  if (event.local_port == 0) event.local_port = defaults.local_port;
  fill(event.hostname, defaults.hostname);
  fill(event.appname, defaults.appname);
  fill(event.procid, defaults.procid);
  fill(event.msgid, defaults.msgid);
  fill(event.structured_data, defaults.structured_data);
  fill(event.peer_address, defaults.peer_address);
  fill(event.protocol, defaults.protocol);
}

unsigned priority(const Event& event) {
  constexpr std::uint8_t kUser = 1;
  constexpr std::uint8_t kNotice = 5;
  return event.facility.value_or(kUser) * 8U + event.severity.value_or(kNotice);
}

std::string_view facility_name(std::uint8_t facility) {
  return kFacilities[std::min<std::size_t>(facility, kFacilities.size() - 1)];
}

std::string_view severity_name(std::uint8_t severity) {
  return kSeverities[std::min<std::size_t>(severity, kSeverities.size() - 1)];
}

std::optional<std::uint8_t> facility_named(std::string_view name) {
  return find(name, kFacilities, kFacilityAliases);
}

std::optional<std::uint8_t> severity_named(std::string_view name) {
  return find(name, kSeverities, kSeverityAliases);
}

}  // namespace codec

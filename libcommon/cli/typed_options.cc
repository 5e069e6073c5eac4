#include <algorithm>

#include "cli/options.h"

namespace cli {
namespace {

// "8 MiB" as it can be typed: "8MiB".
std::string typed(std::string text) {
  std::erase(text, ' ');
  return text;
}

std::string shown(base::Bytes value) {
  return typed(base::format_bytes(value));
}
std::string shown(base::Duration value) {
  return typed(base::format_duration(value));
}
std::string shown(std::uint64_t value) {
  return std::to_string(value);
}
std::string shown(base::WallTime value) {
  return base::format_time(value);
}
template <class T>
std::string shown(const std::optional<T>& value) {
  return value ? shown(*value) : "";
}

template <class T, class Slot, class Parse>
Option add(CommandLine& line, const std::string& names, Slot& slot, Parse parse, const std::string& help,
           const char* value_name, std::optional<T> least = {}, const char* kind = "") {
  const auto take = [parse, least, kind](const std::string& text) -> base::Result<T> {
    base::Result<T> parsed = parse(text);
    if (!parsed) return base::fail(base::Kind::usage, "", "'" + text + "' is " + parsed.error().why);
    if (least && *parsed < *least)
      return base::fail(base::Kind::usage, "", "'" + text + "' is not a " + kind + " from " + shown(*least) + " on");
    return parsed;
  };
  return add_parsed(line, names, slot, take, help).value_name(value_name).default_text(shown(slot));
}

base::Result<base::WallTime> parse_time_from_now(std::string_view text) {
  return base::parse_time(text, base::wall_now());
}

}  // namespace

base::Result<std::size_t> choose(const std::string& text, const std::vector<std::string>& names) {
  const auto found = std::find(names.begin(), names.end(), text);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  std::string known;
  for (std::size_t i = 0; i < names.size(); ++i)
    known += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
  return base::fail(base::Kind::usage, "", "'" + text + "' is not " + known);
}

Option add_bytes(CommandLine& line, const std::string& names, base::Bytes& value, const std::string& help,
                 base::Bytes least) {
  return add<base::Bytes>(line, names, value, base::parse_bytes, help, "SIZE", least, "size");
}

Option add_bytes(CommandLine& line, const std::string& names, std::optional<base::Bytes>& value,
                 const std::string& help, base::Bytes least) {
  return add<base::Bytes>(line, names, value, base::parse_bytes, help, "SIZE", least, "size");
}

Option add_duration(CommandLine& line, const std::string& names, base::Duration& value, const std::string& help) {
  return add<base::Duration>(line, names, value, base::parse_duration, help, "TIME");
}

Option add_duration(CommandLine& line, const std::string& names, std::optional<base::Duration>& value,
                    const std::string& help) {
  return add<base::Duration>(line, names, value, base::parse_duration, help, "TIME");
}

Option add_number(CommandLine& line, const std::string& names, std::uint64_t& value, const std::string& help,
                  std::uint64_t least) {
  return add<std::uint64_t>(line, names, value, base::parse_number, help, "N", least, "number");
}

Option add_number(CommandLine& line, const std::string& names, std::optional<std::uint64_t>& value,
                  const std::string& help, std::uint64_t least) {
  return add<std::uint64_t>(line, names, value, base::parse_number, help, "N", least, "number");
}

Option add_time(CommandLine& line, const std::string& names, std::optional<base::WallTime>& value,
                const std::string& help) {
  return add<base::WallTime>(line, names, value, parse_time_from_now, help, "WHEN");
}

}  // namespace cli

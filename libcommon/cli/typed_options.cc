#include <CLI/CLI.hpp>

#include "cli/options.h"

namespace cli {
namespace {

// "8 MiB" as it can be typed: "8MiB".
std::string typed(std::string text) {
  std::erase(text, ' ');
  return text;
}

template <class T, class Target>
CLI::Option* add(CLI::App& app, const std::string& names, base::Result<T> (*parse)(std::string_view), Target& value,
                 const std::string& help) {
  auto option = std::make_shared<CLI::Option*>();
  const auto take = [parse, &value, option](const std::string& text) {
    auto parsed = parse(text);
    if (!parsed) throw CLI::ValidationError((*option)->get_name(), "'" + text + "' is " + parsed.error().why);
    value = *parsed;
  };
  *option = app.add_option_function<std::string>(names, take, help);
  return (*option)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

base::Result<base::WallTime> parse_time_from_now(std::string_view text) {
  return base::parse_time(text, base::wall_now());
}

}  // namespace

CLI::Option* add_bytes(CLI::App& app, const std::string& names, base::Bytes& value, const std::string& help) {
  return add(app, names, base::parse_bytes, value, help)
      ->type_name("SIZE")
      ->default_str(typed(base::format_bytes(value)));
}

CLI::Option* add_bytes(CLI::App& app, const std::string& names, std::optional<base::Bytes>& value,
                       const std::string& help) {
  return add(app, names, base::parse_bytes, value, help)
      ->type_name("SIZE")
      ->default_str(value ? typed(base::format_bytes(*value)) : "");
}

CLI::Option* add_duration(CLI::App& app, const std::string& names, base::Duration& value, const std::string& help) {
  return add(app, names, base::parse_duration, value, help)
      ->type_name("TIME")
      ->default_str(typed(base::format_duration(value)));
}

CLI::Option* add_duration(CLI::App& app, const std::string& names, std::optional<base::Duration>& value,
                          const std::string& help) {
  return add(app, names, base::parse_duration, value, help)
      ->type_name("TIME")
      ->default_str(value ? typed(base::format_duration(*value)) : "");
}

CLI::Option* add_number(CLI::App& app, const std::string& names, std::uint64_t& value, const std::string& help) {
  return add(app, names, base::parse_number, value, help)->type_name("N")->default_str(std::to_string(value));
}

CLI::Option* add_number(CLI::App& app, const std::string& names, std::optional<std::uint64_t>& value,
                        const std::string& help) {
  return add(app, names, base::parse_number, value, help)
      ->type_name("N")
      ->default_str(value ? std::to_string(*value) : "");
}

CLI::Option* add_time(CLI::App& app, const std::string& names, std::optional<base::WallTime>& value,
                      const std::string& help) {
  return add(app, names, parse_time_from_now, value, help)
      ->type_name("WHEN")
      ->default_str(value ? base::format_time(*value) : "");
}

}  // namespace cli

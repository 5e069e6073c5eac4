// What must hold for any bytes as rules, and any message. Used by the unit test on generated input and by the libFuzzer
// target.
#pragma once

#include <string>
#include <string_view>

#include "rules/language/program.h"
#include "tests/unit/codec_properties.h"

namespace rules_test {

// What is broken; empty if nothing is.
inline std::string_view broken_rules(std::string_view rules, std::string_view message) {
  const rules::language::Source source{"r", std::string(rules)};
  const auto program = rules::language::Program::compile({&source, 1}, {});
  if (!program) {
    const std::string error = program.error().text();
    if (program.error().kind == base::Kind::config && !error.starts_with("rules r:")) return "an error has no place";
    return codec_test::is_one_line(error) ? std::string_view() : "an error is not one line";
  }
  codec::Event event = codec::parse(message, codec::Mode::automatic, codec_test::any_context());
  (void)(*program)->run(event, nullptr);
  for (const std::string& line : (*program)->failures().take_news())
    if (!codec_test::is_one_line(line)) return "a failure is not one line";
  return codec_test::broken_rendering(event);
}

}  // namespace rules_test

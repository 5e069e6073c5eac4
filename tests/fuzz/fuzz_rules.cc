// libFuzzer target (make fuzz): the compiler of rules, and what it makes of them, on a message.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/unit/rules_properties.h"

// The last line is the message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = input.rfind('\n');
  const std::string_view message = end == input.npos ? std::string_view() : input.substr(end + 1);
  const std::string_view broken = rules_test::broken_rules(input.substr(0, end), message);
  if (broken.empty()) return 0;
  std::fprintf(stderr, "%.*s\n", static_cast<int>(broken.size()), broken.data());
  std::abort();
}

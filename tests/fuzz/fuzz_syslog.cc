// libFuzzer target (make fuzz): parsing in every mode, rendering in every format, open fields, expressions and
// templates.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/unit/codec_properties.h"

namespace {

void check(std::string_view broken) {
  if (broken.empty()) return;
  std::fprintf(stderr, "%.*s\n", static_cast<int>(broken.size()), broken.data());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check(codec_test::broken_property(input));
  // The last two lines are a name and a value for the message before them.
  const std::size_t value = input.rfind('\n');
  const std::size_t name = value == 0 ? value : input.substr(0, value).rfind('\n');
  if (value != input.npos && name != input.npos && name < value)
    check(codec_test::broken_open_field(input.substr(0, name), input.substr(name + 1, value - name - 1),
                                        input.substr(value + 1)));
  codec_test::compile_as_anything(input);
  return 0;
}

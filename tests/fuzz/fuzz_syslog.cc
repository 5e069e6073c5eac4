// libFuzzer target (make fuzz): parsing in every mode, rendering in every format, expressions and templates.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/unit/codec_properties.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view broken = codec_test::broken_property(input);
  if (!broken.empty()) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(broken.size()), broken.data());
    std::abort();
  }
  codec_test::compile_as_anything(input);
  return 0;
}

// libFuzzer target (make fuzz): the frames of a stream connection, however its bytes come, against a simple model.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "tests/unit/wire_properties.h"

// The first bytes say how long a message may be and in which pieces the others come.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kHead = 4;
  if (size < kHead) return 0;
  const std::vector<std::size_t> sizes(data + 1, data + kHead);
  const std::string_view input(reinterpret_cast<const char*>(data) + kHead, size - kHead);
  const std::string_view broken = wire_test::broken_property(input, data[0] + std::size_t{1}, sizes);
  if (!broken.empty()) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(broken.size()), broken.data());
    std::abort();
  }
  return 0;
}

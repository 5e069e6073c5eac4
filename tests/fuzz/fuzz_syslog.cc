// libFuzzer target: parsing in every mode, rendering in every format, expressions and templates.
//   clang++ -std=c++20 -Ilibcommon -I. -fsanitize=fuzzer,address,undefined tests/fuzz/fuzz_syslog.cc
//       libcommon/codec/{assignment,base64,event,field,format,json_string,parse*,render_*,structured_data}.cc
//     libcommon/codec/{template,timestamp,where*}.cc libcommon/base/{quote,result,units}.cc -lre2 -o fuzz_syslog
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

// libFuzzer target (make fuzz): what is pushed to Loki, in JSON, as a block of snappy, and in protobuf.
#include <snappy.h>

#include "tests/fuzz/api_properties.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body = api_fuzz::view(data, size);
  const auto check = [](const char* type, std::string_view bytes) {
    api_fuzz::check(api_fuzz::post("/loki/api/v1/push", type, bytes), logcat::take_loki, api_fuzz::Messages::events);
  };
  check("application/json", body);
  check("application/x-protobuf", body);
  std::string block;
  snappy::Compress(body.data(), body.size(), &block);
  check("application/x-protobuf", block);
  return 0;
}

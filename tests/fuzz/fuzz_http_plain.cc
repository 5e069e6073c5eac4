// libFuzzer target (make fuzz): bodies without a protocol of their own, and frames of logplex.
#include "tests/fuzz/api_properties.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto request = api_fuzz::post("/logs", "", api_fuzz::view(data, size));
  for (const auto take_apart :
       {logcat::take_logplex, logcat::take_ndjson, logcat::take_json, logcat::take_lines, logcat::take_one})
    api_fuzz::check(request, take_apart, api_fuzz::Messages::any);
  return 0;
}

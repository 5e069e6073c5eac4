// libFuzzer target (make fuzz): Elasticsearch's bulk requests.
#include "tests/fuzz/api_properties.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto request = api_fuzz::post("/logs/_bulk", "application/x-ndjson", api_fuzz::view(data, size));
  api_fuzz::check(request, logcat::take_bulk, api_fuzz::Messages::objects);
  return 0;
}

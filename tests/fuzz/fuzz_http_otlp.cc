// libFuzzer target (make fuzz): OpenTelemetry's logs, in protobuf and in JSON.
#include "tests/fuzz/api_properties.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const char* type : {"application/x-protobuf", "application/json"}) {
    const auto request = api_fuzz::post("/v1/logs", type, api_fuzz::view(data, size));
    api_fuzz::check(request, logcat::take_otlp, api_fuzz::Messages::events);
  }
  return 0;
}

// libFuzzer target (make fuzz): events and lines of Splunk's HTTP Event Collector, and questions for acknowledgements.
#include "tests/fuzz/api_properties.h"
#include "tools/logcat/http/direct.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body = api_fuzz::view(data, size);
  const auto events = api_fuzz::post("/services/collector", "application/json", body);
  api_fuzz::check(events, logcat::take_hec, api_fuzz::Messages::events);
  const auto lines = api_fuzz::post("/services/collector/raw?host=h&source=s", "text/plain", body);
  api_fuzz::check(lines, logcat::take_hec, api_fuzz::Messages::events);
  const auto answer = logcat::answer_directly(api_fuzz::post("/services/collector/ack?channel=c", "", body), {});
  if (!answer || !codec::is_json(answer->body)) std::abort();
  return 0;
}

// libFuzzer target (make fuzz): what servers answer to logsend, and the requests of APIs whose messages are records.
#include "codec/render.h"
#include "tests/fuzz/api_properties.h"
#include "tools/logsend/http/records.h"

namespace {

namespace http_out = logsend::http;

// What a sink relies on, whatever a server answers.
void check_verdict(const http_out::Verdict& verdict, std::size_t parts) {
  using Kind = http_out::Verdict::Kind;
  if ((verdict.kind == Kind::each) == verdict.items.empty()) std::abort();
  if ((verdict.kind == Kind::later) == verdict.token.empty()) std::abort();
  std::size_t least = 0;
  for (const http_out::Item& item : verdict.items) {
    if (item.index < least || item.index >= parts) std::abort();
    least = item.index + 1;
  }
}

// Bodies are JSON, for bulk on each line, and no longer than was said.
void check_body(const http_out::Api& api, const http_out::Parts& parts, bool has_lines) {
  std::string space;
  std::string body(api.assemble(parts, space).body);
  if (body.size() > parts.bytes().size() + api.traits().frame_bytes) std::abort();
  for (std::size_t at = 0; has_lines && at < body.size();) {
    const std::size_t end = body.find('\n', at);
    if (end == body.npos || !codec::is_json(body.substr(at, end - at))) std::abort();
    at = end + 1;
  }
}

void check_records(const http_out::Api& api, std::string_view data) {
  codec::Event event;
  (void)codec::parse_json(data, event);
  std::string json;
  codec::append_json(json, event);
  const bool is_json = api.traits().text == http_out::Text::json;
  std::string bytes;
  std::vector<std::size_t> ends;
  for (const char* key : {"b/c:1", "b/c:2", ""}) {
    const http_out::Message message{.text = is_json ? json : event.message, .event = event, .key = key};
    const std::size_t before = bytes.size();
    if (!api.encode(bytes, message)) bytes.resize(before);
    if (bytes.size() > before && !is_json && !codec::is_json(std::string_view(bytes).substr(before))) std::abort();
    if (bytes.size() > before) ends.push_back(bytes.size());
  }
  if (ends.empty()) return;
  const http_out::Parts parts(bytes, ends, "0123456789ABCDEF0123456789ABCDEF");
  check_body(api, parts, is_json);
  for (const int status : {200, 400, 503})
    check_verdict(api.judge(parts, {.status = status, .body = data}), parts.count());
  const std::vector<std::string> tokens{"0", "1"};
  for (const std::size_t index : api.confirmed(tokens, {.status = 200, .body = data}))
    if (index >= tokens.size()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = api_fuzz::view(data, size);
  static const auto kBulk = http_out::make_bulk();
  static const auto kLoki = http_out::make_loki({{"hostname", *codec::field_named("hostname")}});
  static const auto kHec = http_out::make_hec("/services/collector", "channel", std::chrono::minutes(2));
  static const auto kOtlp = http_out::make_otlp();
  for (const http_out::Api* api : {kBulk.get(), kLoki.get(), kHec.get(), kOtlp.get()}) check_records(*api, text);
  return 0;
}

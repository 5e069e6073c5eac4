// Bytes from an HTTP client: whatever comes and however it is cut, the same requests are read or the same refusal is
// given, and memory stays within the limits.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/request_reader.h"

namespace {

constexpr http::RequestLimits kLimits{.head = 2000, .body = 5000};

void require(bool holds) {
  if (!holds) std::abort();
}

// All that was read, as text.
std::string outcome(std::string_view bytes, std::size_t piece) {
  http::RequestReader reader(kLimits);
  std::string text;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    std::string_view input = bytes.substr(0, piece);
    do {
      const auto stage = reader.read(input);
      if (!stage) return text + "refused " + std::to_string(stage.error().status);
      require(reader.held() <= 4 * (kLimits.head + kLimits.body) + (8 << 10));
      if (reader.stage() == http::RequestReader::Stage::body && input.empty()) {
        std::string_view nothing;
        if (const auto ended = reader.read(nothing); !ended)
          return text + "refused " + std::to_string(ended.error().status);
      }
      if (reader.stage() != http::RequestReader::Stage::complete) continue;
      const http::Request request = reader.take();
      require(request.body.size() <= kLimits.body);
      text += request.method + ' ' + request.target + ' ' + std::to_string(request.headers.size()) + ' ' + request.body;
      text += '\n';
      (void)request.parameter("a");
      (void)request.content_type();
    } while (!input.empty());
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::string whole = outcome(bytes, std::max<std::size_t>(bytes.size(), 1));
  require(outcome(bytes, data[0] % 32 + 1) == whole);
  return 0;
}

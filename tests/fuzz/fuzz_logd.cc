// libFuzzer target (make fuzz): logd's requests and replies. The first byte says in what pieces the rest comes, and how
// the replies look; in pieces or at once, the same has to come out.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "codec/logd_reply.h"
#include "codec/logd_request.h"

namespace {

constexpr codec::LogdLimits kLimits{.argument = 64, .arguments = 8, .request = 200};

std::string requests_of(std::string_view bytes, std::size_t piece) {
  codec::LogdRequestReader reader(kLimits);
  std::string found;
  for (;;) {
    codec::LogdRequest request;
    const auto whole = reader.next(request);
    if (!whole) return found + (reader.next(request) ? "!" : "error");
    if (*whole) {
      if (request.arguments.size() > kLimits.arguments) std::abort();
      codec::append_logd_head(found, request.name, request.arguments.size());
      for (const std::string_view argument : request.arguments) {
        if (argument.size() > kLimits.argument) std::abort();
        codec::append_logd_argument(found, argument);
      }
      continue;
    }
    if (bytes.empty()) return found;
    const auto room = reader.room();
    const std::size_t some = std::min({piece, bytes.size(), room.size()});
    std::memcpy(room.data(), bytes.data(), some);
    reader.took(some);
    bytes.remove_prefix(some);
  }
}

std::string replies_of(std::string_view bytes, std::size_t piece, codec::LogdReplyReader::Bodies bodies) {
  constexpr std::size_t kMaxBody = 100;
  codec::LogdReplyReader reader(kMaxBody);
  reader.expect(bodies);
  std::string found;
  while (!bytes.empty()) {
    std::string_view part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    for (;;) {
      codec::LogdReply reply;
      const auto whole = reader.next(part, reply);
      if (!whole) return found + "error";
      if (!*whole) break;
      if (reply.kind == codec::LogdReply::Kind::message && reply.text.size() > kMaxBody) std::abort();
      found += std::to_string(static_cast<int>(reply.kind)) + ' ';
      codec::append_logd_timed_message(found, reply.id, reply.time, reply.text);
    }
  }
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = 1 + data[0] / 4;
  const std::size_t all = std::max<std::size_t>(bytes.size(), 1);
  const auto bodies = static_cast<codec::LogdReplyReader::Bodies>(data[0] % 4);
  if (requests_of(bytes, piece) != requests_of(bytes, all)) std::abort();
  if (replies_of(bytes, piece, bodies) != replies_of(bytes, all, bodies)) std::abort();
  return 0;
}

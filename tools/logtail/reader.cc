#include "tools/logtail/reader.h"

#include <algorithm>

#include "base/io.h"

namespace logtail {
namespace {

constexpr std::size_t kLeast = 4 << 10;  // with --rate, single messages are asked for

}  // namespace

Reader::Reader(Cutter cutter, EmitterOptions options) : cutter_(std::move(cutter)), emitter_(options) {
  grow(kBlock);
}

void Reader::grow(std::size_t size) {
  buffer_ = std::make_unique_for_overwrite<char[]>(size);
  size_ = size;
}

base::Result<Reader::Outcome> Reader::read(const Request& request, bool& passing, stream::Batch& out,
                                           std::vector<std::uint32_t>& ends) {
  std::uint64_t wanted = std::clamp(request.limit, kLeast, kBlock);
  for (;;) {
    wanted = std::min<std::uint64_t>(wanted, request.end - std::min(request.begin, request.end));
    if (wanted > size_) grow(wanted);
    const base::Transfer got = TRY(base::read_at(request.fd, {buffer_.get(), wanted}, request.begin, request.name));
    const std::string_view bytes(buffer_.get(), got.bytes);
    const std::uint64_t seen = request.begin + got.bytes;
    const bool at_end = got.end || seen >= request.end;
    const Cut cut = cutter_.cut(bytes, at_end ? request.rest : Rest::wait, request.limit, ends);
    if (cut.used > 0 || at_end) {
      split_ += cut.split;
      emitter_.emit(bytes, cut, ends, request.name, passing, out);
      const bool all = cut.used < request.limit || cut.used == bytes.size();
      return Outcome{request.begin + cut.used, at_end && all, seen};
    }
    wanted = std::max<std::uint64_t>(4 * wanted, cutter_.max_message() / 4 + 2);
    wanted = std::min<std::uint64_t>(wanted, cutter_.max_message() + 2);
  }
}

}  // namespace logtail

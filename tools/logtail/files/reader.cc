#include "tools/logtail/files/reader.h"

#include <algorithm>

#include "base/io.h"

namespace logtail {
namespace {

constexpr std::size_t kLeast = 4 << 10;  // with --rate, single messages are asked for

}  // namespace

Reader::Reader(Cutter cutter, EmitterOptions options) : cutter_(std::move(cutter)), emitter_(options) {
  grow(kBlock + 2 * Trace::kBlock);
}

void Reader::grow(std::size_t size) {
  buffer_ = std::make_unique_for_overwrite<char[]>(size);
  size_ = size;
}

base::Result<Reader::Outcome> Reader::read(const Request& request, bool& passing, stream::Batch& out,
                                           std::vector<std::uint32_t>& ends) {
  std::uint64_t wanted = std::clamp(request.limit, kLeast, kBlock);
  const Trace before = request.before != nullptr ? *request.before : Trace{request.begin, request.begin};
  const std::uint64_t lead = request.begin - before.recent();
  for (;;) {
    wanted = std::min<std::uint64_t>(wanted, request.end - std::min(request.begin, request.end));
    if (lead + wanted > size_) grow(lead + wanted);
    const base::Transfer got =
        TRY(base::read_at(request.fd, {buffer_.get(), lead + wanted}, before.recent(), request.name));
    const std::string_view all(buffer_.get(), got.bytes);
    if (!before.agrees(all)) return Outcome{request.begin, false, request.begin, before, true};
    const std::string_view bytes = all.substr(lead);
    const std::uint64_t seen = request.begin + bytes.size();
    const bool at_end = got.end || seen >= request.end;
    const Cut cut = cutter_.cut(bytes, at_end ? request.rest : Rest::wait, request.limit, ends);
    if (cut.used > 0 || at_end) {
      split_ += cut.split;
      emitter_.emit(bytes, cut, ends, request.name, passing, out);
      const bool whole = cut.used < request.limit || cut.used == bytes.size();
      const std::uint64_t next = request.begin + cut.used;
      return Outcome{next, at_end && whole, seen, before.extended(all, next), false};
    }
    wanted = std::max<std::uint64_t>(4 * wanted, cutter_.max_message() / 4 + 2);
    wanted = std::min<std::uint64_t>(wanted, cutter_.max_message() + 2);
  }
}

}  // namespace logtail

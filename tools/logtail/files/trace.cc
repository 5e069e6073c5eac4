#include "tools/logtail/files/trace.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <memory>

#include "base/io.h"

namespace logtail {
namespace {

constexpr std::uint64_t kTraceStep = 256 << 10;

std::uint64_t hash_of(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace

std::uint64_t Trace::recent() const {
  const std::uint64_t blocks = (upto - from) / kBlock;
  return from + (blocks < 2 ? 0 : blocks - 1) * kBlock;
}

bool Trace::agrees(std::string_view bytes) const {
  const std::uint64_t size = upto - recent();
  return bytes.size() >= size && (size == 0 || hash_of(bytes.substr(0, size), chain) == hash);
}

Trace Trace::extended(std::string_view bytes, std::uint64_t to) const {
  Trace next = *this;
  next.upto = to;
  std::uint64_t at = recent();
  for (; at < next.recent(); at += kBlock) {
    next.chain = hash_of(bytes.substr(0, kBlock), next.chain);
    bytes.remove_prefix(kBlock);
  }
  next.hash = to == from ? 0 : hash_of(bytes.substr(0, to - at), next.chain);
  return next;
}

std::string Trace::text() const {
  return std::to_string(from) + ":" + std::to_string(upto) + ":" + std::to_string(chain) + ":" + std::to_string(hash);
}

base::Result<Trace> trace_at(int fd, std::string_view name, std::uint64_t position) {
  const std::uint64_t from = position - std::min(position, Trace::kBlock);
  return read_on(fd, name, {.from = from, .upto = from}, position);
}

base::Result<Trace> read_on(int fd, std::string_view name, Trace trace, std::uint64_t upto) {
  const auto bytes = std::make_unique_for_overwrite<char[]>(kTraceStep);
  while (trace.upto < upto) {
    const std::uint64_t begin = trace.recent();
    const std::uint64_t end = std::min(upto, begin + kTraceStep);
    const base::Transfer got = TRY(base::read_at(fd, {bytes.get(), end - begin}, begin, name));
    if (begin + got.bytes <= trace.upto) break;
    trace = trace.extended({bytes.get(), got.bytes}, begin + got.bytes);
  }
  return trace;
}

base::Result<bool> ends_alike(int fd, std::string_view name, const Trace& trace) {
  char bytes[2 * Trace::kBlock];
  const std::uint64_t begin = trace.recent();
  const base::Transfer got = TRY(base::read_at(fd, {bytes, trace.upto - begin}, begin, name));
  return trace.agrees({bytes, got.bytes});
}

base::Result<bool> holds_all(int fd, std::string_view name, const Trace& trace) {
  return TRY(read_on(fd, name, {.from = trace.from, .upto = trace.from}, trace.upto)) == trace;
}

}  // namespace logtail

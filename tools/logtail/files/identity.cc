#include "tools/logtail/files/identity.h"

#include <fcntl.h>
#include <sys/stat.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/io.h"

namespace logtail {
namespace {

// Takes "NUMBER:" or, the last time, "NUMBER" off the front.
std::optional<std::uint64_t> take_number(std::string_view& text, int base) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.starts_with(':')) text.remove_prefix(1);
  return number;
}

// Nothing where there is none, or half a one.
std::optional<Trace> take_trace(std::string_view& text) {
  Trace trace;
  for (std::uint64_t* field : {&trace.from, &trace.upto, &trace.chain, &trace.hash}) {
    const auto number = take_number(text, 10);
    if (!number) return std::nullopt;
    *field = *number;
  }
  if (trace.from > trace.upto) return std::nullopt;
  return trace;
}

// When the file was made, in nanoseconds; 0 where the file system does not tell.
std::uint64_t birth_of(int fd) {
  struct statx status {};
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &status) != 0 || (status.stx_mask & STATX_BTIME) == 0) return 0;
  return static_cast<std::uint64_t>(status.stx_btime.tv_sec) * 1'000'000'000 + status.stx_btime.tv_nsec;
}

}  // namespace

Head head_of(std::string_view first_bytes) {
  return {first_bytes.size(), XXH3_64bits(first_bytes.data(), first_bytes.size())};
}

base::Result<Head> head_of(int fd, std::string_view name, std::uint64_t length) {
  std::array<char, Head::kMost> bytes;
  const std::size_t wanted = std::min<std::uint64_t>(length, bytes.size());
  const base::Transfer got = TRY(base::read_at(fd, {bytes.data(), wanted}, 0, name));
  return got.bytes == 0 ? Head{0, birth_of(fd)} : head_of({bytes.data(), got.bytes});
}

base::Result<bool> begins_with(int fd, std::string_view name, const Head& head) {
  return TRY(head_of(fd, name, head.length)) == head;
}

std::string Identity::text() const {
  std::array<char, 17> hash{};
  (void)std::to_chars(hash.data(), hash.data() + hash.size() - 1, head.hash, 16);
  std::string text = std::to_string(inode.device) + ":" + std::to_string(inode.number) + ":" +
                     std::to_string(head.length) + ":" + hash.data();
  if (trace) text += ":" + trace->text();
  if (trace && ahead) text += ":" + ahead->text();
  return text;
}

std::optional<Identity> parse_identity(std::string_view text) {
  const auto device = take_number(text, 10);
  const auto inode = device ? take_number(text, 10) : std::nullopt;
  const auto length = inode ? take_number(text, 10) : std::nullopt;
  const auto hash = length ? take_number(text, 16) : std::nullopt;
  if (!hash) return std::nullopt;
  Identity identity{{*device, *inode}, {*length, *hash}, std::nullopt, std::nullopt};
  if (!text.empty() && !(identity.trace = take_trace(text))) return std::nullopt;
  if (!text.empty() && !(identity.ahead = take_trace(text))) return std::nullopt;
  if (!text.empty()) return std::nullopt;
  return identity;
}

}  // namespace logtail

#include "tools/logbuf/store/state.h"

#include <algorithm>
#include <array>
#include <optional>

#include "tools/logbuf/store/pack.h"

namespace logbuf {
namespace {

constexpr std::size_t kUuidLength = 36;
constexpr std::array<std::string_view, 3> kWhenFull = {"block", "drop-newest", "drop-oldest"};
constexpr std::array<std::string_view, 2> kCompressions = {"none", "zstd"};

template <class Enum, std::size_t N>
std::optional<Enum> named(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

base::Result<WhenFull> parse_when_full(std::string_view name) {
  if (const auto found = named<WhenFull>(kWhenFull, name)) return *found;
  return base::fail(base::Kind::usage, "--full",
                    "'" + std::string(name) + "' is not block, drop-newest or drop-oldest");
}

std::string_view when_full_name(WhenFull when_full) {
  return kWhenFull[static_cast<std::size_t>(when_full)];
}

base::Result<Compression> parse_compression(std::string_view name) {
  if (const auto found = named<Compression>(kCompressions, name)) return *found;
  return base::fail(base::Kind::usage, "--compress", "'" + std::string(name) + "' is not zstd or none");
}

std::string_view compression_name(Compression compression) {
  return kCompressions[static_cast<std::size_t>(compression)];
}

std::string State::encode() const {
  Packer packer;
  packer.u32(format).u32(static_cast<std::uint32_t>(limits.when_full));
  packer.time(created).u64(next_id).time(last_accepted).u64(chunks).u64(messages).u64(bytes);
  packer.u64(dropped_newest).u64(dropped_oldest).u64(damaged).u64(next_owner).u64(next_consumer);
  packer.u64(unreported_loss).time(loss_since);
  packer.u64(limits.max_size.count)
      .u64(limits.retain_size.count)
      .u64(static_cast<std::uint64_t>(limits.retain_time.count()));
  if (format > kPlainFormat) packer.u64(plain_bytes);
  return packer.text(uuid).take();
}

base::Result<State> State::decode(std::string_view bytes) {
  const auto damaged_record = [] {
    return base::fail(base::Kind::data, "read buffer", "its state record is damaged; see 'logbuf salvage'");
  };
  if (bytes.size() < kUuidLength) return damaged_record();
  State state;
  state.uuid = bytes.substr(bytes.size() - kUuidLength);
  Unpacker unpacker(bytes.substr(0, bytes.size() - kUuidLength));
  state.format = unpacker.u32();
  if (unpacker.ok() && state.format > kCompressedFormat)
    return base::fail(base::Kind::data, "read buffer", "a newer logpipe has written to it; use that one");
  const std::uint32_t when_full = unpacker.u32();
  state.created = unpacker.time();
  state.next_id = unpacker.u64();
  state.last_accepted = unpacker.time();
  state.chunks = unpacker.u64();
  state.messages = unpacker.u64();
  state.bytes = unpacker.u64();
  state.dropped_newest = unpacker.u64();
  state.dropped_oldest = unpacker.u64();
  state.damaged = unpacker.u64();
  state.next_owner = unpacker.u64();
  state.next_consumer = unpacker.u64();
  state.unreported_loss = unpacker.u64();
  state.loss_since = unpacker.time();
  state.limits.max_size = {unpacker.u64()};
  state.limits.retain_size = {unpacker.u64()};
  state.limits.retain_time = base::Duration(unpacker.u64());
  state.plain_bytes = state.format > kPlainFormat ? unpacker.u64() : state.bytes;
  if (!unpacker.ok() || state.format == 0 || when_full >= kWhenFull.size() || state.next_id == 0)
    return damaged_record();
  state.limits.when_full = static_cast<WhenFull>(when_full);
  return state;
}

}  // namespace logbuf

#include "tools/logbuf/store/mastership.h"

#include "base/units.h"
#include "tools/logbuf/store/pack.h"

namespace logbuf {
namespace {

constexpr std::size_t kNumbers = 8 + 8 + 4 + 4;  // bytes before the texts
constexpr std::uint64_t kTerm = 1'000'000'000;   // decimal, so that people see the count

}  // namespace

std::optional<std::uint64_t> parse_epoch(std::string_view text) {
  const auto epoch = base::parse_number(text);
  return epoch && *epoch <= kMaxEpoch ? std::optional<std::uint64_t>(*epoch) : std::nullopt;
}

std::optional<std::uint64_t> next_epoch(std::uint64_t epoch, std::uint64_t random) {
  const std::uint64_t next = (epoch / kTerm + 1) * kTerm + random % kTerm;
  return next <= kMaxEpoch ? std::optional(next) : std::nullopt;
}

std::string Mastership::encode() const {
  Packer packer;
  packer.u64(epoch).u64(log_epoch).u32(accepts ? 1 : 0).u32(static_cast<std::uint32_t>(log.size()));
  return packer.text(log).text(reason).take();
}

std::optional<Mastership> Mastership::decode(std::string_view bytes) {
  Unpacker unpacker(bytes);
  Mastership mastership;
  mastership.epoch = unpacker.u64();
  mastership.log_epoch = unpacker.u64();
  mastership.accepts = unpacker.u32() != 0;
  const std::uint32_t log_size = unpacker.u32();
  if (!unpacker.ok() || mastership.log_epoch == 0 || mastership.log_epoch > mastership.epoch) return std::nullopt;
  if (bytes.size() - kNumbers < log_size) return std::nullopt;
  mastership.log = bytes.substr(kNumbers, log_size);
  mastership.reason = bytes.substr(kNumbers + log_size);
  return mastership;
}

}  // namespace logbuf

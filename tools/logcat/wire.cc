#include "tools/logcat/wire.h"

#include <algorithm>
#include <utility>

namespace logcat {
namespace {

using stream::Framing;

constexpr std::size_t kMostDigits = 9;
constexpr std::size_t kEnough = kMostDigits + 1;  // as many bytes tell in any case

constexpr char kAdvice[] = "f these are lines, use --input-framing line";

}  // namespace

std::optional<Framing> tell_framing(std::string_view first_bytes) {
  const std::size_t digits = std::min(first_bytes.find_first_not_of("0123456789"), first_bytes.size());
  if (digits > kMostDigits) return Framing::line;
  // A count has no leading zero, but an empty message is "0 ".
  if (digits > 1 && first_bytes.front() == '0') return Framing::line;
  if (digits == first_bytes.size()) return std::nullopt;
  return digits > 0 && first_bytes[digits] == ' ' ? Framing::octet : Framing::line;
}

WireReader::WireReader(std::optional<Framing> framing, std::size_t max_message) : max_message_(max_message) {
  if (framing) reader_.emplace(stream::FrameFormat{*framing, false}, max_message);
}

base::Result<void> WireReader::start(Framing framing, stream::Batch& out) {
  told_ = framing == Framing::octet;
  reader_.emplace(stream::FrameFormat{framing, false}, max_message_);
  return advise(reader_->feed(std::exchange(head_, {}), out));
}

base::Result<void> WireReader::feed(std::string_view bytes, stream::Batch& out) {
  if (!reader_) {
    const std::size_t size = std::min(bytes.size(), kEnough - head_.size());
    head_.append(bytes.substr(0, size));
    bytes.remove_prefix(size);
    const auto framing = tell_framing(head_);
    if (!framing) return {};
    TRY(start(*framing, out));
  }
  return advise(reader_->feed(bytes, out));
}

base::Result<void> WireReader::finish(stream::Batch& out) {
  if (!reader_) TRY(start(Framing::line, out));
  return advise(reader_->finish(out));
}

base::Result<void> WireReader::advise(base::Result<void> result) const {
  if (result || !told_) return result;
  std::string& why = result.error().why;
  why += (why.ends_with('?') ? " I" : "; i") + std::string(kAdvice);
  return result;
}

}  // namespace logcat

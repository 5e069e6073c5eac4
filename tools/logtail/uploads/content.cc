#include "tools/logtail/uploads/content.h"

#include <fcntl.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/io.h"

namespace logtail {
namespace {

using base::Result;

constexpr std::size_t kRawBytes = 256 << 10;

}  // namespace

struct Content::Hash {
  XXH3_state_t state;
};

Content::Content(Cutter cutter, EmitterOptions options)
    : cutter_(std::move(cutter)),
      emitter_(options),
      hash_(std::make_unique<Hash>()),
      raw_(std::make_unique_for_overwrite<char[]>(kRawBytes)) {}

Content::~Content() = default;

Result<void> Content::open(base::Fd fd, std::string name) {
  fd_ = std::move(fd);
  name_ = std::move(name);
  version_ = TRY(version_of(fd_.get(), name_));
  (void)::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  (void)XXH3_64bits_reset(&hash_->state);
  at_ = begin_ = end_ = 0;
  input_ = {};
  raw_ended_ = ended_ = coding_known_ = false;
  decoder_.reset();
  return {};
}

std::uint64_t Content::hash() const {
  return XXH3_64bits_digest(&hash_->state);
}

void Content::pass(std::size_t bytes) {
  (void)XXH3_64bits_update(&hash_->state, buffer_.get() + begin_, bytes);
  begin_ += bytes;
  at_ += bytes;
}

Result<bool> Content::skip_to(std::uint64_t position) {
  while (at_ < position) {
    if (held().empty()) {
      if (ended_) return false;
      TRY(fill());
    }
    pass(std::min<std::uint64_t>(held().size(), position - at_));
  }
  return true;
}

Result<bool> Content::read(std::size_t limit, std::uint64_t end, bool& passing, stream::Batch& out,
                           std::vector<std::uint32_t>& ends) {
  for (;;) {
    const std::string_view bytes = held().substr(0, end - std::min(end, at_));
    const bool at_end = at_ + bytes.size() == end || (ended_ && bytes.size() == held().size());
    const Cut cut = cutter_.cut(bytes, at_end ? Rest::all : Rest::wait, limit, ends);
    split_ += cut.split;
    if (cut.used > 0) {
      emitter_.emit(bytes, cut, ends, name_, passing, out);
      pass(cut.used);
    }
    const bool all = at_end && cut.used == bytes.size();
    if (cut.used > 0 || all) return !all;
    TRY(fill());
  }
}

// ---- bytes

void Content::make_room(std::size_t bytes) {
  if (size_ - end_ >= bytes) return;
  const std::string_view kept = held();
  if (size_ - kept.size() >= bytes) {
    std::memmove(buffer_.get(), kept.data(), kept.size());
  } else {
    size_ = std::max(2 * size_, kept.size() + bytes);
    auto larger = std::make_unique_for_overwrite<char[]>(size_);
    std::ranges::copy(kept, larger.get());
    buffer_ = std::move(larger);
  }
  end_ = kept.size();
  begin_ = 0;
}

// Something more of the content, or its end.
Result<void> Content::fill() {
  if (ended_) return {};
  make_room(kRawBytes);
  TRY(know_coding());
  if (!decoder_) return fill_plain();
  for (;;) {
    const std::string_view piece = TRY(decoder_->decode(input_));
    make_room(piece.size());
    std::ranges::copy(piece, buffer_.get() + end_);
    end_ += piece.size();
    if (!piece.empty()) return {};
    if (raw_ended_) break;
    TRY(fill_raw());
  }
  TRY(decoder_->finish());
  ended_ = true;
  return {};
}

// A whole block, or all there is: most files are seen to their end at once.
Result<void> Content::fill_plain() {
  while (!ended_ && end_ < size_) {
    version_ = TRY(version_of(fd_.get(), name_));
    const base::Transfer got = TRY(base::read_some(fd_.get(), {buffer_.get() + end_, size_ - end_}, name_));
    end_ += got.bytes;
    ended_ = got.end;
  }
  return {};
}

// What it looked like before its end is found is what all that was read belongs to.
Result<void> Content::fill_raw() {
  const std::size_t kept = input_.size();
  if (kept > 0) std::memmove(raw_.get(), input_.data(), kept);
  version_ = TRY(version_of(fd_.get(), name_));
  const base::Transfer got = TRY(base::read_some(fd_.get(), {raw_.get() + kept, kRawBytes - kept}, name_));
  input_ = {raw_.get(), kept + got.bytes};
  raw_ended_ = got.end;
  return {};
}

Result<void> Content::know_coding() {
  if (coding_known_) return {};
  auto coding = codec::tell_coding(input_, raw_ended_);
  while (!coding) {
    TRY(fill_raw());
    coding = codec::tell_coding(input_, raw_ended_);
  }
  coding_known_ = true;
  if (*coding != codec::Coding::plain) {
    decoder_ = TRY(codec::make_decoder(*coding));
    return {};
  }
  std::ranges::copy(input_, buffer_.get() + end_);
  end_ += std::exchange(input_, {}).size();
  ended_ = raw_ended_;
  return {};
}

}  // namespace logtail

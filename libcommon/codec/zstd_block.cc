#include "codec/zstd_block.h"

#include <zstd.h>

#include <new>

namespace codec {
namespace {

constexpr int kFastest = 1;  // of the levels that zstd numbers

}  // namespace

void ZstdCompressor::Free::operator()(ZSTD_CCtx_s* context) const noexcept {
  ZSTD_freeCCtx(context);
}

std::optional<std::string_view> ZstdCompressor::compress(std::string_view first, std::string_view second) {
  if (!context_) context_.reset(ZSTD_createCCtx());
  if (!context_) throw std::bad_alloc();
  block_.assign(first);
  block_.append(second);
  frame_.resize(ZSTD_compressBound(block_.size()));
  const std::size_t size =
      ZSTD_compressCCtx(context_.get(), frame_.data(), frame_.size(), block_.data(), block_.size(), kFastest);
  if (ZSTD_isError(size) != 0) throw std::bad_alloc();  // with enough room, only memory can be lacking
  if (size >= block_.size()) return {};
  return std::string_view(frame_).substr(0, size);
}

bool expand_zstd(std::string_view frame, char* out, std::size_t size) {
  return ZSTD_decompress(out, size, frame.data(), frame.size()) == size;
}

}  // namespace codec

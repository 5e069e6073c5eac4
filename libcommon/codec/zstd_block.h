// Blocks whose size is known, as one zstd frame each (RFC 8878), and back. Passive.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct ZSTD_CCtx_s;

namespace codec {

// At zstd's fastest level. Its memory grows with the largest block, and is given back at its end.
class ZstdCompressor {
 public:
  // A frame with `first` and then `second`, valid until the next call. Nothing: it would not be smaller than they are.
  std::optional<std::string_view> compress(std::string_view first, std::string_view second);

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const noexcept;
  };
  std::unique_ptr<ZSTD_CCtx_s, Free> context_;  // from the first call on
  std::string block_;
  std::string frame_;
};

// The block of a frame. False: the frame is damaged, or its block has not exactly `size` bytes; `out` has room for
// those and is never written beyond, whatever the frame says.
bool expand_zstd(std::string_view frame, char* out, std::size_t size);

}  // namespace codec

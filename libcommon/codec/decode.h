// Compressed inputs, recognised by their first bytes and decompressed on the fly. Passive: bytes in, bytes out.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace codec {

enum class Coding { plain, gzip, zstd, xz, bzip2, lz4 };

// From the first bytes of an input (RFC 1952, section 2.3.1; RFC 8878, sections 3.1.1 and 3.1.2); nothing while more of
// them are needed. A skippable frame counts as zstd: pzstd writes one before each frame.
std::optional<Coding> tell_coding(std::string_view first_bytes, bool at_end);

// Undoes one coding, also of several members (frames) one after the other.
class Decoder {
 public:
  virtual ~Decoder() = default;

  // Consumes from the front of `input` and gives what that became, at most 256 KiB, valid until the next call. Nothing
  // comes out only when all of `input` is consumed. Kind::data when it is damaged.
  virtual base::Result<std::string_view> decode(std::string_view& input) = 0;

  // The input has ended. Kind::data when it ended too early.
  virtual base::Result<void> finish() = 0;
};

// Not for Coding::plain. Kind::data, with the program that helps, for what is recognised and not decompressed here.
base::Result<std::unique_ptr<Decoder>> make_decoder(Coding coding);
std::unique_ptr<Decoder> make_gzip_decoder();
// At most 2 to the power of `window_log` bytes are kept to refer back to; data that needs more is an error.
inline constexpr int kLargestZstdWindow = 27;  // 128 MiB, as the program zstd takes it
inline constexpr int kHttpZstdWindow = 23;     // 8 MiB, as RFC 9659 has it for HTTP
std::unique_ptr<Decoder> make_zstd_decoder(int window_log = kLargestZstdWindow);
// HTTP's "deflate": zlib's format (RFC 1950), or deflate without a header (RFC 1951), which some senders mean by it.
std::unique_ptr<Decoder> make_deflate_decoder();

}  // namespace codec

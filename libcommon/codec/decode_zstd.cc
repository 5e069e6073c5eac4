#include <zstd.h>
#include <zstd_errors.h>

#include <string>

#include "codec/decode.h"

namespace codec {
namespace {

constexpr std::size_t kZstdOutput = 256 << 10;

struct Freer {
  void operator()(ZSTD_DCtx* context) const noexcept { ::ZSTD_freeDCtx(context); }
};

class ZstdDecoder final : public Decoder {
 public:
  explicit ZstdDecoder(int window_log) : window_log_(window_log) {
    if (context_) ::ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, window_log);
  }

  base::Result<std::string_view> decode(std::string_view& input) override {
    if (!context_) return base::fail(base::Kind::unavailable, "decode zstd", "there is not enough memory");
    std::size_t size = 0;
    do size = TRY(step(input));
    while (size == 0 && !input.empty());
    return std::string_view(output_.get(), size);
  }

  base::Result<void> finish() override {
    if (inside_) return base::fail(base::Kind::data, "decode zstd", "the zstd data ends too early");
    return {};
  }

 private:
  base::Result<std::size_t> step(std::string_view& input) {
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer out{output_.get(), kZstdOutput, 0};
    const std::size_t status = ::ZSTD_decompressStream(context_.get(), &out, &in);
    input.remove_prefix(in.pos);
    if (::ZSTD_getErrorCode(status) == ZSTD_error_frameParameter_windowTooLarge)
      return base::fail(base::Kind::data, "decode zstd",
                        "the zstd data needs more than " + std::to_string((std::uint64_t{1} << window_log_) >> 20) +
                            " MiB of memory, which 'zstd -dc --long=31' takes,");
    if (::ZSTD_isError(status))
      return base::fail(base::Kind::data, "decode zstd",
                        "the zstd data is damaged (" + std::string(::ZSTD_getErrorName(status)) + ")");
    // Without progress the status is a hint about the next frame, whether there is one or not.
    if (in.pos > 0 || out.pos > 0) inside_ = status != 0;
    return out.pos;
  }

  int window_log_;
  std::unique_ptr<ZSTD_DCtx, Freer> context_{::ZSTD_createDCtx()};
  bool inside_ = false;  // a frame that has not ended
  std::unique_ptr<char[]> output_ = std::make_unique_for_overwrite<char[]>(kZstdOutput);
};

}  // namespace

std::unique_ptr<Decoder> make_zstd_decoder(int window_log) {
  return std::make_unique<ZstdDecoder>(window_log);
}

}  // namespace codec

#include <zlib.h>

#include <algorithm>
#include <string>
#include <utility>

#include "codec/decode.h"

namespace codec {
namespace {

constexpr std::size_t kZlibOutput = 256 << 10;

// zlib.h, inflateInit2: the largest window, and what surrounds the data.
constexpr int kGzip = 15 + 16;
constexpr int kZlib = 15;
constexpr int kBare = -15;

class ZlibDecoder final : public Decoder {
 public:
  ZlibDecoder(int wrapping, std::string name) : name_(std::move(name)) {
    usable_ = ::inflateInit2(&stream_, wrapping) == Z_OK;
  }
  ZlibDecoder(const ZlibDecoder&) = delete;
  ZlibDecoder& operator=(const ZlibDecoder&) = delete;
  ~ZlibDecoder() override { ::inflateEnd(&stream_); }

  base::Result<std::string_view> decode(std::string_view& input) override {
    if (!usable_) return base::fail(base::Kind::unavailable, "decode " + name_, "there is not enough memory");
    for (;;) {
      if (damaged_) return base::fail(base::Kind::data, "decode " + name_, "the " + name_ + " data is damaged");
      if (!inside_ && !enter_member(input)) return std::string_view();
      const std::size_t size = step(input);
      if (size > 0 || (input.empty() && !damaged_)) return std::string_view(output_.get(), size);
    }
  }

  base::Result<void> finish() override {
    if (inside_) return base::fail(base::Kind::data, "decode " + name_, "the " + name_ + " data ends too early");
    return {};
  }

 private:
  // Zeros after the last member are padding (of tapes, and of tar); what else follows has to be another member.
  bool enter_member(std::string_view& input) {
    if (after_member_) input.remove_prefix(std::min(input.find_first_not_of('\0'), input.size()));
    if (input.empty()) return false;
    if (after_member_) (void)::inflateReset(&stream_);
    inside_ = true;
    return true;
  }

  // What came out before the damage counts.
  std::size_t step(std::string_view& input) {
    // zlib wants a pointer to mutable bytes and does not change them.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream_.avail_in = static_cast<uInt>(input.size());
    stream_.next_out = reinterpret_cast<Bytef*>(output_.get());
    stream_.avail_out = kZlibOutput;
    const int status = ::inflate(&stream_, Z_NO_FLUSH);
    input.remove_prefix(input.size() - stream_.avail_in);
    if (status == Z_STREAM_END) {
      inside_ = false;
      after_member_ = true;
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      damaged_ = true;
    }
    return kZlibOutput - stream_.avail_out;
  }

  std::string name_;  // for people
  z_stream stream_{};
  bool usable_ = false;
  bool inside_ = false;        // a member that has not ended
  bool after_member_ = false;  // at least one has
  bool damaged_ = false;
  std::unique_ptr<char[]> output_ = std::make_unique_for_overwrite<char[]>(kZlibOutput);
};

// Which of the two it is, the first byte tells: its lower half is 8 in zlib's format (RFC 1950, section 2.2). A bare
// stream that begins so has a stored block with a padding bit set, which no encoder writes.
class DeflateDecoder final : public Decoder {
 public:
  base::Result<std::string_view> decode(std::string_view& input) override {
    if (!decoder_ && input.empty()) return std::string_view();
    if (!decoder_) {
      constexpr unsigned kMethod = 0x0f;
      const bool wrapped = (static_cast<unsigned char>(input.front()) & kMethod) == Z_DEFLATED;
      decoder_ = std::make_unique<ZlibDecoder>(wrapped ? kZlib : kBare, "deflate");
    }
    return decoder_->decode(input);
  }
  base::Result<void> finish() override {
    if (!decoder_) return base::fail(base::Kind::data, "decode deflate", "the deflate data ends too early");
    return decoder_->finish();
  }

 private:
  std::unique_ptr<Decoder> decoder_;
};

}  // namespace

std::unique_ptr<Decoder> make_gzip_decoder() {
  return std::make_unique<ZlibDecoder>(kGzip, "gzip");
}

std::unique_ptr<Decoder> make_deflate_decoder() {
  return std::make_unique<DeflateDecoder>();
}

}  // namespace codec

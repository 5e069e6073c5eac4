#include "codec/decode.h"

#include <algorithm>
#include <array>
#include <string>

namespace codec {
namespace {

struct Magic {
  std::string_view bytes;
  Coding coding;
  unsigned char first_mask = 0xff;  // which bits of the first byte count

  // Of the bytes that both have.
  [[nodiscard]] bool agrees(std::string_view text) const {
    const std::size_t size = std::min(text.size(), bytes.size());
    if (size == 0) return true;
    return (static_cast<unsigned char>(text[0]) & first_mask) == static_cast<unsigned char>(bytes[0]) &&
           text.substr(1, size - 1) == bytes.substr(1, size - 1);
  }
};

constexpr std::array kMagics{
    Magic{"\x1f\x8b\x08", Coding::gzip},            // with deflate, the only method there is
    Magic{"\x28\xb5\x2f\xfd", Coding::zstd},        //
    Magic{"\x50\x2a\x4d\x18", Coding::zstd, 0xf0},  // a skippable frame
    Magic{{"\xfd"
           "7zXZ\0",
           6},
          Coding::xz},
    Magic{"BZh91AY&SY", Coding::bzip2},
    Magic{"\x04\x22\x4d\x18", Coding::lz4},
};

base::Result<std::unique_ptr<Decoder>> refuse(const std::string& format) {
  return base::fail(base::Kind::data, "decode " + format,
                    "logcat does not decompress " + format + "; '" + format + " -dc FILE | logcat' does that");
}

}  // namespace

std::optional<Coding> tell_coding(std::string_view first_bytes, bool at_end) {
  for (const Magic& magic : kMagics) {
    if (!magic.agrees(first_bytes)) continue;
    if (first_bytes.size() >= magic.bytes.size()) return magic.coding;
    if (!at_end) return std::nullopt;
  }
  return Coding::plain;
}

base::Result<std::unique_ptr<Decoder>> make_decoder(Coding coding) {
  switch (coding) {
    case Coding::xz:
      return refuse("xz");
    case Coding::bzip2:
      return refuse("bzip2");
    case Coding::lz4:
      return refuse("lz4");
    case Coding::gzip:
      return make_gzip_decoder();
    case Coding::plain:
    case Coding::zstd:
      break;
  }
  return make_zstd_decoder();
}

}  // namespace codec

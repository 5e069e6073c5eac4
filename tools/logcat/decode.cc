#include "tools/logcat/decode.h"

#include <array>

namespace logcat {
namespace {

struct Magic {
  std::string_view bytes;
  Coding coding;
};

constexpr std::array kMagics{
    Magic{"\x1f\x8b\x08", Coding::gzip},      // with deflate, the only method there is
    Magic{"\x28\xb5\x2f\xfd", Coding::zstd},  //
};

}  // namespace

std::optional<Coding> tell_coding(std::string_view first_bytes, bool at_end) {
  for (const Magic& magic : kMagics) {
    if (first_bytes.starts_with(magic.bytes)) return magic.coding;
    if (!at_end && magic.bytes.starts_with(first_bytes)) return std::nullopt;
  }
  return Coding::plain;
}

std::unique_ptr<Decoder> make_decoder(Coding coding) {
  return coding == Coding::gzip ? make_gzip_decoder() : make_zstd_decoder();
}

}  // namespace logcat

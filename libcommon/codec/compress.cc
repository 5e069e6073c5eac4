#include "codec/compress.h"

#include <zlib.h>
#include <zstd.h>

#include <new>

namespace codec {
namespace {

constexpr int kZstdLevel = 3;         // zstd's own default
constexpr int kGzipWindow = 15 + 16;  // zlib's largest window, and gzip's head
constexpr int kGzipMemory = 8;        // zlib's own default

// With all of the input and enough room, one call does it; only memory can be lacking.
void compress_gzip(std::string_view bytes, std::string& out) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kGzipMemory, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  const std::size_t before = out.size();
  out.resize(before + deflateBound(&stream, bytes.size()));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
  stream.avail_out = static_cast<uInt>(out.size() - before);
  deflate(&stream, Z_FINISH);
  out.resize(before + stream.total_out);
  deflateEnd(&stream);
}

void compress_zstd(std::string_view bytes, std::string& out) {
  const std::size_t before = out.size();
  out.resize(before + ZSTD_compressBound(bytes.size()));
  const std::size_t size =
      ZSTD_compress(out.data() + before, out.size() - before, bytes.data(), bytes.size(), kZstdLevel);
  if (ZSTD_isError(size) != 0) throw std::bad_alloc();
  out.resize(before + size);
}

}  // namespace

void compress(Coding coding, std::string_view bytes, std::string& out) {
  coding == Coding::gzip ? compress_gzip(bytes, out) : compress_zstd(bytes, out);
}

std::string_view content_coding(Coding coding) {
  return coding == Coding::gzip ? "gzip" : "zstd";
}

}  // namespace codec

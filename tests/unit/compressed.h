// Compressed bytes for tests.
#pragma once

#include <doctest/doctest.h>
#include <zlib.h>
#include <zstd.h>

#include <string>
#include <string_view>

namespace unit {

inline constexpr int kGzip = 15 + 16;  // zlib.h, deflateInit2: windowBits
inline constexpr int kZlib = 15;
inline constexpr int kBareDeflate = -15;

inline std::string deflated(std::string_view text, int wrapping) {
  z_stream stream{};
  REQUIRE(::deflateInit2(&stream, 1, Z_DEFLATED, wrapping, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(::deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}

inline std::string gzip(std::string_view text) {
  return deflated(text, kGzip);
}

// As a program writes it that does not know how much will come.
inline std::string zstd_with_window(std::string_view text, int window_log) {
  ZSTD_CCtx* context = ::ZSTD_createCCtx();
  REQUIRE(::ZSTD_isError(::ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log)) == 0);
  std::string out(::ZSTD_compressBound(text.size()) + 100, '\0');
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  ZSTD_inBuffer from{text.data(), text.size(), 0};
  REQUIRE(::ZSTD_compressStream2(context, &to, &from, ZSTD_e_flush) == 0);
  REQUIRE(::ZSTD_compressStream2(context, &to, &from, ZSTD_e_end) == 0);
  ::ZSTD_freeCCtx(context);
  out.resize(to.pos);
  return out;
}

inline std::string zstd(std::string_view text) {
  std::string out(::ZSTD_compressBound(text.size()), '\0');
  out.resize(::ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 1));
  return out;
}

}  // namespace unit

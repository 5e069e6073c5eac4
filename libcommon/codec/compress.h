// The bodies that a client sends, compressed as a whole. Passive.
#pragma once

#include <string>
#include <string_view>

#include "codec/decode.h"

namespace codec {

// Appends one member (gzip, RFC 1952) or frame (zstd, RFC 8878), which has all of `bytes`. Only for those two codings.
void compress(Coding coding, std::string_view bytes, std::string& out);

// As in Content-Encoding: "gzip", "zstd".
std::string_view content_coding(Coding coding);

}  // namespace codec

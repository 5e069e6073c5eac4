// JSON strings of bytes that may be anything (RFC 8259, section 7).
#pragma once

#include <string>
#include <string_view>

namespace codec {

// In quotes, on one line: quote, backslash and control bytes escaped, other UTF-8 as it is. Each byte that is not part
// of well-formed UTF-8 becomes U+FFFD; returns false if there was one, as the bytes cannot be had back from it then.
bool append_json_string(std::string& out, std::string_view bytes);

// The same bytes without quotes and escapes: what is well-formed UTF-8 as it is, U+FFFD for each other byte.
void append_utf8(std::string& out, std::string_view bytes);

// Valid JSON without the white space between its tokens, so that it fits on a line.
void append_compact_json(std::string& out, std::string_view json);

}  // namespace codec

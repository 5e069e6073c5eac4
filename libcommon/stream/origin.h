// Names of streams whose message ids mean the same after a restart (stream/handshake.h).
#pragma once

#include <string_view>

namespace stream {

// The part of an origin that a rewind does not change, so that a message has the same name each time it is sent: of a
// buffer's UUID/CONSUMER/GENERATION (docs/format-buffer.md) what is before the generation, of any other all of it.
std::string_view lasting_origin(std::string_view origin);

}  // namespace stream

// Bodies of content type application/logplex-1: what log-shuttle and Heroku's drains post, and logplex takes.
//
//   46 <190>1 2012-12-10T03:00:48Z h t.X web.1 - - hi
//
// Each frame is the length of a message in bytes, one space, and the message; nothing stands between frames. Messages
// are RFC 5424, from most senders without the field STRUCTURED-DATA.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "stream/batch.h"

namespace codec {

// Appends the messages, in RFC 5424: those without structured data get the "-" they lack. That is missing where
// neither "-" nor an element with a parameter follows MSGID: "[INFO] up" is a message. Kind::data where a frame is
// malformed; `out` is then without meaning.
base::Result<void> parse_logplex(std::string_view body, stream::Batch& out);

// Appends a frame of `message`, without its structured data where it is RFC 5424; with "-" where what follows would be
// taken for such.
void append_logplex_frame(std::string& out, std::string_view message);

// "2012-12-10T03:00:48+00:00": as logplex writes times in what it says itself.
std::string logplex_time(base::WallTime time);

// Its error L10 in a message: "<172>1 NOW host heroku logplex - - Error L10 (output buffer overflow): 3 messages
// dropped since TIME."
std::string logplex_overflow(std::uint64_t dropped, base::WallTime since, base::WallTime now);

}  // namespace codec

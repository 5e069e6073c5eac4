// The parsers behind parse(), one per form. Each fills `event`, whose raw is set, and says in event.reason why it could
// not: then false is returned and the fields are undefined.
#pragma once

#include <string_view>

#include "codec/event.h"
#include "codec/parse.h"

namespace codec {

inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// "<34>": takes it off `text` and sets facility and severity. Without digits between "<" and ">" it is none.
enum class Priority { found, missing, invalid };
Priority take_priority(std::string_view& text, Event& event);

// Both start after the priority; RFC 5424 at the version.
bool parse_rfc5424(std::string_view text, Event& event);
// `certain`: it has a priority, or RFC 3164 was asked for, so that even a message without a time is one.
bool parse_rfc3164(std::string_view text, const Context& context, bool certain, Event& event);

bool parse_json(std::string_view text, Event& event);

// Without the bytes that transports leave at the end: NULs, then one LF.
std::string_view without_trailer(std::string_view message);

}  // namespace codec

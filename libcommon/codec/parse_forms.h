// The parsers behind parse(), one per form. Each fills `event`, whose raw is set, and says in event.reason why it could
// not: then false is returned and the fields are undefined. Where it could, a reason says what of it was not
// understood; event.message then begins at that.
#pragma once

#include <optional>
#include <string_view>

#include "codec/event.h"
#include "codec/parse.h"

namespace codec {

inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// "<34>": takes it off `text` and sets facility and severity. One that is no priority ("<192>", "<abc>") is taken off
// as well. Something else that starts with "<" is none.
enum class Priority { found, missing, invalid };
Priority take_priority(std::string_view& text, Event& event);

// "1 " and the like (RFC 5424, section 6.2.2): its number; nothing if there is none.
std::optional<unsigned> rfc5424_version(std::string_view text);

// Both start after the priority; RFC 5424 at the version.
bool parse_rfc5424(std::string_view text, const LocalClock& clock, Event& event);
// `certain`: it has a priority, or RFC 3164 was asked for, so that even a message without a time is one. Else only
// where host and tag show; where there is a time at least, the form is Form::timed.
bool parse_rfc3164(std::string_view text, const Context& context, bool certain, Event& event);

// What Cisco's systems put between the priority and "%FACILITY-SEVERITY-MNEMONIC:". Takes it off `text` and sets
// hostname, timestamp and structured data, as far as they are there; false, without a change, if it is something else.
bool take_cisco_header(std::string_view& text, const LocalClock& clock, Event& event);

// "%SYS-5-CONFIG_I", "%ASA-session-6-302013", "%MGBL-SYS-5-CONFIG_I"
bool starts_with_mnemonic(std::string_view text);

bool parse_json(std::string_view text, Event& event);

// "ERROR", "[warn]", "info:" as the whole word: its severity.
std::optional<std::uint8_t> level_named(std::string_view word);
// The one that an application's message says among its first words.
std::optional<std::uint8_t> level_of(std::string_view message);

// Without the bytes that transports leave at the end: NULs, then one LF.
std::string_view without_trailer(std::string_view message);

}  // namespace codec

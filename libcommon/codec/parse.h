// Syslog messages and JSON events, taken apart. docs/syslog-parsing.md has the choices made where the RFCs leave them
// open or senders ignore the RFCs.
//
// Passive and without state: no clock, no time zone, no host name, no configuration but what is passed in. Usual
// messages are parsed without allocating memory.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "codec/event.h"

namespace codec {

enum class Mode {
  automatic,  // whatever the message looks like
  rfc5424,
  rfc3164,
  json,
  none,  // all of it is the message
};

// By the names of --parse.
inline constexpr std::array<std::pair<std::string_view, Mode>, 5> kModes = {{{"auto", Mode::automatic},
                                                                             {"rfc5424", Mode::rfc5424},
                                                                             {"rfc3164", Mode::rfc3164},
                                                                             {"json", Mode::json},
                                                                             {"none", Mode::none}}};

// What a message leaves out.
struct Context {
  LocalClock clock{};
  std::string_view hostname{};     // of messages that name none; must outlive the events
  bool hostnames_expected = true;  // false: senders on this host (/dev/log), which leave the host name out
};

// Never fails: what cannot be parsed becomes an event of form `unparsed` that has all of it as its message, a reason,
// and facility and severity if there is a priority at the start. A field that cannot be read does not cost the others:
// then the message begins at that field, so that nothing is lost, and the reason says which it is. The event's views
// point into `message` and `context.hostname`.
Event parse(std::string_view message, Mode mode, const Context& context);

}  // namespace codec

// Syslog messages and JSON events, taken apart. docs/syslog-parsing.md has the choices made where the RFCs leave them
// open or senders ignore the RFCs.
//
// Passive and without state: no clock, no host name, no configuration but what is passed in. Usual messages are parsed
// without allocating memory.
#pragma once

#include <chrono>
#include <string_view>

#include "base/clock.h"
#include "codec/event.h"

namespace codec {

enum class Mode {
  automatic,  // whatever the message looks like
  rfc5424,
  rfc3164,
  json,
  none,  // all of it is the message
};

// What an RFC 3164 message leaves out.
struct Context {
  base::WallTime now{};                // of reception
  std::chrono::minutes utc_offset{0};  // of the local time zone, now
  std::string_view hostname;           // of messages that name none; must outlive the events
  bool hostnames_expected = true;      // false: senders on this host (/dev/log), which leave the host name out
};

// Never fails: what cannot be parsed becomes an event of form `unparsed` that has all of it as its message, and a
// reason. The event's views point into `message` and `context.hostname`.
Event parse(std::string_view message, Mode mode, const Context& context);

}  // namespace codec

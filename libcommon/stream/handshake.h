// What a hop's two ends tell each other before messages flow (logpipe(7), HOPS).
// Fields are separated by one space; unknown KEY=VALUE fields are passed over. The origin comes last in its line and
// runs to its end, so that it may hold anything.
//
// Source to sink, in the environment:  LOGPIPE="1 pid=4711 max=1048576 hop=2 retry=5000ms origin=UUID/default/1"
// Sink to source, first line on stdout: "logpipe 1 stored last=1234"
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/units.h"

namespace stream {

// What a sink's receipts mean.
enum class Strength {
  stored,  // fsynced here
  peer,    // acknowledged by the peer's application
  sent,    // handed to a transport that confirms nothing
};

std::string_view strength_name(Strength strength);

// What the child finds in LOGPIPE.
struct Invitation {
  std::size_t max_message = 0;  // no frame holds a longer message
  std::string origin;           // empty: none. Otherwise ids are decimal, increasing, and mean the same after a restart
  // The source has a fallback: greet when what you deliver to is reached, and end with status 75 when it was away for
  // so long. None: there is no other sink, so go on trying.
  std::optional<base::Duration> retry_time = {};
  // How many hops there are from the first source of the chain to the child; more than 1 behind a filter in the middle.
  unsigned hop = 1;
};

// How long the source of the n-th hop of a chain waits for the greeting. Less for each, so that of a chain that does
// not start the part that is at fault is the one that is named.
base::Duration greeting_time(unsigned hop);

// For how much of its drain time the sink of the n-th hop reads on towards the end of its input, where all processes of
// a chain got the signal at once: longer than its source, which may have to wait for a source itself.
base::Duration linger_time(unsigned hop, base::Duration drain_time);

inline constexpr char kEnvironmentName[] = "LOGPIPE";

// The variable's value for a child; the pid is the child's.
std::string format_invitation(const Invitation& invitation, long pid);

// Nothing where the value is for another process. An unknown version is an error (Kind::protocol).
base::Result<std::optional<Invitation>> parse_invitation(std::string_view value, long pid);

// Of the last message that a sink has from an origin. A source whose ids went back in time (a restored backup) can see
// by it that what has this id now is another message.
struct LastTaken {
  // Of the id and the message: see logpipe(7). None: the message was rewritten between the source and the sink.
  std::optional<std::uint64_t> fingerprint;
  base::WallTime when;  // by the clock of the sink's machine
};

struct Greeting {
  Strength strength = Strength::stored;
  std::optional<std::uint64_t> last;    // of the origin: everything up to and including this id is already safe
  std::optional<LastTaken> taken = {};  // of newest()
  // Of several sinks behind this one, which get some of the messages each: one has messages up to this id, while `last`
  // is what all of them have. None: `last` is of all.
  std::optional<std::uint64_t> seen = {};

  // The last id of the origin that was seen there.
  [[nodiscard]] std::optional<std::uint64_t> newest() const { return seen ? seen : last; }
};

std::string format_greeting(const Greeting& greeting);         // one line, LF included
base::Result<Greeting> parse_greeting(std::string_view line);  // without the LF

}  // namespace stream

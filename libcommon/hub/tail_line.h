// A channel's messages as people read them in a tail, and which of them a tail shows.
//
//   <190>1 2012-12-10T03:00:48Z host app web.1 - - hi     ->     2012-12-10T03:00:48Z app[web.1]: hi
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace hub {

struct TailFilter {
  std::optional<std::string> source = {};  // exactly this
  std::optional<std::string> ps = {};      // exactly this, or what begins with it and a dot: "web" has "web.1"

  bool operator==(const TailFilter&) const = default;
};

// A message without what a tail leaves out. Shared by all tails that show it.
struct TailLine {
  // Of a message as it is stored. What it lacks is "-"; what is no RFC 5424 has all of it as its text.
  TailLine(std::string_view message_id, std::string_view message);
  // What a tail says of itself: it has no id, and passes every filter.
  explicit TailLine(std::string its_text);

  [[nodiscard]] bool passes(const TailFilter& filter) const;

  std::string id;
  std::string source;
  std::string ps;
  std::string text;      // "2012-12-10T03:00:48Z app[web.1]: hi", with whatever bytes the message has
  bool of_tail = false;  // it is no message
};

// One line with its LF: an LF within the text is written as "#012", so that no message can look like two.
void append_text(std::string& out, const TailLine& line);
// A Server-Sent Event (WHATWG HTML, section 9.2.6): its id, and the text as it is, in a field for each of its lines.
void append_event(std::string& out, const TailLine& line);

// What a tail says of itself, in logplex's words.
std::string tail_overflow(std::uint64_t dropped, base::WallTime since, base::WallTime now);  // L11
std::string tail_forbidden(base::WallTime now);                                              // L20

}  // namespace hub

// One run of a recipient's command. For recipient*.cc.
#pragma once

#include <optional>
#include <string>

#include "stream/line_reader.h"
#include "stream/recipient.h"

namespace stream {

// Of reading what it writes, before others have their turn.
inline constexpr base::Duration kRecipientTurn = std::chrono::milliseconds(10);

struct Recipient::Run {
  Child child;
  Stage stage;
  event::Io readable;
  event::Io writable;
  event::Io end;
  base::Instant fine_until;             // it began then, confirmed something, or was given the first message that waits
  LineReader lines{128};                // bytes of a greeting or receipt
  std::optional<std::uint64_t> last{};  // what it said it has of the origin, until that was made use of
  bool owing = false;                   // was detached before it had confirmed what it was sent
  bool complete = false;                // its stdin was closed after the last message
  bool warned = false;
  bool renewed = false;  // ends to be started again under a new origin
  std::string reason{};  // why it should end
};

}  // namespace stream

// What a stream connection's bytes are, said as simply as it can be; and what must hold for any bytes at all. Used by
// the unit test on generated input and by the libFuzzer target.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tools/logcat/wire.h"

namespace wire_test {

struct Reading {
  std::vector<std::string> messages;
  bool whole = true;  // the stream did not end inside a counted frame
  bool refused = false;
  bool operator==(const Reading&) const = default;
};

inline bool is_one_of(char c, std::string_view set) {
  return set.find(c) != set.npos;
}

// The length of "LENGTH SP" at the start of `bytes`; 0: there is none.
inline std::size_t count_length(std::string_view bytes, std::size_t max_message, std::size_t& value) {
  const std::string digits(bytes.substr(0, std::min(bytes.find_first_not_of("0123456789"), bytes.size())));
  if (digits.empty() || digits.size() > 10 || (digits.size() > 1 && digits[0] == '0')) return 0;
  if (bytes.size() == digits.size() || bytes[digits.size()] != ' ') return 0;
  value = std::stoull(digits);
  return value > max_message ? 0 : digits.size() + 1;
}

// All of a stream at once.
inline Reading model(std::string_view bytes, std::size_t max_message) {
  Reading reading;
  while (!bytes.empty()) {
    std::size_t count = 0;
    if (const std::size_t length = count_length(bytes, max_message, count); length > 0) {
      bytes.remove_prefix(length);
      reading.whole = count <= bytes.size();
      if (!reading.whole) break;
      reading.messages.emplace_back(bytes.substr(0, count));
      bytes.remove_prefix(count);
      while (!bytes.empty() && is_one_of(bytes.front(), std::string_view("\n\r\0 \t", 5))) bytes.remove_prefix(1);
      continue;
    }
    const std::size_t end = std::min(bytes.find_first_of(std::string_view("\n\0", 2)), bytes.size());
    std::string_view text = bytes.substr(0, end);
    if (end < bytes.size() && bytes[end] == '\n' && text.ends_with('\r')) text.remove_suffix(1);
    do {
      reading.messages.emplace_back(text.substr(0, max_message));
      text.remove_prefix(reading.messages.back().size());
    } while (!text.empty());
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return reading;
}

// Fed in pieces, whose sizes are taken in turn from `sizes`; an empty one means one piece.
inline Reading read(std::string_view bytes, std::size_t max_message, const std::vector<std::size_t>& sizes,
                    std::optional<stream::Framing> framing = {}) {
  logcat::WireReader wire(framing, max_message);
  stream::Batch batch;
  Reading reading;
  for (std::size_t turn = 0; !bytes.empty() && !reading.refused; ++turn) {
    const std::size_t size = sizes.empty() ? bytes.size() : std::max<std::size_t>(sizes[turn % sizes.size()], 1);
    const std::string piece(bytes.substr(0, size));  // a copy, so that sanitizers see reads beyond it
    bytes.remove_prefix(piece.size());
    reading.refused = !wire.feed(piece, batch).has_value();
  }
  if (!reading.refused) reading.whole = wire.finish(batch).has_value();
  batch.for_each([&](std::size_t, std::string_view message) { reading.messages.emplace_back(message); });
  return reading;
}

// What is wrong; empty: nothing.
inline std::string_view broken_property(std::string_view bytes, std::size_t max_message,
                                        const std::vector<std::size_t>& sizes) {
  const Reading reading = read(bytes, max_message, sizes);
  if (reading.refused) return reading.messages.empty() ? "" : "messages of a client that is refused";
  return reading == model(bytes, max_message) ? "" : "the frames are not those of the model";
}

}  // namespace wire_test

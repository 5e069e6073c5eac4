// A command as it goes on the wire: RESP, an array of bulk strings.
// Source: https://redis.io/docs/reference/protocol-spec/
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/units.h"

namespace redis {

// Appends one argument in its form on the wire.
void append_argument(std::string& out, std::string_view argument);

// A time as commands and scripts take it: whole milliseconds, rounded up.
std::string milliseconds(base::Duration duration);

class Command {
 public:
  explicit Command(std::string_view name);

  Command& add(std::string_view argument);
  Command& add(std::uint64_t argument);
  // `count` arguments that are in their form on the wire already.
  Command& add_encoded(std::string_view arguments, std::size_t count);

  [[nodiscard]] std::size_t arguments() const { return count_; }  // the name included
  [[nodiscard]] std::size_t bytes() const { return body_.size(); }
  // Appends the whole command to `out`.
  void encode(std::string& out) const;

 private:
  std::string body_;
  std::size_t count_ = 0;
};

}  // namespace redis

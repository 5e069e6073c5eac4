// What the tests on generated malformed input have in common.
#pragma once

#include <cstddef>
#include <cstdlib>

namespace malformed {

// How many inputs to try: LOGPIPE_MALFORMED, or `usual`.
inline std::size_t wanted(std::size_t usual) {
  const char* count = std::getenv("LOGPIPE_MALFORMED");
  return count != nullptr ? std::strtoul(count, nullptr, 10) : usual;
}

}  // namespace malformed

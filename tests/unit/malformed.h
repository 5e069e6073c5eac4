// What the tests on generated malformed input have in common.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

namespace malformed {

// How many inputs to try: LOGPIPE_MALFORMED, or `usual`.
inline std::size_t wanted(std::size_t usual) {
  const char* count = std::getenv("LOGPIPE_MALFORMED");
  return count != nullptr ? std::strtoul(count, nullptr, 10) : usual;
}

// The same numbers on each run; LOGPIPE_MALFORMED_SEED chooses others, so that several processes share the work.
class Random {
 public:
  Random() {
    if (const char* seed = std::getenv("LOGPIPE_MALFORMED_SEED")) random_.seed(std::strtoul(seed, nullptr, 10));
  }
  std::size_t below(std::size_t limit) { return random_() % std::max<std::size_t>(limit, 1); }

  template <class Choices>
  std::string_view pick(const Choices& choices) {
    return choices[below(choices.size())];
  }

 private:
  std::mt19937_64 random_{20240315};
};

}  // namespace malformed

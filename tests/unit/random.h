// Random numbers of the tests: the same ones on each run, or others with LOGPIPE_SEED=N. main.cc says the seed.
#pragma once

#include <cstdlib>
#include <random>

namespace unit {

inline unsigned long seed() {
  const char* chosen = std::getenv("LOGPIPE_SEED");
  return chosen != nullptr ? std::strtoul(chosen, nullptr, 10) : 20240315;
}

// A generator of such numbers.
struct Random : std::mt19937_64 {
  Random() : std::mt19937_64(unit::seed()) {}
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : (*this)() % limit; }

  template <class Choices>
  const auto& pick(const Choices& choices) {
    return choices[below(std::size(choices))];
  }
};

}  // namespace unit

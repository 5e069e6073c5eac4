// What logcat ring: --metrics tells of events: how many there were of each name, and the sums of the numbers in them.
// Passive, and bounded: what exceeds the bounds is counted together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tools/logcat/ring/site.h"

namespace logcat {

class EventCounts {
 public:
  static constexpr std::size_t kMostNames = 1000;
  static constexpr std::size_t kMostSums = 10000;

  // An event of this call site, with the bytes of its values, which fit it. Numbers of contexts are not summed.
  void count(const Site& site, std::string_view values);
  void count_lost(std::uint64_t events) { lost_ += events; }

  // In Prometheus' text format.
  [[nodiscard]] std::string text(std::size_t ring_files) const;

 private:
  struct Sum {
    std::string key;
    double sum = 0;
    std::uint64_t count = 0;
  };
  struct Name {
    std::string space;
    std::string event;
    std::uint64_t count = 0;
    std::vector<Sum> sums = {};
  };

  Name* name_of(const Site& site);
  Sum* sum_of(Name& name, const std::string& key);

  std::vector<Name> names_;  // in the order in which they came
  std::unordered_map<std::string, std::size_t> places_;
  std::string key_;
  std::size_t sums_ = 0;
  std::uint64_t other_events_ = 0;
  std::uint64_t other_values_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace logcat

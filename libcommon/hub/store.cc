#include "hub/store.h"

#include <algorithm>
#include <compare>
#include <utility>

namespace hub {
namespace {

std::string_view without_zeros(std::string_view digits) {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
}

std::strong_ordering compare_numbers(std::string_view a, std::string_view b) {
  a = without_zeros(a);
  b = without_zeros(b);
  return a.size() != b.size() ? a.size() <=> b.size() : a.compare(b) <=> 0;
}

std::string_view behind_dash(std::string_view id) {
  const auto dash = id.find('-');
  return dash == id.npos ? std::string_view() : id.substr(dash + 1);
}

}  // namespace

std::unique_ptr<Store::Watch> Store::watch_arrivals(const std::string& id, std::function<void()> arrived) {
  return watch(id, [arrived = std::move(arrived)](const auto& messages) {
    if (messages) arrived();
  });
}

bool id_before(std::string_view a, std::string_view b) {
  const auto first = compare_numbers(a.substr(0, a.find('-')), b.substr(0, b.find('-')));
  return first != 0 ? first < 0 : compare_numbers(behind_dash(a), behind_dash(b)) < 0;
}

}  // namespace hub

// Where two events in JSON differ, member by member.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rules {

struct Difference {
  std::string name;
  std::string before;  // the value, as JSON; empty: it was not there
  std::string after;   // the same
};

// Of two objects, in the order of `after`, and then what only `before` has. Values are compared as JSON without white
// space.
std::vector<Difference> differences(std::string_view before, std::string_view after);

}  // namespace rules

#include "tools/logsend/postgresql/failure.h"

#include <algorithm>
#include <array>

namespace logsend::postgresql {
namespace {

// The first two characters are the class.
constexpr std::array<std::string_view, 6> kRefused{
    "21",  // cardinality violation
    "22",  // data exception: a text is no number, a byte no text
    "23",  // integrity constraint violation
    "44",  // with check option violation
    "54",  // program limit exceeded: a value that an index cannot hold
    "P0",  // raised by a trigger
};
constexpr std::array<std::string_view, 5> kClosed{
    "0A",  // feature not supported
    "28",  // invalid authorization
    "3D",  // no such database
    "3F",  // no such schema
    "42",  // no such table or column, no right, a wrong type
};

bool has_class(const auto& classes, std::string_view state) {
  return std::ranges::find(classes, state.substr(0, 2)) != classes.end();
}

}  // namespace

Meaning meaning_of(std::string_view state) {
  if (has_class(kRefused, state)) return Meaning::refused;
  return has_class(kClosed, state) ? Meaning::closed : Meaning::again;
}

}  // namespace logsend::postgresql

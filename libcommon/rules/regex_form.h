// What can be said of a regular expression by its text alone.
#pragma once

#include <string_view>

namespace rules {

// Whether some alternative of an alternation can match nothing by its form: "(?:1|)", "a|", "(?:x|^)", "(?:x|(?i))".
// With such alternatives the JIT compiler of PCRE2 10.42 misses matches (docs/decisions/0033). It says yes more often
// than needed: for back references, recursions, conditions and verbs.
bool has_empty_alternative(std::string_view regex);

}  // namespace rules

// What a text must hold so that a regular expression can match in it: looked for first, it rules most texts out much
// faster than the expression does.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rules {

// Every match of the expression (PCRE2's syntax, without options) holds at least one of these. Empty: none are known.
std::vector<std::string> required_literals(std::string_view regex);

}  // namespace rules

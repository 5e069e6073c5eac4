// "did you mean": names the candidate that a mistyped word is closest to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cli {

// "; did you mean 'push'?", or nothing where no candidate is close.
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace cli

// A command in one argument, taken apart into its words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cli {

// As a shell would: at blanks, with '...', "..." and \. Nothing is expanded, and no shell runs: what would need one
// ($, `, |, &, ;, <, >, parentheses, a newline, a ~ or # in front of a word) and is not quoted is an error, whose `why`
// says so. There is at least one word.
base::Result<std::vector<std::string>> split_words(std::string_view text);

}  // namespace cli

// How functions read the arguments of their call.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "rules/function.h"

namespace rules {

// Labels other than these, and labels that are repeated, are Kind::usage errors; so are fewer or more values.
base::Result<void> check_arguments(const Arguments& arguments, std::string_view function, std::size_t least_values,
                                   std::size_t most_values, std::initializer_list<std::string_view> labels);

std::optional<std::string> option_of(const Arguments& arguments, std::string_view label);

// Of "prefix", else empty; Kind::usage where it cannot begin the name of a field.
base::Result<std::string> prefix_of(const Arguments& arguments, std::string_view function);

// "function(): why"
tl::unexpected<base::Error> bad_argument(std::string_view function, std::string why);

}  // namespace rules

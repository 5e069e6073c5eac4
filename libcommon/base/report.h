// How a library function tells people something that is not an error of the call: passed in, never global.
#pragma once

#include <functional>
#include <string>

namespace base {

enum class Level { error, warning, note };

// Called with one line without the tool's name and without a newline. cli/ supplies the one that prints.
using Report = std::function<void(Level, const std::string&)>;

}  // namespace base

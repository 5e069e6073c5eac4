#include "rules/arguments.h"

#include <algorithm>
#include <limits>

#include "base/quote.h"
#include "base/units.h"
#include "codec/open_fields.h"

namespace rules {

base::Result<void> check_arguments(const Arguments& arguments, std::string_view function, std::size_t least_values,
                                   std::size_t most_values, std::initializer_list<std::string_view> labels) {
  for (auto option = arguments.options.begin(); option != arguments.options.end(); ++option) {
    const std::string& label = option->first;
    if (std::ranges::find(labels, label) == labels.end()) {
      std::string known;
      for (const std::string_view each : labels) known.append(known.empty() ? "" : ", ").append(each);
      return bad_argument(function,
                          "it has no option " + base::quote(label) + (known.empty() ? "" : "; there are " + known));
    }
    const auto same = [&](const auto& other) { return other.first == label; };
    if (std::any_of(arguments.options.begin(), option, same))
      return bad_argument(function, "the option " + label + " is given twice");
  }
  const std::size_t count = arguments.values.size();
  if (count < least_values) return bad_argument(function, "an argument is missing");
  if (count > most_values) return bad_argument(function, "there are too many arguments");
  return {};
}

std::optional<std::string> option_of(const Arguments& arguments, std::string_view label) {
  for (const auto& [name, value] : arguments.options)
    if (name == label) return value;
  return {};
}

base::Result<std::string> prefix_of(const Arguments& arguments, std::string_view function) {
  std::string prefix = option_of(arguments, "prefix").value_or("");
  if (!codec::is_open_field_name(prefix + "x"))
    return bad_argument(function, "prefix " + base::quote(prefix) + " cannot begin the name of a field");
  return prefix;
}

tl::unexpected<base::Error> bad_argument(std::string_view function, std::string why) {
  return base::fail(base::Kind::usage, std::string(function) + "()", std::move(why));
}

}  // namespace rules

#include "rules/date_function.h"

#include <algorithm>
#include <limits>

#include "rules/arguments.h"

namespace rules {

base::Result<std::unique_ptr<Function>> DateFunction::create(const Arguments& arguments, const Resources&) {
  TRY(check_arguments(arguments, "date", 1, std::numeric_limits<std::size_t>::max(), {"zone"}));
  std::unique_ptr<DateFunction> function(new DateFunction);
  for (const std::string& format : arguments.values) {
    auto compiled = DateFormat::compile(format);
    if (!compiled) return bad_argument("date", compiled.error().text());
    function->formats_.push_back(std::move(*compiled));
  }
  if (const auto name = option_of(arguments, "zone")) {
    auto zone = base::Zone::named(*name);
    if (!zone) return bad_argument("date", zone.error().text());
    function->zone_ = std::move(*zone);
  }
  return function;
}

Outcome DateFunction::apply(codec::Event& event, std::string_view subject, Workspace& workspace) const {
  codec::LocalClock clock = workspace.clock;
  if (zone_) clock.zone = &*zone_;
  codec::Timestamp time;
  const auto fits = [&](const DateFormat& format) { return format.parse(subject, clock, time); };
  if (std::ranges::none_of(formats_, fits)) return Outcome::not_applied;
  event.timestamp = time;
  return Outcome::applied;
}

}  // namespace rules

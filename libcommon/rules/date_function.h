// date(TEXT, "FORMAT", ..., zone="Europe/Paris"): the text, in the first of the formats that fits (date_format.h),
// becomes the event's timestamp. The zone is that of times that say none; without it, it is this host's. Times that are
// counted since 1970 are shown in that zone too.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/zone.h"
#include "rules/date_format.h"
#include "rules/function.h"

namespace rules {

class DateFunction final : public Function {
 public:
  static base::Result<std::unique_ptr<Function>> create(const Arguments& arguments, const Resources& resources);

  // Not applied: no format fits.
  Outcome apply(codec::Event& event, std::string_view subject, Workspace& workspace) const override;

 private:
  DateFunction() = default;

  std::vector<DateFormat> formats_;
  std::optional<base::Zone> zone_;
};

}  // namespace rules

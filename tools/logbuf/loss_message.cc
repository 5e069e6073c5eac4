#include "tools/logbuf/loss_message.h"

#include "base/units.h"
#include "codec/logplex.h"

namespace logbuf {

std::string loss_message(std::uint64_t count, base::WallTime since, base::WallTime now, std::string_view why,
                         LossForm form) {
  if (form == LossForm::logplex) return codec::logplex_overflow(count, since, now);
  std::string text = "<44>1 " + base::format_time(now) + " - logbuf - loss - " + base::count_of(count, "message");
  return text + (count == 1 ? " was" : " were") + " dropped since " + base::format_time(since) + " " + std::string(why);
}

}  // namespace logbuf

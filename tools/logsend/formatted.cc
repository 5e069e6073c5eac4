#include "tools/logsend/formatted.h"

namespace logsend {

base::Result<stream::Next> Formatted::read(stream::Batch& batch, std::size_t limit) {
  raw_.clear();
  auto next = source().read(raw_, limit);
  if (raw_.empty()) return next;
  formatter_->set_time_to_now();
  raw_.for_each([&](std::size_t index, std::string_view message) {
    text_.clear();
    formatter_->append(text_, formatter_->event_of(message));
    if (raw_.has_ids()) {
      batch.append(raw_.id(index), text_);
    } else {
      batch.append(text_);
    }
  });
  return next;
}

}  // namespace logsend

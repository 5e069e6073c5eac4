#include "tools/logcat/staged.h"

namespace logcat {

void Staged::give(stream::Batch& out, std::size_t limit) {
  if (empty()) return;
  if (given_ == 0 && batch_.bytes() <= limit && out.empty()) {
    out.swap(batch_);
    batch_.clear();
    return;
  }
  const auto lengths = batch_.lengths().subspan(given_);
  std::size_t count = 0;
  std::size_t bytes = 0;
  do bytes += lengths[count++] + 1;
  while (count < lengths.size() && bytes + lengths[count] + 1 <= limit);
  out.append_block(batch_.block().substr(given_bytes_, bytes), lengths.first(count), batch_.has_inner_lf());
  given_ += count;
  given_bytes_ += bytes;
  if (given_bytes_ >= batch_.bytes() - given_bytes_) drop_given();
}

// Called when at least as much is gone as is left, so that what is copied is never more than what was given.
void Staged::drop_given() {
  rest_.append_block(batch_.block().substr(given_bytes_), batch_.lengths().subspan(given_), batch_.has_inner_lf());
  batch_.swap(rest_);
  rest_.clear();
  given_ = given_bytes_ = 0;
}

}  // namespace logcat

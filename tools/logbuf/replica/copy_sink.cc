#include "tools/logbuf/replica/copy_sink.h"

#include <algorithm>
#include <utility>

namespace logbuf {
namespace {

constexpr std::size_t kCommitBytes = 1 << 20;

}  // namespace

CopySink::CopySink(event::Loop& loop, Buffer& buffer, const MasterLog& master, base::Report report)
    : loop_(loop), buffer_(buffer), master_(master), report_(std::move(report)) {}

std::size_t CopySink::room() const {
  return pending_.empty() ? kCommitBytes : 0;
}

base::Result<void> CopySink::write(const stream::Batch& batch) {
  pending_ = batch;
  pending_runs_ = master_.runs();
  stored_ = 0;
  if (TRY(store())) return {};
  report_(base::Level::warning, "write buffer " + buffer_.path() + ": it is full; waiting until there is room");
  changes_ = TRY(Changes::watch(loop_, buffer_.path()));
  return {};
}

// What is there already is passed over, so that all of the batch can be offered again. False: there is no room.
base::Result<bool> CopySink::store() {
  const Appended appended = TRY(buffer_.append_copies(pending_, pending_runs_, master_.followed()));
  safe_ += appended.taken - std::exchange(stored_, appended.taken);
  if (appended.full) return false;
  pending_.clear();
  return true;
}

base::Result<void> CopySink::flush() {
  if (pending_.empty() || !changes_->take()) return {};
  if (!TRY(store())) return {};
  changes_.reset();
  report_(base::Level::note, "write buffer " + buffer_.path() + ": there is room again");
  return {};
}

std::string CopySink::state() const {
  return pending_.empty() ? "storing in " + buffer_.path() : buffer_.path() + " is full, waiting";
}

}  // namespace logbuf

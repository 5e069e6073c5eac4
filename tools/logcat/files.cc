#include "tools/logcat/files.h"

#include <utility>

#include "stream/frame.h"

namespace logcat {
namespace {

using base::Level;
using base::Result;
using stream::Next;

}  // namespace

Files::Files(event::Loop& loop, std::vector<net::Url> urls, FileOptions options, base::Report report)
    : loop_(loop), urls_(std::move(urls)), options_(options), report_(std::move(report)) {}

Result<Next> Files::read(stream::Batch& batch, std::size_t limit) {
  while (staged_.empty()) {
    if (stopped_) return Next::end;
    if (!current_) {
      if (next_ == urls_.size()) return Next::end;
      open_next();
      // Half of it, so that what the last piece read adds still fits and the batch moves without being copied.
    } else if (TRY(read_current(limit / 2 + 1)) == Next::wait && staged_.empty()) {
      return Next::wait;
    }
  }
  staged_.give(batch, limit);
  return Next::more;
}

Result<Next> Files::read_current(std::size_t limit) {
  auto next = current_->read(staged_.batch(), limit);
  if (next && *next != Next::end) return next;
  if (!next) failed(next.error());
  close_current();
  return Next::more;
}

void Files::open_next() {
  auto opened = FileReader::open(loop_, urls_[next_++], options_);
  if (!opened) return failed(opened.error());
  current_ = std::move(*opened);
  replayable_ = current_->regular();
}

void Files::close_current() {
  if (current_->split() > 0)
    report_(Level::warning,
            "read " + current_->name() + ": " + stream::split_text(options_.max_message, current_->split()));
  current_.reset();
}

void Files::failed(const base::Error& error) {
  report_(Level::error, error.text());
  if (!failure_) failure_ = error.kind;
}

void Files::stop() {
  if (std::exchange(stopped_, true)) return;
  const bool ended = !current_ && staged_.empty() && next_ == urls_.size();
  if (replayable_ && !ended) {
    // The next run finds in the file what the sink has not got, so that nobody needs to wait for it now.
    failed({base::Kind::temporary, "read " + urls_[next_ - 1].text(), "stopped before the end; run again"});
    staged_ = {};
  } else if (current_ && current_->pending() > 0) {
    report_(Level::warning, "read " + current_->name() + ": stopped in the middle of a message; its first " +
                                std::to_string(current_->pending()) + " bytes were not passed on");
  }
  current_.reset();
}

std::string Files::state() const {
  return current_ ? "reading " + current_->name() : std::string();
}

}  // namespace logcat

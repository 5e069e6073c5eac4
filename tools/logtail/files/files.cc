#include "tools/logtail/files/files.h"

#include <algorithm>

namespace logtail {
namespace {

using base::Level;
using base::Result;
using stream::Next;

// So long after it lost its name and last grew, nobody is likely to write to a file any more: whoever rotates logs
// tells the writer at once.
constexpr base::Duration kQuiet = std::chrono::seconds(10);

base::Instant quiet_at(const File& file) {
  return std::max(file.grown, file.looked) + kQuiet;
}

}  // namespace

Result<std::unique_ptr<Files>> Files::open(event::Loop& loop, FilesOptions options, Headers& headers, Memory& memory,
                                           const base::Report& report) {
  auto discovery = TRY(Discovery::open(loop,
                                       {.arguments = options.arguments,
                                        .follow = options.follow,
                                        .checkpoint = options.checkpoint,
                                        .start = options.start},
                                       memory, report));
  return std::unique_ptr<Files>(new Files(loop, std::move(options), std::move(discovery), headers, report));
}

Files::Files(event::Loop& loop, FilesOptions options, std::unique_ptr<Discovery> discovery, Headers& headers,
             base::Report report)
    : options_(std::move(options)),
      discovery_(std::move(discovery)),
      headers_(headers),
      report_(std::move(report)),
      reader_(Cutter(options_.max_message, options_.multiline), options_.emitter),
      timer_(loop, [this] { timer_due_ = true; }) {}

Files::~Files() {
  if (reader_.split() > 0)
    report_(Level::warning, "read files: messages over " + std::to_string(options_.max_message) +
                                " bytes were cut: " + base::count_of(reader_.split(), "cut") + "; see --max-message");
}

Result<Next> Files::read(stream::Batch& batch, std::size_t limit, Piece& piece) {
  if (stopped_ || ended_) return Next::end;
  if (!std::exchange(reading_, true)) discovery_->drop_replayed();
  TRY(discovery_->look());
  if (std::exchange(timer_due_, false)) look_at_waiting();
  if (TRY(read_ready(batch, limit, piece)) == Next::more || discovery_->is_due()) return Next::more;
  if (!options_.follow) {
    if (close_all()) return Next::more;
    ended_ = true;
    return Next::end;
  }
  set_timer();
  discovery_->arm();
  return Next::wait;
}

Result<Next> Files::read_ready(stream::Batch& batch, std::size_t limit, Piece& piece) {
  while (const FilePtr file = discovery_->first_marked()) {
    // What a former file's writer has written here was written after all that it wrote there.
    auto end =
        file->former && !file->closing ? size_of(*file).map(&FileSize::bytes) : Result<std::uint64_t>(Reader::kNoEnd);
    auto gave = end ? read_chain(*file, *end, batch, limit, piece) : tl::unexpected(std::move(end.error()));
    if (!gave) discovery_->failed(gave.error());
    const bool first_time = file->at < file->first_size;
    if (gave && *gave && file->blocks) mark_successors(*file);
    if (gave && *gave && first_time) return Next::more;
    discovery_->unmark_first();
    if (gave && *gave) {
      discovery_->mark(file);
      return Next::more;
    }
    if (file->closing) discovery_->finish(file);
  }
  return Next::wait;
}

// False: nothing now, neither of it nor of those before it.
Result<bool> Files::read_chain(File& file, std::uint64_t end, stream::Batch& batch, std::size_t limit, Piece& piece) {
  const FilePtr former = file.former;
  if (former && TRY(read_chain(*former, Reader::kNoEnd, batch, limit, piece))) return true;
  if (former && !options_.follow && !former->named && !former->closing && may_close(*former)) {
    close(former);
    return read_chain(file, end, batch, limit, piece);
  }
  if (former && must_wait(file, *former)) return false;
  return read_file(file, end, batch, limit, piece);
}

// The record that is open in the former file when this one is about to begin; later ones of a late writer come as they
// come.
bool Files::must_wait(File& file, File& former) {
  if (!former.waiting || file.at > 0) return false;
  if (!file.behind) file.behind = former.at;
  former.blocks = *file.behind == former.at;
  return former.blocks;
}

void Files::mark_successors(File& file) {
  file.blocks = false;
  for (const auto& [inode, other] : discovery_->files())
    if (other->comes_after(file)) discovery_->mark(other);
}

Result<bool> Files::read_file(File& file, std::uint64_t end, stream::Batch& batch, std::size_t limit, Piece& piece) {
  piece = {};
  if (std::exchange(file.check, false) && TRY(was_truncated(file))) {
    TRY(discovery_->restart(file));
    return true;
  }
  if (std::exchange(file.moved, false)) {
    piece.begin = file.place();
    piece.end = file.at;
    piece.passing_after = file.passing;
    return piece.moved = true;
  }
  if (TRY(discovery_->may_be_copy(file))) return false;
  if (discovery_->is_undecided(file)) end = 0;  // it was empty: what it gets meanwhile has not been compared
  if (file.at == 0 && end > 0)
    if (const std::uint64_t hole = TRY(hole_end(file)); hole > 0) return skip_hole(file, hole, piece);
  const Trace before = file.trace;
  piece.begin.at = file.at;
  piece.begin.passing = file.passing;
  const bool flushed = std::exchange(file.flush, false);
  const bool header = headers_.due(file.name);
  below_.clear();
  stream::Batch& out = header ? below_ : batch;
  const Reader::Outcome outcome = TRY(reader_.read({.fd = file.fd.get(),
                                                    .name = file.name,
                                                    .begin = file.at,
                                                    .end = end,
                                                    .rest = flushed ? Rest::lines : rest_of(file),
                                                    .limit = limit,
                                                    .before = &before},
                                                   file.passing, out, piece.ends));
  if (outcome.changed) {
    piece = {};
    TRY(discovery_->restart(file));
    return true;
  }
  piece.end = file.at = outcome.next;
  piece.passing_after = file.passing;
  file.trace = outcome.trace;
  TRY(note_seen(file, outcome.seen));
  if (header) give_header(file, batch, piece);
  if (options_.multiline && options_.follow && !flushed && outcome.seen > outcome.next) await_record(file);
  if (piece.empty()) return !outcome.at_end;
  piece.begin.log = file.log;
  piece.begin.name = file.name;
  piece.begin.identity = Identity{file.inode, file.head, before, {}}.text();
  piece.identity_inside = Identity{file.inode, file.head, before, file.trace}.text();
  piece.identity_after = file.identity().text();
  return true;
}

Result<void> Files::note_seen(File& file, std::uint64_t seen) {
  if (seen == file.seen) return {};
  file.seen = seen;
  file.grown = base::now();
  if (file.head.length < Head::kMost && seen > file.head.length) TRY(look_at_head(file));
  return {};
}

// False: nothing but NULs is there yet.
Result<bool> Files::skip_hole(File& file, std::uint64_t end, Piece& piece) {
  if (end >= TRY(size_of(file)).bytes) return false;
  report_(Level::warning, "read " + file.name + ": the " + base::count_of(end, "NUL byte") +
                              " at its beginning were skipped; its writer has gone on behind a truncation, as it does "
                              "without O_APPEND");
  piece.begin = file.place();
  file.at = end;
  file.trace = TRY(trace_at(file.fd.get(), file.name, end));
  piece.end = end;
  piece.identity_after = file.identity().text();
  return true;
}

// Where nothing was read, a header is shown once, as tail(1) does for empty files.
void Files::give_header(File& file, stream::Batch& batch, Piece& piece) {
  if (piece.ends.empty() && (file.shown || !file.first_scan)) return;
  file.shown = true;
  piece.ends.insert(piece.ends.begin(), headers_.give(file.name, below_, batch), 0);
}

Rest Files::rest_of(const File& file) const {
  if (file.closing) return Rest::all;
  if (options_.follow) return Rest::wait;
  return options_.checkpoint.empty() ? Rest::all : Rest::lines;
}

// Again what was read before a restart; the same bytes give the same messages.
Result<Tail::Replayed> Files::replay(const Plan& plan, stream::Batch& batch, Piece& piece) {
  const FilePtr planned = TRY(discovery_->find_planned(plan));
  if (!planned) return Replayed::gone;
  File& file = *planned;
  piece.begin = plan.begin;
  piece.end = plan.end;
  piece.ends.clear();
  file.at = plan.begin.at;
  file.passing = plan.begin.passing;
  while (file.at < plan.end) {
    std::vector<std::uint32_t> ends;
    const auto offset = static_cast<std::uint32_t>(file.at - plan.begin.at);
    file.at = TRY(reader_.read({.fd = file.fd.get(),
                                .name = file.name,
                                .begin = file.at,
                                .end = plan.end,
                                .rest = Rest::all,
                                .limit = Reader::kBlock},
                               file.passing, batch, ends))
                  .next;
    if (ends.empty() && file.at == plan.begin.at + offset) break;  // it was truncated just now
    for (const std::uint32_t end : ends) piece.ends.push_back(offset + end);
  }
  piece.passing_after = file.passing;
  const auto identity = parse_identity(plan.begin.identity);
  const bool traced = identity->trace && identity->trace->upto == file.at;
  file.trace = traced ? *identity->trace : TRY(trace_at(file.fd.get(), file.name, file.at));
  piece.identity_inside = piece.identity_after = file.identity().text();
  return Replayed::done;
}

// ---- files that nobody writes to any more, and records that do not grow

void Files::await_record(File& file) {
  if (std::exchange(file.waiting, true)) return;
  records_.push_back(file.shared_from_this());
}

void Files::look_at_waiting() {
  const base::Instant now = base::now();
  std::erase_if(records_, [&](const FilePtr& file) {
    if (now < file->grown + options_.multiline_time) return false;
    file->waiting = false;
    file->flush = true;
    discovery_->mark(file);
    if (file->blocks) mark_successors(*file);
    return true;
  });
  for (const FilePtr& file : discovery_->held())
    if (now >= file->grown + kCopyTime) discovery_->mark(file);
  for (const FilePtr& file : discovery_->unnamed()) {
    if (now < quiet_at(*file)) continue;
    file->looked = now;
    if (may_close(*file)) close(file);
  }
}

// What had its name has gone on elsewhere, or nobody can find it any more.
bool Files::may_close(const File& file) const {
  const auto size = size_of(file);
  if (!size || !size->has_name) return true;
  return std::any_of(discovery_->files().begin(), discovery_->files().end(), [&file](const auto& entry) {
    const auto& [inode, other] = entry;
    return other->former.get() == &file && size_of(*other).map(&FileSize::bytes).value_or(0) > 0;
  });
}

void Files::close(const FilePtr& file) {
  file->closing = true;
  discovery_->mark(file);
}

// At the end, without -f.
bool Files::close_all() {
  bool any = false;
  for (const FilePtr& file : discovery_->unnamed()) {
    if (file->closing || !may_close(*file)) continue;
    close(file);
    any = true;
  }
  return any;
}

void Files::set_timer() {
  std::optional<base::Instant> due;
  const auto at = [&due](base::Instant when) { due = due ? std::min(*due, when) : when; };
  for (const FilePtr& file : records_) at(file->grown + options_.multiline_time);
  for (const FilePtr& file : discovery_->unnamed()) at(quiet_at(*file));
  for (const FilePtr& file : discovery_->held()) at(file->grown + kCopyTime);
  if (due) timer_.start(std::max(*due - base::now(), base::Duration::zero()));
}

void Files::stop() {
  if (std::exchange(stopped_, true) || options_.follow || ended_) return;
  discovery_->failed({base::Kind::temporary, "read files", "stopped before the end; run again"});
}

std::string Files::state() const {
  return (options_.follow ? "following " : "reading ") + base::count_of(discovery_->files().size(), "file");
}

}  // namespace logtail

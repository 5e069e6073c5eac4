#include "tools/logcat/ring/ring_source.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace logcat {
namespace {

constexpr std::size_t kMostCopied = 32 << 20;  // of all rings together
constexpr std::size_t kMostOfRing = 4 << 20;
constexpr std::size_t kLeastOfRing = 4 << 10;
constexpr base::Duration kShortestLook = std::chrono::microseconds(500);
constexpr double kWellFilled = 0.25;  // a ring, between two looks

std::uint64_t nanoseconds(base::Duration duration) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count());
}

std::uint64_t nanoseconds_of(base::WallTime time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

// Beside the file, or in the directory.
std::string journal_of(const net::Url& url) {
  const std::filesystem::path path(url.path);
  if (std::filesystem::is_directory(path)) return (path / ".journal").string();
  return (path.parent_path() / ("." + path.filename().string() + ".journal")).string();
}

}  // namespace

RingSource::RingSource(event::Loop& loop, RingOptions options, base::Report report)
    : options_(options),
      report_(report),
      files_(
          loop, options.poll, [this] { due_ = true; }, std::move(report)),
      timer_(loop, [] {}) {}

base::Result<std::unique_ptr<RingSource>> RingSource::open(event::Loop& loop, const std::vector<net::Url>& urls,
                                                           RingOptions options, std::unique_ptr<MetricsPage> metrics,
                                                           base::Report report) {
  std::unique_ptr<RingSource> source(new RingSource(loop, options, report));
  source->metrics_ = std::move(metrics);
  if (source->metrics_) source->metrics_->set_ring_files([files = &source->files_] { return files->all().size(); });
  for (const net::Url& url : urls) TRY(source->files_.add(url));
  if (!options.exact) return source;
  source->journal_ = TRY(Journal::open(journal_of(urls.front()), report));
  source->replays_ = source->journal_->sent();
  source->next_id_ = source->journal_->last_id() + 1;
  return source;
}

base::Result<stream::Next> RingSource::read(stream::Batch& batch, std::size_t limit) {
  if (stopped_) return stream::Next::end;
  const base::Instant now = base::now();
  if (std::exchange(due_, false) || now >= next_look_) look(now);
  const std::size_t end = batch.bytes() + limit;
  const std::uint64_t first_id = next_id_;
  if (!replays_.empty() && !replay(batch, end)) return stream::Next::wait;  // for the greeting
  if (replays_.empty()) give(batch, end);
  if (journal_) batch.number_from(first_id);
  TRY(write_journal());
  if (batch.bytes() >= end || !replays_.empty()) return stream::Next::more;
  if (files_.ended()) return stream::Next::end;
  if (held_) next_look_ = std::min(next_look_, now + until_settled());
  timer_.start(std::max(next_look_ - now, base::Duration::zero()));
  return stream::Next::wait;
}

// How long until what is held can be given.
base::Duration RingSource::until_settled() const {
  const std::uint64_t wall = nanoseconds_of(base::wall_now());
  const std::uint64_t settle = nanoseconds(settle_time());
  const std::uint64_t due = *held_ + settle;
  return std::max(kShortestLook,
                  base::Duration(std::chrono::nanoseconds(std::min(due > wall ? due - wall : 0, settle))));
}

// ---- what there is

void RingSource::look(base::Instant now) {
  const std::uint64_t wall = nanoseconds_of(base::wall_now());
  const std::uint64_t settle = nanoseconds(settle_time());
  files_.remove_done();
  files_.discover();
  std::size_t rings = 1;
  for (const auto& [path, open] : files_.all()) rings += open->file->rings();
  room_ = std::clamp(kMostCopied / rings, kLeastOfRing, kMostOfRing);
  double filled = 0;
  bool crowded = false;
  for (const auto& [path, open] : files_.all()) {
    if (!open->broken) filled = std::max(filled, look_into(*open));
    for (const OpenRingFile::Lane& lane : open->lanes) crowded = crowded || lane.more;
  }
  if (now - mark_.at >= settle_time()) {
    settled_ = mark_.newest;
    mark_ = {now, newest_};
  }
  horizon_ = std::max(settled_, wall - std::min(settle, wall));
  if (crowded) horizon_ = std::max(horizon_, newest_);  // a ring would be overwritten before it is read
  plan_next_look(now, filled);
}

// How much of a ring was new at most.
double RingSource::look_into(OpenRingFile& open) {
  if (const auto refreshed = open.file->refresh(); !refreshed) {
    files_.give_up(open, refreshed.error());
    return 0;
  }
  open.lanes.resize(open.file->rings());
  double filled = 0;
  for (std::size_t ring = 0; ring < open.lanes.size() && !open.broken; ++ring) {
    fill(open, ring);
    const Ring& looked_into = open.file->ring(ring);
    const std::uint64_t before = std::exchange(open.lanes[ring].copied, looked_into.copied());
    if (before == looked_into.copied()) continue;
    files_.touch(open);
    filled =
        std::max(filled, static_cast<double>(looked_into.copied() - before) / static_cast<double>(looked_into.size()));
  }
  return filled;
}

// Sooner where a ring might be full before that.
void RingSource::plan_next_look(base::Instant now, double filled) {
  base::Duration wait = files_.all().empty() ? files_.patience() : options_.poll;
  if (filled > 0) {
    const std::chrono::duration<double> passed = now - last_look_;
    const std::chrono::duration<double> until = passed * (kWellFilled / filled);
    if (until < wait) wait = std::max(kShortestLook, std::chrono::duration_cast<base::Duration>(until));
  }
  last_look_ = now;
  next_look_ = now + wait;
}

// False: the file is given up.
bool RingSource::fill(OpenRingFile& open, std::size_t ring) {
  const auto filled = open.file->fill(ring, room_);
  open.lanes[ring].more = filled && *filled == Ring::Filled::part;
  newest_ = std::max(newest_, open.file->ring(ring).newest());
  if (!filled) files_.give_up(open, filled.error());
  return filled.has_value();
}

// ---- what is given

void RingSource::give(stream::Batch& batch, std::size_t end) {
  const auto later = [](const Head& one, const Head& other) { return other.is_before(one); };
  held_.reset();
  heads_.clear();
  for (const auto& [path, open] : files_.all())
    for (std::size_t ring = 0; ring < open->lanes.size(); ++ring)
      if (open->file->ring(ring).front() != nullptr)
        heads_.push_back({open->file->ring(ring).order(), open.get(), ring});
  std::ranges::make_heap(heads_, later);
  while (!heads_.empty() && batch.bytes() < end) {
    std::ranges::pop_heap(heads_, later);
    Head head = heads_.back();
    heads_.pop_back();
    if (head.order > horizon_) {
      held_ = head.order;
      return;
    }
    give_run(batch, end, head, heads_.empty() ? nullptr : &heads_.front());
    if (head.open->file->ring(head.ring).front() == nullptr) continue;
    heads_.push_back(head);
    std::ranges::push_heap(heads_, later);
  }
}

// The events of one ring that come before those of all others.
void RingSource::give_run(stream::Batch& batch, std::size_t end, Head& head, const Head* other) {
  OpenRingFile& open = *head.open;
  Ring& ring = open.file->ring(head.ring);
  while (ring.front() != nullptr && batch.bytes() < end) {
    head.order = ring.order();
    if (head.order > horizon_ || (other != nullptr && other->is_before(head))) return;
    if (!give_event(batch, open, head.ring, 0)) return;
    while (ring.front() == nullptr && open.lanes[head.ring].more && !open.broken)
      if (!fill(open, head.ring)) return;
  }
}

// The front of a ring, and before it what there is to say about losses. Id 0: the next one. False: it is damaged, and
// the file is given up.
bool RingSource::give_event(stream::Batch& batch, OpenRingFile& open, std::size_t ring, std::uint64_t id) {
  Ring& events = open.file->ring(ring);
  const std::uint64_t number = events.front()->number;
  const std::uint64_t instance = open.file->instance();
  if (const std::uint64_t lost = events.lost(); lost > 0) {
    const std::uint64_t untold = lost - std::min(lost, std::exchange(open.lanes[ring].told, 0));
    if (untold > 0) {
      batch.append(open.file->render_loss(ring, untold));
      if (metrics_) metrics_->counts().count_lost(untold);
      note(open, {instance, ring, number - lost, number, 0, untold});
    }
    events.expect(number);
  }
  json_.clear();
  if (const auto rendered = open.file->render(ring, json_); !rendered) {
    files_.give_up(open, rendered.error());
    events.drop();
    return false;
  }
  if (metrics_) open.file->count(ring, metrics_->counts());
  if (id == 0)
    batch.append(json_);
  else
    batch.append(id, json_);
  note(open, {instance, ring, number, number + 1, id, 0});
  events.pop();
  return true;
}

// What was given goes to the run before it, where it continues that.
void RingSource::note(OpenRingFile& open, SentRun run) {
  messages_ += run.messages();
  const bool is_fresh = run.id == 0;
  if (is_fresh) run.id = next_id_++;
  const auto goes_on = [&](const SentRun& before) {
    return run.lost == 0 && before.lost == 0 && before.end == run.first && before.ring == run.ring &&
           before.instance == run.instance && before.id + before.messages() == run.id;
  };
  if (!unsafe_.empty() && goes_on(unsafe_.back().run))
    unsafe_.back().run.end = run.end;
  else
    unsafe_.push_back({open.shared_from_this(), run});
  if (!is_fresh || !journal_) return;
  if (!fresh_.empty() && goes_on(fresh_.back()))
    fresh_.back().end = run.end;
  else
    fresh_.push_back(run);
}

// ---- what is safe

base::Result<void> RingSource::acknowledge(std::uint64_t count) {
  const OpenRingFile* checked = nullptr;
  bool fit = false;
  while (safe_ < count && !unsafe_.empty()) {
    Given& given = unsafe_.front();
    OpenRingFile& open = *given.open;
    SentRun& run = given.run;
    const std::uint64_t part = std::min(count - safe_, run.messages());
    safe_ += part;
    run.id += part;
    run.first = run.lost > 0 ? run.end : run.first + part;
    if (std::exchange(checked, &open) != &open) {
      const auto there = open.file->refresh();  // or its pages could not be written
      fit = there.has_value();
      if (!fit) files_.give_up(open, there.error());
    }
    if (fit) open.file->ring(run.ring).acknowledge(run.first);
    if (run.first == run.end) unsafe_.pop_front();
  }
  if (unsafe_.empty()) files_.remove_done();
  return {};
}

std::vector<std::string> RingSource::addresses() const {
  return metrics_ ? metrics_->addresses() : std::vector<std::string>();
}

std::string RingSource::state() const {
  return std::to_string(files_.all().size()) + " ring files, " + std::to_string(messages_) + " events";
}

}  // namespace logcat

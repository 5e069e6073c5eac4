// What an earlier reader sent and may not have been safe: the same events under the same ids, in the same order.
#include <algorithm>
#include <utility>

#include "tools/logcat/ring/ring_source.h"

namespace logcat {

// False: it has to wait for the sink to say what it has.
bool RingSource::replay(stream::Batch& batch, std::size_t end) {
  while (!replays_.empty() && batch.bytes() < end) {
    SentRun& run = replays_.front();
    const auto open = files_.find(run.instance);
    const bool there = open && !open->broken && run.ring < open->lanes.size();
    if (there && !replay_run(batch, end, *open, run)) return false;
    if (!there || run.first >= run.end) replays_.pop_front();
  }
  return true;
}

bool RingSource::replay_run(stream::Batch& batch, std::size_t end, OpenRingFile& open, SentRun& run) {
  Ring& ring = open.file->ring(run.ring);
  const std::uint64_t safe = std::clamp(ring.tail(), run.first, run.end) - run.first;
  if (run.lost > 0) {
    if (ring.tail() < run.end && find_front(open, run)) {
      // Also for those before them that were overwritten since, which the sink has where it has this message.
      const std::uint64_t expected = ring.front()->number - ring.lost();
      if (run.first > expected) {
        run.lost += run.first - expected - std::exchange(open.lanes[run.ring].told, 0);
        run.first = expected;
      }
      replay_loss(batch, open, run);
    }
    run.first = run.end;
    return true;
  }
  run.first += safe;
  run.id += safe;
  while (run.first < run.end && batch.bytes() < end) {
    if (!find_front(open, run)) {  // a damaged ring
      run.first = run.end;
      return true;
    }
    const std::uint64_t number = ring.front()->number;
    if (number == run.first) {
      if (!give_event(batch, open, run.ring, run.id)) return true;
      ++run.first;
      ++run.id;
      continue;
    }
    if (!last_taken_) return false;
    // They were overwritten since. The sink has those up to the id that it said.
    const std::uint64_t gone = std::min(number, run.end) - run.first;
    const std::uint64_t taken = *last_taken_ < run.id ? 0 : std::min(*last_taken_ - run.id + 1, gone);
    open.lanes[run.ring].told += taken;
    run.first += gone;
    run.id += gone;
    if (run.first < number) continue;
    const std::uint64_t untold = ring.lost() - std::exchange(open.lanes[run.ring].told, 0);
    if (untold > 0)
      replay_loss(batch, open, {run.instance, run.ring, number - ring.lost(), number, run.id - 1, untold});
    ring.expect(number);
  }
  return true;
}

// An event of the run, or one after those of it that are gone.
bool RingSource::find_front(OpenRingFile& open, const SentRun& run) {
  Ring& ring = open.file->ring(run.ring);
  while (ring.front() == nullptr && !open.broken)
    if (!fill(open, run.ring) || !open.lanes[run.ring].more) break;
  return ring.front() != nullptr && ring.front()->number >= run.first;
}

void RingSource::replay_loss(stream::Batch& batch, OpenRingFile& open, const SentRun& run) {
  batch.append(run.id, open.file->render_loss(run.ring, run.lost));
  if (metrics_) metrics_->counts().count_lost(run.lost);
  note(open, run);
  open.file->ring(run.ring).expect(run.end);
}

// ---- the sink

base::Result<std::string> RingSource::renew_origin(const stream::Greeting& greeting) {
  if (greeting.last.value_or(0) < next_id_) return std::string();
  report_(base::Level::warning,
          "read rings: the sink has later events than their journal, which may be an older copy; "
          "some may be delivered twice");
  TRY(journal_->renew(unsafe_runs()));
  return journal_->origin();
}

void RingSource::greeted(const stream::Greeting& greeting) {
  last_taken_ = greeting.last.value_or(0);
}

base::Result<void> RingSource::write_journal() {
  if (!journal_ || fresh_.empty()) return {};
  if (journal_->is_long() && !tells_later())
    TRY(journal_->rewrite(unsafe_runs()));
  else
    TRY(journal_->append(fresh_));
  fresh_.clear();
  return {};
}

// Something that only the journal's runs say is needed until a loss is told.
bool RingSource::tells_later() const {
  const auto& files = files_.all();
  return std::ranges::any_of(files, [](const auto& file) {
    return std::ranges::any_of(file.second->lanes, [](const OpenRingFile::Lane& lane) { return lane.told > 0; });
  });
}

std::vector<SentRun> RingSource::unsafe_runs() const {
  std::vector<SentRun> runs;
  runs.reserve(unsafe_.size() + replays_.size());
  for (const Given& given : unsafe_) runs.push_back(given.run);
  runs.insert(runs.end(), replays_.begin(), replays_.end());
  return runs;
}

}  // namespace logcat

// The messages of a DirectoryStore: work for its threads, in the order in which it came for each channel.
#include <algorithm>
#include <span>
#include <utility>

#include "tools/logbuf/hub/directory_store.h"

namespace logbuf {
namespace {

constexpr std::size_t kCommitBytes = 1 << 20;  // in one commit, about
constexpr std::size_t kMostWaiting = 8 << 20;  // bytes for one channel; then it takes no more

}  // namespace

// Appends that share a commit.
struct DirectoryStore::Commit {
  std::vector<Append> appends;
  stream::Batch messages;  // of all of them; where somebody watches, with ids in the end
  bool watched = false;
  bool report_loss = false;
  ChannelLog::Result result;
};

// ---- appending

void DirectoryStore::append(const std::string& id, stream::Batch messages, hub::Done<> done) {
  Entry* const found = known(id);
  if (found == nullptr) return done(unknown_channel(id));
  const auto longest = std::ranges::max_element(messages.lengths());
  if (longest == messages.lengths().end()) return done({});
  if (const Limits limits = limits_of(*found->channel);
      chunk_size(1, *longest + std::size_t{1}) > limits.max_size.count)
    return done(base::fail(base::Kind::usage, "write channel " + id, "a message is larger than the channel may be"));
  if (found->waiting_bytes > kMostWaiting)
    return done(base::fail(base::Kind::temporary, "write channel " + id, "too much waits to be written already"));
  const std::size_t count = messages.count();
  const std::size_t bytes = messages.bytes();
  found->waiting_bytes += bytes;
  found->waiting.emplace_back(Append{std::move(messages), count, bytes, std::move(done)});
  go_on(*found);
}

void DirectoryStore::start_commit(Entry& entry) {
  const auto commit = std::make_shared<Commit>();
  commit->watched = !entry.watchers.empty();
  // Without drains nobody misses what made room for newer messages.
  commit->report_loss = entry.channel && !entry.channel->drains.empty();
  for (std::size_t bytes = 0; !entry.waiting.empty() && bytes < kCommitBytes; entry.waiting.pop_front()) {
    auto* const append = std::get_if<Append>(&entry.waiting.front());
    if (append == nullptr) break;
    bytes += append->bytes;
    commit->appends.push_back(std::move(*append));
  }
  if (entry.channel) entry.log.set_limits(limits_of(*entry.channel));
  const auto work = [&entry, commit] {
    commit->messages.swap(commit->appends.front().messages);
    for (const Append& append : std::span(commit->appends).subspan(1))
      commit->messages.append_block(append.messages.block(), append.messages.lengths(), append.messages.has_inner_lf());
    commit->result = entry.log.append(commit->messages, commit->report_loss);
    const bool told = commit->watched && commit->result.whole && commit->result.taken == commit->messages.count();
    if (told) commit->messages.number_from(commit->result.last_id - commit->result.taken + 1);
  };
  entry.busy = true;
  pool_->run(work, [this, &entry, commit] { committed(entry, *commit); });
}

void DirectoryStore::committed(Entry& entry, Commit& commit) {
  if (commit.messages.has_ids()) {
    const auto news = std::make_shared<const stream::Batch>(std::move(commit.messages));
    for (const auto& watcher : std::vector(entry.watchers))
      if (!watcher->gone) watcher->news(news);
  }
  std::size_t end = 0;
  for (const Append& append : commit.appends) {
    end += append.count;
    entry.waiting_bytes -= append.bytes;
    if (end <= commit.result.taken)
      append.done({});
    else
      append.done(tl::unexpected(*commit.result.error));
  }
  released(entry);
}

// ---- other work

bool DirectoryStore::hand_in(const std::string& id, LogWork work) {
  Entry* const found = known(id);
  if (found == nullptr) return false;
  enqueue(*found, std::move(work));
  return true;
}

void DirectoryStore::enqueue(Entry& entry, LogWork work) {
  entry.waiting.emplace_back(std::move(work));
  go_on(entry);
}

void DirectoryStore::go_on(Entry& entry) {
  if (entry.busy || entry.waiting.empty()) return;
  if (std::exchange(entry.idle, false)) idle_.erase(entry.place);
  if (std::holds_alternative<Append>(entry.waiting.front())) return start_commit(entry);
  const auto other = std::make_shared<LogWork>(std::move(std::get<LogWork>(entry.waiting.front())));
  entry.waiting.pop_front();
  entry.busy = true;
  if (entry.channel) entry.log.set_limits(limits_of(*entry.channel));
  pool_->run([&entry, other] { other->work(entry.log); },
             [this, &entry, other] {
               other->done();
               released(entry);
             });
}

// The thread is done with it.
void DirectoryStore::released(Entry& entry) {
  entry.busy = false;
  if (!entry.waiting.empty()) return go_on(entry);
  if (entry.log.is_open()) {
    entry.place = idle_.insert(idle_.end(), &entry);
    entry.idle = true;
  }
  close_idle();
  drop_if_unused(entry.id);
}

void DirectoryStore::close_idle() {
  for (; idle_.size() > options_.open_buffers; idle_.pop_front()) {
    idle_.front()->idle = false;
    idle_.front()->log.close();
  }
}

void DirectoryStore::work_on(const std::string& id, Work work, hub::Done<> done) {
  ask<void>(
      id,
      [work = std::move(work)](ChannelLog& log) -> base::Result<void> {
        Buffer* const buffer = TRY(log.open());
        return work(*buffer);
      },
      std::move(done));
}

}  // namespace logbuf

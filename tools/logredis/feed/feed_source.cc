#include "tools/logredis/feed/feed_source.h"

#include <algorithm>

namespace logredis {
namespace {

constexpr std::size_t kLeastBytes = 64 << 10;
constexpr std::size_t kMostBytes = 1 << 20;  // of one piece
constexpr std::uint64_t kMostMessages = 8192;
constexpr std::size_t kPieces = 2;                          // fetched ahead
constexpr base::Duration kWait = std::chrono::seconds(20);  // then the server is asked anew, and shows that it lives
constexpr std::uint64_t kSettledAtOnce = 64 << 10;

}  // namespace

FeedSource::FeedSource(event::Loop& loop, std::unique_ptr<redis::Session> session,
                       std::unique_ptr<redis::Session> waiting, std::unique_ptr<Feed> feed, FeedSourceOptions options)
    : loop_(loop),
      session_(std::move(session)),
      waiting_session_(std::move(waiting)),
      feed_(std::move(feed)),
      options_(options),
      wanted_bytes_(kLeastBytes),
      renewal_(loop, [this] { renew(); }),
      starved_(loop, [this] { fetch(); }),
      patience_over_(loop, [] {}) {
  if (options_.prefetch) prefetch_.emplace(*options_.prefetch, base::now());
  watch();
  session_->ready() ? back() : away();
}

FeedSource::~FeedSource() {
  session_->set_events({});
  if (waiting_session_) waiting_session_->set_events({});
}

void FeedSource::watch() {
  session_->set_events({.ready = [this] { back(); }, .lost = [this] { away(); }});
  if (waiting_session_)
    waiting_session_->set_events({.ready = [this] { wait(); }, .lost = [this] { waiting_ = false; }});
}

void FeedSource::back() {
  renew();
  settle();
  fetch();
}

void FeedSource::away() {
  const base::Instant now = base::now();
  const base::Instant since = session_->away_since().value_or(now);
  if (options_.patience) patience_over_.start(std::max(since + *options_.patience - now, base::Duration::zero()));
  fetching_ = renewing_ = idle_ = false;
  IdQueue again = std::exchange(settling_, {});
  again.append(safe_);
  safe_ = std::move(again);
  feed_->lost();
}

bool FeedSource::out_of_patience() const {
  const auto since = session_->away_since();
  return options_.patience && !session_->ready() && since && base::now() - *since >= *options_.patience;
}

void FeedSource::keep(const base::Result<void>& outcome) {
  if (!outcome && !failure_) failure_ = outcome.error();
}

void FeedSource::fetch() {
  if (fetching_ || idle_ || ended_ || stopped_ || failure_ || !session_->ready()) return;
  if (pieces_.size() >= kPieces || fetched_ >= options_.count) return;
  const std::uint64_t count = wanted();
  if (count == 0) return;
  fetching_ = true;
  feed_->take({count, wanted_bytes_}, [this](base::Result<Chunk> chunk) { took(std::move(chunk)); });
}

// 0: the sink has to confirm something first.
std::uint64_t FeedSource::wanted() {
  const std::uint64_t left = std::min(options_.count - fetched_, kMostMessages);
  if (!prefetch_) return left;
  const base::Instant now = base::now();
  const std::uint64_t held = fetched_ - acknowledged_;
  const std::uint64_t allowed = prefetch_->allowance(held, now);
  if (allowed > 0) return std::min(left, allowed);
  if (const auto later = prefetch_->until_more(held, now)) starved_.start(*later);
  return 0;
}

void FeedSource::took(base::Result<Chunk> chunk) {
  fetching_ = false;
  if (!chunk) return keep(tl::unexpected(std::move(chunk.error())));
  fetched_ += chunk->messages.count();
  ended_ = chunk->last;
  idle_ = !chunk->again && options_.follow;
  ended_ = ended_ || (!chunk->again && !options_.follow);
  if (!chunk->messages.empty()) pieces_.push_back({std::move(*chunk)});
  if (idle_) wait();
  fetch();
}

void FeedSource::wait() {
  if (!idle_ || waiting_ || stopped_ || !waiting_session_ || !waiting_session_->ready()) return;
  waiting_ = true;
  waiting_session_->send(
      feed_->wait_command(kWait), [this](const redis::Reply& reply) { woken(reply); }, kWait);
}

void FeedSource::woken(const redis::Reply& reply) {
  waiting_ = false;
  if (reply.is_error()) return keep(tl::unexpected(waiting_session_->error(reply, "wait for messages")));
  feed_->woken(reply);
  if (reply.is_nil()) return wait();
  idle_ = false;
  fetch();
}

base::Result<stream::Next> FeedSource::read(stream::Batch& batch, std::size_t limit) {
  if (failure_) return tl::unexpected(*failure_);
  if (stopped_ || handed_out_ >= options_.count) return stream::Next::end;
  if (session_->failure()) return tl::unexpected(*session_->failure());
  if (waiting_session_ && waiting_session_->failure()) return tl::unexpected(*waiting_session_->failure());
  wanted_bytes_ = std::clamp(limit, kLeastBytes, kMostBytes);
  if (!pieces_.empty()) {
    hand_out(pieces_.front(), batch, limit);
    if (pieces_.front().next == pieces_.front().chunk.messages.count()) pieces_.pop_front();
    fetch();
    return stream::Next::more;
  }
  if (ended_) return stream::Next::end;
  if (out_of_patience())
    return base::fail(base::Kind::temporary, "read from " + session_->address(), "the server is away; run again");
  fetch();
  return stream::Next::wait;
}

void FeedSource::hand_out(Piece& piece, stream::Batch& batch, std::size_t limit) {
  stream::Batch& messages = piece.chunk.messages;
  if (piece.next == 0 && batch.empty() && messages.bytes() <= limit) {
    const std::size_t all = messages.count();
    count(piece, all);
    batch.swap(messages);
    piece.next = messages.count();
    return;
  }
  const bool ids = messages.has_ids();
  std::size_t bytes = 0;
  do {
    const std::size_t length = messages.lengths()[piece.next];
    const std::string_view message = messages.block().substr(piece.offset, length);
    if (ids)
      batch.append(messages.id(piece.next), message);
    else
      batch.append(message);
    count(piece, 1);
    piece.offset += length + 1;
    bytes += length + 1;
    ++piece.next;
  } while (piece.next < messages.count() && bytes < limit);
}

void FeedSource::count(Piece& piece, std::size_t messages) {
  handed_out_ += messages;
  const IdQueue ids = piece.chunk.ids.take(messages);
  if (options_.acknowledge) handed_.append(ids);
}

base::Result<void> FeedSource::acknowledge(std::uint64_t count) {
  if (options_.acknowledge) safe_.append(handed_.take(count - acknowledged_));
  acknowledged_ = count;
  if (prefetch_) prefetch_->confirmed(count, base::now());
  settle();
  fetch();
  if (unsettled_) return tl::unexpected(*unsettled_);
  return {};
}

base::Result<bool> FeedSource::flush_receipts() {
  if (unsettled_) return tl::unexpected(*unsettled_);
  return true;
}

// One at a time: meanwhile the next ones gather.
void FeedSource::settle() {
  if (safe_.empty() || !settling_.empty() || !session_->ready()) return;
  settling_ = safe_.take(kSettledAtOnce);
  feed_->acknowledge(settling_, [this](const base::Result<void>& outcome) {
    keep(outcome);
    if (!outcome && !unsettled_) unsettled_ = outcome.error();
    settling_.clear();
    if (outcome) settle();
  });
}

void FeedSource::renew() {
  const base::Duration every = feed_->renew_every();
  if (every == base::Duration::zero()) return;
  renewal_.start(every);
  if (renewing_ || !session_->ready()) return;
  renewing_ = true;
  feed_->renew([this](const base::Result<void>& outcome) {
    renewing_ = false;
    keep(outcome);
    idle_ = false;  // looks itself, in case the one who waits is cut off, and for what others have left
    fetch();
  });
}

base::Result<void> FeedSource::close() {
  stopped_ = true;
  renewal_.stop();
  const base::Instant end = base::now() + options_.close_time;
  event::Timer over(loop_, [] {});
  over.start(options_.close_time);
  while ((fetching_ || !safe_.empty() || !settling_.empty()) && !failure_ && !session_->failure() && base::now() < end)
    loop_.wait();
  if (failure_) return tl::unexpected(*failure_);
  if (session_->failure()) return tl::unexpected(*session_->failure());
  const std::uint64_t unsettled = safe_.count() + settling_.count();
  if (unsettled > 0)
    return base::fail(base::Kind::temporary, "acknowledge in " + session_->address(),
                      "the server is away; " + base::count_of(unsettled, "message") + " will be handed out again");
  IdQueue unread;
  for (const Piece& piece : pieces_) unread.append(piece.chunk.ids);
  // With nothing to give back, the claim of a process that is gone says the same as one that was given up.
  if (unread.empty() && !session_->ready()) return {};
  return feed_->close(unread, options_.close_time);
}

}  // namespace logredis

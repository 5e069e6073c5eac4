#include "tools/logredis/sink/push_sink.h"

#include <random>
#include <utility>

namespace logredis {
namespace {

using base::Kind;
using base::Result;

constexpr std::size_t kChunksUnderWay = 32;
// A server works fastest on what its processor's cache holds; one that syncs after each step, on large ones.
constexpr std::size_t kChunkBytes = 64 << 10;
constexpr std::size_t kSyncedChunkBytes = 512 << 10;
constexpr std::size_t kUnsentBytes = 1 << 20;
constexpr base::Duration kOwnOriginTtl = std::chrono::hours(24);  // of one that ends with this process

// KEYS: the queue, what was taken of the origin. ARGV: what must have been taken before, what has been with this, the
// origin's and the queue's time to live in milliseconds, the cap, the layout, messages. Gives {1, dropped}, or {0, what
// was taken}.
//
// What was taken is written again when it is not as expected: so a WAIT behind it waits for all that was before.
constexpr redis::Script kTake{R"(
local last = redis.call('GET', KEYS[2]) or ''
if last ~= ARGV[1] then
  if last ~= '' then redis.call('PEXPIRE', KEYS[2], ARGV[3]) end
  return {0, last}
end
local cap, list, dropped = tonumber(ARGV[5]), ARGV[6] == 'list', 0
if list then
  for at = 7, #ARGV, 4000 do
    redis.call('RPUSH', KEYS[1], unpack(ARGV, at, math.min(at + 3999, #ARGV)))
  end
else
  for at = 7, #ARGV do redis.call('XADD', KEYS[1], '*', 'm', ARGV[at]) end
end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
if cap > 0 and list then
  dropped = math.max(redis.call('LLEN', KEYS[1]) - cap, 0)
  if dropped > 0 then redis.call('LTRIM', KEYS[1], dropped, -1) end
elseif cap > 0 then
  dropped = redis.call('XTRIM', KEYS[1], 'MAXLEN', '~', ARGV[5])
end
if ARGV[4] ~= '0' then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return {1, dropped}
)"};

std::string random_origin() {
  constexpr char kHex[] = "0123456789abcdef";
  std::random_device random;
  std::string name = "push-";
  for (int i = 0; i < 32; ++i) name += kHex[random() & 15];
  return name;
}

}  // namespace

PushSink::PushSink(event::Loop& loop, std::unique_ptr<redis::Session> session, std::string key, PushOptions options,
                   base::Report report)
    : session_(std::move(session)),
      keys_(std::move(key)),
      options_(std::move(options)),
      report_(std::move(report)),
      origin_key_(keys_.origin(options_.origin.empty() ? random_origin() : options_.origin)),
      window_(!options_.origin.empty(), options_.window.count,
              options_.strength == stream::Strength::stored ? kSyncedChunkBytes : kChunkBytes),
      drain_(loop, [this] { give_up(); }) {
  session_->set_events({.ready = [this] { send(); }, .lost = [this] { lost(); }});
}

Result<void> PushSink::write(const stream::Batch& batch) {
  TRY(window_.append(batch));
  send();
  return {};
}

Result<void> PushSink::flush() {
  if (error_) return tl::unexpected(*error_);
  if (const auto failure = session_->failure()) return tl::unexpected(*failure);
  return {};
}

Result<void> PushSink::finish() {
  life_.finish();
  drain_.start(options_.drain_time);
  if (window_.waiting() == 0) close_down();
  return hurry();
}

Result<void> PushSink::hurry() {
  session_->hurry();
  return {};
}

std::optional<base::Instant> PushSink::away_since() const {
  if (session_->ready()) return {};
  return session_->away_since().value_or(opened_);
}

void PushSink::send() {
  while (session_->ready() && window_.under_way() < kChunksUnderWay && session_->unsent_bytes() < kUnsentBytes) {
    const PushWindow::Chunk* chunk = window_.next();
    if (chunk == nullptr) return;
    send(*chunk);
    window_.sent();
  }
}

void PushSink::send(const PushWindow::Chunk& chunk) {
  const std::string before = window_.before_next();
  const std::string last = std::to_string(chunk.last());
  const std::string origin_ttl = redis::milliseconds(this->origin_ttl());
  const std::string ttl = redis::milliseconds(options_.ttl);
  const std::string cap = std::to_string(options_.cap);
  session_->run(kTake, {keys_.queue(), origin_key_},
                {before, last, origin_ttl, ttl, cap, options_.layout == Layout::list ? "list" : "stream"},
                [this, round = round_, now = base::now()](const redis::Reply& reply) {
                  // Of one that was under way when the server and we settled: it made room for what is sent again.
                  round == round_ ? answered(reply, now) : send();
                },
                {chunk.arguments, chunk.count()});
}

void PushSink::answered(const redis::Reply& reply, base::Instant sent) {
  if (reply.is_error()) {
    error_ = session_->error(reply, "push to " + keys_.queue() + " at " + session_->address());
    return;
  }
  if (reply[0].integer() == 0) return settle(reply[1]);
  dropped(static_cast<std::uint64_t>(reply[1].integer()));
  taken_ = sent;
  window_.taken();
  taken();
  send();
}

// The server has taken more than we know of, or less: what is under way will all be refused.
void PushSink::settle(const redis::Reply& last) {
  ++round_;
  waiting_for_replicas_ = false;
  const auto number = base::parse_number(last.text());
  if (!number && !last.text().empty()) {
    error_ = base::Error{Kind::data, "push to " + keys_.queue() + " at " + session_->address(),
                         "the key " + origin_key_ + " holds no number"};
    return;
  }
  const bool whole = window_.settle(number ? std::optional<std::uint64_t>(*number) : std::nullopt);
  const bool expired = last.text().empty() && base::now() - taken_ >= origin_ttl();
  if (!whole && !expired)
    report_(base::Level::error, "push to " + keys_.queue() + " at " + session_->address() +
                                    ": the server has lost messages that it had confirmed, as after a failover or a "
                                    "restart without appendfsync always; see logredis(1), DURABILITY");
  taken();
  send();
}

base::Duration PushSink::origin_ttl() const {
  return options_.origin.empty() ? kOwnOriginTtl : options_.origin_ttl;
}

void PushSink::taken() {
  if (options_.replicas.count > 0) return ask_replicas();
  window_.release(window_.unreleased());
  progressed();
}

// One question at a time; it is about all that was sent before it.
void PushSink::ask_replicas() {
  if (waiting_for_replicas_ || window_.unreleased() == 0 || !session_->ready()) return;
  waiting_for_replicas_ = true;
  redis::Command wait("WAIT");
  wait.add(options_.replicas.count).add(redis::milliseconds(options_.replicas.timeout));
  session_->send(
      wait,
      [this, round = round_, chunks = window_.unreleased()](const redis::Reply& reply) {
        if (round != round_) return;
        if (reply.is_error())
          error_ = session_->error(reply, "wait for replicas of " + session_->address());
        else
          replicas_answered(chunks, static_cast<std::uint64_t>(reply.integer()));
      },
      options_.replicas.timeout);
}

void PushSink::replicas_answered(std::size_t chunks, std::uint64_t count) {
  waiting_for_replicas_ = false;
  if (count >= options_.replicas.count) {
    window_.release(chunks);
    if (std::exchange(too_few_replicas_, false)) report_(base::Level::note, "there are enough replicas again");
  } else if (!std::exchange(too_few_replicas_, true)) {
    report_(base::Level::warning, "push to " + keys_.queue() + " at " + session_->address() + ": " +
                                      std::to_string(count) + " of " +
                                      base::count_of(options_.replicas.count, "replica") + " confirmed within " +
                                      base::format_duration(options_.replicas.timeout) + "; waiting, without receipts");
  }
  if (count >= options_.replicas.count) progressed();
  ask_replicas();
  send();
}

void PushSink::dropped(std::uint64_t count) {
  if (count > 0 && dropped_ == 0)
    report_(base::Level::warning, "push to " + keys_.queue() + " at " + session_->address() +
                                      ": it is full (--cap); the oldest messages are dropped");
  dropped_ += count;
}

void PushSink::lost() {
  ++round_;
  waiting_for_replicas_ = false;
  window_.forget_sent();
  if (life_.is_closing()) life_.end();
}

void PushSink::progressed() {
  if (!life_.is_finishing()) return;
  drain_.start(options_.drain_time);
  if (window_.waiting() == 0) close_down();
}

// All is safe. What was kept of an origin that ends with this process is of no use any more.
void PushSink::close_down() {
  life_.close();
  if (options_.origin.empty() && session_->ready()) {
    session_->send(redis::Command("DEL").add(origin_key_), [this](const redis::Reply&) { life_.end(); });
    return;
  }
  life_.end();
}

void PushSink::give_up() {
  if (!life_.is_finishing()) {
    life_.end();
    return;
  }
  const std::uint64_t count = window_.waiting();
  error_ = base::Error{Kind::temporary, "push to " + keys_.queue() + " at " + session_->address(),
                       base::count_of(count, "message") + (count == 1 ? " was" : " were") + " not confirmed within " +
                           base::format_duration(options_.drain_time) + "; run again"};
}

std::string PushSink::state() const {
  std::string text = session_->state() + ", " + base::count_of(window_.waiting(), "message") + " waiting";
  if (window_.duplicates() > 0) text += ", " + std::to_string(window_.duplicates()) + " known already";
  if (dropped_ > 0) text += ", " + std::to_string(dropped_) + " dropped";
  return text;
}

}  // namespace logredis

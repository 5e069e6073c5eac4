#include "hub/tail.h"

#include <utility>

#include "base/clock.h"

namespace hub {
namespace {

constexpr std::size_t kSlice = 64 << 10;  // bytes read at once
constexpr std::size_t kQueue = 4 << 20;   // bytes of a client that does not read: more than one commit brings

}  // namespace

Tail::Tail(Store& store, TailFeeds& feeds, TailRequest request, std::function<void()> wake)
    : store_(store),
      feeds_(feeds),
      request_(std::move(request)),
      wake_(std::move(wake)),
      queue_(kQueue, feeds.memory()),
      alive_(std::make_shared<bool>(true)) {}

Tail::~Tail() {
  if (feed_) feed_->remove(*this);
}

http::Body::Next Tail::pull(std::string& out, std::size_t room) {
  if (std::exchange(beat_, false)) out += ":\n\n";
  waits_ = false;
  for (; !pending_.empty(); pending_.pop_front()) {
    if (out.size() >= room) return Next::ready;
    write(out, *pending_.front());
  }
  if (stage_ == Stage::ending) return Next::end;
  if (stage_ != Stage::live) return ask();
  for (const base::WallTime now = base::wall_now(); !queue_.empty();) {
    if (out.size() >= room) return Next::ready;
    write(out, *queue_.take(now));
  }
  waits_ = true;
  return Next::waiting;
}

// One slice a turn, so that others have theirs.
http::Body::Next Tail::ask() {
  if (!asked_) {
    asked_ = pulling_ = true;
    auto done = [this, alive = std::weak_ptr(alive_)](base::Result<Excerpt> got) {
      if (!alive.expired()) answered(std::move(got));
    };
    if (stage_ == Stage::seeking)
      store_.read_before(request_.channel, before_, kSlice, std::move(done));
    else
      store_.read_after(request_.channel, after_, kSlice, std::move(done));
    pulling_ = false;
  }
  waits_ = asked_;
  return asked_ ? Next::waiting : Next::ready;
}

void Tail::answered(base::Result<Excerpt> got) {
  asked_ = false;
  if (stage_ == Stage::ending) return;
  if (!got) {
    pending_.push_back(std::make_shared<const TailLine>("Error: " + got.error().why));
    end();
  } else if (stage_ == Stage::seeking) {
    sought(*got);
  } else {
    read(*got);
  }
  if (!pulling_) wake();
}

// Backwards. The message before the first that is wanted is where reading begins.
void Tail::sought(const Excerpt& excerpt) {
  if (request_.after) return resume(excerpt);
  std::vector<std::string_view> messages;
  excerpt.messages.for_each([&](std::size_t, std::string_view message) { messages.push_back(message); });
  for (std::size_t i = messages.size(); i-- > 0;) {
    const std::string_view id = excerpt.messages.id(i);
    if (until_.empty()) until_ = id;
    if (found_ == request_.lines) {
      after_ = id;
      stage_ = Stage::reading;
      return;
    }
    if (request_.filter == TailFilter{} || TailLine(id, messages[i]).passes(request_.filter)) ++found_;
  }
  before_ = excerpt.reached;
  if (excerpt.end) stage_ = Stage::reading;
}

// Where the log has not got so far, it is another one than that which the client has seen.
void Tail::resume(const Excerpt& newest) {
  const std::size_t count = newest.messages.count();
  if (count > 0 && !id_before(newest.messages.id(count - 1), *request_.after)) after_ = *request_.after;
  stage_ = Stage::reading;
}

void Tail::read(const Excerpt& excerpt) {
  if (!excerpt.messages.empty()) tell_gap(std::string(excerpt.messages.id(0)));
  bool over = excerpt.end;
  excerpt.messages.for_each([&](std::size_t i, std::string_view message) {
    const std::string_view id = excerpt.messages.id(i);
    over = over || (!request_.follow && id == until_);
    if (!request_.follow && !until_.empty() && id_before(until_, id)) return;
    auto line = std::make_shared<const TailLine>(id, message);
    if (line->passes(request_.filter)) pending_.push_back(std::move(line));
  });
  if (!excerpt.messages.empty()) after_ = excerpt.reached;
  if (over) reached_end();
}

// What was dropped before it was read.
void Tail::tell_gap(const std::string& next) {
  const std::uint64_t missing = numbers_between(number_of(after_), number_of(next));
  if (missing == 0) return;
  const base::WallTime now = base::wall_now();
  pending_.push_back(std::make_shared<const TailLine>(tail_overflow(missing, now, now)));
}

void Tail::reached_end() {
  if (!request_.follow) return end();
  if (stage_ == Stage::joining) {
    stage_ = Stage::live;
    queue_.leave_out(after_);
    feed_->has_read(after_);
    return;
  }
  stage_ = Stage::joining;
  feed_ = feeds_.of(request_.channel);
  feed_->add(*this);
}

void Tail::end() {
  if (request_.farewell) pending_.push_back(std::make_shared<const TailLine>(*request_.farewell));
  stage_ = Stage::ending;
}

void Tail::news(const TailLines& lines) {
  const std::size_t sharers = feed_->followers();
  const base::WallTime now = base::wall_now();
  for (const auto& line : lines)
    if (line->passes(request_.filter) && is_new(line->id)) queue_.push(line, sharers, now);
  if (stage_ == Stage::live && !queue_.empty()) wake();
}

// Ids rise: what follows one that was not read was not either.
bool Tail::is_new(const std::string& id) {
  behind_joint_ = behind_joint_ || (stage_ == Stage::live && id_before(after_, id));
  return behind_joint_ || id_before(after_, id);
}

void Tail::channel_deleted() {
  stage_ = Stage::ending;
  wake();
}

void Tail::stop() {
  if (!request_.follow) return;
  pending_.clear();
  stage_ = Stage::ending;
}

void Tail::beat() {
  if (!request_.events || !waits_) return;
  beat_ = true;
  wake();
}

void Tail::write(std::string& out, const TailLine& line) const {
  request_.events ? append_event(out, line) : append_text(out, line);
}

void Tail::wake() {
  if (std::exchange(waits_, false)) wake_();
}

}  // namespace hub

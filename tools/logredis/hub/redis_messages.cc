// The messages of a RedisStore's channels, and who watches them.
#include <algorithm>
#include <utility>

#include "redis/command.h"
#include "tools/logredis/hub/hub_scripts.h"
#include "tools/logredis/hub/redis_store.h"
#include "tools/logredis/stream/stream_claim.h"

namespace logredis {
namespace {

constexpr std::size_t kNewsAtOnce = 256 << 10;

// {whether that is all, id, content, ...}, in the order that is asked for.
hub::Excerpt excerpt_of(const redis::Reply& reply, const std::string& from, bool newest_first) {
  hub::Excerpt excerpt{.messages = {}, .reached = from, .end = reply[0].integer() == 1};
  const std::size_t count = (reply.size() - 1) / 2;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = 1 + 2 * (newest_first ? count - 1 - i : i);
    excerpt.messages.append(reply[at].text(), message_of(reply[at + 1]));
  }
  if (count > 0) excerpt.reached = reply[1 + 2 * (count - 1)].text();
  return excerpt;
}

tl::unexpected<base::Error> no_such_channel(const std::string& id) {
  return base::fail(base::Kind::no_input, "use channel " + id, "there is no such channel");
}

std::uint64_t number_in(const redis::Reply& reply) {
  return static_cast<std::uint64_t>(reply.integer());
}

}  // namespace

// ---- appending and reading

void RedisStore::append(const std::string& id, stream::Batch messages, hub::Done<> done) {
  if (messages.empty()) return done({});
  HubLink::Call call{.keys = {keys_.log(id), keys_.channels(), keys_.counts(), keys_.news(), keys_.lost()},
                     .args = {id, std::to_string(options_.cap), redis::milliseconds(options_.ttl)}};
  call.more.reserve(messages.bytes() + 16 * messages.count());
  call.more_count = messages.count();
  messages.for_each([&call](std::size_t, std::string_view message) { redis::append_argument(call.more, message); });
  writes_.run(kHubAppend, std::move(call), HubLink::Twice::harmful,
              [this, id, done = std::move(done)](const base::Result<redis::Reply>& reply) {
                if (!reply) return done(tl::unexpected(reply.error()));
                if (reply->integer() == 0) return done(no_such_channel(id));
                replicas_.add(done);
              });
}

void RedisStore::read(Order order, const std::string& id, const std::string& from, std::size_t limit,
                      hub::Done<hub::Excerpt> done) {
  const bool newest_first = order == Order::newest_first;
  const char* const all_from = newest_first ? "+" : "-";
  const char* const to = newest_first ? "-" : "+";
  reads_.run(kHubRead,
             {.keys = {keys_.log(id), keys_.channels()},
              .args = {newest_first ? "XREVRANGE" : "XRANGE", from.empty() ? all_from : "(" + from, to,
                       std::to_string(limit), id}},
             HubLink::Twice::harmless,
             [id, from, newest_first, done = std::move(done)](const base::Result<redis::Reply>& reply) {
               if (!reply) return done(tl::unexpected(reply.error()));
               reply->is_nil() ? done(no_such_channel(id)) : done(excerpt_of(*reply, from, newest_first));
             });
}

void RedisStore::read_after(const std::string& id, const std::string& after, std::size_t limit,
                            hub::Done<hub::Excerpt> done) {
  read(Order::oldest_first, id, after, limit, std::move(done));
}

void RedisStore::read_before(const std::string& id, const std::string& before, std::size_t limit,
                             hub::Done<hub::Excerpt> done) {
  read(Order::newest_first, id, before, limit, std::move(done));
}

// An id says when its message was accepted, to the millisecond.
void RedisStore::id_at(const std::string& /*id*/, base::WallTime time, hub::Done<std::string> done) {
  const auto since = std::chrono::ceil<std::chrono::milliseconds>(time.time_since_epoch()).count();
  done(std::to_string(std::max<std::int64_t>(since, 0)) + "-0");
}

void RedisStore::standing(const std::string& id, hub::Done<hub::Standing> done) {
  const auto take = [id, done = std::move(done)](const base::Result<redis::Reply>& reply) {
    if (!reply) return done(tl::unexpected(reply.error()));
    if (reply->is_nil()) return done(no_such_channel(id));
    hub::Standing standing{
        .messages = number_in((*reply)[0]), .bytes = number_in((*reply)[2]), .appended = number_in((*reply)[1])};
    const std::int64_t now = (*reply)[3].integer();
    for (std::size_t i = 4; i < reply->size(); ++i) {
      const redis::Reply group = (*reply)[i];
      const redis::Reply since = group[4];
      const std::int64_t age = since.text().empty() ? 0 : std::max<std::int64_t>(now - since.integer(), 0);
      standing.drains.push_back({.token = std::string(group[0].text()),
                                 .delivered = number_in(group[1]),
                                 .waiting = number_in(group[2]),
                                 .lost = number_in(group[3]),
                                 .oldest = std::chrono::milliseconds(age)});
      standing.dropped += standing.drains.back().lost;
    }
    done(std::move(standing));
  };
  reads_.run(kHubStanding, {.keys = {keys_.log(id), keys_.channels(), keys_.counts(), keys_.lost()}, .args = {id}},
             HubLink::Twice::harmless, take);
}

// ---- watching

class RedisStore::Subscription final : public Watch {
 public:
  Subscription(RedisStore& store, std::string id, std::shared_ptr<Watcher> watcher)
      : store_(store), alive_(store.alive_), id_(std::move(id)), watcher_(std::move(watcher)) {}
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;
  ~Subscription() override {
    watcher_->gone = true;
    if (alive_.expired()) return;
    const auto watched = store_.watched_.find(id_);
    if (watched == store_.watched_.end()) return;
    std::erase(watched->second.watchers, watcher_);
    if (!watched->second.is_read()) watched->second.place.reset();
    if (watched->second.watchers.empty()) store_.watched_.erase(watched);
  }

 private:
  RedisStore& store_;
  std::weak_ptr<bool> alive_;
  std::string id_;
  std::shared_ptr<Watcher> watcher_;
};

std::unique_ptr<hub::Store::Watch> RedisStore::watch(const std::string& id, News news) {
  auto watch = add_watcher(id, std::make_shared<Watcher>(Watcher{.news = std::move(news), .arrived = {}}));
  find_place(id);
  return watch;
}

std::unique_ptr<hub::Store::Watch> RedisStore::watch_arrivals(const std::string& id, std::function<void()> arrived) {
  return add_watcher(id, std::make_shared<Watcher>(Watcher{.news = {}, .arrived = std::move(arrived)}));
}

std::unique_ptr<hub::Store::Watch> RedisStore::add_watcher(const std::string& id, std::shared_ptr<Watcher> watcher) {
  watched_[id].watchers.push_back(watcher);
  return std::make_unique<Subscription>(*this, id, std::move(watcher));
}

// Asked before whoever watches reads, on the same connection: so what comes after it is told, and no later place.
void RedisStore::find_place(const std::string& id) {
  if (watched_[id].place) return;
  redis::Command newest("XREVRANGE");
  newest.add(keys_.log(id)).add("+").add("-").add("COUNT").add("1");
  reads_.send(std::move(newest), HubLink::Twice::harmless, [this, id](const base::Result<redis::Reply>& reply) {
    const auto watched = watched_.find(id);
    if (watched == watched_.end() || watched->second.place || !reply) return;
    watched->second.place = (*reply)[0][0].text();
    read_news(id);
  });
}

void RedisStore::appended(const std::string& id) {
  const auto found = watched_.find(id);
  if (found == watched_.end()) return;
  const auto watchers = found->second.watchers;
  for (const auto& watcher : watchers)
    if (watcher->arrived && !watcher->gone) watcher->arrived();
  const auto still = watched_.find(id);
  if (still == watched_.end() || !still->second.is_read()) return;
  find_place(id);
  read_news(id);
}

void RedisStore::read_news(const std::string& id) {
  const auto found = watched_.find(id);
  if (found == watched_.end() || !found->second.place) return;
  Watched& watched = found->second;
  watched.again = watched.reading;
  if (std::exchange(watched.reading, true)) return;
  read_after(id, *watched.place, kNewsAtOnce,
             [this, id](const base::Result<hub::Excerpt>& excerpt) { took_news(id, excerpt); });
}

void RedisStore::took_news(const std::string& id, const base::Result<hub::Excerpt>& excerpt) {
  const auto found = watched_.find(id);
  if (found == watched_.end()) return;
  Watched& watched = found->second;
  watched.reading = false;
  if (!excerpt || !watched.place) return;  // the server is away: there is another time when it is back
  const bool more = watched.again || !excerpt->end;
  watched.again = false;
  watched.place = excerpt->reached;
  if (!excerpt->messages.empty()) {
    const auto news = std::make_shared<const stream::Batch>(excerpt->messages);
    const auto watchers = watched.watchers;
    for (const auto& watcher : watchers)
      if (watcher->news && !watcher->gone) watcher->news(news);
  }
  if (more) read_news(id);
}

void RedisStore::forget_watchers(const std::string& id) {
  const auto found = watched_.find(id);
  if (found == watched_.end()) return;
  const auto watchers = std::move(found->second.watchers);
  watched_.erase(found);
  for (const auto& watcher : watchers)
    if (watcher->news && !watcher->gone) watcher->news(nullptr);
}

}  // namespace logredis

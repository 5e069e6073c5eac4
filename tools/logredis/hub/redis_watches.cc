// Who watches the channels of a RedisStore.
#include <algorithm>
#include <utility>

#include "redis/command.h"
#include "tools/logredis/hub/redis_shard.h"

namespace logredis {
namespace {

constexpr std::size_t kNewsAtOnce = 256 << 10;

}  // namespace

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
  home(id).server.reads.send(std::move(newest), HubLink::Twice::harmless,
                             [this, id](const base::Result<redis::Reply>& reply) {
                               const auto watched = watched_.find(id);
                               if (watched == watched_.end() || watched->second.place || !reply) return;
                               watched->second.place = (*reply)[0][0].text();
                               read_news(id);
                             });
}

// Nodes that were given other servers may append where a channel does not belong.
void RedisStore::appended(std::size_t server, const std::string& id) {
  if (server != home_of(id)) stray_[id].insert(server);
  arrived(id);
  const auto found = watched_.find(id);
  if (server != home_of(id) || found == watched_.end() || !found->second.is_read()) return;
  find_place(id);
  read_news(id);
}

void RedisStore::arrived(const std::string& id) {
  const auto found = watched_.find(id);
  if (found == watched_.end()) return;
  const auto watchers = found->second.watchers;
  for (const auto& watcher : watchers)
    if (watcher->arrived && !watcher->gone) watcher->arrived();
}

void RedisStore::read_news(const std::string& id) {
  const auto found = watched_.find(id);
  if (found == watched_.end() || !found->second.place) return;
  Watched& watched = found->second;
  watched.again = watched.reading;
  if (std::exchange(watched.reading, true)) return;
  read(Order::oldest_first, home_of(id), id, *watched.place, kNewsAtOnce,
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

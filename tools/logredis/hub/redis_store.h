// A hub's store on a Redis server, which any number of hubs share: a hash has the channels, and each has a capped
// stream of its messages (docs/format-redis.md).
//
// Nothing is kept here that another node could make untrue: who has a token is asked for each request. What happens
// elsewhere comes by HubNews.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/report.h"
#include "base/result.h"
#include "base/units.h"
#include "event/loop.h"
#include "hub/store.h"
#include "tools/logredis/hub/hub_keys.h"
#include "tools/logredis/hub/hub_link.h"
#include "tools/logredis/hub/hub_news.h"
#include "tools/logredis/hub/replicas.h"

namespace logredis {

struct RedisStoreOptions {
  std::string name = "hub";                      // of the keys
  std::uint64_t cap = 10'000;                    // messages of a channel; 0: all
  base::Duration ttl = std::chrono::hours(168);  // of a channel's messages when nothing comes; zero: for ever
  ReplicaOptions replicas = {};
};

class RedisStore final : public hub::Store {
 public:
  // Waits for the server. Kind::temporary: there is none.
  static base::Result<std::unique_ptr<RedisStore>> open(event::Loop& loop, const Server& server,
                                                        RedisStoreOptions options, base::Report report);
  ~RedisStore() override;

  void find(const std::string& id, hub::Done<hub::Found> done) override;
  void find_token(const std::string& token, hub::Done<hub::Found> done) override;
  void list(hub::Done<std::vector<hub::Found>> done) override;
  void update(const std::string& id, Change change, hub::Done<hub::Found> done) override;
  void on_change(Changed changed) override { changed_.push_back(std::move(changed)); }

  void append(const std::string& id, stream::Batch messages, hub::Done<> done) override;
  void read_after(const std::string& id, const std::string& after, std::size_t limit,
                  hub::Done<hub::Excerpt> done) override;
  void read_before(const std::string& id, const std::string& before, std::size_t limit,
                   hub::Done<hub::Excerpt> done) override;
  void id_at(const std::string& id, base::WallTime time, hub::Done<std::string> done) override;
  void standing(const std::string& id, hub::Done<hub::Standing> done) override;
  std::unique_ptr<Watch> watch(const std::string& id, News news) override;
  std::unique_ptr<Watch> watch_arrivals(const std::string& id, std::function<void()> arrived) override;

  [[nodiscard]] const HubKeys& keys() const { return keys_; }
  // Of what changes no messages.
  [[nodiscard]] HubLink& link() { return reads_; }
  [[nodiscard]] base::Result<hub::Found> decode(const std::string& id, std::string_view json);

 private:
  struct Watcher {
    News news;                      // or
    std::function<void()> arrived;  // only that
    bool gone = false;
  };
  // A channel that somebody watches.
  struct Watched {
    std::vector<std::shared_ptr<Watcher>> watchers;
    std::optional<std::string> place;  // the last message that was told; not known yet
    bool reading = false;
    bool again = false;  // something came meanwhile

    [[nodiscard]] bool is_read() const {
      return std::ranges::any_of(watchers, [](const auto& watcher) { return watcher->news != nullptr; });
    }
  };
  class Subscription;
  enum class Order { oldest_first, newest_first };

  RedisStore(event::Loop& loop, const Server& server, RedisStoreOptions options, base::Report report);

  void try_update(const std::string& id, const std::string& known, Change change, hub::Done<hub::Found> done);
  // From the id on, without it; empty: from the end at which the order begins.
  void read(Order order, const std::string& id, const std::string& from, std::size_t limit,
            hub::Done<hub::Excerpt> done);
  void appended(const std::string& id);
  void changed(const std::string& id);
  void unsure();
  void tell(const std::string& id, const hub::Found& channel);
  std::unique_ptr<Watch> add_watcher(const std::string& id, std::shared_ptr<Watcher> watcher);
  void find_place(const std::string& id);
  void read_news(const std::string& id);
  void took_news(const std::string& id, const base::Result<hub::Excerpt>& excerpt);
  void forget_watchers(const std::string& id);

  HubKeys keys_;
  RedisStoreOptions options_;
  base::Report report_;
  HubLink reads_;
  HubLink writes_;
  Replicas replicas_;
  struct Decoded {
    std::string json;
    hub::Found channel;
  };
  std::unordered_map<std::string, Decoded> decoded_;  // lately
  std::set<std::string> told_;                        // channels that on_change was told of
  std::vector<Changed> changed_;
  std::map<std::string, Watched> watched_;
  std::shared_ptr<bool> alive_;  // for watches that outlive it
  HubNews news_;
};

}  // namespace logredis

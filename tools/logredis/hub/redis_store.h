// A hub's store on Redis, which any number of hubs share: a registry of channels on one server, and a capped stream of
// each channel's messages on one of several servers, which may be the registry's own (docs/format-redis.md).
//
// What happens elsewhere comes by HubNews. A server that is away or stuck holds up nothing but its own channels;
// without the registry nothing is taken, as whose a token is is not known.
#pragma once

#include <algorithm>
#include <cstdint>
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
#include "redis/script.h"
#include "tools/logredis/hub/hub_keys.h"
#include "tools/logredis/hub/hub_link.h"
#include "tools/logredis/hub/hub_news.h"
#include "tools/logredis/hub/hub_registry.h"
#include "tools/logredis/hub/hub_server.h"

namespace logredis {

struct RedisStoreOptions {
  std::string name = "hub";                      // of the keys
  std::uint64_t cap = 10'000;                    // messages of a channel; 0: all
  base::Duration ttl = std::chrono::hours(168);  // of a channel's messages when nothing comes; zero: for ever
  ReplicaOptions replicas = {};
};

// A server with messages.
struct HubPlace {
  std::string name;  // by which channels are spread; no other has it
  Server server;
  bool retired = false;  // no channel belongs there any longer, and what is there is sent and shown until it is gone
};

class RedisStore final : public hub::Store {
 public:
  // Waits for the servers. Kind::temporary: there is no registry, or no server with messages; that some of these are
  // away is only reported.
  static base::Result<std::unique_ptr<RedisStore>> open(event::Loop& loop, const Server& registry,
                                                        const std::vector<HubPlace>& places, RedisStoreOptions options,
                                                        base::Report report);
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
  // At all servers that have messages of it.
  void standing(const std::string& id, hub::Done<hub::Standing> done) override;
  std::unique_ptr<Watch> watch(const std::string& id, News news) override;
  std::unique_ptr<Watch> watch_arrivals(const std::string& id, std::function<void()> arrived) override;

  // ---- for drains. Servers are told apart by their places in what open() was given.
  // Those that have messages of the channel: the last is where it belongs, and others are where it belonged before.
  [[nodiscard]] std::vector<std::size_t> servers_of(const std::string& id) const;
  void standing_at(std::size_t server, const std::string& id, hub::Done<hub::Standing> done);
  // The right to send a drain from there, as the text of a lease. False: another node has it.
  void claim_at(std::size_t server, const std::string& id, const std::string& drain, const std::string& node,
                const std::string& lease, hub::Done<bool> done);

  [[nodiscard]] const HubKeys& keys() const { return keys_; }
  [[nodiscard]] HubRegistry& registry() { return registry_; }
  // For each server that is there. Waits for it.
  base::Result<void> each_server(
      const std::function<base::Result<void>(const std::string& name, redis::Session& session)>& look);

 private:
  struct Shard;
  struct Asking;
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

  RedisStore(event::Loop& loop, const Server& registry, const std::vector<HubPlace>& places, RedisStoreOptions options,
             base::Report report);

  void look_when_back();

  // ---- what a server knows of a channel
  [[nodiscard]] Shard& home(const std::string& id);
  [[nodiscard]] std::size_t home_of(const std::string& id) const;
  [[nodiscard]] HubLink::Call call_for(const std::string& id) const;
  void ask(const std::shared_ptr<Asking>& asking);
  void ask_with(const std::shared_ptr<Asking>& asking, const Stamp& stamp);
  void place(const std::string& id, Shard& shard, hub::Done<> done);
  void place_as(const std::string& id, Shard& shard, const Registered& channel, hub::Done<> done);
  void forget(const std::string& id, Shard& shard, const Stamp& stamp, hub::Done<> done);
  void tell_server(const redis::Script& script, const std::string& id, Shard& shard, const Stamp& stamp,
                   const std::vector<std::string>& drains, hub::Done<> done);
  // What a server has of channels that do not belong there any longer.
  void find_strays(std::size_t server);
  void look_at_stray(std::size_t server, const std::string& id, const Stamp& stamp);

  // From the id on, without it; empty: from the end at which the order begins.
  void read(Order order, std::size_t server, const std::string& id, const std::string& from, std::size_t limit,
            hub::Done<hub::Excerpt> done);
  using Servers = std::vector<std::size_t>;
  void read_through(Order order, Servers servers, const std::string& id, const std::string& from, std::size_t limit,
                    hub::Done<hub::Excerpt> done);

  void appended(std::size_t server, const std::string& id);
  void arrived(const std::string& id);
  void changed(const std::string& id);
  void unsure();
  void unsure_at(std::size_t server);
  void tell(const std::string& id, const hub::Found& channel);
  std::unique_ptr<Watch> add_watcher(const std::string& id, std::shared_ptr<Watcher> watcher);
  void find_place(const std::string& id);
  void read_news(const std::string& id);
  void took_news(const std::string& id, const base::Result<hub::Excerpt>& excerpt);
  void forget_watchers(const std::string& id);

  HubKeys keys_;
  RedisStoreOptions options_;
  base::Report report_;
  std::set<std::string> told_;  // channels that on_change was told of
  std::vector<Changed> changed_;
  std::map<std::string, Watched> watched_;
  std::shared_ptr<bool> alive_;                         // for watches that outlive it
  std::vector<std::string> names_;                      // of servers to which channels belong
  std::vector<std::size_t> numbers_;                    // of these, among all
  std::map<std::string, std::set<std::size_t>> stray_;  // by id: the servers that it belonged to before
  HubRegistry registry_;
  std::vector<std::unique_ptr<Shard>> shards_;
  HubNews changes_;
};

}  // namespace logredis

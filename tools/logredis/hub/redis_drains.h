// The drains of channels on Redis: a drain is a group of its channel's stream, read by `logredis peek` on the node that
// holds the drain's lease. What stands where the channel belonged before is sent first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hub/drain_source.h"
#include "tools/logredis/hub/redis_store.h"

namespace logredis {

struct RedisDrainOptions {
  std::vector<std::vector<std::string>>
      servers;  // of each: options of `logredis peek` that say where and how, and its URL
  std::string logredis;
  std::string logsend;
  std::string folder;
  std::string node;  // no other node has this name
};

class RedisDrains final : public hub::DrainSource {
 public:
  // The store has to outlive it.
  RedisDrains(RedisStore& store, RedisDrainOptions options) : store_(store), options_(std::move(options)) {}

  void backlog(const std::string& channel, const std::string& consumer, hub::Done<std::uint64_t> done) override;
  // The group has gone with the drain.
  void remove(const std::string& channel, const std::string& consumer, hub::Done<> done) override;
  void claim(const std::string& channel, const std::string& consumer,
             hub::Done<std::optional<std::vector<std::string>>> done) override;
  [[nodiscard]] std::string sender() const override { return options_.logsend; }
  [[nodiscard]] std::string folder() const override { return options_.folder; }

 private:
  struct Claiming;

  void claim_next(const std::shared_ptr<Claiming>& claiming);
  void claim_at(const std::shared_ptr<Claiming>& claiming, std::size_t server);
  [[nodiscard]] std::vector<std::string> reader(const Claiming& claiming, std::size_t server,
                                                const std::string& lease) const;

  RedisStore& store_;
  RedisDrainOptions options_;
  std::uint64_t claims_ = 0;
};

}  // namespace logredis

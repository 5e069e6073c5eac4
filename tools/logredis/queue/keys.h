// The names of a queue's keys (docs/format-redis.md). A cluster keeps all of them in the slot of the queue's own key.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace logredis {

class Keys {
 public:
  explicit Keys(std::string queue);

  [[nodiscard]] const std::string& queue() const { return queue_; }
  [[nodiscard]] std::string consumer(std::string_view name) const;
  [[nodiscard]] std::string backlog(std::string_view name, std::uint64_t claim) const;
  [[nodiscard]] std::string lease(std::string_view name, std::uint64_t claim) const;
  // Who alone may hand out what a consumer has: peek --lease.
  [[nodiscard]] std::string sole(std::string_view name) const;
  [[nodiscard]] std::string origin(std::string_view origin) const;
  // Hash: what consumers of a stream have lost and were not told of yet: peek --report-loss.
  [[nodiscard]] std::string untold() const { return tag_ + ":untold"; }
  // A stream that wakes readers of a stream when something was rewound.
  [[nodiscard]] std::string rewound() const { return tag_ + ":rewound"; }

  // What the names of all consumers, or all origins, start with.
  [[nodiscard]] std::string consumer_prefix() const { return tag_ + ":consumer:"; }
  [[nodiscard]] std::string origin_prefix() const { return tag_ + ":origin:"; }

 private:
  std::string queue_;
  std::string tag_;  // what the names of the others begin with
};

// The slot of a key in a cluster (Redis Cluster specification, "Key distribution model" and "Hash tags").
unsigned slot_of(std::string_view key);

// A key that a queue keeps for its consumers, and no queue itself.
bool is_of_consumer(std::string_view key);

// `text` as a glob pattern that matches itself only (KEYS, SCAN).
std::string glob_literal(std::string_view text);

}  // namespace logredis

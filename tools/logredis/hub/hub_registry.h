// The registry of a hub on Redis: which channels there are, and whose each token is (docs/format-redis.md).
//
// Nothing is kept here that another node could make untrue: who has a token is asked for each request.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/report.h"
#include "base/result.h"
#include "event/loop.h"
#include "hub/store.h"
#include "tools/logredis/hub/hub_keys.h"
#include "tools/logredis/hub/hub_server.h"

namespace logredis {

// Which of two states of a channel is newer. A channel that was deleted and made again has another birth.
struct Stamp {
  std::uint64_t birth = 0;
  std::uint64_t revision = 0;  // raised by each change
  auto operator<=>(const Stamp&) const = default;
};

// "BIRTH REVISION ..."; of a channel that somebody has made by hand there is none.
Stamp stamp_in(std::string_view text);

base::Error no_channel(const std::string& id);

struct Registered {
  hub::Found channel;  // null: there is none
  Stamp stamp;         // of an update that deletes the channel: above all that it had
};

class HubRegistry {
 public:
  HubRegistry(event::Loop& loop, const Server& server, ReplicaOptions replicas, HubKeys keys, base::Report report)
      : keys_(std::move(keys)), report_(report), server_(loop, server, replicas, report) {}

  void find(const std::string& id, hub::Done<Registered> done);
  void find_token(const std::string& token, hub::Done<Registered> done);
  void list(hub::Done<std::vector<hub::Found>> done);
  // See hub::Store::update.
  void update(const std::string& id, hub::Store::Change change, hub::Done<Registered> done);

  // As it was seen last; nothing: it was not seen lately.
  [[nodiscard]] std::optional<Stamp> stamp_of(const std::string& id) const;
  [[nodiscard]] HubServer& server() { return server_; }

 private:
  struct Known {
    std::string json;
    hub::Found channel;
    Stamp stamp;
  };

  base::Result<Registered> decode(const std::string& id, const redis::Reply& json, const redis::Reply& stamp);
  void try_update(const std::string& id, const std::string& known, hub::Store::Change change,
                  hub::Done<Registered> done);

  HubKeys keys_;
  base::Report report_;
  HubServer server_;
  std::unordered_map<std::string, Known> known_;  // lately
};

}  // namespace logredis

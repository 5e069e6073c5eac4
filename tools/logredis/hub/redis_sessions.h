// Sessions that all nodes of a hub answer: keys that expire.
#pragma once

#include <optional>
#include <string>

#include "hub/session.h"
#include "tools/logredis/hub/hub_keys.h"
#include "tools/logredis/hub/hub_link.h"

namespace logredis {

class RedisSessions final : public hub::SessionStore {
 public:
  // `link` has to outlive it.
  RedisSessions(HubLink& link, HubKeys keys) : link_(link), keys_(std::move(keys)) {}

  void add(const std::string& uuid, const hub::Session& session, hub::Done<> done) override;
  void use(const std::string& uuid, hub::Done<std::optional<hub::Session>> done) override;

 private:
  HubLink& link_;
  HubKeys keys_;
};

}  // namespace logredis

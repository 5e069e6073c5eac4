// The names of a hub's keys (docs/format-redis.md). They have one hash tag, so that a cluster keeps all of them in one
// slot, and a script can change several together.
#pragma once

#include <string>
#include <utility>

#include "tools/logredis/queue/keys.h"

namespace logredis {

class HubKeys {
 public:
  explicit HubKeys(const std::string& name) : tag_("{" + name + "}") {}

  // ---- of the registry
  [[nodiscard]] std::string channels() const { return tag_ + ":channels"; }  // hash: JSON by id
  [[nodiscard]] std::string tokens() const { return tag_ + ":tokens"; }      // hash: id by token
  // Hash: by id the channel's stamp; by "" the number of the last change, by "/" the last revision.
  [[nodiscard]] std::string stamps() const { return tag_ + ":stamps"; }
  [[nodiscard]] std::string changes() const { return tag_ + ":changes"; }  // stream: of channels, for all nodes
  [[nodiscard]] std::string session(const std::string& uuid) const { return tag_ + ":session:" + uuid; }

  // ---- of each server with messages
  // Hash: by id the channel's stamp as it is known there, and the drains that have a group.
  [[nodiscard]] std::string placed() const { return tag_ + ":placed"; }
  // Hash: by id the number of the channel's last message; by "" that of the last news.
  [[nodiscard]] std::string counts() const { return tag_ + ":counts"; }
  // Hash: by "ID TOKEN" the messages that were dropped before the drain had them.
  [[nodiscard]] std::string lost() const { return tag_ + ":lost"; }
  [[nodiscard]] std::string news() const { return tag_ + ":news"; }  // stream: what was appended to, for all nodes
  [[nodiscard]] std::string log(const std::string& id) const { return tag_ + ":log:" + id; }  // stream
  [[nodiscard]] std::string lease(const std::string& id, const std::string& consumer) const {
    return Keys(log(id)).sole(consumer);
  }

 private:
  std::string tag_;
};

}  // namespace logredis

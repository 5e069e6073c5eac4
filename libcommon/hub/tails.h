// What a hub streams: its sessions, and the tails that they are at the moment.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>

#include "event/loop.h"
#include "http/body.h"
#include "hub/session.h"
#include "hub/store.h"
#include "hub/tail.h"
#include "hub/tail_feed.h"

namespace hub {

class Tails {
 public:
  // The stores have to outlive it, and it has to outlive the bodies that it gives. No sessions: they are in memory.
  Tails(event::Loop& loop, Store& store, SessionStore* sessions);

  [[nodiscard]] SessionStore& sessions() { return sessions_ != nullptr ? *sessions_ : own_sessions_; }
  [[nodiscard]] std::size_t count() const { return open_.size(); }

  // The body of an answer. As long as it is there, the session stays, since it is used now and then.
  std::unique_ptr<http::Body> open(const std::string& session, TailRequest request, std::function<void()> wake);

 private:
  class Open;

  void beat();

  Store& store_;
  SessionStore* sessions_;
  MemorySessions own_sessions_;
  TailFeeds feeds_;
  std::unordered_set<Open*> open_;
  event::Timer heartbeat_;
};

}  // namespace hub

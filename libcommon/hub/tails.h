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
  // The store has to outlive it, and it has to outlive the bodies that it gives.
  Tails(event::Loop& loop, Store& store);

  [[nodiscard]] Sessions& sessions() { return sessions_; }
  [[nodiscard]] std::size_t count() const { return open_.size(); }

  // The body of an answer. As long as it is there, the session stays.
  std::unique_ptr<http::Body> open(const std::string& session, TailRequest request, std::function<void()> wake);

 private:
  class Open;

  void beat();

  Store& store_;
  Sessions sessions_;
  TailFeeds feeds_;
  std::unordered_set<Open*> open_;
  event::Timer heartbeat_;
};

}  // namespace hub

// The drains of all channels: each a supervised reader of its channel with a logsend behind it.
//
// A drain costs processes only while it has something to send: they are started when a message comes, and end when
// nothing has come for a while and all is acknowledged. So many run at once at most; others wait for their turn, and
// one that gets nowhere gives way to them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/report.h"
#include "base/result.h"
#include "event/loop.h"
#include "hub/drain_options.h"
#include "hub/drain_source.h"
#include "hub/outlet.h"
#include "hub/store.h"

namespace hub {

class Drains {
 public:
  // The store and the source have to outlive it.
  Drains(event::Loop& loop, Store& store, DrainSource& source, DrainOptions options, base::Report report);
  Drains(const Drains&) = delete;
  Drains& operator=(const Drains&) = delete;
  ~Drains();

  // Ends all processes; they have a few seconds to finish.
  void stop();
  [[nodiscard]] bool finished() const { return running_ == 0; }

  struct State {
    std::string name;   // "idle", "waiting", "running", "elsewhere", "retrying", "stopping"
    std::string error;  // the last; empty: there was none
    base::WallTime error_at;
  };
  [[nodiscard]] std::optional<State> state(const std::string& channel, const std::string& token) const;
  [[nodiscard]] DrainSource& source() { return source_; }

 private:
  struct Channel {
    std::unique_ptr<Store::Watch> watch;
    std::map<std::string, std::unique_ptr<Outlet>> outlets;  // by token
  };
  using Name = std::pair<std::string, std::string>;  // channel and token

  void take_list(const base::Result<std::vector<Found>>& channels);
  void changed(const std::string& id, const Found& channel);
  void add(const std::string& id, const Drain& drain);
  void learn_some();
  void learn(const Name& name);
  void try_again(const Name& name);
  void remove(const Name& name);
  void news(const std::string& id);
  void want(Outlet& outlet);
  void start_some();
  void start(Outlet& outlet);
  using Reader = std::optional<std::vector<std::string>>;
  void claimed(Outlet& outlet, const base::Result<Reader>& reader);
  void ended(const Name& name, bool failed);
  void bury();
  void look_around();
  void look_at(Outlet& outlet, base::Instant now);
  [[nodiscard]] Outlet* find(const Name& name) const;

  event::Loop& loop_;
  Store& store_;
  DrainSource& source_;
  DrainOptions options_;
  base::Report report_;
  std::map<std::string, Channel> channels_;
  std::deque<Name> queue_;    // that want to run
  std::deque<Name> unknown_;  // whose consumers are not looked at yet
  std::deque<Name> gone_;     // to be destroyed, outside of their own callbacks
  std::size_t learning_ = 0;
  bool starting_ = false;  // these are the drains that were there before
  std::size_t running_ = 0;
  bool stopped_ = false;
  event::Timer start_more_;
  event::Timer rounds_;
  event::Timer bury_;
  std::shared_ptr<bool> alive_;  // for what the store answers later
};

}  // namespace hub

// The groups of events that packers have open, and what waits behind them. Passive; positions count the source's
// messages from 1 on.
//
// What goes on does so in the order in which its first messages came: an event that is in no group waits for the groups
// that were opened before it. So at any time everything up to some message has gone on, and nobody downstream is told
// that a message is safe that still waits (docs/decisions/0045). Everything is bounded: where there is too much, the
// oldest group is closed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "rules/group.h"

namespace rules {

struct PackingLimits {
  std::size_t groups = 1000;                       // open at a time
  std::size_t group_bytes = std::size_t{1} << 20;  // a group that would be larger is closed before
  std::size_t bytes = std::size_t{8} << 20;        // of all that waits
  std::uint64_t messages = 32768;                  // that wait: half a window, so that the source goes on
};

// What goes on.
struct Packed {
  std::string text;
  std::string id;            // of the last message that it covers; empty where that has none
  std::uint64_t covers = 0;  // with it, all of the source's messages up to this position have gone on
  std::size_t messages = 1;  // that were merged
  stream::Route route = 0;   // to all sinks that rules named for one of these
};

class Packing {
 public:
  // Writes an event as it goes on.
  using Render = std::function<void(std::string&, const codec::Event&)>;

  // `raw`: what is written needs Event::raw.
  Packing(PackingLimits limits, bool raw, Render render);

  // The time of reception of what comes next.
  void set_clock(const codec::LocalClock& clock) { workspace_.clock = clock; }

  // `id`: empty, where it has none.
  void add(std::uint64_t position, std::string_view id, const Joining& joining, const codec::Event& event,
           base::Instant now);

  // A message that does not go on. False: nothing waits that could cover it.
  bool skip(std::uint64_t position);

  // Closes the groups that have reached their age, or all.
  void close_due(base::Instant now);
  void close_all();
  // When to call close_due() next at the latest; nothing: no group is open.
  [[nodiscard]] std::optional<base::Instant> next_due() const { return next_due_; }

  // The next one that can go on. False: there is none.
  bool take(Packed& packed);
  [[nodiscard]] bool empty() const { return ready_.empty(); }  // nothing can go on
  [[nodiscard]] std::size_t open_groups() const { return open_.size(); }

 private:
  struct Item {
    std::uint64_t first = 0;
    std::string id_before{};       // of the message before its first one
    std::optional<Group> group{};  // nothing: it is closed
    std::string key{};             // of the group
    base::Instant due{};
    Packed packed{};
    [[nodiscard]] std::size_t bytes() const { return group ? group->bytes() + key.size() : packed.text.size(); }
  };
  using Items = std::list<Item>;

  Items::iterator push(std::uint64_t position);
  void open(Items::iterator item, const Joining& joining, const codec::Event& event, base::Instant now);
  bool join(Items::iterator item, const codec::Event& event, const codec::Timestamp& received);
  void close(Items::iterator item);
  void close_oldest();
  void keep_limits();
  void settle();

  PackingLimits limits_;
  bool raw_;
  Render render_;
  Workspace workspace_;
  Items items_;                                            // what waits: the first one is open
  std::unordered_map<std::string, Items::iterator> open_;  // by key
  std::deque<Packed> ready_;
  std::optional<base::Instant> next_due_;
  std::size_t bytes_ = 0;  // of items_
  std::uint64_t position_ = 0;
  std::string id_;        // the last one that is not empty
  std::string given_id_;  // the last one that went on
};

}  // namespace rules

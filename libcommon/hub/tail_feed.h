// The news of one channel for all tails that show it: each message is taken apart once.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/store.h"
#include "hub/tail_line.h"
#include "hub/tail_queue.h"
#include "stream/batch.h"

namespace hub {

// The number of a message in its channel, which is the last of its id; these have no gaps, unless messages were
// deleted. Nothing: it is no id.
std::optional<std::uint64_t> number_of(std::string_view id);

// How many numbers lie between the two; none where either has none.
std::uint64_t numbers_between(std::optional<std::uint64_t> before, std::optional<std::uint64_t> behind);

// It may be an id of a message: of one or two numbers.
bool is_message_id(std::string_view text);

using TailLines = std::vector<std::shared_ptr<const TailLine>>;

class TailFeed {
 public:
  class Follower {
   public:
    // In the order of the log. Called inside a call of the store, and inside Loop::wait; must not destroy followers.
    virtual void news(const TailLines& lines) = 0;
    virtual void channel_deleted() = 0;

   protected:
    ~Follower() = default;
  };

  // Watches from now on. The store has to outlive it.
  TailFeed(Store& store, std::string channel);
  TailFeed(const TailFeed&) = delete;
  TailFeed& operator=(const TailFeed&) = delete;

  void add(Follower& follower) { followers_.push_back(&follower); }
  void remove(Follower& follower) { std::erase(followers_, &follower); }
  [[nodiscard]] std::size_t followers() const { return followers_.size(); }
  // A follower has read the log up to this message; told nothing yet, the feed begins behind the first that any has
  // read up to. Followers leave out what they have read.
  void has_read(const std::string& id);

 private:
  void take(const std::shared_ptr<const stream::Batch>& messages);
  [[nodiscard]] std::uint64_t missing_before(std::string_view id) const;
  void read_missing();
  void pass_on(const stream::Batch& messages);

  Store& store_;
  std::string channel_;
  std::vector<Follower*> followers_;
  std::string last_;             // the id of the last message that was passed on, or read by all; empty: none was
  bool is_placed_ = false;       // a follower has read
  bool has_told_ = false;        // something was passed on
  bool reading_ = false;         // what another process has appended
  bool came_ = false;            // something was told meanwhile
  std::shared_ptr<bool> alive_;  // for what the store answers later
  std::unique_ptr<Store::Watch> watch_;
};

// The feeds that somebody follows.
class TailFeeds {
 public:
  explicit TailFeeds(Store& store) : store_(store) {}

  // Kept as long as somebody has it.
  std::shared_ptr<TailFeed> of(const std::string& channel);

  // Of the queues of all that follow.
  [[nodiscard]] TailMemory& memory() { return memory_; }

 private:
  Store& store_;
  TailMemory memory_;
  std::map<std::string, std::weak_ptr<TailFeed>> feeds_;
};

}  // namespace hub

// Searches in channels: a channel's newest messages of some time that an expression is true of.
//
// A search is bounded in what it finds, in the time that it takes, and in the searches that are under way at once. One
// that was ended by a bound says where the next one goes on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "codec/where.h"
#include "hub/store.h"

namespace hub {

struct SearchLimits {
  std::size_t bytes = 2 << 20;                    // of what is found, and one message more
  base::Duration time = std::chrono::seconds(2);  // then what was found until then is the answer
  std::size_t at_once = 4;                        // further ones are refused
};

struct SearchRequest {
  static constexpr std::uint64_t kMostFound = 1000;

  std::string channel = {};
  std::optional<codec::Where> where = {};
  std::optional<base::WallTime> since = {};  // accepted at this time or later
  std::optional<base::WallTime> until = {};  // accepted before
  std::string before = {};                   // with ids below; empty: all
  std::uint64_t most = 100;                  // so many messages
};

struct FoundMessage {
  std::string id;
  std::string text;  // as a tail shows it
};

struct SearchResult {
  std::vector<FoundMessage> messages = {};  // the newest first
  std::uint64_t searched = 0;               // messages that were looked at
  bool end = false;                         // all was looked at
  std::string before = {};                  // where not: search again with this
};

class Searches {
 public:
  explicit Searches(Store& store, SearchLimits limits = {}) : store_(store), limits_(limits) {}

  // Kind::temporary: too many are under way. The store has to outlive this, and may answer when this is gone.
  void start(SearchRequest request, const Done<SearchResult>& done);

 private:
  Store& store_;
  SearchLimits limits_;
  std::shared_ptr<const int> turns_ = std::make_shared<const int>();  // each search has a copy
};

}  // namespace hub

// POST /logs: messages come in, each for the channel that has its token, and the answer goes out when all of them are
// safe. Bounded: what waits for the store has an upper limit, beyond which bodies are not read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "http/repetitions.h"
#include "hub/credentials.h"
#include "hub/route.h"
#include "hub/store.h"
#include "stream/batch.h"

namespace hub {

// Since the start.
struct IngestCounters {
  std::uint64_t requests = 0;
  std::uint64_t messages = 0;       // safe
  std::uint64_t repeated = 0;       // messages of requests that were taken before
  std::uint64_t malformed = 0;      // without a token, from a credential
  std::uint64_t unknown_token = 0;  // likewise
  std::uint64_t failed = 0;         // messages that the store did not take, or not in time
};

class Ingest {
 public:
  explicit Ingest(Hub& hub) : hub_(hub) {}
  Ingest(const Ingest&) = delete;
  Ingest& operator=(const Ingest&) = delete;

  // A request with the token of a channel, or of one who may write to each of them.
  void take_for_token(const std::shared_ptr<const Call>& call, const std::string& token);
  void take_for_any(const std::shared_ptr<const Call>& call);

  [[nodiscard]] bool has_room() const { return held_ < kMostHeld; }
  [[nodiscard]] const IngestCounters& counters() const { return counters_; }
  [[nodiscard]] std::uint64_t messages_of(const std::string& channel) const;
  // The channel was deleted.
  void forget(const std::string& channel) { taken_.erase(channel); }

 private:
  static constexpr std::size_t kMostHeld = 64 << 20;  // bytes of messages that are not safe yet

  struct Delivery;
  using Delivering = std::shared_ptr<Delivery>;
  using Waiter = std::function<void(const base::Result<void>& result)>;

  void route(const Delivering& delivery);
  void deliver(const Delivering& delivery);
  void append(const Delivering& delivery, const Found& channel, stream::Batch messages);
  void stored(const std::string& key, std::uint64_t number, const base::Result<void>& result);
  void settle(const Delivering& delivery, const base::Result<void>& result);
  void answer(Delivery& delivery, http::Response response);

  Hub& hub_;
  IngestCounters counters_;
  std::unordered_map<std::string, std::uint64_t> taken_;  // messages of each channel
  std::size_t held_ = 0;
  // Appends are numbered. What is repeated while its append is under way waits for that.
  http::Repetitions repetitions_{10'000, 100};
  std::uint64_t last_append_ = 0;
  std::unordered_map<std::uint64_t, std::vector<Waiter>> under_way_;
};

}  // namespace hub

// Messages that are not yet safe, as the requests in which they go. Passive.
//
// Messages are encoded into the open load of where they go; it is closed when it has the messages or bytes that a
// request may have, or when its time is over. Closed loads are taken in the order of closing. What came of a load is
// said by giving it back: taken, to be sent again as it is, or in parts. A message leaves the window when it is safe;
// the bounds are as those of stream::Window.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/units.h"
#include "tools/logsend/pieces.h"

namespace logsend {

// What goes into one request.
struct Load {
  std::string target = {};                             // where it goes
  std::pair<std::uint64_t, std::uint64_t> place = {};  // among closed ones
  base::Instant since = {};                            // its first message came
  std::vector<std::uint64_t> numbers = {};             // of the messages, counted from 1; rising
  std::vector<std::uint64_t> fingerprints = {};
  Pieces parts = {};
  Pieces texts = {};         // the messages as they came, where they are kept
  std::string refusal = {};  // of a single message that can stand in no request: why
  std::uint64_t tries = 0;   // that have failed

  [[nodiscard]] std::size_t count() const { return numbers.size(); }
  [[nodiscard]] std::size_t bytes() const { return parts.bytes.size() + texts.bytes.size(); }
};

struct OutboxLimits {
  std::size_t messages = 10000;  // of a request
  std::size_t bytes = 1 << 20;   // of the parts of a request; one message may have more
  std::size_t window = 8 << 20;  // bytes, of all that is not safe
  std::size_t window_messages = 65536;
  std::size_t open_loads = 64;  // targets that are collected for at the same time
  bool keep_texts = false;
};

class Outbox {
 public:
  explicit Outbox(OutboxLimits limits) : limits_(limits) {}

  [[nodiscard]] std::size_t room() const;

  // ---- filling
  // The open load of the target. Append a part to its bytes, then call add(), or refuse() where there is none. Valid
  // until the next call of anything here.
  Load& collect(std::string_view target);
  void add(Load& load, std::uint64_t fingerprint, std::string_view text);
  // What was appended since the last add() is taken back.
  void refuse(Load& load, std::string_view text, const std::string& why);
  // A message that goes nowhere: as safe as those before it.
  void leave_out();
  // Of requests from now on.
  void limit_bytes(std::size_t bytes) { limits_.bytes = bytes; }
  [[nodiscard]] std::size_t most_bytes() const { return limits_.bytes; }

  // ---- emptying
  void close_all();
  // Those that have waited for the time; the oldest of all where `at_least_one`.
  void close_due(base::Instant now, base::Duration time);
  void close_oldest();
  [[nodiscard]] std::optional<base::Instant> oldest_open() const;
  [[nodiscard]] bool has_closed() const { return !closed_.empty(); }
  // The first one; null: there is none.
  std::unique_ptr<Load> take();
  // The one that take() would give. Valid until then, or until it is given back in parts.
  [[nodiscard]] const Load* first() const { return closed_.empty() ? nullptr : closed_.begin()->second.get(); }

  // ---- of a load that was taken
  void taken(std::unique_ptr<Load> load);
  void put_back(std::unique_ptr<Load> load);
  // In two halves; it has two messages at least.
  void put_back_halves(const Load& load);
  // Those of `again`, which rise, are put back; each of `refused` is put back alone with its reason; others are safe.
  void put_back_each(const Load& load, const std::vector<std::size_t>& again,
                     const std::vector<std::pair<std::size_t, std::string>>& refused);
  // A single message that will not be sent: it stays in the window until settle().
  void pass(const Load& load);
  void settle(std::uint64_t number);

  [[nodiscard]] std::uint64_t safe() const { return safe_; }
  [[nodiscard]] std::size_t waiting() const { return states_.size(); }  // messages, from the first that is not safe on

 private:
  void close(std::size_t index);
  [[nodiscard]] std::unique_ptr<Load> part_of(const Load& load, const std::vector<std::size_t>& indices) const;
  void recycle(std::unique_ptr<Load> load);
  void done(std::uint64_t number);
  void release();

  OutboxLimits limits_;
  std::vector<std::unique_ptr<Load>> open_;   // the oldest first
  std::vector<std::unique_ptr<Load>> spare_;  // empty, with their memory
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::unique_ptr<Load>> closed_;
  std::map<std::uint64_t, std::size_t> passed_;  // bytes of each
  std::uint64_t closings_ = 0;
  std::size_t bytes_ = 0;    // of what is not safe
  std::uint64_t safe_ = 0;   // all messages up to this number
  std::deque<bool> states_;  // of those after it: is it safe
};

}  // namespace logsend

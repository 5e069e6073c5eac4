// What a consumer with manual acknowledgements knows of its deliveries on a channel. Passive.
//
// A delivery is known by its position: how many messages it and those before it make, over all channels. Tags are those
// of a channel. What was not acknowledged on it is delivered again on the next one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "codec/amqp_session.h"

namespace codec {

// What the arguments of basic.deliver say. Views.
struct AmqpDelivery {
  std::uint64_t tag = 0;  // 0: they make no sense
  bool redelivered = false;
  std::string_view exchange = {};
  std::string_view routing_key = {};
};

AmqpDelivery read_amqp_delivery(AmqpCursor arguments);

class AmqpConsumer {
 public:
  // The requests with which a channel begins to consume: at most `prefetch` deliveries are unacknowledged, 0: any
  // number.
  static std::vector<AmqpRequest> requests(std::string_view queue, std::uint16_t prefetch);
  // Nothing more shall be delivered on the channel.
  static void cancel(std::string& out);

  // The channel is gone.
  void forget() { open_.clear(); }

  // Positions grow from call to call, and so do tags.
  void delivered(std::uint64_t tag, std::uint64_t position) { open_.push_back({position, tag, false}); }

  // Appends frames. All up to the position are safe; the one that ends there will not be taken, and does not come again
  // (false: it is not known).
  void acknowledge(std::string& out, std::uint64_t position);
  bool reject(std::string& out, std::uint64_t position);

  [[nodiscard]] std::size_t unacknowledged() const { return open_.size(); }

 private:
  struct Open {
    std::uint64_t position;
    std::uint64_t tag;
    bool rejected;
  };
  std::deque<Open> open_;
};

}  // namespace codec

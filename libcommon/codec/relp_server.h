// The server's side of one RELP connection. Passive: bytes in; messages and bytes to write out.
//
// A message is answered when the owner says that it is safe, or refused. What is unanswered is bounded by the owner,
// who stops feeding while unanswered() or output() is large; one feed() adds what its bytes hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/output.h"
#include "codec/relp_frame.h"
#include "codec/relp_offers.h"
#include "stream/batch.h"

namespace codec {

struct RelpServerOptions {
  // A longer one becomes several as it comes, which are answered together; so it may be as long as RELP allows.
  std::size_t max_message = std::size_t{1} << 20;
  std::string software = {};  // for the offers: "logpipe,0.1.0"
};

class RelpServer {
 public:
  explicit RelpServer(const RelpServerOptions& options);

  // Takes all of `bytes` and appends the messages in them to `out`. Messages have positions, 1, 2, 3, ... in an order
  // that is the owner's; the first one appended here comes after `before`. Kind::protocol: the peer is no RELP client
  // or a broken one, and shut() is what is left to do; the messages before the error count.
  base::Result<void> feed(std::string_view bytes, stream::Batch& out, std::uint64_t before);

  // Every message up to this position is safe: answers "200 OK" to those that have no answer yet.
  void acknowledge(std::uint64_t position);

  // Answers "500 REASON" to a message of this connection, as soon as all of it has come. False when it has an answer
  // already.
  bool reject(std::uint64_t position, std::string_view reason);

  // Takes nothing more in, and forgets what has come in half; says "serverclose" when the last message is answered.
  void shut();

  // Says "serverclose" now; what is unanswered stays so, and the client will send it again.
  void abandon();

  [[nodiscard]] std::string_view output() const { return output_.view(); }
  void sent(std::size_t bytes) { output_.sent(bytes); }

  [[nodiscard]] bool is_open() const { return state_ != State::fresh; }
  // Nothing will be added to output() any more: when it is written, the connection can be closed.
  [[nodiscard]] bool finished() const { return state_ == State::finished; }
  // What comes in is ignored: the client has said "close", or shut() was called.
  [[nodiscard]] bool closing() const { return state_ >= State::closing; }

  // Messages that have come whole.
  [[nodiscard]] std::size_t unanswered() const { return unanswered_.size() - (is_coming_ ? 1 : 0); }
  [[nodiscard]] std::size_t pending() const { return reader_.pending(); }  // bytes of a message that was not taken yet
  [[nodiscard]] std::uint64_t split() const { return split_; }             // messages that became several
  [[nodiscard]] const RelpOffers& client() const { return client_; }       // what it offered

 private:
  enum class State { fresh, open, closing, finished };
  struct Message {
    std::uint64_t position;  // of its last piece; kComing until that is here
    std::uint32_t txnr;      // 0: answered already
  };
  static constexpr std::uint64_t kComing = UINT64_MAX;

  base::Result<void> take(const RelpFrame& frame, stream::Batch& out, std::uint64_t& before);
  base::Result<void> take_message(const RelpFrame& frame, stream::Batch& out, std::uint64_t& before);
  void end_message(std::uint64_t position);
  base::Result<void> take_open(const RelpFrame& frame);
  void answer_error(std::uint32_t txnr, std::string_view reason);
  void settle();

  RelpReader reader_;
  std::size_t max_message_;
  std::string software_;
  State state_ = State::fresh;
  RelpOffers client_;
  std::deque<Message> unanswered_;
  bool is_coming_ = false;        // the last of them; pieces of it were appended
  std::string refusal_;           // of that one: why, for its answer
  std::uint32_t close_txnr_ = 0;  // of a "close" that waits for the last answer
  Output output_;
  std::uint64_t split_ = 0;
};

}  // namespace codec

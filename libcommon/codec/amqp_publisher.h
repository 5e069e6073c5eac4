// What a publisher with confirms knows of its messages, over any number of channels one after the other. Passive.
//
// Messages are records (amqp_message.h), kept until the server has confirmed them; on a new channel those that are not
// confirmed are published again, in order. An empty record is none: it is as safe as those before it.
//
// - basic.ack: the server has the message. basic.nack: it does not take it now; see refused().
// - basic.return: no queue gets the message, so it is rejected. The server confirms it too, after that.
// - The server closes the channel because of a message: which one it does not say. They are published one by one then,
//   and the one for which it closes the channel again is rejected.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/amqp_session.h"
#include "codec/backlog.h"
#include "codec/rejection.h"
#include "stream/batch.h"

namespace codec {

class AmqpPublisher {
 public:
  // `reject` is called where the server rejects a message. An error is that of the call in which it came.
  AmqpPublisher(std::size_t window, Reject reject) : window_(window), reject_(std::move(reject)) {}

  void append(const stream::Batch& records) { backlog_.append(records); }
  void settle(std::uint64_t number) { backlog_.settle(number); }

  // A new channel, on which confirms are selected.
  void opened();
  // The channel is gone; `closure` says why, where the server did.
  base::Result<void> disconnected(const AmqpClosure* closure);

  // What the server said on the channel. Kind::protocol: it makes no sense.
  base::Result<void> heard(AmqpMethod method, AmqpCursor arguments);
  base::Result<void> returned(AmqpCursor arguments, std::string_view properties);

  // Appends frames of messages to be published: about `most` bytes.
  void fill(std::string& out, std::size_t max_frame, std::size_t most);

  // The server refused some for now, and has answered all others: nothing is published before again().
  [[nodiscard]] bool refused() const { return refused_ && unanswered_ == 0; }
  void again();

  [[nodiscard]] std::size_t unanswered() const { return unanswered_; }  // on this channel
  [[nodiscard]] const Backlog& backlog() const { return backlog_; }

 private:
  struct Sent {
    std::uint64_t number;
    std::size_t hash;  // of its message id
    bool answered;
    bool is_returned;
  };

  base::Result<void> answer(std::uint64_t tag, bool multiple, bool taken);
  void answer(Sent& sent, bool taken);
  Sent* find_returned(std::string_view id);
  base::Result<void> reject(std::uint64_t number, std::string_view reason);
  [[nodiscard]] bool one_by_one() const { return backlog_.safe() < careful_before_; }
  [[nodiscard]] std::size_t most_unanswered() const { return one_by_one() ? 1 : window_; }

  std::size_t window_;
  Reject reject_;
  Backlog backlog_;
  std::deque<Sent> sent_;         // on this channel, from the first that is not answered on
  std::uint64_t first_tag_ = 1;   // of sent_
  std::uint64_t return_tag_ = 1;  // returns come in the order of publishing: none before it
  std::size_t unanswered_ = 0;
  std::uint64_t given_ = 0;           // messages that were ever published, from the first on
  std::uint64_t careful_before_ = 0;  // one of the messages before this number closes channels
  bool refused_ = false;
};

}  // namespace codec

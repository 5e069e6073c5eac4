// Messages as MSG requests of logd's protocol, kept until they are answered. Passive.
//
// As many messages as wait make one request, up to about 256 KiB and 1,000 of them. Answers come in the order of the
// requests that were sent. Bounded as stream::Window is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "stream/batch.h"

namespace logsend {

class LogdWindow {
 public:
  // Views are valid until the next change.
  struct Single {
    std::uint64_t number;  // counts all messages ever appended, from 1 on
    std::string_view message;
  };

  LogdWindow(std::size_t max_bytes, std::size_t max_messages) : max_bytes_(max_bytes), max_messages_(max_messages) {}

  [[nodiscard]] std::size_t room() const;
  void append(const stream::Batch& batch);

  // The next request to send, whole, then sent() says that it was. Empty: there is none, or it would be an empty
  // message.
  [[nodiscard]] std::string_view next();
  void sent();
  // Something is to be sent, a request or an empty message.
  [[nodiscard]] bool has_next();
  // An empty message is next. logd takes none: pass it over, then settle() it.
  [[nodiscard]] std::optional<std::uint64_t> empty_message();
  void pass_empty_message();
  // Nothing before the next one waits for anything.
  [[nodiscard]] bool next_is_first() const { return next_ == 0; }

  // How many messages the first request sent and not answered has.
  [[nodiscard]] std::size_t owed() const;
  // It is stored.
  void stored();
  // It is not, and will be sent again after resend().
  void refused();
  // It will never be. Where it has several messages, they will be sent in two halves after resend(); the one message of
  // another is returned, and waits for settle().
  std::optional<Single> rejected();

  // Everything that is not stored and does not wait for settle() is to be sent again, in order.
  void resend();
  void settle(std::uint64_t number);

  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }  // requests
  [[nodiscard]] std::uint64_t safe() const { return appended_ - waiting_messages_; }
  [[nodiscard]] std::size_t waiting() const { return static_cast<std::size_t>(waiting_messages_); }  // messages

 private:
  enum class State { waiting, sent, refused, passed, done };
  struct Request {
    std::string bytes;  // room for its head, then the arguments
    std::uint64_t first;
    std::size_t count = 0;
    bool empty = false;  // one empty message
    State state = State::waiting;
  };

  Request& open_request(std::size_t length);
  static std::string_view encode_head(Request& request);
  void split();
  Request& answered();
  void release();

  std::size_t max_bytes_;
  std::size_t max_messages_;
  std::deque<Request> requests_;  // the front one is not done
  std::size_t next_ = 0;          // the first that may be waiting; none after it has been sent
  std::size_t oldest_sent_ = 0;   // the first that may be in flight
  std::size_t in_flight_ = 0;
  std::size_t waiting_bytes_ = 0;
  std::uint64_t waiting_messages_ = 0;
  std::uint64_t appended_ = 0;
};

}  // namespace logsend

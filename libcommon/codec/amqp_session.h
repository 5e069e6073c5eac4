// The client's side of an AMQP 0-9-1 connection with one channel on it: the greeting, the login, what the connection
// agrees on, and the requests with which its owner wants to begin. Passive: bytes in, calls and bytes out.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/amqp_wire.h"
#include "codec/output.h"

namespace codec {

// Class and number of each method that is known here.
enum class AmqpMethod : std::uint32_t {
  connection_start = 10 << 16 | 10,
  connection_start_ok = 10 << 16 | 11,
  connection_tune = 10 << 16 | 30,
  connection_tune_ok = 10 << 16 | 31,
  connection_open = 10 << 16 | 40,
  connection_open_ok = 10 << 16 | 41,
  connection_close = 10 << 16 | 50,
  connection_close_ok = 10 << 16 | 51,
  connection_blocked = 10 << 16 | 60,
  connection_unblocked = 10 << 16 | 61,
  channel_open = 20 << 16 | 10,
  channel_open_ok = 20 << 16 | 11,
  channel_flow = 20 << 16 | 20,
  channel_flow_ok = 20 << 16 | 21,
  channel_close = 20 << 16 | 40,
  exchange_declare = 40 << 16 | 10,
  exchange_declare_ok = 40 << 16 | 11,
  queue_declare = 50 << 16 | 10,
  queue_declare_ok = 50 << 16 | 11,
  queue_bind = 50 << 16 | 20,
  queue_bind_ok = 50 << 16 | 21,
  basic_qos = 60 << 16 | 10,
  basic_qos_ok = 60 << 16 | 11,
  basic_consume = 60 << 16 | 20,
  basic_consume_ok = 60 << 16 | 21,
  basic_cancel = 60 << 16 | 30,
  basic_cancel_ok = 60 << 16 | 31,
  basic_publish = 60 << 16 | 40,
  basic_return = 60 << 16 | 50,
  basic_deliver = 60 << 16 | 60,
  basic_ack = 60 << 16 | 80,
  basic_reject = 60 << 16 | 90,
  basic_nack = 60 << 16 | 120,
  confirm_select = 85 << 16 | 10,
  confirm_select_ok = 85 << 16 | 11,
};

struct AmqpLogin {
  std::string user = "guest";
  std::string password = "guest";
  std::string vhost = "/";
  std::string version = {};                                        // of this software
  std::chrono::seconds most_heartbeat = std::chrono::seconds(60);  // the server may want less; 0: what the server wants
};

// A method, and the one that answers it.
inline constexpr std::uint16_t kAmqpChannel = 1;  // the only one of a session; 0 is the connection itself

// Appends a frame.
void append_amqp_method(std::string& out, std::uint16_t channel, AmqpMethod method, std::string_view arguments);

struct AmqpRequest {
  AmqpMethod method;
  std::string arguments;
  AmqpMethod answer;
};

// What an exchange, a queue and the binding between them shall be. All are durable.
struct AmqpTopology {
  std::string exchange = {};  // empty: the default one, which is always there
  std::string exchange_type = "topic";
  std::string queue = {};  // empty: none
  std::string queue_type = "quorum";
  std::string binding = "#";
};
std::vector<AmqpRequest> amqp_declarations(const AmqpTopology& topology);

// Why the server has closed the channel or the connection.
struct AmqpClosure {
  std::uint16_t code = 0;
  std::string text = {};  // begins with the code's name: "NOT_FOUND - no exchange 'x' in vhost '/'"
  AmqpMethod cause = {};  // 0: none in particular
  [[nodiscard]] std::string reason() const { return std::to_string(code) + " " + text; }
};

class AmqpSession {
 public:
  // An error ends the session: feed() returns it. All are called from within feed().
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual base::Result<void> opened() = 0;  // all requests are answered
    virtual base::Result<void> heard(AmqpMethod method, AmqpCursor arguments) = 0;
    // A method that brings a message of `size` bytes. They follow, in pieces.
    virtual base::Result<void> content(AmqpMethod method, AmqpCursor arguments, std::string_view properties,
                                       std::uint64_t size) = 0;
    virtual base::Result<void> body(std::string_view piece) = 0;
  };

  enum class Stage {
    closed,   // no connection
    opening,  // waiting for answers
    ready,
    leaving,  // "close" is said
    left,     // and answered: nothing is left to do on this connection
  };

  // A connection was made: says the greeting. What was before is forgotten.
  void open(AmqpLogin login, std::vector<AmqpRequest> requests);
  void disconnect();

  // Takes all of the server's `bytes`. Kind::protocol: it is no AMQP server, or a broken one; or it has closed the
  // channel or the connection, and then there is a closure().
  base::Result<void> feed(std::string_view bytes, Owner& owner);

  void close();
  void beat();  // a heartbeat, where nothing waits to be written

  // Where the owner's frames are appended.
  [[nodiscard]] std::string& bytes() { return output_.bytes(); }
  [[nodiscard]] const Output& output() const { return output_; }
  void sent(std::size_t bytes) { output_.sent(bytes); }

  [[nodiscard]] Stage stage() const { return stage_; }
  [[nodiscard]] std::size_t max_frame() const { return max_frame_; }
  [[nodiscard]] std::chrono::seconds heartbeat() const { return heartbeat_; }  // 0: none
  // Why the server takes no messages for now; nothing: it does.
  [[nodiscard]] const std::optional<std::string>& blocked() const { return blocked_; }
  [[nodiscard]] const std::optional<AmqpClosure>& closure() const { return closure_; }

 private:
  base::Result<void> take(const AmqpFrame& frame, Owner& owner);
  base::Result<void> take_method(AmqpMethod method, AmqpCursor arguments, Owner& owner);
  base::Result<void> take_answer(AmqpMethod method, AmqpCursor arguments, Owner& owner);
  base::Result<void> take_header(std::string_view payload, Owner& owner);
  base::Result<void> take_closure(AmqpMethod method, AmqpCursor arguments);
  base::Result<void> log_in(AmqpCursor arguments);
  base::Result<void> tune(AmqpCursor arguments);
  base::Result<void> request(Owner& owner);
  void say(AmqpMethod method, std::uint16_t channel, std::string_view arguments);

  AmqpLogin login_;
  std::vector<AmqpRequest> requests_;
  std::size_t asked_ = 0;  // of these
  AmqpReader reader_;
  Output output_;
  Stage stage_ = Stage::closed;
  AmqpMethod expected_{};  // while opening
  std::size_t max_frame_ = kAmqpMaxFrame;
  std::chrono::seconds heartbeat_{};
  std::optional<std::string> blocked_;
  std::optional<AmqpClosure> closure_;
  std::optional<AmqpMethod> bringing_;  // the method whose message is to follow
  std::string arguments_;               // of that
  std::uint64_t body_left_ = 0;
};

}  // namespace codec

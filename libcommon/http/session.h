// The server's side of one HTTP connection. Passive: bytes in; requests out; answers in, in any order; bytes out, with
// the answers in the order of their requests (RFC 9112, section 9.3.2).
//
//   while (!input.empty() ...) switch (session.feed(input)) {
//     case Event::head:     session.refuse(response, date) or session.read_body()
//     case Event::request:  take(), and then or later answer()
//   }
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "codec/output.h"
#include "http/request.h"
#include "http/request_reader.h"
#include "http/response.h"

namespace http {

class Session {
 public:
  explicit Session(RequestLimits limits) : reader_(limits) {}

  enum class Event {
    more,     // all of the input is taken
    head,     // head() has come: say read_body() or refuse()
    request,  // take() it
    refused,  // what came is no request that is understood; refusal() was answered, and nothing more is read
    closing,  // nothing more is read: the input is not looked at
  };

  // Consumes from the front of `input` up to the next event.
  Event feed(std::string_view& input, std::string_view date);

  // Of the request that is coming: without its body.
  [[nodiscard]] const Request& head() const { return reader_.request(); }
  // The body is wanted. Tells a client that waits for this.
  void read_body();
  // The request is answered without its body. The connection ends when that has been sent.
  void refuse(const Response& response, std::string_view date);
  // Why the bytes that came were refused; after Event::refused.
  [[nodiscard]] const Refusal& refusal() const { return *refusal_; }

  // A request that has come whole, and the number by which it is answered.
  struct Arrived {
    std::uint64_t number;
    Request request;
  };
  Arrived take();
  // False: it has an answer already.
  bool answer(std::uint64_t number, const Response& response, std::string_view date);

  // The same with a body that comes in pieces: add() and end(), as long as streams(number). The body of `head` is not
  // sent.
  bool begin(std::uint64_t number, const Response& head, std::string_view date);
  void add(std::uint64_t number, std::string_view piece);
  void end(std::uint64_t number);
  // An answer was begun and not ended. Not so for HEAD, which has no body.
  [[nodiscard]] bool streams(std::uint64_t number) const;
  // The request whose pieces go out now, since no other answer is due before them.
  [[nodiscard]] std::optional<std::uint64_t> streaming() const;

  // Reads nothing more; the connection ends when every request that was taken has its answer, or at once.
  void shut() { closing_ = true; }
  // The same, and a client that is in the middle of a request is told so: 408, 503.
  void give_up_request(const Response& response, std::string_view date);

  [[nodiscard]] std::string_view output() const { return output_.view(); }
  void sent(std::size_t bytes) { output_.sent(bytes); }

  // Those that are being answered are among them.
  [[nodiscard]] std::size_t unanswered() const { return slots_.size(); }
  // A request has begun to come, and is not complete.
  [[nodiscard]] bool in_request() const { return !reader_.at_start(); }
  [[nodiscard]] bool in_body() const { return reader_.stage() == RequestReader::Stage::body; }
  [[nodiscard]] std::size_t held() const { return reader_.held(); }  // bytes of it
  // Nothing will be added to output() any more: when it is sent, the connection can be closed.
  [[nodiscard]] bool finished() const { return closing_ && slots_.empty(); }

 private:
  struct Slot {
    std::uint64_t number;
    AnswerTo to;
    std::optional<std::string> answer = {};  // rendered, and waiting for those before it
    bool open = false;                       // more of it comes
  };

  Slot& add_slot(const Request& request);
  [[nodiscard]] Slot* unanswered_slot(std::uint64_t number);
  void pass_on();
  void fill(Slot& slot, const Response& response, std::string_view date);

  RequestReader reader_;
  std::deque<Slot> slots_;
  std::uint64_t last_ = 0;  // number
  bool head_seen_ = false;
  bool closing_ = false;
  std::optional<Refusal> refusal_;
  codec::Output output_;
};

}  // namespace http

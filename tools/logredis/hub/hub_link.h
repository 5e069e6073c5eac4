// A connection to a server that has a hub's keys. What is asked while it is away waits for it, and everybody waits for
// an answer, for four seconds; once it was away for so long, nobody does.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/report.h"
#include "base/result.h"
#include "event/loop.h"
#include "redis/session.h"
#include "tools/logredis/shared_options.h"

namespace logredis {

class HubLink {
 public:
  // Error replies are Errors. Kind::temporary: the server is away, or does not answer. Of what must not be done twice
  // it is not known then whether it was done.
  using OnReply = std::function<void(base::Result<redis::Reply>)>;
  enum class Twice { harmless, harmful };

  HubLink(event::Loop& loop, const Server& server, base::Report report);
  HubLink(const HubLink&) = delete;
  HubLink& operator=(const HubLink&) = delete;

  // In the order of the calls. OnReply is called inside Loop::wait, and not once this is destroyed.
  void send(redis::Command command, Twice twice, OnReply on_reply, base::Duration waits = base::Duration::zero());
  struct Call {
    std::vector<std::string> keys;
    std::vector<std::string> args;
    std::string more = {};       // arguments as append_argument() makes them
    std::size_t more_count = 0;  // of these
  };
  void run(const redis::Script& script, std::shared_ptr<const Call> call, Twice twice, OnReply on_reply);
  void run(const redis::Script& script, Call call, Twice twice, OnReply on_reply) {
    run(script, std::make_shared<const Call>(std::move(call)), twice, std::move(on_reply));
  }

  // Bytes of messages that the server has not answered, whether or not anybody still waits for that.
  [[nodiscard]] std::size_t held() const { return held_; }
  // Called each time the server is there again.
  void on_ready(std::function<void()> ready) { on_ready_ = std::move(ready); }
  [[nodiscard]] redis::Session& session() { return *session_; }

 private:
  struct Question {
    std::function<void(redis::Session& session, redis::Session::OnReply on_reply)> ask;
    Twice twice;
    OnReply on_reply;  // none: nobody waits for it any longer
    std::size_t bytes;
    base::Instant due;
  };

  void add(Question question);
  void send_waiting();
  void answered(redis::Reply reply);
  void lost();
  void look();
  [[nodiscard]] std::vector<OnReply> take_overdue();
  [[nodiscard]] base::Error away() const;

  std::unique_ptr<redis::Session> session_;
  std::deque<Question> waiting_;
  std::deque<Question> asked_;
  std::size_t held_ = 0;
  std::function<void()> on_ready_;
  event::Timer look_;
};

}  // namespace logredis

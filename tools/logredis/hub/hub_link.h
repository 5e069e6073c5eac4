// A connection to the server that has a hub's keys: what is asked while it is away waits for it, for a while.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
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
  // Error replies are Errors. Kind::temporary: the server is away; and of what must not be done twice, where the
  // connection was lost meanwhile, it is not known whether it was done.
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
  void run(const redis::Script& script, Call call, Twice twice, OnReply on_reply);

  [[nodiscard]] redis::Session& session() { return *session_; }

 private:
  struct Question {
    std::function<void(redis::Session& session, redis::Session::OnReply on_reply)> ask;
    Twice twice;
    OnReply on_reply;
    base::Instant since = base::now();
  };

  void add(Question question);
  void send_waiting();
  void answered(redis::Reply reply);
  void lost();
  void give_up();
  [[nodiscard]] base::Error away() const;

  std::unique_ptr<redis::Session> session_;
  std::deque<Question> waiting_;
  std::deque<Question> asked_;
  event::Timer overdue_;
};

}  // namespace logredis

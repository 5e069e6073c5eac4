// What happens in a hub's keys, whoever does it: a stream of notes, which are numbered without gaps. Each node has a
// connection for each such stream, which waits for them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/report.h"
#include "event/loop.h"
#include "redis/session.h"
#include "tools/logredis/shared_options.h"

namespace logredis {

class HubNews {
 public:
  struct Events {
    std::function<void(const std::string& id)> noted;  // something about this channel
    // Anything may have happened: at the start, after an outage, and where too much happened at once.
    std::function<void()> unsure;
  };
  // `counts`: the hash that has the last note's number under the empty name; `notes`: the stream.
  HubNews(event::Loop& loop, const Server& server, std::string counts, std::string notes, Events events,
          base::Report report);
  HubNews(const HubNews&) = delete;
  HubNews& operator=(const HubNews&) = delete;

  [[nodiscard]] redis::Session& session() { return *session_; }

 private:
  void find_place();
  void placed(const redis::Reply& reply);
  void wait();
  void heard(const redis::Reply& reply);
  void pass_on(const redis::Reply& notes);
  bool is_error(const redis::Reply& reply);

  std::string counts_;
  std::string notes_;
  Events events_;
  base::Report report_;
  std::uint64_t last_ = 0;  // the number of the last note that was heard
  bool placed_ = false;
  std::unique_ptr<redis::Session> session_;
  event::Timer again_;
};

}  // namespace logredis

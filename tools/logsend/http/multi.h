// libcurl's multi interface on the event loop: the descriptors that it watches, its timer, and what has ended. Only for
// client.cc, since libcurl's types stay out of headers: an easy handle is a void*.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "base/result.h"
#include "event/loop.h"

namespace logsend::http {

class Multi {
 public:
  struct Events {
    std::function<void(void* easy, int code)> ended;      // code: a CURLcode; the request is still to be removed
    std::function<void(void* easy, int socket)> watched;  // -1: its socket is watched no longer
  };

  static base::Result<std::unique_ptr<Multi>> create(event::Loop& loop, Events events);
  Multi(const Multi&) = delete;
  Multi& operator=(const Multi&) = delete;
  ~Multi();  // after all requests are removed

  void add(void* easy);
  void remove(void* easy);
  // Those that wait for another request; only while there is none.
  base::Result<void> close_connections();

 private:
  struct Watchers {
    event::Io readable;
    event::Io writable;
  };

  Multi(event::Loop& loop, Events events);
  base::Result<void> begin();
  void end();
  void act(int socket, int what);

  // ---- called by libcurl
  static int watch(void* easy, int socket, int what, void* multi, void* socket_data) noexcept;
  static int set_timer(void* handle, long milliseconds, void* multi) noexcept;

  event::Loop& loop_;
  Events events_;
  void* multi_ = nullptr;
  event::Timer timer_;
  std::map<int, Watchers> watchers_;
};

}  // namespace logsend::http

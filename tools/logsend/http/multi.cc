#include "tools/logsend/http/multi.h"

#include <curl/curl.h>

#include <chrono>
#include <utility>

namespace logsend::http {

Multi::Multi(event::Loop& loop, Events events)
    : loop_(loop), events_(std::move(events)), timer_(loop, [this] { act(CURL_SOCKET_TIMEOUT, 0); }) {}

base::Result<std::unique_ptr<Multi>> Multi::create(event::Loop& loop, Events events) {
  std::unique_ptr<Multi> multi(new Multi(loop, std::move(events)));
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return base::fail(base::Kind::internal, "start libcurl", "it cannot be initialised");
  TRY(multi->begin());
  return multi;
}

Multi::~Multi() {
  end();
}

base::Result<void> Multi::begin() {
  multi_ = curl_multi_init();
  if (multi_ == nullptr) return base::fail(base::Kind::internal, "start libcurl", "it has no memory");
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &watch);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &set_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  return {};
}

void Multi::end() {
  if (multi_ != nullptr) curl_multi_cleanup(std::exchange(multi_, nullptr));
  timer_.stop();
}

base::Result<void> Multi::close_connections() {
  end();
  return begin();
}

void Multi::add(void* easy) {
  curl_multi_add_handle(multi_, easy);
}

void Multi::remove(void* easy) {
  curl_multi_remove_handle(multi_, easy);
}

void Multi::act(int socket, int what) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, what, &running);
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left))
    if (message->msg == CURLMSG_DONE) events_.ended(message->easy_handle, message->data.result);
}

int Multi::watch(void* easy, int socket, int what, void* data, void* /*socket_data*/) noexcept {
  Multi& multi = *static_cast<Multi*>(data);
  multi.events_.watched(easy, what == CURL_POLL_REMOVE ? CURL_SOCKET_BAD : socket);
  if (what == CURL_POLL_REMOVE) {
    multi.watchers_.erase(socket);
    return 0;
  }
  auto found = multi.watchers_.find(socket);
  if (found == multi.watchers_.end())
    found = multi.watchers_
                .emplace(socket, Watchers{event::Io(multi.loop_, socket, event::Interest::read,
                                                    [&multi, socket] { multi.act(socket, CURL_CSELECT_IN); }),
                                          event::Io(multi.loop_, socket, event::Interest::write,
                                                    [&multi, socket] { multi.act(socket, CURL_CSELECT_OUT); })})
                .first;
  found->second.readable.set(what == CURL_POLL_IN || what == CURL_POLL_INOUT);
  found->second.writable.set(what == CURL_POLL_OUT || what == CURL_POLL_INOUT);
  return 0;
}

int Multi::set_timer(void* /*handle*/, long milliseconds, void* data) noexcept {
  Multi& multi = *static_cast<Multi*>(data);
  if (milliseconds < 0)
    multi.timer_.stop();
  else
    multi.timer_.start(std::chrono::milliseconds(milliseconds));
  return 0;
}

}  // namespace logsend::http

// One tail: the last messages of a channel that a filter lets pass, and then those that come, as the body of an answer.
//
// What is there is read from the store as fast as the client takes it, in slices, so that a tail with a long past holds
// up nobody and holds nothing in memory. What comes then waits in a bounded queue. Between the two nothing is missing
// and nothing comes twice.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "http/body.h"
#include "hub/store.h"
#include "hub/tail_feed.h"
#include "hub/tail_line.h"
#include "hub/tail_queue.h"

namespace hub {

struct TailRequest {
  std::string channel = {};
  TailFilter filter = {};
  std::uint64_t lines = 100;                 // the last so many that pass
  std::optional<std::string> after = {};     // instead of them: those behind this id
  bool follow = false;                       // and then those that come
  bool events = false;                       // as Server-Sent Events
  std::optional<std::string> farewell = {};  // said at the end of what is there, which is the end then
};

class Tail final : public http::Body, private TailFeed::Follower {
 public:
  // `wake`: pull() has something again (http::Server::wake). The store and the feeds have to outlive it.
  Tail(Store& store, TailFeeds& feeds, TailRequest request, std::function<void()> wake);
  ~Tail() override;

  Next pull(std::string& out, std::size_t room) override;
  void stop() override;

  // Server-Sent Events: says something that means nothing, so that whoever stands between does not take the connection
  // for dead. The other form has nothing of that kind.
  void beat();

 private:
  enum class Stage {
    seeking,  // backwards, for where to begin
    reading,  // what is there
    joining,  // what has come since the end was reached; what comes now is queued
    live,
    ending,  // with what is pending
  };

  void news(const TailLines& lines) override;
  void channel_deleted() override;

  Next ask();
  void answered(base::Result<Excerpt> got);
  void sought(const Excerpt& excerpt);
  void resume(const Excerpt& newest);
  void read(const Excerpt& excerpt);
  void tell_gap(const std::string& next);
  void reached_end();
  void end();
  [[nodiscard]] bool is_new(const std::string& id);
  void write(std::string& out, const TailLine& line) const;
  void wake();

  Store& store_;
  TailFeeds& feeds_;
  TailRequest request_;
  std::function<void()> wake_;
  Stage stage_ = Stage::seeking;
  std::string before_;       // seeking: what is above was looked at
  std::uint64_t found_ = 0;  // so many lines of it pass
  std::string until_;        // without following: the last message when it began
  std::string after_;        // read up to here
  bool asked_ = false;       // the store has yet to answer
  bool pulling_ = false;     // pull() looks at the answer
  bool waits_ = false;       // pull() has said so
  bool beat_ = false;
  bool behind_joint_ = false;                            // what comes was not read before
  std::deque<std::shared_ptr<const TailLine>> pending_;  // read, and not written: a slice
  TailQueue queue_;                                      // what came since
  std::shared_ptr<TailFeed> feed_;
  std::shared_ptr<bool> alive_;  // for what the store answers later
};

}  // namespace hub

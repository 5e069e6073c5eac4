// The source of `logredis peek`, `pop` and `cat`: what a Feed gives, fetched while the sink is busy with the piece
// before.
//
// When the server goes away, it goes on where it was when the server is back; nothing is given up before the patience
// has run out.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "event/loop.h"
#include "redis/session.h"
#include "stream/flow.h"
#include "stream/prefetch.h"
#include "tools/logredis/feed/feed.h"

namespace logredis {

struct FeedSourceOptions {
  std::uint64_t count = std::numeric_limits<std::uint64_t>::max();  // at most so many messages
  bool follow = false;
  bool acknowledge = false;  // what is safe is acknowledged in the server
  // Of a queue from which others may take; none: nobody is kept from anything.
  std::optional<stream::PrefetchOptions> prefetch = {};
  std::optional<base::Duration> patience;                // with a server that is away; none: for ever
  base::Duration close_time = std::chrono::seconds(10);  // how long the end waits for the server
};

class FeedSource final : public stream::Source {
 public:
  // `session` and `waiting` are connections of its own, the second where it follows, and none otherwise; `feed` uses
  // the first.
  FeedSource(event::Loop& loop, std::unique_ptr<redis::Session> session, std::unique_ptr<redis::Session> waiting,
             std::unique_ptr<Feed> feed, FeedSourceOptions options);
  ~FeedSource() override;

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t count) override;
  base::Result<bool> flush_receipts() override;
  void stop() override { stopped_ = true; }
  [[nodiscard]] std::string state() const override { return session_->state(); }

  // Sends the acknowledgements that are still to be sent, and gives back what was taken and not handed out. Call after
  // the pump, whatever its end.
  base::Result<void> close();

  // Messages handed out.
  [[nodiscard]] std::uint64_t handed_out() const { return handed_out_; }

 private:
  // What has come and was not handed out yet, from `next` on.
  struct Piece {
    Chunk chunk;
    std::size_t next = 0;
    std::size_t offset = 0;
  };

  void watch();
  void back();
  void away();
  void fetch();
  [[nodiscard]] std::uint64_t wanted();
  void took(base::Result<Chunk> chunk);
  void wait();
  void woken(const redis::Reply& reply);
  void settle();
  void renew();
  void keep(const base::Result<void>& outcome);
  void hand_out(Piece& piece, stream::Batch& batch, std::size_t limit);
  void count(Piece& piece, std::size_t messages);
  [[nodiscard]] bool out_of_patience() const;

  event::Loop& loop_;
  std::unique_ptr<redis::Session> session_;
  std::unique_ptr<redis::Session> waiting_session_;
  std::unique_ptr<Feed> feed_;
  FeedSourceOptions options_;

  std::deque<Piece> pieces_;
  std::uint64_t fetched_ = 0;  // messages
  std::uint64_t handed_out_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::optional<stream::Prefetch> prefetch_;
  std::size_t wanted_bytes_;  // of the next piece
  IdQueue handed_;            // to the sink, and not safe yet
  IdQueue safe_;              // and not acknowledged in the server yet
  IdQueue settling_;          // being acknowledged
  bool fetching_ = false;
  bool idle_ = false;     // there was nothing, and nothing has woken us since
  bool waiting_ = false;  // the server will say when there is something
  bool renewing_ = false;
  bool ended_ = false;
  bool stopped_ = false;
  std::optional<base::Error> failure_;    // the first
  std::optional<base::Error> unsettled_;  // the first of acknowledging
  event::Timer renewal_;
  event::Timer starved_;        // fetches again, when the sink has to confirm something first
  event::Timer patience_over_;  // only wakes the loop
};

}  // namespace logredis

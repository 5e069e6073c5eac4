// The sink of `logredis push`: a message is safe when the server has answered, without error, the script that took its
// chunk, and with --wait-replicas when so many replicas have it too.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/report.h"
#include "event/loop.h"
#include "redis/session.h"
#include "stream/flow.h"
#include "stream/handshake.h"
#include "stream/life.h"
#include "tools/logredis/queue/keys.h"
#include "tools/logredis/shared_options.h"
#include "tools/logredis/sink/push_window.h"

namespace logredis {

struct PushOptions {
  Layout layout = Layout::list;
  std::string origin;  // the stream's; empty: it has none
  base::Duration origin_ttl = std::chrono::hours(24 * 30);
  std::uint64_t cap = 0;                        // messages; 0: none
  base::Duration ttl = base::Duration::zero();  // zero: for ever
  ReplicaOptions replicas = {};
  base::Bytes window{8 << 20};
  stream::Strength strength = stream::Strength::peer;    // of the server's answers
  base::Duration drain_time = std::chrono::seconds(10);  // after finish(), no progress for so long means giving up
};

class PushSink final : public stream::Sink {
 public:
  PushSink(event::Loop& loop, std::unique_ptr<redis::Session> session, std::string key, PushOptions options,
           base::Report report);

  [[nodiscard]] std::size_t room() const override { return window_.room(); }
  base::Result<void> write(const stream::Batch& batch) override;
  base::Result<void> flush() override;
  base::Result<void> finish() override;
  [[nodiscard]] std::uint64_t safe() const override { return window_.safe(); }
  [[nodiscard]] bool finished() const override { return life_.is_finished(); }
  [[nodiscard]] std::string state() const override;
  [[nodiscard]] std::optional<base::Instant> away_since() const override;
  base::Result<void> hurry() override;

 private:
  void send();
  void send(const PushWindow::Chunk& chunk);
  void answered(const redis::Reply& reply, base::Instant sent);
  void settle(const redis::Reply& last);
  [[nodiscard]] base::Duration origin_ttl() const;
  void taken();
  void ask_replicas();
  void replicas_answered(std::size_t chunks, std::uint64_t count);
  void dropped(std::uint64_t count);
  void lost();
  void progressed();
  void close_down();
  void give_up();

  std::unique_ptr<redis::Session> session_;
  Keys keys_;
  PushOptions options_;
  base::Report report_;
  const std::string origin_key_;
  PushWindow window_;
  const base::Instant opened_ = base::now();
  base::Instant taken_ = {};  // the last one that the server took was sent then
  std::uint64_t round_ = 0;   // answers to what was sent in an earlier one are void
  bool waiting_for_replicas_ = false;
  bool too_few_replicas_ = false;  // and people have been told
  std::uint64_t dropped_ = 0;
  event::Timer drain_;
  stream::Life life_;
  std::optional<base::Error> error_;
};

}  // namespace logredis

// The tail of a remote log: a logd server, such as `logbuf serve`, asked with READ. Places are the log's ids; the log
// is known by the uuid that STATS says, so that a replica under another address is the same log.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/report.h"
#include "event/loop.h"
#include "net/logd_session.h"
#include "net/url.h"
#include "tools/logtail/emitter.h"
#include "tools/logtail/headers.h"
#include "tools/logtail/memory.h"
#include "tools/logtail/start.h"
#include "tools/logtail/tail.h"

namespace logtail {

struct RemoteOptions {
  net::Url url;
  net::LogdOptions session = {};
  bool follow = false;
  Start start;
  EmitterOptions emitter = {};
};

class RemoteTail final : public Tail {
 public:
  // Connects at once and does not wait for it. Without `follow` a server that is not there within the time for
  // connecting is a failure.
  static std::unique_ptr<RemoteTail> open(event::Loop& loop, RemoteOptions options, Headers& headers, Memory& memory,
                                          base::Report report);

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit, Piece& piece) override;
  base::Result<Replayed> replay(const Plan& plan, stream::Batch& batch, Piece& piece) override;
  [[nodiscard]] bool owns(const Place& place) const override;
  std::vector<std::uint64_t> take_finished() override { return std::exchange(finished_, {}); }
  void stop() override;
  base::Result<void> reopen() override;
  [[nodiscard]] std::string state() const override;
  [[nodiscard]] std::optional<base::Kind> failure() const override { return failure_; }

 private:
  enum class Asked { nothing, stats, head, read };

  RemoteTail(event::Loop& loop, RemoteOptions options, Headers& headers, Memory& memory, base::Report report);
  void ask(Asked what, std::initializer_list<std::uint64_t> arguments = {});
  void ask_for_rest();
  base::Result<void> take(const codec::LogdReply& reply);
  void take_stats(const codec::LogdReply& reply);
  base::Result<void> take_head(const codec::LogdReply& reply);
  base::Result<void> take_answer(const codec::LogdReply& reply);
  base::Result<void> take_message(const codec::LogdReply& reply);
  void found(const std::string& identity);
  bool remembered(const std::string& identity);
  void begin();
  std::uint64_t first_to_read();
  void not_found(bool deleted);
  void lost();
  void end();
  void fail(base::Kind kind, const std::string& why);
  void give(std::uint64_t last, std::size_t limit, stream::Batch& batch, Piece& piece);
  [[nodiscard]] bool holds() const { return !held_ids_.empty(); }
  void pass_over(std::uint64_t id);
  void drop_held();

  RemoteOptions options_;
  Headers& headers_;
  Memory& memory_;
  base::Report report_;
  std::string name_;
  net::LogdSession session_;
  event::Timer patience_;  // how long a server may be away that is not followed
  Emitter emitter_;
  Asked asked_ = Asked::nothing;
  Place place_;                          // up to where messages were given; log 0: not known yet
  std::uint64_t next_ = 0;               // the id to ask for; 0: the oldest there is
  std::uint64_t head_ = 0;               // of the log when it was last asked
  std::optional<std::uint64_t> end_;     // the last to read, where it is not followed
  std::optional<std::uint64_t> wanted_;  // an id that is there no more; people are told once it is known which is
  bool quiet_ = false;                   // what is wanted need not be there
  std::uint64_t skip_ = 0;               // messages before the first line wanted
  stream::Batch held_;                   // came, and were not given
  std::deque<std::uint64_t> held_ids_;
  std::size_t held_at_ = 0;
  stream::Batch replayed_;
  Piece replayed_piece_;
  stream::Batch below_;  // a header
  std::string line_;     // kept for its capacity only
  std::vector<std::uint64_t> finished_;
  std::optional<base::Kind> failure_;
  bool ended_ = false;
  bool stopped_ = false;
};

}  // namespace logtail

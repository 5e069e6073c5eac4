// The source behind logtail: asks its tails in turn, gives ids, and keeps what is remembered up to date.
//
// For a hop with a checkpoint ids are a running number over all logs, and it is exact: which ids are which bytes is
// durable before the sink sees any of them, so that a later run gives the same messages the same ids again and the sink
// takes none twice (docs/decisions/0010).
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/report.h"
#include "event/loop.h"
#include "net/listening_source.h"
#include "stream/flow.h"
#include "tools/logtail/checkpoint.h"
#include "tools/logtail/tail.h"

namespace logtail {

enum class Ids {
  none,
  places,   // of each message: where it ends in its log
  numbers,  // over all logs
};

struct FollowerOptions {
  Ids ids = Ids::none;
  bool exact = false;  // needs a checkpoint, and numbers
  // There is one tail, which is told when the logs that it has finished are safe (Tail::settled).
  bool settles = false;
  bool names = false;  // of the logs that messages are from are kept for peer()
};

class Follower final : public net::ListeningSource {
 public:
  // The checkpoint may be missing; then the tails share a memory that nobody keeps.
  Follower(event::Loop& loop, std::vector<std::unique_ptr<Tail>> tails, Checkpoint* checkpoint, FollowerOptions options,
           base::Report report);

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t count) override;
  base::Result<bool> flush_receipts() override;
  void stop() override;
  base::Result<void> reopen() override;
  [[nodiscard]] std::string state() const override;
  // Knows the path only.
  const net::Peer* peer(std::uint64_t position) override { return peers_.of(position); }
  [[nodiscard]] std::vector<std::string> addresses() const override { return {}; }

  // Writes down what is safe, and settles it. Call after the pump, whatever its end.
  base::Result<void> close();

  // With numbers: the last id that this run or an earlier one gave.
  [[nodiscard]] std::uint64_t last_id() const { return next_id_ - 1; }
  // Of the first thing that could not be read.
  [[nodiscard]] std::optional<base::Kind> failure() const;

 private:
  struct Given {  // and not all of it safe
    Piece piece;
    std::uint64_t end;       // how many messages were given up to its last
    std::uint64_t first_id;  // with numbers

    [[nodiscard]] bool goes_on_with(const Piece& next) const;  // both without messages
  };
  struct Finished {
    std::uint64_t log;
    std::uint64_t given;  // until then
  };
  struct Member {
    std::unique_ptr<Tail> tail;
    bool ended = false;
  };

  base::Result<stream::Next> replay(stream::Batch& batch);
  base::Result<stream::Next> read_members(stream::Batch& batch, std::size_t limit);
  base::Result<stream::Next> read_member(Member& member, stream::Batch& batch, std::size_t limit);
  void give_replayed(const Plan& plan, const stream::Batch& replayed, stream::Batch& batch, Piece piece);
  Tail* owner_of(const Place& place) const;
  void give(Piece piece, std::uint64_t first_id);
  void settle();
  void note_peer(const std::string& path);
  void note_safe();
  base::Result<void> write_down();
  void note_finished();
  void save_soon();
  void save();

  std::vector<Member> members_;
  Checkpoint* checkpoint_;
  FollowerOptions options_;
  base::Report report_;
  std::deque<Plan> replays_;
  std::vector<Plan> plans_;  // of this read(), not durable yet
  stream::Batch scratch_;
  std::deque<Given> given_pieces_;
  std::deque<Finished> finished_;
  std::vector<std::uint64_t> settled_;  // finished, safe, and the tail is not told yet
  net::PeerLog peers_;
  std::shared_ptr<const net::Peer> peer_;  // of the messages given last
  std::uint64_t next_id_ = 1;
  std::uint64_t given_ = 0;
  std::uint64_t safe_ = 0;
  std::size_t turn_ = 0;
  bool stopped_ = false;
  event::Timer save_;
  std::optional<base::Instant> saved_;
  std::optional<base::Error> failure_;
};

}  // namespace logtail

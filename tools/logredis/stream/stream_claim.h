// What one `peek` or `pop` holds of a stream: entries that are pending for a consumer of its own within the group.
//
// A receipt acknowledges all up to its id that its consumer has. So under one name ids must only grow: what was rewound
// meanwhile, and is older than what was handed out already, is handed out under the next name.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "event/loop.h"
#include "tools/logredis/feed/feed.h"
#include "tools/logredis/list/list_claim.h"
#include "tools/logredis/stream/groups.h"

namespace logredis {

struct StreamClaimOptions {
  ClaimOptions claim;
  bool start_at_newest = false;  // of a group that is made now
  bool trim = true;              // delete what all groups have acknowledged
  bool report_loss = false;      // hand out a message where some were dropped (docs/format-redis.md)
};

// A message, or the JSON object of the fields that another program wrote.
std::string message_of(const redis::Reply& content);
// {anything, id, content, ...}
base::Result<void> append_entries(const redis::Reply& reply, bool ids, Chunk& chunk);

class StreamClaim final : public Feed {
 public:
  StreamClaim(event::Loop& loop, redis::Session& session, Keys keys, StreamClaimOptions options);

  base::Result<void> open() override;
  void take(Want want, OnChunk on_chunk) override;
  void acknowledge(const IdQueue& ids, Done done) override;
  void renew(Done done) override;
  [[nodiscard]] base::Duration renew_every() const override;
  [[nodiscard]] redis::Command wait_command(base::Duration patience) const override;
  void woken(const redis::Reply& reply) override;
  void lost() override { unsure_ = true; }
  base::Result<void> close(const IdQueue& unread, base::Duration patience) override;

 private:
  // Taking over what abandoned members have: looks through what is pending, from the oldest on, claims what it finds,
  // and takes members that have nothing left off the list.
  enum class Sweep { none, due, looking, claiming, leaving };

  void run(const std::vector<std::string>& args, redis::Session::OnReply on_reply);
  void begin_sweep(OnChunk on_chunk);
  void look_on(OnChunk on_chunk);
  void claim_found(Want want, OnChunk on_chunk);
  void take_new(Want want, OnChunk on_chunk);
  void take_unheard(Want want, OnChunk on_chunk);
  void leave(OnChunk on_chunk);
  void go_on_with_sweep();
  [[nodiscard]] bool is_sweeping() const { return sweep_ != Sweep::none && sweep_ != Sweep::due; }
  void failed(const redis::Reply& reply, OnChunk on_chunk);
  base::Result<Chunk> chunk_of(const redis::Reply& reply);
  base::Result<Chunk> loss_in(const redis::Reply& reply);
  void were_told(const IdQueue& ids, const Done& done);
  void trim();
  base::Result<void> give_back_unheard(Group& group);
  void next_name();
  [[nodiscard]] base::Error error(const redis::Reply& reply, const char* what) const;

  redis::Session& session_;
  Keys keys_;
  StreamClaimOptions options_;
  Group group_;
  std::string owner_;
  std::uint64_t turns_ = 0;
  std::vector<std::string> names_;  // its own under which something may be pending; the last one is in use
  bool handed_out_ = false;         // something, under this name
  Sweep sweep_ = Sweep::due;
  std::vector<std::string> abandoned_;  // members that are not dealt with yet
  std::string look_from_;               // as XPENDING wants it; empty: all was looked through
  std::deque<Pending> found_;           // entries of abandoned members, not claimed yet
  struct Loss {
    Id id;
    std::uint64_t count;
  };
  std::deque<Loss> telling_;  // handed out, and not acknowledged
  unsigned renewals_ = 0;
  Id heard_;                      // the newest that has come here, or that the group was given before
  bool unsure_ = false;           // an answer was lost, or not all fitted in: look whether more is pending
  Id until_ = kLastId;            // of a one-shot: the last one there was at the start
  std::string seen_ = "0-0";      // nothing after this was there when last looked
  std::string woken_by_ = "0-0";  // the last sign of a rewind
  std::optional<base::Error> failure_;
  event::Timer trim_soon_;
};

}  // namespace logredis

// What one `peek` or `pop` holds of a list: the claim's backlog, to which messages move from the head of R.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/report.h"
#include "tools/logredis/feed/feed.h"
#include "tools/logredis/list/claims.h"
#include "tools/logredis/queue/keys.h"

namespace logredis {

struct ClaimOptions {
  std::string consumer = {};
  bool ids = false;        // messages go on with their ids
  bool one_shot = false;   // only what is there at the start
  bool take_back = false;  // hold a lease, and begin with what dead owners left
  bool sole = false;       // nobody else reads: what others left is taken back at once, and no group is made
  base::Duration claim_after = std::chrono::seconds(30);
  base::Duration patience = std::chrono::seconds(30);
};

class ListClaim final : public Feed {
 public:
  ListClaim(redis::Session& session, Keys keys, ClaimOptions options, base::Report report);

  base::Result<void> open() override { return {}; }
  void take(Want want, OnChunk on_chunk) override;
  void acknowledge(const IdQueue& ids, Done done) override;
  void renew(Done done) override;
  [[nodiscard]] base::Duration renew_every() const override;
  [[nodiscard]] redis::Command wait_command(base::Duration patience) const override;
  void lost() override {}  // take() gives what the answer held
  base::Result<void> close(const IdQueue& unread, base::Duration patience) override;

 private:
  using Arguments = std::vector<std::string>;

  void run(std::uint64_t claim, const Arguments& args, redis::Session::OnReply on_reply);
  void take_back(Want want, OnChunk on_chunk);
  void give_back_next(Want want, OnChunk on_chunk);
  void count_ready(Want want, OnChunk on_chunk);
  void claim(OnChunk on_chunk);
  void claim_again(OnChunk on_chunk);
  Chunk chunk_of(const redis::Reply& reply);
  [[nodiscard]] base::Error error(const redis::Reply& reply) const;

  redis::Session& session_;
  Keys keys_;
  ClaimOptions options_;
  base::Report report_;
  std::string owner_;
  std::uint64_t number_ = 0;           // 0: there is none yet
  std::uint64_t last_number_ = 0;      // of this process's claims
  std::uint64_t heard_ = 0;            // the last sequence number that has come here
  std::optional<std::uint64_t> left_;  // to be handed out; of a one-shot, once it is known
  bool take_back_due_;
  unsigned renewals_ = 0;
  std::vector<ClaimState> giving_back_;  // the next one last
};

}  // namespace logredis

// What the tails of logs with ids have in common. A place is the id of the last message that was given; messages come
// in the order of their ids, are held, and are given as pieces.
//
// An id means another message once a log was put back to an older state, as from a backup. So a place also has a
// fingerprint of its message: whoever asks a log for what follows asks for that message first, and it is compared. If
// it is another one, the log is read from its oldest message, as a log of its own with new ids for the sink.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/report.h"
#include "stream/frame.h"
#include "tools/logtail/emitter.h"
#include "tools/logtail/headers.h"
#include "tools/logtail/memory.h"
#include "tools/logtail/tail.h"

namespace logtail {

class LogTail : public Tail {
 public:
  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit, Piece& piece) final;
  base::Result<Replayed> replay(const Plan& plan, stream::Batch& batch, Piece& piece) final;
  [[nodiscard]] bool owns(const Place& place) const final;
  std::vector<std::uint64_t> take_finished() final { return std::exchange(finished_, {}); }
  [[nodiscard]] std::optional<base::Kind> failure() const final { return failure_; }

 protected:
  LogTail(std::string name, EmitterOptions emitter, Headers& headers, Memory& memory, base::Report report);

  // Next::more: something is held. Next::end: nothing more will be.
  virtual base::Result<stream::Next> fill() = 0;
  // Nothing is held any more, and the oldest message is wanted next.
  virtual void ask_for_oldest() = 0;

  // ---- which log it is
  // The place is one of the log that answers.
  [[nodiscard]] bool is_of_log(const Place& place) const;
  // Goes on at a remembered place of that log, if possible at one under this name. False: there is none. A place under
  // this name that is one of another log is finished, which is reported as `other`.
  bool recall(const std::string& other);
  void begin_behind(std::uint64_t id);
  // What it gave is not there any more: it is another history of the log.
  void begin_again(std::uint64_t id);
  // Up to where it was read, by a run before this one perhaps further than what is safe.
  [[nodiscard]] std::uint64_t read_up_to() const;

  // ---- what comes of it
  // The last message that came, which is to be asked for first, and is compared. Nothing: it is not known.
  std::optional<std::uint64_t> expect_last();
  void expect_nothing() { expected_.reset(); }
  [[nodiscard]] bool expects() const { return expected_.has_value(); }
  // It is the message that is expected, or that one is deleted. False: the log has begun again.
  bool fits(std::uint64_t id, std::string_view message);
  void hold(std::uint64_t id, std::string_view message);
  // Those that are whole in the frames, which begin with the one that is expected.
  base::Result<void> hold(stream::FrameReader& frames, std::string_view bytes);
  [[nodiscard]] bool holds() const { return !held_ids_.empty(); }
  [[nodiscard]] std::size_t held_bytes() const { return held_.bytes(); }
  void drop_held();

  const std::string name_;
  Memory& memory_;
  base::Report report_;
  std::string log_;             // that answers: its uuid, or "-" where nobody says
  Place place_;                 // up to where messages were given; log 0: not known yet
  std::uint64_t first_id_ = 0;  // what comes before it is deleted
  std::vector<std::uint64_t> finished_;
  std::optional<base::Kind> failure_;
  bool ended_ = false;
  bool stopped_ = false;

 private:
  struct Expected {
    std::uint64_t id;
    std::string identity;
  };

  [[nodiscard]] bool is_gone(const Plan& plan) const;
  Replayed give_up();
  void give(std::uint64_t upto, std::size_t limit, stream::Batch& batch, Piece& piece);
  void pass_over(std::uint64_t id);
  std::string_view take_held();

  EmitterOptions options_;
  Emitter emitter_;
  Headers& headers_;
  stream::Batch held_;  // came, and were not given
  std::deque<std::uint64_t> held_ids_;
  std::size_t held_at_ = 0;
  std::optional<Expected> expected_;
  bool begun_again_ = false;
  stream::Batch replayed_;
  Piece replayed_piece_;
  stream::Batch below_;  // a header
  std::string line_;     // kept for its capacity only
};

}  // namespace logtail

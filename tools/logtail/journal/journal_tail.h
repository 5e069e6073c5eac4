// The tail of a journal (docs/decisions/0086). A place in it is the number of entries before it, with the cursor of the
// last one; a piece's identity has the cursors of both its ends, so that what was planned can be read again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/report.h"
#include "event/loop.h"
#include "tools/logtail/headers.h"
#include "tools/logtail/journal/entry.h"
#include "tools/logtail/journal/journal.h"
#include "tools/logtail/memory.h"
#include "tools/logtail/start.h"
#include "tools/logtail/tail.h"

namespace logtail {

struct JournalOptions {
  JournalPlace place;
  bool follow = false;
  Start start;
  std::optional<base::WallTime> since;
  std::optional<base::WallTime> until;
  bool prefix = false;
  bool colour = false;
  std::size_t longest = 0;  // value of a field
};

// Where an entry was the last one that was read: after `count` of them.
struct JournalMark {
  std::uint64_t count = 0;
  std::string cursor;  // empty: before all entries
};
// As text, without white space: COUNT,CURSOR, once or twice.
struct JournalIdentity {
  JournalMark begin;
  std::optional<JournalMark> end = {};

  [[nodiscard]] std::string text() const;
};
std::optional<JournalIdentity> parse_journal_identity(const std::string& text);

// "journal:/var/log/journal _SYSTEMD_UNIT=ssh.service": what a checkpoint knows it by.
std::string name_of(const JournalPlace& place);

class JournalTail final : public Tail {
 public:
  static base::Result<std::unique_ptr<JournalTail>> open(event::Loop& loop, JournalOptions options, Headers& headers,
                                                         Memory& memory, base::Report report);

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit, Piece& piece) override;
  base::Result<Replayed> replay(const Plan& plan, stream::Batch& batch, Piece& piece) override;
  [[nodiscard]] bool owns(const Place& place) const override { return place.name == name_; }
  std::vector<std::uint64_t> take_finished() override { return {}; }
  void stop() override { stopped_ = true; }
  [[nodiscard]] std::string state() const override { return name_; }
  [[nodiscard]] std::optional<base::Kind> failure() const override { return std::nullopt; }

 private:
  JournalTail(event::Loop& loop, JournalOptions options, std::unique_ptr<Journal> journal, Headers& headers,
              Memory& memory, base::Report report);
  base::Result<void> begin();
  base::Result<void> go_to(const Place& place);
  base::Result<bool> go_behind(const JournalMark& mark);
  base::Result<bool> next();
  base::Result<void> tell_of_gap();
  base::Result<void> append(stream::Batch& batch);
  base::Result<bool> is_past_end();
  void wait();

  JournalOptions options_;
  std::string name_;
  std::unique_ptr<Journal> journal_;
  Headers& headers_;
  Memory& memory_;
  base::Report report_;
  Entry entry_;
  std::string line_;
  stream::Batch below_;   // a header
  Place place_;           // up to where entries were given
  JournalMark mark_;      // the same
  bool placed_ = false;   // so is the journal itself
  bool pending_ = false;  // but for one entry, which is to be given next
  bool may_have_gap_ = false;
  bool cut_told_ = false;
  bool changed_ = false;
  bool ended_ = false;
  bool stopped_ = false;
  event::Io readable_;
  event::Timer look_;
};

}  // namespace logtail

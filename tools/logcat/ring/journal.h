// What a reader of rings has sent to its sink under which ids: a file beside the rings, by which the next reader sends
// the same events under the same ids again (docs/decisions/0061, docs/format-ring.md).
//
// It survives the death of any process. It is not synced, as the rings are not.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/report.h"
#include "base/result.h"

namespace logcat {

// Consecutive events of one ring under consecutive ids, or, with `lost`, one message that says that these events were
// overwritten.
struct SentRun {
  std::uint64_t instance;  // of the ring's file
  std::uint64_t ring;
  std::uint64_t first;  // numbers of events: from this one on
  std::uint64_t end;    // and before this one
  std::uint64_t id;     // of the first; 0: none yet
  std::uint64_t lost;   // how many of the events were overwritten; 0: it is of these events

  [[nodiscard]] std::uint64_t messages() const { return lost > 0 ? 1 : end - first; }
};

class Journal {
 public:
  // Made where it is missing. Locked: Kind::unavailable where another process has it. One that is damaged, or of
  // another version, is reported and begun anew, under a new origin.
  static base::Result<Journal> open(const std::string& path, const base::Report& report);

  [[nodiscard]] const std::string& origin() const { return origin_; }
  // What an earlier reader sent and had not yet found safe when this was last written anew, by id.
  [[nodiscard]] const std::deque<SentRun>& sent() const { return sent_; }
  [[nodiscard]] std::uint64_t last_id() const { return next_id_ - 1; }

  // Written when it returns. The ids go on from last_id().
  base::Result<void> append(const std::vector<SentRun>& runs);
  // It has grown so much that it should be written anew.
  [[nodiscard]] bool is_long() const;
  // With nothing but these runs.
  base::Result<void> rewrite(const std::vector<SentRun>& runs);
  // The same under a new origin.
  base::Result<void> renew(const std::vector<SentRun>& runs);

 private:
  explicit Journal(std::string path) : path_(std::move(path)) {}
  base::Result<bool> open_locked();
  base::Result<void> load(const base::Report& report);
  bool take_units(std::string_view bytes);
  void note(const SentRun& run);

  std::string path_;
  base::Fd fd_;
  std::string origin_;
  std::deque<SentRun> sent_;
  std::uint64_t next_id_ = 1;
  std::uint64_t size_ = 0;
  std::uint64_t size_rewritten_ = 0;
};

}  // namespace logcat

// The tail of upload directories: files that others put there, each of which is read once, when it is complete, and
// then removed, moved or left (docs/decisions/0084). A log is one such file.
//
// Files are read one after the other, in the order in which they were complete. What is known of a file stays known
// until it is disposed of, also under another name: it is the inode, with its time of birth, that is known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/report.h"
#include "base/units.h"
#include "event/loop.h"
#include "tools/logtail/memory.h"
#include "tools/logtail/tail.h"
#include "tools/logtail/uploads/arrivals.h"
#include "tools/logtail/uploads/content.h"
#include "tools/logtail/uploads/disposal.h"

namespace logtail {

struct HarvestOptions {
  std::vector<std::string> arguments;  // directories, and patterns in directories
  bool recursive = false;
  ArrivalsOptions arrivals;
  After after;
  std::size_t max_message = 0;
  Pattern multiline;
  EmitterOptions emitter;
};

class Harvest final : public Tail {
 public:
  static base::Result<std::unique_ptr<Harvest>> open(event::Loop& loop, HarvestOptions options, Memory& memory,
                                                     base::Report report);

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit, Piece& piece) override;
  base::Result<Replayed> replay(const Plan& plan, stream::Batch& batch, Piece& piece) override;
  [[nodiscard]] bool owns(const Place&) const override { return true; }
  std::vector<std::uint64_t> take_finished() override { return std::exchange(finished_, {}); }
  std::vector<std::uint64_t> settled(const std::vector<std::uint64_t>& logs) override;
  void stop() override { stopped_ = true; }
  [[nodiscard]] std::string state() const override;
  [[nodiscard]] std::optional<base::Kind> failure() const override { return arrivals_->failure(); }

 private:
  enum class Stage {
    begun,     // and not read to its end
    finished,  // read to its end, and not all of it is known to be safe
    settled,   // all of it is safe: kept, or it could not be disposed of
    damaged,   // as far as it can be read
  };
  struct Known {
    Place place;  // up to where it was read
    UploadIdentity identity;
    Stage stage = Stage::begun;
    std::size_t announced = 0;  // as finished, and settled() was not called for it yet
  };
  using Key = std::pair<Inode, std::uint64_t>;  // and the time of birth

  Harvest(event::Loop& loop, HarvestOptions options, Disposal disposal, Memory& memory, base::Report report);
  void recall();
  static Key key_of(const Version& version) { return {version.inode, version.birth}; }
  [[nodiscard]] bool is_new(const std::string& path, const Version& version);
  [[nodiscard]] bool is_current(const Known& known) const { return content_.is_open() && current_ == known.place.log; }
  Known* find(const Version& version);
  Known* find(std::uint64_t log);
  Known& add(const std::string& path, const Version& version);
  void announce(Known& known);
  void forget(std::uint64_t log);
  void let_go(std::uint64_t log);

  void prune();

  base::Result<void> look();
  base::Result<void> begin(const std::string& path);
  base::Result<bool> resume(const std::string& path, Known& known);
  base::Result<void> open_content(const std::string& path);
  base::Result<stream::Next> read_current(stream::Batch& batch, std::size_t limit, Piece& piece);
  void finish(Known& known, Stage stage);
  base::Result<bool> replay_from(const Plan& plan, stream::Batch& batch, Piece& piece);
  bool dispose(Known& known);

  HarvestOptions options_;
  Disposal disposal_;
  Memory& memory_;
  base::Report report_;
  Content content_;
  std::unique_ptr<Arrivals> arrivals_;
  std::uint64_t current_ = 0;  // the log that content_ is of
  std::map<Key, Known> known_;
  std::map<std::uint64_t, Key> keys_;  // by the log
  std::vector<std::uint64_t> finished_;
  std::vector<std::uint64_t> missing_;  // settled, and no name of it was found: it may have got another one
  std::set<std::uint64_t> stuck_;       // settled, and could not be disposed of
  event::Timer again_;
  bool again_due_ = false;
  bool complained_ = false;  // that a file could not be disposed of
  bool looked_ = false;
  std::size_t prune_at_ = 0;  // known files; the first look says how many
  std::uint64_t split_told_ = 0;
  bool stopped_ = false;
};

}  // namespace logtail

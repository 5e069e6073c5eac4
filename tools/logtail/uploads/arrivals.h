// Which files of upload directories are complete: closed by their writer or moved in, as inotify(7) tells; else those
// whose size and time of modification have stood still for a while. A file that somebody has open for writing is not,
// where the system tells that.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/report.h"
#include "event/loop.h"
#include "tools/logtail/files/watcher.h"
#include "tools/logtail/uploads/tree.h"
#include "tools/logtail/uploads/version.h"

namespace logtail {

struct ArrivalsOptions {
  bool follow = false;  // else what is there at the start, as far as it stands still
  base::Duration settle = std::chrono::seconds(2);
};

class Arrivals final : private Watcher::Owner {
 public:
  // Called with what a directory has; false: the file is known in this version, and nothing is to be done.
  using IsNew = std::function<bool(const std::string& path, const Version& version)>;

  static base::Result<std::unique_ptr<Arrivals>> open(event::Loop& loop, std::vector<Tree> trees,
                                                      ArrivalsOptions options, IsNew is_new, base::Report report);
  virtual ~Arrivals() = default;

  // Takes in what has changed since the last look.
  base::Result<void> look();
  // Wakes the loop when there may be something to look at.
  void arm();

  // A complete file that is there to be read; none: empty.
  std::string take();
  [[nodiscard]] std::size_t waiting() const { return complete_.size(); }
  // Nothing is waited for.
  [[nodiscard]] bool idle() const { return complete_.empty() && candidates_.empty(); }

  // It changed since it was read: it is waited for as if it had just come.
  void wait_for(const std::string& path) { candidates_.try_emplace(path); }

  // Null: none of them.
  [[nodiscard]] const Tree* tree_of(const std::string& path) const;

  // The name does not lead to that file any more, and its tree is the one that it was found in, not a place where
  // nothing is mounted.
  [[nodiscard]] bool is_gone(const std::string& path, const Version& version) const;

  void failed(const base::Error& error);
  [[nodiscard]] std::optional<base::Kind> failure() const { return failure_; }

 private:
  struct Candidate {
    std::optional<Version> version;  // when it was looked at last
    base::Instant since{};           // it is unchanged since then
    bool told = false;               // that it is still open
    bool closed = false;             // its writer has closed it, or it was moved in
  };
  enum class Progress { complete, waiting, gone };

  Arrivals(event::Loop& loop, std::vector<Tree> trees, ArrivalsOptions options, IsNew is_new, base::Report report);
  void file_changed(int watch) override;
  void name_changed(const std::string& directory, const std::string& name, bool is_directory) override;
  void file_arrived(const std::string& directory, const std::string& name) override;
  void all_changed() override { rescan_ = true; }

  void scan(const Tree& tree, const std::string& directory);
  void cannot_list(const Tree& tree, const std::string& directory, const base::Error& error);
  void note(const Tree& tree, const Tree::Entry& entry);
  void look_at_candidates();
  base::Result<Progress> progress_of(const std::string& path, Candidate& candidate);
  bool is_first_complaint(const std::string& path);
  void complain(const std::string& path, const std::string& why);

  std::vector<Tree> trees_;
  ArrivalsOptions options_;
  IsNew is_new_;
  base::Report report_;
  std::unique_ptr<Watcher> watcher_;  // where following
  event::Timer settle_;
  std::map<std::string, Candidate> candidates_;
  std::deque<std::string> complete_;
  std::set<std::string> complained_;  // what is there and cannot be read
  std::set<std::string> seen_;        // of complained_, by this scan
  std::optional<base::Kind> failure_;
  bool rescan_ = true;
  bool missing_ = false;  // a directory cannot be listed
  bool due_ = true;       // the candidates are to be looked at
};

}  // namespace logtail

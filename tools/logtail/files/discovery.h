// Which files are read: those that names lead to, through rotation by renaming, by copying and truncating, and by
// making new ones; and from where, as a checkpoint remembers. It does not read messages.
//
// What is read is a file, not a name. A name that gets another file makes the one it had before its `former`, which is
// read to its end first. A file that is truncated may have been copied before: then its log goes on in the copy, and
// the file begins a new one.
//
// The bodies are in discovery.cc (names), recall.cc (what is remembered) and copies.cc (copies).
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/report.h"
#include "event/loop.h"
#include "tools/logtail/files/file.h"
#include "tools/logtail/files/names.h"
#include "tools/logtail/files/watcher.h"
#include "tools/logtail/memory.h"
#include "tools/logtail/start.h"

namespace logtail {

struct DiscoveryOptions {
  std::vector<std::string> arguments;
  bool follow = false;
  std::string checkpoint;  // never read
  Start start;
};

class Discovery final : private Watcher::Owner {
 public:
  // Looks for the first time.
  static base::Result<std::unique_ptr<Discovery>> open(event::Loop& loop, DiscoveryOptions options, Memory& memory,
                                                       base::Report report);
  virtual ~Discovery() = default;

  // Takes in what has changed since the last look.
  base::Result<void> look();
  // Something is known to have changed.
  [[nodiscard]] bool is_due() const { return rescan_; }
  // Wakes the loop when something changes; only where following.
  void arm() { watcher_->arm(); }

  // ---- files
  [[nodiscard]] const std::map<Inode, FilePtr>& files() const { return files_; }
  [[nodiscard]] const std::vector<FilePtr>& unnamed() const { return unnamed_; }  // to be closed some day
  [[nodiscard]] const std::vector<FilePtr>& held() const { return held_; }        // that may be copies in the making
  // To be read, in this order, and once however often it was marked; null: none.
  [[nodiscard]] FilePtr first_marked() const { return ready_.empty() ? nullptr : ready_.front(); }
  void unmark_first();
  void mark(const FilePtr& file);
  // It was truncated: its log goes on in the copy that was made of it, if there is one, and before what is in it now.
  base::Result<void> restart(File& file);
  // It was read to its end.
  void finish(const FilePtr& file);
  std::vector<std::uint64_t> take_finished() { return std::exchange(finished_, {}); }

  // ---- copies
  [[nodiscard]] bool is_undecided(const File& file) const;
  // True: it is not to be read now. It is marked when it or the other file changes, and is held().
  base::Result<bool> may_be_copy(File& file);

  // ---- what is remembered
  [[nodiscard]] bool owns(const Place& place) const;
  // The file that goes on with a plan's log and holds what was planned; null where none does.
  base::Result<FilePtr> find_planned(const Plan& plan);
  // What is open only for plans is somebody else's business, or a later run's.
  void drop_replayed();

  void failed(const base::Error& error);
  [[nodiscard]] std::optional<base::Kind> failure() const { return failure_; }

 private:
  using Listing = std::multimap<std::uint64_t, std::string>;  // the paths of files, by the number of the inode
  using Listings = std::map<std::string, Listing>;            // by the directory
  struct Name {
    FilePtr file;  // the last one that had it
    bool present = false;
    bool found = false;                                   // by the last scan, present or not
    bool complained = false;                              // that it cannot be opened
    std::optional<std::pair<Inode, std::uint64_t>> shut;  // what was there at the start, and how large, but not opened
  };

  Discovery(DiscoveryOptions options, Memory& memory, base::Report report);

  // ---- names (discovery.cc)
  void file_changed(int watch) override;
  void name_changed(const std::string& directory, const std::string& name, bool is_directory) override;
  void all_changed() override;
  base::Result<void> scan();
  void look_at_names(const std::set<std::string>& directories);
  void tell_of_unmatched();
  void watch(const std::set<std::string>& directories);
  [[nodiscard]] bool is_checkpoint(const std::string& path) const;
  void look_at(const std::string& path);
  void cannot_open(Name& name, base::Error error);
  void complain(Name& name, const base::Error& error);
  base::Result<FilePtr> take_up(const std::string& path);
  void add(const FilePtr& file);

  // ---- what is remembered (recall.cc)
  base::Result<void> place(File& file);
  base::Result<bool> recall(File& file, const Place& place);
  base::Result<void> find_renamed();
  base::Result<FilePtr> find_in_directory(const Place& place, Listings& listings);
  [[nodiscard]] bool was_truncated_under(const Place& place);
  void tell_of_lost(const Place& place, const FilePtr& copy);

  // ---- copies of files that are truncated (copies.cc)
  [[nodiscard]] bool was_there_before(const File& file, const File& other) const;
  base::Result<void> find_original(File& file);
  void count_before_unread(const File& file);
  base::Result<void> catch_up(File& other);
  static base::Result<bool> resembles(File& file, const File& original);
  base::Result<FilePtr> copy_of(const File& lost);
  [[nodiscard]] Place read_of(const Place& place) const;
  base::Result<FilePtr> find_copy(const Place& place);
  base::Result<void> take_over(const FilePtr& copy, const Place& place);
  bool inherit(const File& gone);
  void release(const FilePtr& file);
  static void put_before(const FilePtr& copy, File& file);

  DiscoveryOptions options_;
  Memory& memory_;
  base::Report report_;
  Names names_;
  std::unique_ptr<Watcher> watcher_;  // where following
  std::size_t most_files_;            // that may be open
  std::map<Inode, FilePtr> files_;
  std::map<int, FilePtr> watched_;
  std::map<std::string, Name> by_name_;
  std::multimap<std::uint64_t, Place> remembered_;  // by the number of the inode, and not found yet
  std::deque<FilePtr> ready_;
  std::vector<FilePtr> unnamed_;
  std::vector<FilePtr> held_;
  std::vector<std::uint64_t> finished_;
  std::optional<base::Kind> failure_;
  bool left_out_ = false;     // some files, since there are too many
  bool begins_anew_ = false;  // nothing was remembered at the start
  bool rescan_ = true;
  bool first_scan_ = true;
};

}  // namespace logtail

// The tail of files: follows names through rotation, by renaming, by copying and truncating, and by making new ones.
//
// What is read is a file, not a name. A name that gets another file makes the one it had before its `former`, which is
// read to its end first, and watched until nobody is likely to write to it any more. A file that is truncated may have
// been copied before: then its log goes on in the copy, and the file begins a new one.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/report.h"
#include "base/units.h"
#include "event/loop.h"
#include "tools/logtail/emitter.h"
#include "tools/logtail/files/file.h"
#include "tools/logtail/files/names.h"
#include "tools/logtail/files/reader.h"
#include "tools/logtail/files/watcher.h"
#include "tools/logtail/headers.h"
#include "tools/logtail/memory.h"
#include "tools/logtail/start.h"
#include "tools/logtail/tail.h"

namespace logtail {

struct FilesOptions {
  std::vector<std::string> arguments;
  bool follow = false;
  std::string checkpoint;  // never read; where there is one, half a message at a file's end is left for the next run
  Start start;
  std::size_t max_message = 0;
  Pattern multiline;
  base::Duration multiline_time = std::chrono::seconds(1);
  EmitterOptions emitter;
};

class Files final : public Tail, private Watcher::Owner {
 public:
  static base::Result<std::unique_ptr<Files>> open(event::Loop& loop, FilesOptions options, Headers& headers,
                                                   Memory& memory, base::Report report);
  ~Files() override;

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit, Piece& piece) override;
  base::Result<Replayed> replay(const Plan& plan, stream::Batch& batch, Piece& piece) override;
  [[nodiscard]] bool owns(const Place& place) const override;
  std::vector<std::uint64_t> take_finished() override { return std::exchange(finished_, {}); }
  void stop() override;
  [[nodiscard]] std::string state() const override;
  [[nodiscard]] std::optional<base::Kind> failure() const override { return failure_; }

 private:
  using FilePtr = std::shared_ptr<File>;
  using Listing = std::multimap<std::uint64_t, std::string>;  // the paths of files, by the number of the inode
  using Listings = std::map<std::string, Listing>;            // by the directory
  struct Name {
    FilePtr file;  // the last one that had it
    bool present = false;
    bool found = false;                                   // by the last scan, present or not
    bool complained = false;                              // that it cannot be opened
    std::optional<std::pair<Inode, std::uint64_t>> shut;  // what was there at the start, and how large, but not opened
  };

  Files(event::Loop& loop, FilesOptions options, Headers& headers, Memory& memory, base::Report report);

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
  base::Result<void> place(File& file);
  base::Result<bool> recall(File& file, const Place& place);
  base::Result<void> find_renamed();
  base::Result<FilePtr> find_in_directory(const Place& place, Listings& listings);
  [[nodiscard]] bool was_truncated_under(const Place& place);
  void tell_of_lost(const Place& place, const FilePtr& copy);
  void add(const FilePtr& file);
  void mark(const FilePtr& file);

  // ---- copies of files that are truncated (copies.cc)
  [[nodiscard]] bool is_undecided(const File& file) const;
  base::Result<bool> may_be_copy(File& file);
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

  // ---- reading (files.cc)
  base::Result<stream::Next> read_ready(stream::Batch& batch, std::size_t limit, Piece& piece);
  base::Result<bool> read_chain(File& file, std::uint64_t end, stream::Batch& batch, std::size_t limit, Piece& piece);
  base::Result<bool> read_file(File& file, std::uint64_t end, stream::Batch& batch, std::size_t limit, Piece& piece);
  base::Result<void> note_seen(File& file, std::uint64_t seen);
  base::Result<void> restart(File& file);
  base::Result<bool> skip_hole(File& file, std::uint64_t end, Piece& piece);
  static bool must_wait(File& file, File& former);
  void mark_successors(File& file);
  void give_header(File& file, stream::Batch& batch, Piece& piece);
  [[nodiscard]] Rest rest_of(const File& file) const;
  base::Result<FilePtr> find_planned(const Plan& plan);
  void drop_replayed();
  void await_record(File& file);
  void look_at_waiting();
  [[nodiscard]] bool may_close(const File& file) const;
  void close(const FilePtr& file);
  bool close_all();
  void finish(const FilePtr& file);
  void failed(const base::Error& error);
  void set_timer();

  FilesOptions options_;
  Headers& headers_;
  Memory& memory_;
  base::Report report_;
  Names names_;
  Reader reader_;
  std::unique_ptr<Watcher> watcher_;  // where following
  std::size_t most_files_;            // that may be open
  std::map<Inode, FilePtr> files_;
  std::map<int, FilePtr> watched_;
  std::map<std::string, Name> by_name_;
  std::multimap<std::uint64_t, Place> remembered_;  // by the number of the inode, and not found yet
  std::deque<FilePtr> ready_;
  std::vector<FilePtr> unnamed_;  // to be closed some day
  std::vector<FilePtr> records_;  // with a record that may be whole
  std::vector<FilePtr> held_;     // that may be copies in the making
  std::vector<std::uint64_t> finished_;
  std::optional<base::Kind> failure_;
  stream::Batch below_;  // a header
  event::Timer timer_;
  bool timer_due_ = false;
  bool left_out_ = false;     // some files, since there are too many
  bool begins_anew_ = false;  // nothing was remembered at the start
  bool rescan_ = true;
  bool first_scan_ = true;
  bool reading_ = false;
  bool stopped_ = false;
  bool ended_ = false;
};

}  // namespace logtail

// The ring files that there are: those that were named, and those that appear in directories.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/report.h"
#include "event/loop.h"
#include "net/url.h"
#include "tools/logcat/ring/ring_file.h"

namespace logcat {

struct OpenRingFile : std::enable_shared_from_this<OpenRingFile> {
  struct Lane {
    bool more = false;         // there was no room for all that its ring has
    std::uint64_t copied = 0;  // of the ring, at the last look
    std::uint64_t told = 0;    // of the events that its front() says were lost: the sink has them
  };

  OpenRingFile(std::unique_ptr<RingFile> opened, std::size_t order) : file(std::move(opened)), number(order) {}

  std::unique_ptr<RingFile> file;
  std::size_t number;             // in the order in which they were found
  bool broken = false;            // nothing more is read there
  std::vector<Lane> lanes = {};   // of its rings
  base::Instant next_check = {};  // whether the program lives
  base::Duration check_after = base::Duration::zero();
};

class RingFiles {
 public:
  using Files = std::map<std::string, std::shared_ptr<OpenRingFile>>;  // by path

  // `on_news`: something may have appeared.
  RingFiles(event::Loop& loop, base::Duration poll, std::function<void()> on_news, base::Report report);

  // A ring file, which must be fit to be read, or a directory.
  base::Result<void> add(const net::Url& url);

  // Finds what is new.
  void discover();
  // Files whose program has ended, and of which each event has a receipt, are removed. Programs are not looked for each
  // time: more and more seldom where nothing happens, and at last once a second.
  void remove_done();
  // Something came of it: its program is looked for soon.
  void touch(OpenRingFile& open);
  // Nothing more is read of it.
  void give_up(OpenRingFile& open, const base::Error& error);

  [[nodiscard]] const Files& all() const { return files_; }
  [[nodiscard]] std::shared_ptr<OpenRingFile> find(std::uint64_t instance) const;
  // No file can come any more.
  [[nodiscard]] bool ended() const { return directories_.empty() && files_.empty(); }
  // How long to wait, where there is no file, before the next discover() when no news come.
  [[nodiscard]] base::Duration patience() const;

 private:
  void look_into(const std::string& directory);
  void try_open(const std::string& path);
  void watch_directory(const std::string& directory);
  void take_news();

  base::Duration poll_;
  std::function<void()> on_news_;
  base::Report report_;
  std::vector<std::string> directories_;
  base::Fd inotify_;
  std::unique_ptr<event::Io> news_;
  bool unwatched_ = false;  // some directory is
  bool has_news_ = true;
  base::Instant next_look_{};
  Files files_;
  std::size_t found_ = 0;
  std::set<std::string> told_;  // that another process has them, or that they are unfit
  std::set<std::string> unfit_;
};

}  // namespace logcat

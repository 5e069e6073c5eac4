// Tells what changed among files and in directories: one inotify(7) instance for all of them, and where that cannot
// be, a look each second.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "base/fd.h"
#include "base/report.h"
#include "base/result.h"
#include "event/loop.h"

namespace logtail {

class Watcher {
 public:
  class Owner {
   public:
    virtual void file_changed(int watch) = 0;
    // Something appeared, a name was taken away, or who may read it was changed.
    virtual void name_changed(const std::string& directory, const std::string& name, bool is_directory) = 0;
    // A file was closed by somebody who could write to it, or was moved to this name; where this is asked for.
    virtual void file_arrived(const std::string& /*directory*/, const std::string& /*name*/) {}
    // Anything may have changed.
    virtual void all_changed() = 0;

   protected:
    ~Owner() = default;
  };

  static base::Result<std::unique_ptr<Watcher>> open(event::Loop& loop, base::Report report);

  // A number for the file that is open as `fd`; two open files that are the same one have the same number. -1: it is
  // looked at each second.
  int watch_file(int fd);
  void forget_file(int watch);
  // And that none of those that it is in is renamed. May be called again for the same one, also under other names.
  // False: it is not there.
  bool watch_directory(const std::string& path);
  // Directories are watched that were not when this was last asked: what appeared in them just before is not told.
  bool take_grown() { return std::exchange(grown_, false); }
  // In directories that are watched from now on.
  void tell_of_arrivals() { arrivals_ = true; }
  // Look each second, since not every change is told of: symbolic links, network file systems.
  void poll() { polling_ = true; }

  // Tells `owner` what changed since this was last called. Nothing waits for it.
  base::Result<void> tell(Owner& owner);
  // Something was not told yet.
  [[nodiscard]] bool pending() const { return pending_; }
  // From now on, until something changes: wakes the loop then, once.
  void arm();

 private:
  Watcher(event::Loop& loop, base::Fd inotify, base::Report report);
  void limit_reached(int error);
  void watch_ancestors(std::string path);
  base::Result<void> drain(Owner& owner);
  void tell_of_directory(Owner& owner, int watch, std::uint32_t mask, const std::string& name);

  base::Fd inotify_;
  base::Report report_;
  event::Io readable_;
  event::Timer look_;
  std::map<int, std::set<std::string>> directories_;  // and their names; none: only moves of it matter
  bool pending_ = true;
  bool look_due_ = false;
  bool arrivals_ = false;
  bool polling_ = false;
  bool grown_ = false;
  bool told_ = false;
};

}  // namespace logtail

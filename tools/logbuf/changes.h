// Wakes an event loop when a buffer may have changed: inotify(7), no polling.
//
// Every commit ends with a write to the file of leases, when it can be seen. A process that is killed just before that
// leaves only its writes to the data file, which come a moment before the commit can be seen: after each of those the
// loop is woken once more. A process that ends closes its file of leases, however it ends: that wakes the loop too, and
// by then the process's leases are gone.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/fd.h"
#include "base/result.h"
#include "event/loop.h"

namespace logbuf {

class Changes {
 public:
  // `directory` is the buffer's. `told`, where set, is called inside Loop::wait when something may have changed.
  static base::Result<std::unique_ptr<Changes>> watch(event::Loop& loop, const std::string& directory,
                                                      std::function<void()> told = {});

  // Something may have changed since this was last asked.
  bool take() { return std::exchange(changed_, false); }

 private:
  Changes(event::Loop& loop, base::Fd inotify, std::function<void()> told);
  void drain();
  void tell();

  base::Fd inotify_;
  std::function<void()> told_;
  bool changed_ = true;
  event::Io watcher_;
  event::Timer later_;
};

}  // namespace logbuf

// Wakes an event loop when a buffer may have changed: inotify(7) on its data file, no polling.
//
// A commit's last write comes a moment before its readers can see it. So after each event the loop is woken twice more,
// shortly after.
#pragma once

#include <memory>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "event/loop.h"

namespace logbuf {

class Changes {
 public:
  static base::Result<std::unique_ptr<Changes>> watch(event::Loop& loop, const std::string& path);

  // Something may have changed since this was last asked.
  bool take() { return std::exchange(changed_, false); }

 private:
  Changes(event::Loop& loop, base::Fd inotify);
  void drain();

  base::Fd inotify_;
  bool changed_ = true;
  event::Io watcher_;
  event::Timer soon_;
  event::Timer later_;
};

}  // namespace logbuf

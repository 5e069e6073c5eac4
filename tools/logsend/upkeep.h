// A thread that compresses and removes rotated files, one name after the other, while others are written.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/units.h"
#include "tools/logsend/open_below.h"
#include "tools/logsend/rotation.h"

namespace logsend {

class Upkeep {
 public:
  explicit Upkeep(const RotationOptions& options);
  // Stops in the middle of a file; what is left is found by the next tend() of its name, in whatever process.
  ~Upkeep();
  Upkeep(const Upkeep&) = delete;
  Upkeep& operator=(const Upkeep&) = delete;

  // Some time after this. Names that wait are bounded; one more is left to its next rotation.
  void tend(const FilePlace& place);
  // What failed since this was last asked; the same only once.
  [[nodiscard]] std::vector<std::string> take_errors();
  // Waits until all is done, but not longer than this.
  void finish(base::Duration time);

 private:
  void run();

  const RotationOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, FilePlace> waiting_;  // by path
  bool working_ = false;
  std::atomic<bool> cancelled_ = false;
  std::vector<std::string> errors_;
  std::string last_error_;
  std::thread thread_;  // last: it uses the others
};

}  // namespace logsend

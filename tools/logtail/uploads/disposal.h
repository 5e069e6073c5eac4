// What becomes of an upload when all of it is safe: it is removed, moved to another directory, or left where it is.
// Only in the version that was read, and never over a file of the same name.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/report.h"
#include "base/result.h"
#include "tools/logtail/uploads/tree.h"
#include "tools/logtail/uploads/version.h"

namespace logtail {

// "delete", "keep" or "move:DIRECTORY".
struct After {
  enum class Kind { erase, move, keep };
  Kind kind = Kind::keep;
  std::string directory;  // of move
};
base::Result<After> parse_after(const std::string& text);

class Disposal {
 public:
  // The directory to move to has to be there, and on the file system of the trees that are.
  static base::Result<Disposal> open(After after, const std::vector<Tree>& trees);

  enum class Outcome {
    done,
    changed,  // it is not in that version any more
    written,  // somebody has it open for writing
    missing,  // the name is gone, or is another file's
  };
  // Durable only after sync().
  base::Result<Outcome> dispose(const Tree& tree, const std::string& path, const Version& version);
  base::Result<void> sync();

  [[nodiscard]] bool keeps() const { return after_.kind == After::Kind::keep; }

 private:
  explicit Disposal(After after) : after_(std::move(after)) {}
  [[nodiscard]] static bool is_read(const Tree& tree, const std::string& directory);
  base::Result<void> move(const base::Fd& from, const Tree& tree, const std::string& path);
  base::Result<base::Fd> enter_target(const std::string& below);
  base::Result<void> to_sync(bool source, const base::Fd& directory, const std::string& name);

  After after_;
  base::Fd target_;
  // Directories, by name: those that files were moved to come before those that they came from, since the other order
  // could lose both names.
  std::map<std::pair<bool, std::string>, base::Fd> unsynced_;
};

}  // namespace logtail

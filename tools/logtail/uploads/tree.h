// A directory into which others put files: what is in it, opened and taken away below it without following a symbolic
// link, since whoever may write there chooses the names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace logtail {

// Names that programs give to what is not finished: those that begin with a dot, and .part, .tmp, .filepart.
bool is_unfinished_name(std::string_view name);

class Tree {
 public:
  // `argument`: a directory, or a directory and a pattern for the names of files in it.
  Tree(const std::string& argument, bool recursive);

  [[nodiscard]] const std::string& root() const { return root_; }

  // Of the root; 0: it is not there.
  [[nodiscard]] std::uint64_t device() const;

  enum class EntryKind { file, directory, link, other };
  struct Entry {
    std::string path;
    EntryKind kind;
  };
  // What is in a directory of the tree, by its full path; without what is_wanted() would not have. Of directories, none
  // where the search is not recursive.
  [[nodiscard]] base::Result<std::vector<Entry>> list(const std::string& directory) const;

  // A file of this name is one of those to be read: it matches the pattern, and is no unfinished name.
  [[nodiscard]] bool is_wanted(const std::string& path) const;
  // A directory of this name is searched.
  [[nodiscard]] bool is_searched(const std::string& directory) const;
  // The path is in the tree, whatever its name.
  [[nodiscard]] bool covers(const std::string& path) const;
  // Of a path that it covers: what comes after the root.
  [[nodiscard]] std::string below_root(const std::string& path) const;

  // For reading. Kind::no_input: it is not there, or is no regular file.
  [[nodiscard]] base::Result<base::Fd> open(const std::string& path) const;
  // The directory of a path that it covers.
  [[nodiscard]] base::Result<base::Fd> open_directory_of(const std::string& path) const;

 private:
  [[nodiscard]] base::Result<base::Fd> open_directory(const std::string& directory) const;

  std::string root_;
  std::string pattern_;  // of names; empty: all
  bool recursive_;
};

// A directory below an open one, without following a symbolic link. `make`: made where it is not there.
base::Result<base::Fd> enter_directory(const base::Fd& from, const std::string& name, bool make);

}  // namespace logtail

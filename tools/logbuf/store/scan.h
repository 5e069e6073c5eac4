// Finds the chunks in a data file by what they say of themselves (chunk.h), whatever became of the tree that pointed to
// them.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tools/logbuf/store/chunk.h"

namespace logbuf {

class Scan {
 public:
  static base::Result<Scan> open(const std::string& path);

  // Every whole chunk once, by id; views into this object. Where two claim the same ids (a commit that a crash cut off,
  // and the one that took its place), the one accepted later stands.
  [[nodiscard]] std::vector<Chunk> chunks() const;

 private:
  struct Unmap {
    std::size_t size = 0;
    void operator()(const char* bytes) const noexcept;
  };
  Scan() = default;
  std::unique_ptr<const char, Unmap> bytes_{nullptr, Unmap{}};
};

}  // namespace logbuf

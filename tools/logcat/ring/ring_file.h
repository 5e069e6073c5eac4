// A ring file that a program's mulog writes (docs/format-ring.md), or has written: its rings, and their events as JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "mulog/layout.h"
#include "tools/logcat/ring/event_counts.h"
#include "tools/logcat/ring/rendering.h"
#include "tools/logcat/ring/ring.h"
#include "tools/logcat/ring/site.h"

namespace logcat {

class RingFile {
 public:
  // Kind::unavailable: another reader has it. Kind::data: it is no such file, or damaged; the reason says it.
  static base::Result<std::unique_ptr<RingFile>> open(const std::string& path);
  ~RingFile();
  RingFile(const RingFile&) = delete;
  RingFile& operator=(const RingFile&) = delete;

  // Finds the rings that there are by now.
  base::Result<void> refresh();
  [[nodiscard]] std::size_t rings() const { return rings_.size(); }

  [[nodiscard]] Ring& ring(std::size_t index) { return rings_[index]; }
  // Ring::fill().
  base::Result<Ring::Filled> fill(std::size_t ring, std::size_t most);
  // Appends the ring's front() to `out`, as JSON on one line.
  base::Result<void> render(std::size_t ring, std::string& out);
  // The ring's front(), which render() has found to be sound.
  void count(std::size_t ring, EventCounts& counts);
  // The event that says how many events before the ring's front() were overwritten.
  [[nodiscard]] std::string render_loss(std::size_t ring, std::uint64_t events);

  // Each event that was written so far has a receipt.
  [[nodiscard]] bool is_safe() const;
  // The program has ended, and each of its events has a receipt.
  [[nodiscard]] bool is_done() const;
  // Removes it, where it still is what this has read.
  base::Result<void> remove();

  [[nodiscard]] const std::string& path() const { return path_; }
  // Random, and of this file alone.
  [[nodiscard]] std::uint64_t instance() const { return instance_; }

 private:
  class Mapping;

  RingFile(std::string path, base::Fd fd);
  base::Result<void> start();
  base::Result<void> check_head(std::uint64_t size) const;
  base::Result<std::uint64_t> size() const;
  base::Result<const Site*> site(std::uint32_t word);
  base::Result<const Rendering*> rendering(const Ring::Record& record);
  base::Result<const Rendering*> find_rendering(const Ring::Record& record);
  [[nodiscard]] codec::Flake id(std::size_t ring, std::uint64_t time, std::uint64_t number) const;
  [[nodiscard]] bool program_lives() const;
  [[nodiscard]] base::Error error(const base::Error& cause) const;

  std::string path_;
  base::Fd fd_;
  std::uint64_t instance_ = 0;
  std::uint32_t pid_ = 0;
  std::vector<Mapping> pages_;  // the file's head, then the rings'
  std::vector<Ring> rings_;
  std::unordered_map<std::uint32_t, Site> sites_;
  std::unordered_map<std::string, Rendering> renderings_;  // by the bytes of the numbers of contexts and call site
  std::vector<const Rendering*> plain_;  // of these, those without contexts, by the number of their call site
  std::string key_;
};

}  // namespace logcat

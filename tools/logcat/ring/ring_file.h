// A ring file that a program's mulog writes (docs/format-ring.md), or has written: its rings, and their events as JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "mulog/layout.h"
#include "tools/logcat/ring/rendering.h"
#include "tools/logcat/ring/ring.h"
#include "tools/logcat/ring/site.h"

namespace logcat {

class RingFile {
 public:
  struct Event {
    std::size_t ring;
    std::uint64_t time;     // ns since 1970
    std::uint64_t safe_by;  // the number to acknowledge when it is safe
    std::string_view json;  // valid during the call
  };
  using Take = std::function<void(const Event&)>;

  // Kind::unavailable: another reader has it. Kind::data: it is no such file, or damaged; the reason says it.
  static base::Result<std::unique_ptr<RingFile>> open(const std::string& path);
  ~RingFile();
  RingFile(const RingFile&) = delete;
  RingFile& operator=(const RingFile&) = delete;

  // Finds the rings that there are by now.
  base::Result<void> refresh();
  [[nodiscard]] std::size_t rings() const { return rings_.size(); }

  // Takes events of a ring that are there now; false: there were none. What was overwritten unread becomes an event
  // too.
  base::Result<bool> read(std::size_t ring, const Take& take);

  // All of the ring's events before this number are safe.
  void acknowledge(std::size_t ring, std::uint64_t number) { rings_[ring].acknowledge(number); }

  // The program has ended, and each of its events has a receipt.
  [[nodiscard]] bool is_done() const;
  // Removes it, where it still is what this has read.
  base::Result<void> remove();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  class Mapping;

  RingFile(std::string path, base::Fd fd);
  base::Result<void> start();
  base::Result<void> check_head(std::uint64_t size) const;
  base::Result<std::uint64_t> size() const;
  base::Result<const Site*> site(std::uint32_t word);
  base::Result<const Rendering*> rendering(const Ring::Record& record);
  base::Result<void> take(std::size_t ring, const Ring::Record& record, const Take& take);
  [[nodiscard]] bool program_lives() const;
  [[nodiscard]] base::Error error(const base::Error& cause) const;

  std::string path_;
  base::Fd fd_;
  std::vector<Mapping> pages_;  // the file's head, then the rings'
  std::vector<Ring> rings_;
  std::unordered_map<std::uint32_t, Site> sites_;
  std::unordered_map<std::string, Rendering> renderings_;  // by the bytes of the numbers of contexts and call site
  std::string key_;
  std::string json_;
};

}  // namespace logcat

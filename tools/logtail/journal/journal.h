// The systemd journal. libsystemd is loaded when the first journal is opened, so that nobody else needs it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace logtail {

struct JournalPlace {
  std::string directory;             // empty: this machine's journal
  std::string name_space;            // of that; empty: the default one
  std::vector<std::string> matches;  // FIELD=VALUE: one of those of a field, for each field
};

class Journal {
 public:
  // Kind::unavailable where libsystemd is not there. Values of fields are cut at `longest` bytes.
  static base::Result<std::unique_ptr<Journal>> open(const JournalPlace& place, std::size_t longest);
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  ~Journal();

  // ---- where to read; the first entry is the one that next() goes to
  base::Result<void> seek_head();
  base::Result<void> seek_last(std::uint64_t count);
  base::Result<void> seek_time(std::uint64_t microseconds);  // since 1970
  // To the entry itself, or the one after it where it is gone.
  base::Result<void> seek_cursor(const std::string& cursor);

  // False: there is none now.
  base::Result<bool> next();
  base::Result<bool> previous();
  // How many there were.
  base::Result<std::uint64_t> skip(std::uint64_t count);

  // ---- the entry that next() went to
  [[nodiscard]] base::Result<std::string> cursor() const;
  [[nodiscard]] bool is_at(const std::string& cursor) const;
  [[nodiscard]] base::Result<std::uint64_t> time() const;  // in microseconds
  void begin_fields();
  // FIELD=VALUE, good until the next call; nothing: that was all.
  base::Result<std::optional<std::string_view>> next_field();
  // The value of some field was longer.
  [[nodiscard]] bool has_cut() const { return has_cut_; }

  // ---- to wait
  [[nodiscard]] int fd() const { return fd_; }
  // Files came or went. To be called when fd() is readable.
  base::Result<bool> take_changes();
  // Whether fd() does not tell of everything.
  [[nodiscard]] bool must_be_looked_at() const;

 private:
  struct Handle;
  Journal(std::unique_ptr<Handle> handle, std::size_t longest);
  base::Result<void> prepare(const JournalPlace& place);

  std::unique_ptr<Handle> handle_;
  std::size_t longest_;
  bool has_cut_ = false;
  int fd_ = -1;
};

}  // namespace logtail

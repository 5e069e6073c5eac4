// The file behind --checkpoint: what is remembered, so that it survives a kill and, where it says so, a crash of the
// machine.
//
// Its first line is "logtail checkpoint 2 UUID"; then come units, each a line "LENGTH CHECKSUM" (decimal, and eight
// hexadecimal digits) and LENGTH bytes: records of memory.h. A unit is what was added at once, and is synced before the
// next one; now and then all is written anew as a single unit, to another file that takes this one's place. A last unit
// that is not whole was being written when the machine or the process died, and counts as never written. One with whole
// units behind it is damage. Format 1, a checksum before each record and no units, is still read.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/report.h"
#include "base/result.h"
#include "tools/logtail/memory.h"

namespace logtail {

class Checkpoint {
 public:
  // Made where it is missing. Locked: a second process gets Kind::temporary. Damage is Kind::data; what was being
  // written at a crash is dropped, and said to `report`.
  static base::Result<std::unique_ptr<Checkpoint>> open(const std::string& path, const base::Report& report);

  // Changes are written by save() or plan().
  Memory& memory() { return memory_; }
  [[nodiscard]] const std::string& uuid() const { return uuid_; }

  // What decides where messages end. Plans made under other options cannot be followed: they are dropped, and what they
  // were for is read again under new ids. True when there were some.
  base::Result<bool> cut_by(const std::string& options);
  base::Result<void> drop_plans();

  // Durable when it returns, together with what changed before.
  base::Result<void> plan(const std::vector<Plan>& plans);
  void done(std::uint64_t log);
  base::Result<void> save();

 private:
  explicit Checkpoint(std::string path) : path_(std::move(path)) {}
  base::Result<bool> open_locked();
  base::Result<bool> make();
  base::Result<void> load(const base::Report& report);
  base::Result<std::string_view> take_first_line(std::string_view text);
  base::Result<void> take_units(std::string_view text, const base::Report& report);
  base::Result<void> take_sealed_lines(std::string_view text);
  base::Result<void> take_records(std::string_view records);
  [[nodiscard]] tl::unexpected<base::Error> damaged(const std::string& where, const std::string& why) const;
  base::Result<void> append(const std::string& records);
  base::Result<void> rewrite();
  base::Result<base::Fd> write_fresh(const std::string& path, std::string_view text);
  std::string changes();

  std::string path_;
  base::Fd fd_;
  std::string uuid_;
  Memory memory_;
  std::uint64_t size_ = 0;
  std::uint64_t size_rewritten_ = 0;
  std::uint64_t safe_written_ = 0;
  std::string done_;     // records
  bool failed_ = false;  // the last write
};

}  // namespace logtail

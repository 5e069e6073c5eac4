// The file behind --checkpoint: what is remembered, so that it survives a kill and, where it says so, a crash of the
// machine.
//
// Its first line is "logtail checkpoint 1 UUID"; then come the records of memory.h, each behind the checksum of its
// text (eight hexadecimal digits and a space). Records are only added; now and then all is written anew, to another
// file that takes this one's place. A last record that is not whole was being written when the machine or the process
// died, and counts as never written.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "tools/logtail/memory.h"

namespace logtail {

class Checkpoint {
 public:
  // Made where it is missing. Locked: a second process gets Kind::temporary. Damage is Kind::data.
  static base::Result<std::unique_ptr<Checkpoint>> open(const std::string& path);

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
  base::Result<void> load();
  base::Result<void> take(std::string_view text);
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

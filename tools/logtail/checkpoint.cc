#include "tools/logtail/checkpoint.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>

#include "base/io.h"
#include "base/ownership.h"
#include "base/quote.h"
#include "base/units.h"
#include "tools/logtail/files/names.h"

namespace logtail {
namespace {

using base::Kind;
using base::Result;

constexpr std::string_view kFirstLine = "logtail checkpoint 2 ";
constexpr std::string_view kFirstLineBefore = "logtail checkpoint 1 ";
constexpr std::uint64_t kRewriteAt = 256 << 10;
constexpr std::size_t kSumLength = 8;
constexpr std::size_t kUuidLength = 32;
constexpr std::string_view kHex = "0123456789abcdef";

void append_hex(std::string& out, std::uint64_t value, int digits) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += kHex[(value >> shift) & 15];
}

Result<std::string> new_uuid() {
  std::array<std::uint64_t, 2> random{};
  if (::getrandom(random.data(), sizeof random, 0) != static_cast<ssize_t>(sizeof random))
    return base::fail_errno(errno, "get random bytes");
  std::string text;
  append_hex(text, random[0], 16);
  append_hex(text, random[1], 16);
  return text;
}

std::string checksum(std::string_view record) {
  std::string sum;
  append_hex(sum, XXH3_64bits(record.data(), record.size()), kSumLength);
  return sum;
}

std::string unit_of(std::string_view records) {
  return std::to_string(records.size()) + " " + checksum(records) + "\n" + std::string(records);
}

// Takes a unit off the front and gives its records; nothing where there is no whole one.
std::optional<std::string_view> take_unit(std::string_view& text) {
  const std::size_t lf = text.substr(0, 32).find('\n');
  if (lf == std::string_view::npos || lf <= kSumLength) return std::nullopt;
  const auto length = base::parse_number(text.substr(0, lf - kSumLength - 1));
  if (!length || *length > text.size() - lf - 1) return std::nullopt;
  const std::string_view records = text.substr(lf + 1, *length);
  if (text.substr(lf - kSumLength - 1, kSumLength + 1) != " " + checksum(records)) return std::nullopt;
  text.remove_prefix(lf + 1 + *length);
  return records;
}

bool has_unit(std::string_view text) {
  for (std::size_t lf = 0; (lf = text.find('\n', lf)) != std::string_view::npos;) {
    std::string_view rest = text.substr(++lf);
    if (take_unit(rest)) return true;
  }
  return false;
}

// Not flock(2): a child that was forked and has not yet executed its program would hold that, when we are killed.
bool lock(int fd) {
  struct flock all {};
  all.l_type = F_WRLCK;
  all.l_whence = SEEK_SET;
  return ::fcntl(fd, F_SETLK, &all) == 0;
}

}  // namespace

Result<std::unique_ptr<Checkpoint>> Checkpoint::open(const std::string& path, const base::Report& report) {
  std::unique_ptr<Checkpoint> checkpoint(new Checkpoint(path));
  while (!TRY(checkpoint->open_locked())) {
  }
  TRY(checkpoint->load(report));
  TRY(checkpoint->rewrite());
  return checkpoint;
}

// False when another process has put a new file in this one's place since it was opened.
Result<bool> Checkpoint::open_locked() {
  const std::string what = "open checkpoint " + path_;
  fd_ = base::Fd(::open(path_.c_str(), O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!fd_ && errno == ENOENT) return make();
  if (!fd_) return base::fail_errno(errno, what);
  if (!lock(fd_.get())) {
    if (errno != EAGAIN && errno != EACCES) return base::fail_errno(errno, what);
    return base::fail(Kind::temporary, what, "another logtail uses it; give each its own, or stop that one");
  }
  struct stat opened {};
  struct stat named {};
  if (::fstat(fd_.get(), &opened) != 0) return base::fail_errno(errno, what);
  if (!S_ISREG(opened.st_mode)) return base::fail(Kind::cannot_create, what, "it is not a regular file");
  return ::stat(path_.c_str(), &named) == 0 && named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

// False: it is there now, made by this process or another.
Result<bool> Checkpoint::make() {
  const std::string what = "create checkpoint " + path_;
  const base::Fd fd(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0666));
  if (!fd && errno == EEXIST) return false;
  if (!fd && errno == ENOENT) return base::fail_errno(Kind::cannot_create, errno, what);
  if (!fd) return base::fail_errno(errno, what);
  TRY(base::adopt_directory(fd.get(), directory_of(path_), path_));
  return false;
}

Result<void> Checkpoint::load(const base::Report& report) {
  std::string text;
  std::array<char, 65536> block;
  for (bool end = false; !end;) {
    const base::Transfer got = TRY(base::read_at(fd_.get(), block, text.size(), "checkpoint " + path_));
    text.append(block.data(), got.bytes);
    end = got.end || !(text.starts_with(kFirstLine) || text.starts_with(kFirstLineBefore));
  }
  if (text.empty()) {
    uuid_ = TRY(new_uuid());
    return {};
  }
  const std::string_view rest = TRY(take_first_line(text));
  return text.starts_with(kFirstLine) ? take_units(rest, report) : take_sealed_lines(rest);
}

tl::unexpected<base::Error> Checkpoint::damaged(const std::string& where, const std::string& why) const {
  return base::fail(Kind::data, "read checkpoint " + path_,
                    where + " " + why + "; to begin anew, which sends again what is still there, remove the file");
}

Result<std::string_view> Checkpoint::take_first_line(std::string_view text) {
  const std::size_t lf = text.find('\n');
  if (lf == std::string_view::npos || !(text.starts_with(kFirstLine) || text.starts_with(kFirstLineBefore)))
    return damaged("line 1", "is not one of logtail's");
  uuid_ = text.substr(kFirstLine.size(), lf - kFirstLine.size());
  if (uuid_.size() != kUuidLength || uuid_.find_first_not_of(kHex) != std::string::npos)
    return damaged("line 1", "is damaged");
  return text.substr(lf + 1);
}

// The first unit was synced before the file had its name; so what is not whole in it is damage.
Result<void> Checkpoint::take_units(std::string_view text, const base::Report& report) {
  const std::size_t size = text.size();
  while (!text.empty()) {
    const auto records = take_unit(text);
    if (!records && (text.size() == size || has_unit(text)))
      return damaged("byte " + std::to_string(kFirstLine.size() + kUuidLength + 1 + size - text.size()),
                     "is in a damaged part");
    if (!records) {
      report(base::Level::warning, "read checkpoint " + path_ + ": its last " + base::count_of(text.size(), "byte") +
                                       " were being written when the machine stopped; they are dropped");
      return {};
    }
    TRY(take_records(*records));
  }
  return {};
}

// Format 1. A last line that is not whole counts as never written.
Result<void> Checkpoint::take_sealed_lines(std::string_view text) {
  for (std::size_t number = 2; !text.empty(); ++number) {
    const std::size_t lf = text.find('\n');
    const std::string_view line = text.substr(0, lf);
    text.remove_prefix(lf == std::string_view::npos ? text.size() : lf + 1);
    const std::string_view record = line.substr(std::min(kSumLength + 1, line.size()));
    const bool whole = lf != std::string_view::npos && line.starts_with(checksum(record) + " ");
    if (!whole && text.empty()) return {};
    if (!whole) return damaged("line " + std::to_string(number), "is damaged");
    TRY(take_records(std::string(record) + "\n"));
  }
  return {};
}

Result<void> Checkpoint::take_records(std::string_view records) {
  while (!records.empty()) {
    const std::string_view record = records.substr(0, records.find('\n'));
    records.remove_prefix(std::min(record.size() + 1, records.size()));
    if (!memory_.take(record))
      return damaged("the record " + base::quote(record), "is not understood; a newer logtail may have written it");
  }
  return {};
}

Result<bool> Checkpoint::cut_by(const std::string& options) {
  if (memory_.cut_options() == options) return false;
  const bool dropped = !memory_.plans().empty();
  memory_.drop_plans();
  memory_.cut_by(options);
  TRY(rewrite());
  return dropped;
}

Result<void> Checkpoint::drop_plans() {
  if (memory_.plans().empty()) return {};
  memory_.drop_plans();
  return rewrite();
}

Result<void> Checkpoint::plan(const std::vector<Plan>& plans) {
  std::string records = changes();
  for (const Plan& plan : plans) {
    memory_.planned(plan);
    records += text_of(plan);
  }
  return append(records);
}

void Checkpoint::done(std::uint64_t log) {
  memory_.done(log);
  done_ += "done " + std::to_string(log) + "\n";
}

Result<void> Checkpoint::save() {
  return append(changes());
}

std::string Checkpoint::changes() {
  std::string records;
  for (const std::uint64_t log : memory_.take_changed()) records += text_of(memory_.places().at(log));
  if (memory_.safe_id() > safe_written_) {
    safe_written_ = memory_.safe_id();
    records += "safe " + std::to_string(safe_written_) + "\n";
  }
  return records + std::exchange(done_, {});
}

Result<void> Checkpoint::append(const std::string& records) {
  if (records.empty()) return {};
  const std::string text = unit_of(records);
  if (failed_ || (size_ + text.size() > kRewriteAt && size_ > 2 * size_rewritten_)) return rewrite();
  failed_ = true;  // there may be half a unit, and none may stand behind it
  TRY(base::write_all(fd_.get(), text, "checkpoint " + path_));
  TRY(base::sync_data(fd_.get(), "checkpoint " + path_));
  failed_ = false;
  size_ += text.size();
  return {};
}

Result<void> Checkpoint::rewrite() {
  failed_ = true;
  const std::string what = "write checkpoint " + path_;
  const std::string fresh = path_ + ".new";
  const std::string text = std::string(kFirstLine) + uuid_ + "\n" + unit_of(memory_.text());
  auto fd = write_fresh(fresh, text);
  if (fd && ::rename(fresh.c_str(), path_.c_str()) != 0) fd = base::fail_errno(Kind::cannot_create, errno, what);
  if (!fd) {
    (void)::unlink(fresh.c_str());
    return tl::unexpected(std::move(fd.error()));
  }
  TRY(base::sync_directory(directory_of(path_)));
  fd_ = std::move(*fd);
  size_ = size_rewritten_ = text.size();
  failed_ = false;
  return {};
}

Result<base::Fd> Checkpoint::write_fresh(const std::string& path, std::string_view text) {
  const std::string what = "write checkpoint " + path;
  (void)::unlink(path.c_str());  // of one that was killed here, and may have been somebody else's
  base::Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666));
  if (!fd) return base::fail_errno(Kind::cannot_create, errno, what);
  const auto set = base::set_ownership(fd.get(), TRY(base::ownership_of(path_)), path);
  if (!set && set.error().code != EPERM) return tl::unexpected(set.error());  // its own user can go on in any case
  if (!lock(fd.get())) return base::fail_errno(errno, what);
  TRY(base::write_all(fd.get(), text, "checkpoint " + path_));
  if (::fsync(fd.get()) != 0) return base::fail_errno(errno, what);
  return fd;
}

}  // namespace logtail

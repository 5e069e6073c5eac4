#include "tools/logtail/checkpoint.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "base/io.h"
#include "base/ownership.h"
#include "tools/logtail/names.h"

namespace logtail {
namespace {

using base::Kind;
using base::Result;

constexpr std::string_view kFirstLine = "logtail checkpoint 1 ";
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

// Puts its checksum before each record.
std::string sealed(std::string_view records) {
  std::string text;
  while (!records.empty()) {
    const std::string_view record = records.substr(0, records.find('\n'));
    records.remove_prefix(record.size() + 1);
    text.append(checksum(record)).append(" ").append(record).append("\n");
  }
  return text;
}

// Not flock(2): a child that was forked and has not yet executed its program would hold that, when we are killed.
bool lock(int fd) {
  struct flock all {};
  all.l_type = F_WRLCK;
  all.l_whence = SEEK_SET;
  return ::fcntl(fd, F_SETLK, &all) == 0;
}

}  // namespace

Result<std::unique_ptr<Checkpoint>> Checkpoint::open(const std::string& path) {
  std::unique_ptr<Checkpoint> checkpoint(new Checkpoint(path));
  while (!TRY(checkpoint->open_locked())) {
  }
  TRY(checkpoint->load());
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

Result<void> Checkpoint::load() {
  std::string text;
  std::array<char, 65536> block;
  for (bool end = false; !end;) {
    const base::Transfer got = TRY(base::read_at(fd_.get(), block, text.size(), "checkpoint " + path_));
    text.append(block.data(), got.bytes);
    end = got.end || !text.starts_with(kFirstLine);
  }
  if (!text.empty()) return take(text);
  uuid_ = TRY(new_uuid());
  return {};
}

Result<void> Checkpoint::take(std::string_view text) {
  const auto damaged = [this](std::size_t line, const std::string& why) {
    return base::fail(Kind::data, "read checkpoint " + path_,
                      "line " + std::to_string(line) + " " + why +
                          "; to begin anew, which sends again what is still there, remove the file");
  };
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t lf = text.find('\n');
    const std::string_view line = text.substr(0, lf);
    text.remove_prefix(lf == std::string_view::npos ? text.size() : lf + 1);
    if (number == 1) {
      if (!line.starts_with(kFirstLine) || lf == std::string_view::npos) return damaged(1, "is not one of logtail's");
      uuid_ = line.substr(kFirstLine.size());
      if (uuid_.size() != kUuidLength || uuid_.find_first_not_of(kHex) != std::string::npos)
        return damaged(1, "is damaged");
      continue;
    }
    const std::string_view record = line.substr(std::min(kSumLength + 1, line.size()));
    const bool whole = lf != std::string_view::npos && line.starts_with(checksum(record) + " ");
    if (!whole && text.empty()) return {};
    if (!whole) return damaged(number, "is damaged");
    if (!memory_.take(record)) return damaged(number, "is not understood; a newer logtail may have written it");
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
  const std::string text = sealed(records);
  if (failed_ || (size_ + text.size() > kRewriteAt && size_ > 2 * size_rewritten_)) return rewrite();
  failed_ = true;  // there may be half a record, and none may stand behind it
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
  const std::string text = std::string(kFirstLine) + uuid_ + "\n" + sealed(memory_.text());
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

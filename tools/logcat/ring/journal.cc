#include "tools/logcat/ring/journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "base/io.h"
#include "base/uuid.h"

namespace logcat {
namespace {

constexpr std::string_view kFirstLine = "mulog journal 1 ";
constexpr std::string_view kOriginPrefix = "mulog/";
constexpr std::size_t kUuid = 36;
constexpr std::size_t kLongestJournal = 256 << 20;
constexpr std::uint64_t kRewriteJournalAt = 1 << 20;

struct UnitHead {
  std::uint64_t bytes;
  std::uint64_t checksum;  // XXH3 of these bytes
};

base::Result<std::string> new_origin() {
  return std::string(kOriginPrefix) + TRY(base::new_uuid());
}

bool is_origin(std::string_view text) {
  return text.size() == kOriginPrefix.size() + kUuid && text.starts_with(kOriginPrefix);
}

// The id of the next message stands as a run of no file.
SentRun next_id_run(std::uint64_t id) {
  return {.instance = 0, .ring = 0, .first = 0, .end = 0, .id = id, .lost = 0};
}

std::string unit_of_runs(std::span<const SentRun> runs) {
  const std::string_view bytes(reinterpret_cast<const char*>(runs.data()), runs.size_bytes());
  const UnitHead head{bytes.size(), XXH3_64bits(bytes.data(), bytes.size())};
  std::string unit(sizeof head, '\0');
  std::memcpy(unit.data(), &head, sizeof head);
  return unit.append(bytes);
}

// Takes a unit off the front; nothing where there is no whole one.
std::optional<std::vector<SentRun>> take_unit_of_runs(std::string_view& bytes) {
  UnitHead head;
  if (bytes.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, bytes.data(), sizeof head);
  const std::string_view rest = bytes.substr(sizeof head);
  if (head.bytes > rest.size() || head.bytes % sizeof(SentRun) != 0 ||
      XXH3_64bits(rest.data(), head.bytes) != head.checksum)
    return std::nullopt;
  std::vector<SentRun> runs(head.bytes / sizeof(SentRun));
  std::memcpy(runs.data(), rest.data(), head.bytes);
  bytes.remove_prefix(sizeof head + head.bytes);
  return runs;
}

bool lock_all(int fd) {
  struct flock all {};
  all.l_type = F_WRLCK;
  all.l_whence = SEEK_SET;
  return ::fcntl(fd, F_SETLK, &all) == 0;
}

}  // namespace

base::Result<Journal> Journal::open(const std::string& path, const base::Report& report) {
  Journal journal(path);
  while (!TRY(journal.open_locked())) {
  }
  TRY(journal.load(report));
  TRY(journal.rewrite({journal.sent_.begin(), journal.sent_.end()}));
  return journal;
}

// False when another process has put a new file in this one's place since it was opened.
base::Result<bool> Journal::open_locked() {
  const std::string what = "open journal " + path_;
  fd_ = base::Fd(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (!fd_) return base::fail_errno(errno, what);
  if (!lock_all(fd_.get())) {
    if (errno != EAGAIN && errno != EACCES) return base::fail_errno(errno, what);
    return base::fail(base::Kind::unavailable, what, "another process reads these rings; they have one reader");
  }
  struct stat opened {};
  struct stat named {};
  if (::fstat(fd_.get(), &opened) != 0) return base::fail_errno(errno, what);
  if (!S_ISREG(opened.st_mode)) return base::fail(base::Kind::cannot_create, what, "it is not a regular file");
  return ::stat(path_.c_str(), &named) == 0 && named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

base::Result<void> Journal::load(const base::Report& report) {
  std::string text;
  bool end = false;
  while (!end && text.size() < kLongestJournal) {
    const std::size_t before = text.size();
    text.resize(before + (1 << 20));
    const base::Transfer got =
        TRY(base::read_at(fd_.get(), std::span(text).subspan(before), before, "journal " + path_));
    text.resize(before + got.bytes);
    end = got.end;
  }
  const std::string_view line = std::string_view(text).substr(0, text.find('\n'));
  if (line.starts_with(kFirstLine) && is_origin(line.substr(kFirstLine.size()))) {
    origin_ = line.substr(kFirstLine.size());
    if (take_units(std::string_view(text).substr(std::min(line.size() + 1, text.size())))) return {};
  }
  if (!text.empty())
    report(base::Level::warning, "read journal " + path_ +
                                     ": it is damaged, or of another version; a new one is begun, and events may "
                                     "be delivered twice");
  origin_ = TRY(new_origin());
  sent_.clear();
  return {};
}

// A last unit that is not whole was being written when the reader was killed, and nothing of it was sent.
bool Journal::take_units(std::string_view bytes) {
  bool any = false;
  while (const auto runs = take_unit_of_runs(bytes)) {
    for (const SentRun& run : *runs) note(run);
    any = true;
  }
  return any;
}

// A message about losses stands for what was sent of these events before.
void Journal::note(const SentRun& run) {
  next_id_ = std::max(next_id_, run.id + (run.instance == 0 ? 0 : run.messages()));
  if (run.instance == 0 || run.end <= run.first) return;
  if (run.lost > 0)
    std::erase_if(sent_, [&](const SentRun& before) {
      return before.instance == run.instance && before.ring == run.ring && before.first >= run.first &&
             before.first < run.end;
    });
  sent_.push_back(run);
}

base::Result<void> Journal::append(const std::vector<SentRun>& runs) {
  if (runs.empty()) return {};
  const std::string unit = unit_of_runs(runs);
  TRY(base::write_all(fd_.get(), unit, "journal " + path_));
  size_ += unit.size();
  for (const SentRun& run : runs) next_id_ = std::max(next_id_, run.id + run.messages());
  return {};
}

bool Journal::is_long() const {
  return size_ > kRewriteJournalAt && size_ > 2 * size_rewritten_;
}

base::Result<void> Journal::rewrite(const std::vector<SentRun>& runs) {
  const std::string what = "write journal " + path_;
  const std::string fresh = path_ + ".new";
  for (const SentRun& run : runs) next_id_ = std::max(next_id_, run.id + run.messages());
  std::vector<SentRun> all{next_id_run(next_id_)};
  all.insert(all.end(), runs.begin(), runs.end());
  const std::string text = std::string(kFirstLine) + origin_ + "\n" + unit_of_runs(all);
  (void)::unlink(fresh.c_str());  // of a reader that was killed here
  base::Fd fd(::open(fresh.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600));
  if (!fd) return base::fail_errno(base::Kind::cannot_create, errno, what);
  if (!lock_all(fd.get())) return base::fail_errno(errno, what);
  TRY(base::write_all(fd.get(), text, "journal " + path_));
  if (::rename(fresh.c_str(), path_.c_str()) != 0) return base::fail_errno(base::Kind::cannot_create, errno, what);
  fd_ = std::move(fd);
  size_ = size_rewritten_ = text.size();
  return {};
}

base::Result<void> Journal::renew(const std::vector<SentRun>& runs) {
  origin_ = TRY(new_origin());
  return rewrite(runs);
}

}  // namespace logcat

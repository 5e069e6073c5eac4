// The part of Discovery that recognises copies of files: some rotate logs by copying a file and truncating it, and
// patterns may match the copy as well. What was read of the file is not read again in the copy.
//
// A new file that begins as one that was there before, byte for byte, is not read until it differs, until that file is
// truncated or removed, which makes this one its copy, or until nothing has happened for kCopyTime: two files may begin
// alike. Where the other file is not what it was any more, all that was read of it must be found in the copy.
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/io.h"
#include "tools/logtail/files/discovery.h"

namespace logtail {
namespace {

using base::Level;
using base::Result;

// The first bytes of a file, to be compared with the heads of many others.
class FirstBytes {
 public:
  static Result<FirstBytes> of(const File& file) {
    FirstBytes first;
    first.size_ = TRY(base::read_at(file.fd.get(), first.bytes_, 0, file.name)).bytes;
    return first;
  }

  // The other began with them when it was last looked at. Where there are fewer than its head is of, only the first of
  // them count.
  bool are_of(const File& other) {
    const Head& head = other.head;
    const std::string_view mine(bytes_.data(), size_);
    if (mine.empty() || head.length == 0) return false;
    if (head.length > mine.size())
      return mine.substr(0, other.start.size()) == std::string_view(other.start).substr(0, mine.size());
    if (head.length != hashed_.length) hashed_ = head_of({bytes_.data(), head.length});
    return hashed_ == head;
  }

  // The other begins with them now.
  [[nodiscard]] Result<bool> begin(const File& other) const {
    std::array<char, Head::kMost> theirs;
    const std::size_t size = TRY(base::read_at(other.fd.get(), {theirs.data(), size_}, 0, other.name)).bytes;
    return size_ > 0 && std::string_view(theirs.data(), size) == std::string_view(bytes_.data(), size_);
  }

 private:
  std::array<char, Head::kMost> bytes_;
  std::size_t size_ = 0;
  Head hashed_;  // what was asked for last; most heads are as long as they can be
};

Result<bool> has_all(const File& file, const Identity& identity, const Trace& read) {
  return TRY(begins_with(file.fd.get(), file.name, identity.head)) && TRY(holds_all(file.fd.get(), file.name, read));
}

bool changed_lately(const File& file) {
  struct stat status {};
  if (::fstat(file.fd.get(), &status) != 0) return false;
  const std::int64_t age = std::time(nullptr) - status.st_ctim.tv_sec;
  return age >= 0 && std::chrono::seconds(age) <= kCopyTime;
}

// What stays empty is none.
bool may_become_copy(const File& file) {
  return base::now() < file.grown + kCopyTime || size_of(file).map(&FileSize::bytes).value_or(0) > 0;
}

}  // namespace

// Not where nothing is remembered: then each file is read once.
bool Discovery::is_undecided(const File& file) const {
  return file.at == 0 && !file.decided && (options_.follow || !options_.checkpoint.empty());
}

Result<bool> Discovery::may_be_copy(File& file) {
  if (!is_undecided(file)) return false;
  const std::uint64_t size = TRY(size_of(file)).bytes;  // before it is compared: it may be written to meanwhile
  const std::uint64_t compared = file.compared;
  if (file.original && !TRY(resembles(file, *file.original))) file.original.reset();
  if (!file.original) TRY(find_original(file));
  if (file.compared != compared) file.grown = base::now();
  const FilePtr self = file.shared_from_this();
  if (file.original) {
    const bool removed = file.proven || !TRY(size_of(*file.original)).has_name;
    const bool recent = options_.follow ? base::now() < file.grown + kCopyTime : changed_lately(file);
    if (removed || recent) {
      if (std::find(held_.begin(), held_.end(), self) == held_.end()) held_.push_back(self);
      return true;
    }
  }
  if (size > 0) release(self);
  return false;
}

// Of those that are found at the very first look, each is one of its own, however alike they are. Later, what was read
// was there before what was not; else the numbers of the logs tell. Of what one look finds, the first is the one that
// was changed longest ago.
bool Discovery::was_there_before(const File& file, const File& other) const {
  if (begins_anew_ && other.first_scan) return false;
  return file.at > 0 || file.log < other.log;
}

// It begins anew, in a log whose number is new as well. What nobody has read yet may be a copy of it, and gets a later
// one: a run that is killed must leave the order to the next.
void Discovery::count_before_unread(const File& file) {
  std::vector<FilePtr> unread;
  for (const auto& [inode, other] : files_)
    if (is_undecided(*other) && other->log < file.log && may_become_copy(*other)) unread.push_back(other);
  std::sort(unread.begin(), unread.end(), [](const FilePtr& a, const FilePtr& b) { return a->log < b->log; });
  for (const FilePtr& other : unread) {
    finished_.push_back(other->log);
    other->log = memory_.new_log();
    memory_.reached(other->place());
  }
}

// One that was there before this one, and is not read before it, as is the file that had its name.
Result<void> Discovery::find_original(File& file) {
  FirstBytes first = TRY(FirstBytes::of(file));
  for (const auto& [inode, other] : files_) {
    if (!was_there_before(*other, file) || file.comes_after(*other)) continue;
    if (!first.are_of(*other)) {
      if (!TRY(first.begin(*other))) continue;
      TRY(catch_up(*other));
    }
    file.compared = 0;
    if (!TRY(resembles(file, *other))) continue;
    file.original = other;
    if (file.proven) mark(other);  // which is to be found truncated
    return {};
  }
  return {};
}

// Nobody has looked at the other file since it got the bytes that this one begins with.
Result<void> Discovery::catch_up(File& other) {
  if (other.head.length == 0) return look_at_head(other);
  TRY(restart(other));
  mark(other.shared_from_this());
  return {};
}

// Either all that it has, as long as the original is what it was, or all that was read of that.
Result<bool> Discovery::resembles(File& file, const File& original) {
  if (file.proven || TRY(compare(file, original))) return true;
  if (TRY(size_of(original)).has_name && !TRY(was_truncated(original))) return false;
  return file.proven = TRY(has_all(file, original.identity(), original.trace));
}

Result<void> Discovery::restart(File& file) {
  TRY(scan());  // the copy may be there, and not yet found
  const FilePtr copy = TRY(copy_of(file));
  report_(Level::warning, "read " + file.name + ": it was truncated; reading " +
                              (copy ? "the rest of its copy " + copy->name + ", and then " : std::string()) +
                              "it from its beginning");
  if (!copy) finished_.push_back(file.log);
  file.log = memory_.new_log();
  file.at = file.seen = file.first_size = 0;
  file.trace = {};
  file.passing = true;
  file.truncated = true;
  file.behind.reset();
  release(file.shared_from_this());
  TRY(look_at_head(file));
  if (copy) put_before(copy, file);
  memory_.reached(file.place());
  count_before_unread(file);
  return {};
}

void Discovery::release(const FilePtr& file) {
  file->original.reset();
  file->proven = false;
  file->decided = true;
  std::erase(held_, file);
}

// It was truncated just now. Those that were held for it are its copies, or are decided otherwise.
Result<FilePtr> Discovery::copy_of(const File& lost) {
  const Place read = read_of(lost.place());
  const Identity identity = *parse_identity(read.identity);
  FilePtr copy;
  for (const FilePtr& file : held_) {
    if (file->original.get() != &lost) continue;
    const std::uint64_t size = TRY(size_of(*file)).bytes;
    const bool same =
        file->compared == size || file->proven || (identity.trace && TRY(has_all(*file, identity, *identity.trace)));
    file->original.reset();
    file->proven = false;
    mark(file);
    if (same && (!copy || size > TRY(size_of(*copy)).bytes)) copy = file;
  }
  if (!copy) copy = TRY(find_copy(read));
  if (copy) TRY(take_over(copy, lost.place()));
  return copy;
}

// How far the log was read; by an earlier run perhaps further than this one has come.
Place Discovery::read_of(const Place& place) const {
  Place read = place;
  for (const Plan& plan : memory_.plans()) {
    if (plan.begin.log != place.log || plan.end < read.at) continue;
    read.at = plan.end;
    read.identity = plan.begin.identity;
  }
  return read;
}

// Of a file that is not what it was any more; only among those that are to be read, since also what we write may hold
// all that we have read. The largest, since others may have been made before.
Result<FilePtr> Discovery::find_copy(const Place& place) {
  const auto identity = parse_identity(place.identity);
  if (!identity || !identity->trace || place.at == 0) return FilePtr();  // nothing was read
  const Trace& read = identity->ahead ? *identity->ahead : *identity->trace;
  FilePtr copy;
  std::uint64_t largest = 0;
  for (const auto& [inode, file] : files_) {
    if (file->at > 0 || file->decided) continue;
    const std::uint64_t size = TRY(size_of(*file)).bytes;
    if (size < read.upto || size <= largest || !TRY(has_all(*file, *identity, read))) continue;
    copy = file;
    largest = size;
  }
  return copy;
}

// It goes on with the log of the file that it is a copy of, where that stood.
Result<void> Discovery::take_over(const FilePtr& copy, const Place& place) {
  const int fd = copy->fd.get();
  if (copy->log != 0) finished_.push_back(copy->log);
  copy->log = place.log;
  copy->at = std::min(place.at, TRY(size_of(*copy)).bytes);
  copy->passing = place.passing;
  const auto identity = parse_identity(place.identity);
  const bool traced = identity && identity->trace && identity->trace->upto <= copy->at;
  copy->trace = TRY(read_on(fd, copy->name, traced ? *identity->trace : Trace{}, copy->at));
  TRY(look_at_head(*copy));
  copy->moved = true;
  release(copy);
  mark(copy);
  return {};
}

// It was read to its end and is removed: one that was held for it goes on with its log.
bool Discovery::inherit(const File& gone) {
  for (const FilePtr& file : std::vector<FilePtr>(held_)) {
    if (file->original.get() != &gone) continue;
    if (resembles(*file, gone).value_or(false) && take_over(file, gone.place())) return true;
    file->original.reset();
    file->proven = false;
    mark(file);
  }
  return false;
}

// Between the file and those that came before it, some of which may come before the copy as well, by its name.
void Discovery::put_before(const FilePtr& copy, File& file) {
  if (copy->comes_after(file) || file.comes_after(*copy)) return;
  const FilePtr before = std::exchange(file.former, copy);
  if (!before || copy->comes_after(*before)) return;
  File* last = copy.get();
  while (last->former && !before->comes_after(*last->former)) last = last->former.get();
  last->former = before;
}

}  // namespace logtail

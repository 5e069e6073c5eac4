// The part of Files that finds files: names that come and go, and what a checkpoint remembers.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <tuple>

#include "tools/logtail/files/files.h"

namespace logtail {
namespace {

using base::Level;
using base::Result;

// Others may write there without our kernel knowing.
bool is_remote(int fd) {
  constexpr std::uint32_t kCifs = 0xff534d42;
  constexpr std::uint32_t kFuse = 0x65735546;
  struct statfs status {};
  if (::fstatfs(fd, &status) != 0) return false;
  const auto type = static_cast<std::uint32_t>(status.f_type);
  return type == NFS_SUPER_MAGIC || type == SMB_SUPER_MAGIC || type == SMB2_SUPER_MAGIC || type == kCifs ||
         type == kFuse || type == V9FS_MAGIC;
}

// What is in this directory may not be seen.
bool is_closed(const std::string& directory) {
  return ::faccessat(AT_FDCWD, directory.c_str(), R_OK | X_OK, AT_EACCESS) != 0 && errno == EACCES;
}

// Not by its inode alone, which another file may have by now.
bool is_told_apart(const Place& place) {
  return parse_identity(place.identity)->head != Head{};
}

// Of what comes before the place in this file, which is the one that is meant.
Result<Trace> trace_of(const Place& place, const Identity& identity, int fd, const std::string& name) {
  if (!identity.trace || identity.trace->upto > place.at) return trace_at(fd, name, place.at);
  return read_on(fd, name, *identity.trace, place.at);
}

}  // namespace

void Files::file_changed(int watch) {
  if (const auto found = watched_.find(watch); found != watched_.end()) mark(found->second);
}

void Files::name_changed(const std::string& directory, const std::string& name, bool is_directory) {
  const std::string path = (directory == "/" ? "" : directory) + "/" + name;
  rescan_ = rescan_ || is_directory || names_.covers(path) || (directory == "." && names_.covers(name));
}

void Files::all_changed() {
  rescan_ = true;
  for (const auto& [inode, file] : files_) mark(file);
}

void Files::mark(const FilePtr& file) {
  file->check = true;
  if (std::exchange(file->queued, true)) return;
  ready_.push_back(file);
}

Result<void> Files::scan() {
  const std::set<std::string> directories = names_.directories();
  if (watcher_) watch(directories);
  rescan_ = watcher_ && watcher_->take_grown();
  look_at_names(directories);
  if (first_scan_ && !remembered_.empty()) look_at_names(directories);  // a copy may have come before its truncation
  if (first_scan_) TRY(find_renamed());
  std::erase_if(by_name_, [](const auto& entry) { return !entry.second.found && !entry.second.file; });
  for (const auto& [inode, file] : files_) file->named = false;
  for (const auto& [path, name] : by_name_)
    if (name.present) name.file->named = true;
  unnamed_.clear();
  for (const auto& [inode, file] : files_) {
    file->closing = file->closing && !file->named;
    if (!file->named) unnamed_.push_back(file);
  }
  if (first_scan_) tell_of_unmatched();
  first_scan_ = false;
  return {};
}

void Files::look_at_names(const std::set<std::string>& directories) {
  for (auto& [path, name] : by_name_) name.present = name.found = false;
  const Names::Present present = names_.present(directories);
  if (watcher_ && present.links) watcher_->poll();
  for (const std::string& path : present.paths)
    if (!is_checkpoint(path)) look_at(path);
}

// A name that cannot be opened is complained of by itself, and a directory may be empty.
void Files::tell_of_unmatched() {
  for (const auto& [pattern, argument] : names_.without_files()) {
    const auto name = by_name_.find(argument);
    if (name != by_name_.end() && name->second.complained) continue;
    if (is_closed(pattern ? directory_of(argument) : argument))
      failed(base::fail_errno(EACCES, "read " + argument).value());
    else if (options_.follow)
      report_(Level::note, "follow " + argument + ": no file is there yet; waiting for one");
    else if (pattern)
      failed({base::Kind::no_input, "read " + argument, "it matches no file"});
  }
}

// The file itself and the one that takes its place now and then: what is written there would be read for ever.
bool Files::is_checkpoint(const std::string& path) const {
  if (options_.checkpoint.empty()) return false;
  const std::string name = std::filesystem::path(path).filename();
  const std::string own = std::filesystem::path(options_.checkpoint).filename();
  if (name != own && name != own + ".new") return false;
  std::error_code error;
  return std::filesystem::equivalent(directory_of(path), directory_of(options_.checkpoint), error);
}

// Where a directory is not there yet, the one that it would appear in is watched.
void Files::watch(const std::set<std::string>& directories) {
  for (std::string path : directories)
    while (!watcher_->watch_directory(path) && path != "/" && path != ".") path = directory_of(path);
}

void Files::look_at(const std::string& path) {
  Name& name = by_name_[path];
  name.found = true;
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return cannot_open(name, base::fail_errno(errno, "open " + path).value());
  name.present = name.file && name.file->inode == inode_of(status);
  if (name.present) return;
  auto file = take_up(path);
  if (!file && first_scan_) name.shut = {inode_of(status), static_cast<std::uint64_t>(status.st_size)};
  if (!file) return cannot_open(name, file.error());
  name.complained = false;
  name.shut.reset();
  name.present = true;
  name.file = std::move(*file);
}

// The file that has this name; one that is not read yet comes after the one that had the name before.
Result<Files::FilePtr> Files::take_up(const std::string& path) {
  FilePtr file = TRY(open_file(path));
  if (const auto known = files_.find(file->inode); known != files_.end()) return known->second;
  if (files_.size() >= most_files_) return base::fail_errno(EMFILE, "open " + path);
  const Name& name = by_name_[path];
  const bool was_shut = name.shut && name.shut->first == file->inode && name.shut->second <= file->first_size;
  if (was_shut) file->first_size = name.shut->second;
  file->first_scan = first_scan_ || was_shut;
  TRY(place(*file));
  file->former = name.file;
  add(file);
  if (watcher_ && is_remote(file->fd.get())) watcher_->poll();
  return file;
}

void Files::cannot_open(Name& name, base::Error error) {
  name.present = false;
  const bool missing = error.code == ENOENT || error.code == ENOTDIR;
  if (options_.follow && missing) return;  // said at the start, and usual while logs are rotated
  if (missing) error.kind = base::Kind::no_input;
  complain(name, error);
}

// Once for a name, and once for all that are too many.
void Files::complain(Name& name, const base::Error& error) {
  if (error.code != EMFILE) {
    if (!std::exchange(name.complained, true)) failed(error);
  } else if (!std::exchange(left_out_, true)) {
    failed({base::Kind::io, "open files",
            "the limit allows " + base::count_of(most_files_, "open file") +
                (options_.follow ? "; others are read when some of these are gone" : "; others are not read") +
                "; raise the limit (ulimit -n)"});
  }
}

// Where to read on in a file, or to begin.
Result<void> Files::place(File& file) {
  const auto [begin, end] = remembered_.equal_range(file.inode.number);
  std::vector<Place> places;
  for (auto found = begin; found != end; ++found) places.push_back(found->second);
  // A log that was read goes before one that was only begun, before the file was known as a copy; and of those that
  // were begun, the last one counts.
  std::sort(places.begin(), places.end(),
            [](const Place& a, const Place& b) { return std::tie(b.at, b.log) < std::tie(a.at, a.log); });
  for (const Place& place : places)
    if (TRY(recall(file, place))) return {};
  file.log = memory_.new_log();
  if (file.first_scan) file.at = TRY(offset_of(options_.start, file.fd.get(), file.name, file.first_size, report_));
  file.trace = TRY(trace_at(file.fd.get(), file.name, file.at));
  memory_.reached(file.place());  // also at 0: it may be renamed before it has a whole message
  return {};
}

// It is the file that is remembered so, and goes on there.
Result<bool> Files::recall(File& file, const Place& place) {
  const auto identity = parse_identity(place.identity);
  if (!identity || identity->inode.number != file.inode.number || file.first_size < place.at) return false;
  // Devices get other numbers when a machine starts; then what was read has to speak for itself.
  if (identity->inode != file.inode && (!identity->trace || place.at == 0)) return false;
  const int fd = file.fd.get();
  if (!TRY(begins_with(fd, file.name, identity->head))) return false;
  if (identity->trace && !TRY(ends_alike(fd, file.name, *identity->trace))) return false;
  if (identity->ahead && !TRY(ends_alike(fd, file.name, *identity->ahead))) return false;
  file.log = place.log;
  file.at = place.at;
  file.passing = place.passing;
  file.trace = TRY(trace_of(place, *identity, fd, file.name));
  file.decided = std::any_of(memory_.plans().begin(), memory_.plans().end(),
                             [&place](const Plan& plan) { return plan.begin.log == place.log; });
  const auto [begin, end] = remembered_.equal_range(file.inode.number);
  for (auto each = begin; each != end;) each = each->second.log == file.log ? remembered_.erase(each) : std::next(each);
  return true;
}

void Files::add(const FilePtr& file) {
  files_[file->inode] = file;
  if (watcher_) file->watch = watcher_->watch_file(file->fd.get());
  if (file->watch >= 0) watched_[file->watch] = file;
  mark(file);
}

// What is remembered and has another name now, or none, is read before what has its name. Newest first: each comes
// before those that are there already.
Result<void> Files::find_renamed() {
  std::vector<Place> places;
  for (const auto& [inode, place] : remembered_) places.push_back(place);
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.log > b.log; });
  Listings listings;
  for (const Place& place : places) {
    const auto planned = [&place](const Plan& plan) { return plan.begin.log == place.log; };
    const bool ours = owns(place);
    const bool needed = std::any_of(memory_.plans().begin(), memory_.plans().end(), planned);
    if (!ours && !needed) continue;
    auto found = find_in_directory(place, listings);
    if (!found && needed) return tl::unexpected(std::move(found.error()));
    if (!found) {  // it may be there, and is not forgotten
      complain(by_name_[place.name], found.error());
      continue;
    }
    FilePtr file = *found;
    const Place read = read_of(place);
    if (!file && read.at > 0 && was_truncated_under(place)) {
      file = TRY(find_copy(read));
      if (file) TRY(take_over(file, place));
    }
    if (*found != file || (!file && !needed)) tell_of_lost(place, file);
    if (!file) {
      finished_.push_back(place.log);
      continue;
    }
    Name& name = by_name_[place.name];
    FilePtr last = name.file;
    while (last && last->former && last != file) last = last->former;
    if (!last)
      name.file = file;
    else if (last != file && !file->comes_after(*last))
      last->former = file;
  }
  return {};
}

// The file is still there, and does not begin any more with what was read of it.
bool Files::was_truncated_under(const Place& place) {
  const auto name = by_name_.find(place.name);
  if (name == by_name_.end() || !name->second.file) return false;
  File& now = *name->second.file;
  if (now.inode.number != parse_identity(place.identity)->inode.number) return false;
  count_before_unread(now);
  return now.truncated = true;
}

void Files::tell_of_lost(const Place& place, const FilePtr& copy) {
  const Identity identity = *parse_identity(place.identity);
  const FilePtr now = by_name_[place.name].file;
  const bool there = now && now->inode.number == identity.inode.number;
  // What was never read, and goes on in another log, or never held anything.
  if (identity.head.length == 0 || (there && place.at == 0)) return;
  const std::string read = "read up to offset " + std::to_string(place.at);
  const std::string was =
      !there ? "the file that was " + read + " is gone; "
             : "it does not hold any more what was " + read + "; it was truncated, or lost its end in a crash; ";
  const std::string next = copy    ? "going on in its copy " + copy->name
                           : there ? "reading it from its beginning"
                                   : "what it held after that, if anything, was not read";
  report_(Level::warning, "read " + place.name + ": " + was + next);
}

// Null where it is not there; an error where that cannot be known.
Result<Files::FilePtr> Files::find_in_directory(const Place& place, Listings& listings) {
  if (!is_told_apart(place)) return FilePtr();
  const std::string directory = directory_of(place.name);
  if (!listings.contains(directory)) listings.emplace(directory, TRY(files_in(directory)));
  const auto [begin, end] = listings.at(directory).equal_range(parse_identity(place.identity)->inode.number);
  for (auto found = begin; found != end; ++found) {
    const std::string& path = found->second;
    if (files_.size() >= most_files_) return base::fail_errno(EMFILE, "open " + path);
    auto opened = open_file(path);
    if (!opened && opened.error().code == ENOENT) continue;
    const FilePtr file = TRY(std::move(opened));
    if (files_.contains(file->inode)) continue;
    file->name = place.name;
    if (!TRY(recall(*file, place))) continue;
    add(file);
    return file;
  }
  return FilePtr();
}

bool Files::owns(const Place& place) const {
  return parse_identity(place.identity) && names_.covers(place.name);
}

}  // namespace logtail

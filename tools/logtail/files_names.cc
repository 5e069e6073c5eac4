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

#include "tools/logtail/files.h"

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

// The regular files in a directory; none where there is no such directory.
Result<std::multimap<Inode, std::string>> files_in(const std::string& directory) {
  std::multimap<Inode, std::string> files;
  std::error_code error;
  std::filesystem::directory_iterator entry(directory, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    struct stat status {};
    std::string path = entry->path().string();
    if (::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode))
      files.emplace(inode_of(status), std::move(path));
  }
  const bool missing = error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
  if (error && !missing) return base::fail_errno(error.value(), "look for files in " + directory);
  return files;
}

// What is in this directory may not be seen.
bool is_closed(const std::string& directory) {
  return ::faccessat(AT_FDCWD, directory.c_str(), R_OK | X_OK, AT_EACCESS) != 0 && errno == EACCES;
}

// Not by its inode alone, which another file may have by now.
bool is_told_apart(const Place& place) {
  return parse_identity(place.identity)->head != Head{};
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
  for (auto& [path, name] : by_name_) name.present = name.found = false;
  const Names::Present present = names_.present(directories);
  if (watcher_ && present.links) watcher_->poll();
  for (const std::string& path : present.paths)
    if (!is_checkpoint(path)) look_at(path);
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
  if (!file) return cannot_open(name, file.error());
  name.complained = false;
  name.present = true;
  name.file = std::move(*file);
}

// The file that has this name; one that is not read yet comes after the one that had the name before.
Result<Files::FilePtr> Files::take_up(const std::string& path) {
  FilePtr file = TRY(open_file(path));
  if (const auto known = files_.find(file->inode); known != files_.end()) return known->second;
  if (files_.size() >= most_files_) return base::fail_errno(EMFILE, "open " + path);
  TRY(place(*file));
  file->first_scan = first_scan_;
  file->former = by_name_[path].file;
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
  const auto [begin, end] = remembered_.equal_range(file.inode);
  for (auto found = begin; found != end; ++found)
    if (TRY(recall(file, found->second))) return {};
  file.log = memory_.new_log();
  if (first_scan_) file.at = TRY(offset_of(options_.start, file.fd.get(), file.name, file.first_size, report_));
  memory_.reached(file.place());  // also at 0: it may be renamed before it has a whole message
  return {};
}

// It is the file that is remembered so, and goes on there.
Result<bool> Files::recall(File& file, const Place& place) {
  const auto identity = parse_identity(place.identity);
  if (!identity || identity->inode != file.inode || file.first_size < place.at) return false;
  if (!TRY(begins_with(file.fd.get(), file.name, identity->head))) return false;
  file.log = place.log;
  file.at = place.at;
  file.passing = place.passing;
  const auto [begin, end] = remembered_.equal_range(file.inode);
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
  std::map<std::string, Listing> listings;
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
    const FilePtr file = *found;
    if (!file) {
      if (!needed && parse_identity(place.identity)->head.length > 0)
        report_(Level::warning, "read " + place.name + ": the file that was read up to offset " +
                                    std::to_string(place.at) +
                                    " is gone; what it held after that, if anything, was not read");
      finished_.push_back(place.log);
      continue;
    }
    Name& name = by_name_[place.name];
    FilePtr last = name.file;
    while (last && last->former) last = last->former;
    if (!last)
      name.file = file;
    else if (last != file)
      last->former = file;
  }
  return {};
}

// Null where it is not there; an error where that cannot be known.
Result<Files::FilePtr> Files::find_in_directory(const Place& place, std::map<std::string, Listing>& listings) {
  if (!is_told_apart(place)) return FilePtr();
  const std::string directory = directory_of(place.name);
  if (!listings.contains(directory)) listings.emplace(directory, TRY(files_in(directory)));
  const auto [begin, end] = listings.at(directory).equal_range(parse_identity(place.identity)->inode);
  for (auto found = begin; found != end; ++found) {
    const auto& [inode, path] = *found;
    if (files_.contains(inode)) continue;
    if (files_.size() >= most_files_) return base::fail_errno(EMFILE, "open " + path);
    auto opened = open_file(path);
    if (!opened && opened.error().code == ENOENT) continue;
    const FilePtr file = TRY(std::move(opened));
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

#include "tools/logtail/files/discovery.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <limits>
#include <set>

#include "base/fd.h"

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

// How many files may be open, with enough left for other sources and to start a sink: its pipes alone take seven while
// it is started, and the loop, the watcher, the checkpoint and stdio as many.
std::size_t allow_descriptors() {
  constexpr std::size_t kLeast = 18;
  constexpr std::size_t kReserve = 64;
  const std::size_t limit = base::raise_descriptor_limit(std::numeric_limits<std::size_t>::max());
  const std::size_t reserve = std::clamp(limit / 2, kLeast, kReserve);
  return limit > reserve ? limit - reserve : 1;
}

}  // namespace

Result<std::unique_ptr<Discovery>> Discovery::open(event::Loop& loop, DiscoveryOptions options, Memory& memory,
                                                   base::Report report) {
  std::unique_ptr<Discovery> discovery(new Discovery(std::move(options), memory, std::move(report)));
  if (discovery->options_.follow) discovery->watcher_ = TRY(Watcher::open(loop, discovery->report_));
  TRY(discovery->scan());
  return discovery;
}

Discovery::Discovery(DiscoveryOptions options, Memory& memory, base::Report report)
    : options_(std::move(options)),
      memory_(memory),
      report_(std::move(report)),
      names_(options_.arguments),
      most_files_(allow_descriptors()) {
  begins_anew_ = memory.places().empty();
  for (const auto& [log, place] : memory_.places())
    if (const auto identity = parse_identity(place.identity)) remembered_.emplace(identity->inode.number, place);
}

Result<void> Discovery::look() {
  if (watcher_ && watcher_->pending()) TRY(watcher_->tell(*this));
  if (rescan_) TRY(scan());
  return {};
}

void Discovery::file_changed(int watch) {
  if (const auto found = watched_.find(watch); found != watched_.end()) mark(found->second);
}

void Discovery::name_changed(const std::string& directory, const std::string& name, bool is_directory) {
  const std::string path = (directory == "/" ? "" : directory) + "/" + name;
  rescan_ = rescan_ || is_directory || names_.covers(path) || (directory == "." && names_.covers(name));
}

void Discovery::all_changed() {
  rescan_ = true;
  for (const auto& [inode, file] : files_) mark(file);
}

void Discovery::mark(const FilePtr& file) {
  file->check = true;
  if (std::exchange(file->queued, true)) return;
  ready_.push_back(file);
}

void Discovery::unmark_first() {
  ready_.front()->queued = false;
  ready_.pop_front();
}

Result<void> Discovery::scan() {
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

void Discovery::look_at_names(const std::set<std::string>& directories) {
  for (auto& [path, name] : by_name_) name.present = name.found = false;
  const Names::Present present = names_.present(directories);
  if (watcher_ && present.links) watcher_->poll();
  for (const std::string& path : present.paths)
    if (!is_checkpoint(path)) look_at(path);
}

// A name that cannot be opened is complained of by itself, and a directory may be empty.
void Discovery::tell_of_unmatched() {
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
bool Discovery::is_checkpoint(const std::string& path) const {
  if (options_.checkpoint.empty()) return false;
  const std::string name = std::filesystem::path(path).filename();
  const std::string own = std::filesystem::path(options_.checkpoint).filename();
  if (name != own && name != own + ".new") return false;
  std::error_code error;
  return std::filesystem::equivalent(directory_of(path), directory_of(options_.checkpoint), error);
}

// Where a directory is not there yet, the one that it would appear in is watched.
void Discovery::watch(const std::set<std::string>& directories) {
  for (std::string path : directories)
    while (!watcher_->watch_directory(path) && path != "/" && path != ".") path = directory_of(path);
}

void Discovery::look_at(const std::string& path) {
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
Result<FilePtr> Discovery::take_up(const std::string& path) {
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

void Discovery::cannot_open(Name& name, base::Error error) {
  name.present = false;
  const bool missing = error.code == ENOENT || error.code == ENOTDIR;
  if (options_.follow && missing) return;  // said at the start, and usual while logs are rotated
  if (missing) error.kind = base::Kind::no_input;
  complain(name, error);
}

// Once for a name, and once for all that are too many.
void Discovery::complain(Name& name, const base::Error& error) {
  if (error.code != EMFILE) {
    if (!std::exchange(name.complained, true)) failed(error);
  } else if (!std::exchange(left_out_, true)) {
    failed({base::Kind::io, "open files",
            "the limit allows " + base::count_of(most_files_, "open file") +
                (options_.follow ? "; others are read when some of these are gone" : "; others are not read") +
                "; raise the limit (ulimit -n)"});
  }
}

void Discovery::add(const FilePtr& file) {
  files_[file->inode] = file;
  if (watcher_) file->watch = watcher_->watch_file(file->fd.get());
  if (file->watch >= 0) watched_[file->watch] = file;
  mark(file);
}

void Discovery::failed(const base::Error& error) {
  report_(Level::error, error.text());
  if (!failure_) failure_ = error.kind;
}

void Discovery::finish(const FilePtr& file) {
  if (!inherit(*file)) finished_.push_back(file->log);
  release(file);
  if (watcher_) watcher_->forget_file(file->watch);
  watched_.erase(file->watch);
  files_.erase(file->inode);
  rescan_ = rescan_ || left_out_;
  std::erase(unnamed_, file);
  for (const auto& [inode, other] : files_)
    if (other->former == file) other->former = file->former;
  std::erase_if(by_name_, [&file](const auto& entry) { return entry.second.file == file && !entry.second.present; });
}

}  // namespace logtail

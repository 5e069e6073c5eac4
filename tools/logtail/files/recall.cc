// The part of Discovery that finds again what a checkpoint remembers.
#include <algorithm>
#include <tuple>

#include "tools/logtail/files/discovery.h"

namespace logtail {
namespace {

using base::Level;
using base::Result;

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

// Where to read on in a file, or to begin.
Result<void> Discovery::place(File& file) {
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
Result<bool> Discovery::recall(File& file, const Place& place) {
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

// What is remembered and has another name now, or none, is read before what has its name. Newest first: each comes
// before those that are there already.
Result<void> Discovery::find_renamed() {
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
bool Discovery::was_truncated_under(const Place& place) {
  const auto name = by_name_.find(place.name);
  if (name == by_name_.end() || !name->second.file) return false;
  File& now = *name->second.file;
  if (now.inode.number != parse_identity(place.identity)->inode.number) return false;
  count_before_unread(now);
  return now.truncated = true;
}

void Discovery::tell_of_lost(const Place& place, const FilePtr& copy) {
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
Result<FilePtr> Discovery::find_in_directory(const Place& place, Listings& listings) {
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

bool Discovery::owns(const Place& place) const {
  return parse_identity(place.identity) && names_.covers(place.name);
}

// It may have been copied and truncated since it was found.
Result<FilePtr> Discovery::find_planned(const Plan& plan) {
  const auto identity = parse_identity(plan.begin.identity);
  const auto has_log = [&plan](const auto& entry) { return entry.second->log == plan.begin.log; };
  for (bool again = true; identity; again = false) {
    const auto found = std::find_if(files_.begin(), files_.end(), has_log);
    if (found == files_.end()) break;
    const FilePtr file = found->second;
    const int fd = file->fd.get();
    const bool same = TRY(begins_with(fd, file->name, identity->head)) &&
                      (!identity->trace || TRY(ends_alike(fd, file->name, *identity->trace)));
    if (same && TRY(size_of(*file)).bytes >= plan.end) return file;
    if (!again || (file->at > 0 && !TRY(was_truncated(*file)))) break;
    TRY(restart(*file));
  }
  return FilePtr();
}

void Discovery::drop_replayed() {
  const auto foreign = [this](const FilePtr& file) { return !names_.covers(file->name); };
  std::erase_if(ready_, foreign);
  std::erase_if(unnamed_, foreign);
  std::erase_if(held_, foreign);
  std::erase_if(files_, [&](const auto& entry) { return foreign(entry.second); });
  std::erase_if(watched_, [&](const auto& entry) { return foreign(entry.second); });
  std::erase_if(by_name_, [&](const auto& entry) { return !names_.covers(entry.first); });
  rescan_ = rescan_ || left_out_;
}

}  // namespace logtail

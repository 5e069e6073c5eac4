#include "tools/logtail/uploads/arrivals.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/lease.h"

namespace logtail {
namespace {

using base::Level;
using base::Result;

constexpr base::Duration kLongestPause = std::chrono::milliseconds(500);
constexpr base::Duration kShortestPause = std::chrono::milliseconds(20);

}  // namespace

Result<std::unique_ptr<Arrivals>> Arrivals::open(event::Loop& loop, std::vector<Tree> trees, ArrivalsOptions options,
                                                 IsNew is_new, base::Report report) {
  std::unique_ptr<Arrivals> arrivals(
      new Arrivals(loop, std::move(trees), options, std::move(is_new), std::move(report)));
  if (options.follow) {
    arrivals->watcher_ = TRY(Watcher::open(loop, arrivals->report_));
    arrivals->watcher_->tell_of_arrivals();
  }
  return arrivals;
}

Arrivals::Arrivals(event::Loop& loop, std::vector<Tree> trees, ArrivalsOptions options, IsNew is_new,
                   base::Report report)
    : trees_(std::move(trees)),
      options_(options),
      is_new_(std::move(is_new)),
      report_(std::move(report)),
      settle_(loop, [this] {
        due_ = true;
        rescan_ = rescan_ || missing_;
      }) {}

const Tree* Arrivals::tree_of(const std::string& path) const {
  const auto found =
      std::find_if(trees_.begin(), trees_.end(), [&path](const Tree& tree) { return tree.covers(path); });
  return found == trees_.end() ? nullptr : &*found;
}

std::string Arrivals::take() {
  if (complete_.empty()) return {};
  std::string path = std::move(complete_.front());
  complete_.pop_front();
  return path;
}

bool Arrivals::is_gone(const std::string& path, const Version& version) const {
  const Tree* tree = tree_of(path);
  if (tree == nullptr || tree->device() != version.inode.device) return false;
  const auto fd = tree->open(path);
  if (!fd) return fd.error().kind == base::Kind::no_input;
  const auto now = version_of(fd->get(), path);
  return now && !now->is_same_file(version);
}

void Arrivals::failed(const base::Error& error) {
  report_(Level::error, error.text());
  if (!failure_) failure_ = error.kind;
}

// True once for each name, as long as it is there.
bool Arrivals::is_first_complaint(const std::string& path) {
  seen_.insert(path);
  return complained_.insert(path).second;
}

void Arrivals::complain(const std::string& path, const std::string& why) {
  if (is_first_complaint(path)) report_(Level::warning, "leave " + path + ": " + why);
}

// ---- what there is

Result<void> Arrivals::look() {
  if (watcher_) TRY(watcher_->tell(*this));
  // A directory is watched before it is listed, so that nothing appears in between unseen.
  if (std::exchange(rescan_, false)) {
    seen_.clear();
    missing_ = false;
    for (const Tree& tree : trees_) scan(tree, tree.root());
    std::erase_if(complained_, [this](const std::string& path) { return !seen_.contains(path); });
    if (watcher_) (void)watcher_->take_grown();
    due_ = true;
  }
  if (std::exchange(due_, false)) look_at_candidates();
  return {};
}

void Arrivals::arm() {
  if (watcher_) watcher_->arm();
  if ((candidates_.empty() && !missing_) || settle_.active()) return;
  settle_.start(std::clamp<base::Duration>(options_.settle / 4, kShortestPause, kLongestPause));
}

void Arrivals::scan(const Tree& tree, const std::string& directory) {
  if (watcher_) (void)watcher_->watch_directory(directory);
  auto entries = tree.list(directory);
  if (!entries) return cannot_list(tree, directory, entries.error());
  for (const Tree::Entry& entry : *entries) note(tree, entry);
}

void Arrivals::cannot_list(const Tree& tree, const std::string& directory, const base::Error& error) {
  const bool gone = error.kind == base::Kind::no_input;
  if (gone && directory != tree.root()) return;  // taken away meanwhile
  missing_ = true;
  if (!is_first_complaint(directory)) return;
  if (gone && options_.follow)
    report_(Level::warning, error.text() + "; waiting for it");
  else
    failed(error);
}

void Arrivals::note(const Tree& tree, const Tree::Entry& entry) {
  if (complained_.contains(entry.path)) seen_.insert(entry.path);
  switch (entry.kind) {
    case Tree::EntryKind::file:
      candidates_.try_emplace(entry.path);
      return;
    case Tree::EntryKind::directory:
      return scan(tree, entry.path);
    case Tree::EntryKind::link:
      complain(entry.path, "it is a symbolic link, which is not followed");
      return;
    case Tree::EntryKind::other:
      complain(entry.path, "it is no regular file");
      return;
  }
}

// ---- what changes

void Arrivals::file_changed(int) {}

void Arrivals::name_changed(const std::string& directory, const std::string& name, bool is_directory) {
  const std::string path = directory + "/" + name;
  const Tree* tree = tree_of(path);
  if (tree == nullptr) {
    rescan_ = true;  // the directory itself came, or went
  } else if (is_directory) {
    rescan_ = rescan_ || tree->is_searched(path);
  } else if (tree->is_wanted(path)) {
    candidates_.try_emplace(path);
    due_ = true;
  }
}

void Arrivals::file_arrived(const std::string& directory, const std::string& name) {
  const std::string path = directory + "/" + name;
  const Tree* tree = tree_of(path);
  if (tree == nullptr || !tree->is_wanted(path)) return;
  candidates_[path].closed = true;
  due_ = true;
}

// ---- whether it is complete

void Arrivals::look_at_candidates() {
  for (auto at = candidates_.begin(); at != candidates_.end();) {
    auto& [path, candidate] = *at;
    auto progress = progress_of(path, candidate);
    if (!progress) {
      if (is_first_complaint(path)) failed(progress.error());
    } else if (*progress == Progress::complete) {
      complained_.erase(path);
      complete_.push_back(path);
    }
    const bool done = !progress || *progress != Progress::waiting;
    at = done ? candidates_.erase(at) : std::next(at);
  }
}

Result<Arrivals::Progress> Arrivals::progress_of(const std::string& path, Candidate& candidate) {
  const Tree* tree = tree_of(path);
  const auto fd = tree->open(path);
  if (!fd && fd.error().code == ENOENT) return Progress::gone;
  if (!fd && fd.error().code == ELOOP) {
    complain(path, "it is a symbolic link, which is not followed");
    return Progress::gone;
  }
  if (!fd && (fd.error().code == 0 || fd.error().code == ENXIO)) {
    complain(path, "it is no regular file");
    return Progress::gone;
  }
  if (!fd) return tl::unexpected(fd.error());
  const Version version = TRY(version_of(fd->get(), path));
  if (!is_new_(path, version)) return Progress::gone;
  const base::Instant now = base::now();
  const bool first = !candidate.version;
  if (candidate.version != version) {
    if (!first && !options_.follow) {
      report_(Level::warning, "leave " + path + ": it is still being written; the next run takes it");
      return Progress::gone;
    }
    candidate.version = version;
    candidate.since = now;
  }
  const bool settled = now - candidate.since >= options_.settle;
  if (!candidate.closed && !settled) return Progress::waiting;
  if (!base::is_open_for_writing(fd->get()).value_or(false)) return Progress::complete;
  candidate.closed = false;  // by another writer
  if (!settled) return Progress::waiting;
  if (!std::exchange(candidate.told, true))
    report_(Level::warning, "wait for " + path + ": it does not grow, and somebody has it open for writing");
  return options_.follow ? Progress::waiting : Progress::gone;
}

}  // namespace logtail

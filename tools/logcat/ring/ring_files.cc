#include "tools/logcat/ring/ring_files.h"

#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/io.h"

namespace logcat {
namespace {

constexpr base::Duration kLook = std::chrono::seconds(1);       // for files that another reader had
constexpr base::Duration kLookIdle = std::chrono::seconds(10);  // where inotify tells what is new
constexpr base::Duration kCheck = std::chrono::seconds(1);      // whether a program lives

}  // namespace

RingFiles::RingFiles(event::Loop& loop, base::Duration poll, std::function<void()> on_news, base::Report report)
    : poll_(poll),
      on_news_(std::move(on_news)),
      report_(std::move(report)),
      inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  if (inotify_)
    news_ = std::make_unique<event::Io>(loop, inotify_.get(), event::Interest::read, [this] {
      take_news();
      on_news_();
    });
}

base::Result<void> RingFiles::add(const net::Url& url) {
  const std::string what = "read ring " + url.path;
  struct stat status {};
  if (::stat(url.path.c_str(), &status) != 0) return base::fail_errno(errno, what);
  if (!S_ISDIR(status.st_mode)) {
    auto file = TRY(RingFile::open(url.path));
    files_[url.path] = std::make_shared<OpenRingFile>(std::move(file), found_++);
    return {};
  }
  std::error_code error;
  const std::string directory = std::filesystem::canonical(url.path, error).string();  // one by several names is one
  if (error) return base::fail_errno(error.value(), what);
  if (std::ranges::find(directories_, directory) == directories_.end()) directories_.push_back(directory);
  if (news_) news_->start();
  return {};
}

void RingFiles::take_news() {
  std::array<char, 4096> events;
  for (;;) {
    const auto got = base::read_some(inotify_.get(), events, "inotify");
    if (!got || got->bytes == 0) return;
    has_news_ = true;
  }
}

base::Duration RingFiles::patience() const {
  return !inotify_ || unwatched_ || !told_.empty() ? kLook : kLookIdle;
}

void RingFiles::discover() {
  const base::Instant now = base::now();
  if (!std::exchange(has_news_, false) && now < next_look_) return;
  next_look_ = now + patience();
  unwatched_ = false;
  for (const std::string& directory : directories_) {
    watch_directory(directory);
    look_into(directory);
  }
}

// Each time, as it may be another directory by now.
void RingFiles::watch_directory(const std::string& directory) {
  const bool watched =
      inotify_ && ::inotify_add_watch(inotify_.get(), directory.c_str(), IN_MOVED_TO | IN_CREATE | IN_ONLYDIR) >= 0;
  unwatched_ = unwatched_ || !watched;
}

void RingFiles::look_into(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> found;
  for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end; at.increment(error))
    if (at->path().extension() == MULOG_LAYOUT_SUFFIX) found.push_back(at->path().string());
  if (error && told_.insert(directory).second)
    report_(base::Level::warning, "read directory " + directory + ": " + error.message());
  std::ranges::sort(found);
  for (const std::string& path : found)
    if (!files_.contains(path) && !unfit_.contains(path)) try_open(path);
}

void RingFiles::try_open(const std::string& path) {
  auto file = RingFile::open(path);
  if (!file) {
    if (file.error().code == ENOENT) return;  // another reader was quicker
    if (file.error().kind == base::Kind::data) unfit_.insert(path);
    if (told_.insert(path).second) report_(base::Level::warning, file.error().text());
    return;
  }
  told_.erase(path);
  files_[path] = std::make_shared<OpenRingFile>(*std::move(file), found_++);
}

std::shared_ptr<OpenRingFile> RingFiles::find(std::uint64_t instance) const {
  for (const auto& [path, open] : files_)
    if (open->file->instance() == instance) return open;
  return nullptr;
}

void RingFiles::touch(OpenRingFile& open) {
  open.check_after = poll_;
  open.next_check = base::now() + poll_;
}

void RingFiles::give_up(OpenRingFile& open, const base::Error& error) {
  if (std::exchange(open.broken, true)) return;
  unfit_.insert(open.file->path());
  report_(base::Level::error, error.text() + "; the rest of it is left");
}

void RingFiles::remove_done() {
  const base::Instant now = base::now();
  for (auto each = files_.begin(); each != files_.end();) {
    OpenRingFile& open = *each->second;
    if (open.broken) {  // what was copied before is still given
      const auto held = [&](std::size_t ring) { return open.file->ring(ring).front() != nullptr; };
      std::size_t ring = 0;
      while (ring < open.file->rings() && !held(ring)) ++ring;
      each = ring == open.file->rings() ? files_.erase(each) : std::next(each);
      continue;
    }
    if (now < open.next_check || !open.file->refresh() || !open.file->is_safe()) {
      ++each;
      continue;
    }
    open.check_after = std::clamp(2 * open.check_after, std::min(poll_, kCheck), kCheck);
    open.next_check = now + open.check_after;
    if (!open.file->is_done()) {
      ++each;
      continue;
    }
    if (const auto removed = open.file->remove(); !removed) {
      unfit_.insert(each->first);
      report_(base::Level::warning, removed.error().text());
    }
    each = files_.erase(each);
  }
}

}  // namespace logcat

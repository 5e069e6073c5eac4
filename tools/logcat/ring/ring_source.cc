#include "tools/logcat/ring/ring_source.h"

#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <tuple>
#include <utility>

#include "base/io.h"

namespace logcat {
namespace {

constexpr base::Duration kLook = std::chrono::seconds(1);  // where inotify tells nothing: files that another reader had
constexpr std::size_t kMostWaiting = 32 << 20;

}  // namespace

struct RingSource::Open {
  std::unique_ptr<RingFile> file;
  std::vector<std::uint64_t> times = {};  // the newest of each ring
  std::size_t number = 0;                 // of the file, in the order in which they were found
  bool unfit = false;                     // nothing more is read or written there
};

struct RingSource::Event {
  std::uint64_t time;  // of the ring's order: never less than of the one before it
  std::shared_ptr<Open> file;
  std::size_t ring;
  std::uint64_t safe_by;
  std::string json;

  [[nodiscard]] auto order() const { return std::tuple(time, file->number, ring); }
};

RingSource::RingSource(event::Loop& loop, RingOptions options, base::Report report)
    : options_(options), report_(std::move(report)), timer_(loop, [this] { due_ = true; }) {}

RingSource::~RingSource() = default;

base::Result<std::unique_ptr<RingSource>> RingSource::open(event::Loop& loop, const std::vector<net::Url>& urls,
                                                           RingOptions options, base::Report report) {
  std::unique_ptr<RingSource> source(new RingSource(loop, options, std::move(report)));
  for (const net::Url& url : urls) TRY(source->add(url));
  return source;
}

base::Result<void> RingSource::add(const net::Url& url) {
  struct stat status {};
  if (::stat(url.path.c_str(), &status) != 0) return base::fail_errno(errno, "read ring " + url.path);
  if (!S_ISDIR(status.st_mode)) {
    files_[url.path] = std::make_shared<Open>(Open{.file = TRY(RingFile::open(url.path)), .number = found_++});
    return {};
  }
  if (!inotify_) inotify_ = base::Fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (inotify_) (void)::inotify_add_watch(inotify_.get(), url.path.c_str(), IN_MOVED_TO | IN_CREATE | IN_ONLYDIR);
  directories_.push_back(url.path);
  return {};
}

base::Result<stream::Next> RingSource::read(stream::Batch& batch, std::size_t limit) {
  if (stopped_) return stream::Next::end;
  if (std::exchange(due_, false)) {
    remove_done();
    discover();
    collect();
  }
  give(batch, limit);
  if (given_ < waiting_.size() && waiting_[given_].time <= given_up_to_) return stream::Next::more;
  if (directories_.empty() && files_.empty() && waiting_.empty()) return stream::Next::end;
  if (!timer_.active()) timer_.start(options_.poll);
  return stream::Next::wait;
}

// ---- files

void RingSource::discover() {
  const base::Instant now = base::now();
  if (!has_news() && now < next_look_) return;
  next_look_ = now + kLook;
  for (const std::string& directory : directories_) look_into(directory);
}

bool RingSource::has_news() {
  if (!inotify_) return false;
  std::array<char, 4096> events;
  bool news = false;
  for (;;) {
    const auto got = base::read_some(inotify_.get(), events, "inotify");
    if (!got || got->bytes == 0) return news;
    news = true;
  }
}

void RingSource::look_into(const std::string& directory) {
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

void RingSource::try_open(const std::string& path) {
  auto file = RingFile::open(path);
  if (!file) {
    if (file.error().code == ENOENT) return;  // another reader was quicker
    if (file.error().kind == base::Kind::data) unfit_.insert(path);
    if (told_.insert(path).second) report_(base::Level::warning, file.error().text());
    return;
  }
  told_.erase(path);
  files_[path] = std::make_shared<Open>(Open{.file = *std::move(file), .number = found_++});
}

void RingSource::remove_done() {
  for (auto each = files_.begin(); each != files_.end();) {
    const Open& open = *each->second;
    if (!open.file->refresh() || !open.file->is_done()) {
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

// ---- events

void RingSource::collect() {
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(given_));
  given_ = 0;
  given_up_to_ = newest_;
  const std::size_t before = waiting_.size();
  for (auto each = files_.begin(); each != files_.end();) {
    const std::shared_ptr<Open> open = each->second;
    const std::string path = (each++)->first;  // which may go
    if (waiting_bytes_ < kMostWaiting) collect(open);
    if (unfit_.contains(path)) files_.erase(path);
  }
  merge(before);
  if (waiting_bytes_ >= kMostWaiting) given_up_to_ = newest_;
}

void RingSource::collect(const std::shared_ptr<Open>& open) {
  const auto take = [&](const RingFile::Event& event) {
    std::uint64_t& newest = open->times[event.ring];
    newest = std::max(newest, event.time);
    newest_ = std::max(newest_, newest);
    waiting_bytes_ += event.json.size();
    waiting_.push_back({newest, open, event.ring, event.safe_by, std::string(event.json)});
  };
  if (const auto refreshed = open->file->refresh(); !refreshed) return give_up(*open, refreshed.error());
  open->times.resize(open->file->rings());
  for (std::size_t ring = 0; ring < open->file->rings() && waiting_bytes_ < kMostWaiting; ++ring)
    if (const auto read = open->file->read(ring, take); !read) return give_up(*open, read.error());
}

void RingSource::give_up(Open& open, const base::Error& error) {
  if (std::exchange(open.unfit, true)) return;
  unfit_.insert(open.file->path());
  report_(base::Level::error, error.text() + "; the rest of it is left");
}

void RingSource::merge(std::size_t before) {
  const auto less = [](const Event& one, const Event& other) { return one.order() < other.order(); };
  const auto fresh = waiting_.begin() + static_cast<std::ptrdiff_t>(before);
  std::stable_sort(fresh, waiting_.end(), less);
  std::inplace_merge(waiting_.begin(), fresh, waiting_.end(), less);
}

void RingSource::give(stream::Batch& batch, std::size_t limit) {
  const std::size_t start = batch.bytes();
  while (given_ < waiting_.size() && waiting_[given_].time <= given_up_to_ && batch.bytes() - start < limit) {
    Event& event = waiting_[given_++];
    batch.append(event.json);
    waiting_bytes_ -= event.json.size();
    event.json = {};
    unsafe_.push_back({std::move(event.file), event.ring, event.safe_by});
    ++messages_;
  }
}

base::Result<void> RingSource::acknowledge(std::uint64_t count) {
  const Open* checked = nullptr;
  for (; safe_ < count && !unsafe_.empty(); ++safe_) {
    const Given given = std::move(unsafe_.front());
    unsafe_.pop_front();
    if (std::exchange(checked, given.file.get()) != given.file.get())
      if (const auto there = given.file->file->refresh(); !there) give_up(*given.file, there.error());
    if (!given.file->unfit) given.file->file->acknowledge(given.ring, given.safe_by);
  }
  if (unsafe_.empty()) remove_done();
  return {};
}

std::string RingSource::state() const {
  return std::to_string(files_.size()) + " ring files, " + std::to_string(messages_) + " events";
}

}  // namespace logcat

#include "tools/logcat/ring/ring_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include "base/io.h"
#include "codec/json_object.h"

namespace logcat {
namespace {

constexpr std::uint64_t kMostRing = 1 << 30;
constexpr std::size_t kMostRenderings = 4096;

auto unfit(std::string why) {
  return base::fail(base::Kind::data, "", std::move(why));
}

struct flock range_of(short type, off_t at) {
  struct flock range {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  range.l_start = at;
  range.l_len = 1;
  return range;
}

// Field 22 of /proc/PID/stat; 0: there is no such process here.
std::uint64_t start_of(std::uint32_t pid) {
  const auto text = base::read_file("/proc/" + std::to_string(pid) + "/stat", 4096, "");
  if (!text) return 0;
  std::size_t at = text->rfind(')');
  for (int field = 2; field < 22 && at != text->npos; ++field) at = text->find(' ', at + 1);
  return at == text->npos ? 0 : std::strtoull(text->c_str() + at, nullptr, 10);
}

}  // namespace

class RingFile::Mapping {
 public:
  static base::Result<Mapping> map(int fd, std::uint64_t offset) {
    void* const page =
        ::mmap(nullptr, MULOG_LAYOUT_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(offset));
    if (page == MAP_FAILED) return base::fail_errno(errno, "");
    return Mapping(page);
  }
  Mapping(Mapping&& other) noexcept : page_(std::exchange(other.page_, nullptr)) {}
  Mapping& operator=(Mapping&& other) noexcept {
    std::swap(page_, other.page_);
    return *this;
  }
  ~Mapping() {
    if (page_ != nullptr) ::munmap(page_, MULOG_LAYOUT_PAGE);
  }

  [[nodiscard]] mulog_file_head& file() const { return *static_cast<mulog_file_head*>(page_); }
  [[nodiscard]] mulog_ring_head* ring() const { return static_cast<mulog_ring_head*>(page_); }

 private:
  explicit Mapping(void* page) : page_(page) {}
  void* page_;
};

RingFile::RingFile(std::string path, base::Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
RingFile::~RingFile() = default;

base::Result<std::unique_ptr<RingFile>> RingFile::open(const std::string& path) {
  base::Fd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) return base::fail_errno(errno, "read ring " + path);
  std::unique_ptr<RingFile> file(new RingFile(path, std::move(fd)));
  const auto started = file->start();
  if (!started) return tl::unexpected(file->error(started.error()));
  return file;
}

base::Result<void> RingFile::start() {
  const std::uint64_t bytes = TRY(size());
  if (bytes < MULOG_LAYOUT_PAGE) return unfit("it is too short for a ring file");
  // Not F_OFD_SETLK: a child that was forked and has not yet executed its program would hold that, when we are killed.
  struct flock mine = range_of(F_WRLCK, MULOG_LAYOUT_READER_LOCK);
  if (::fcntl(fd_.get(), F_SETLK, &mine) != 0) {
    if (errno == EAGAIN || errno == EACCES)
      return base::fail(base::Kind::unavailable, "", "another process reads it; a ring has one reader");
    return base::fail_errno(errno, "");
  }
  pages_.push_back(TRY(Mapping::map(fd_.get(), 0)));
  TRY(check_head(bytes));
  instance_ = pages_.front().file().instance;
  pid_ = pages_.front().file().pid;
  return refresh();
}

base::Result<std::uint64_t> RingFile::size() const {
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) return base::fail_errno(errno, "");
  if (!S_ISREG(status.st_mode)) return unfit("it is no regular file");
  return static_cast<std::uint64_t>(status.st_size);
}

base::Result<void> RingFile::check_head(std::uint64_t bytes) const {
  const mulog_file_head& head = pages_.front().file();
  if (std::string_view(head.magic, sizeof head.magic) != MULOG_LAYOUT_MAGIC) return unfit("it is no ring file");
  if (head.byte_order != MULOG_LAYOUT_BYTE_ORDER)
    return unfit("it was written on a machine with another byte order; read it there");
  if (head.version != MULOG_LAYOUT_VERSION)
    return unfit("it has version " + std::to_string(head.version) + " of the format, and this logcat knows version " +
                 std::to_string(MULOG_LAYOUT_VERSION));
  if (head.sites_size != MULOG_LAYOUT_SITES || !std::has_single_bit(head.ring_size) ||
      head.ring_size < MULOG_LAYOUT_PAGE || head.ring_size > kMostRing)
    return unfit("its head is damaged: the sizes in it are impossible");
  return bytes < MULOG_LAYOUT_PAGE + head.sites_size ? unfit("it is truncated") : base::Result<void>();
}

// Before anything of its pages is touched, which after a truncation would be fatal (SIGBUS).
base::Result<void> RingFile::refresh() {
  const mulog_file_head& head = pages_.front().file();
  const auto checked = [&]() -> base::Result<void> {
    const std::uint64_t bytes = TRY(size());
    if (bytes < MULOG_LAYOUT_PAGE + MULOG_LAYOUT_SITES) return unfit("it is truncated");
    const std::uint32_t count =
        std::atomic_ref(const_cast<std::uint32_t&>(head.ring_count)).load(std::memory_order_acquire);
    if (count > MULOG_LAYOUT_MOST_RINGS || count < rings_.size()) return unfit("its head is damaged: rings");
    const std::uint64_t one = MULOG_LAYOUT_PAGE + head.ring_size;
    if (bytes < MULOG_LAYOUT_PAGE + head.sites_size + count * one) return unfit("it is truncated");
    while (rings_.size() < count) {
      const std::uint64_t offset = MULOG_LAYOUT_PAGE + head.sites_size + rings_.size() * one;
      pages_.push_back(TRY(Mapping::map(fd_.get(), offset)));
      rings_.emplace_back(pages_.back().ring(), offset + MULOG_LAYOUT_PAGE, head.ring_size);
    }
    return {};
  }();
  if (!checked) return tl::unexpected(error(checked.error()));
  return {};
}

base::Result<Ring::Filled> RingFile::fill(std::size_t ring, std::size_t most) {
  auto filled = rings_[ring].fill(fd_.get(), most);
  if (!filled) return tl::unexpected(error(filled.error()));
  return filled;
}

base::Result<void> RingFile::render(std::size_t ring, std::string& out) {
  const Ring::Record& record = *rings_[ring].front();
  const auto rendering = this->rendering(record);
  if (!rendering) return tl::unexpected(error(rendering.error()));
  const EventHead head{record.time, id(ring, record.time, record.number)};
  if ((*rendering)->append(head, record.contexts, record.values, out)) return {};
  return tl::unexpected(error(unfit("an event does not fit its description").value()));
}

void RingFile::count(std::size_t ring, EventCounts& counts) {
  const Ring::Record& record = *rings_[ring].front();
  if (const auto described = site(record.site)) counts.count(**described, record.values);
}

std::string RingFile::render_loss(std::size_t ring, std::uint64_t events) {
  const Ring::Record& record = *rings_[ring].front();
  return codec::JsonObject({{"mulog/event-name", "mulog/events-overwritten"},
                            {"mulog/timestamp", record.time / 1000000},
                            {"mulog/trace-id", codec::flake_text(id(ring, record.time, record.number - 1))},
                            {"events", events},
                            {"pid", pid_},
                            {"ring", ring}})
      .text();
}

codec::Flake RingFile::id(std::size_t ring, std::uint64_t time, std::uint64_t number) const {
  return codec::make_flake(time, instance_, static_cast<std::uint16_t>(ring), number);
}

base::Result<const Rendering*> RingFile::rendering(const Ring::Record& record) {
  if (!record.contexts.empty()) return find_rendering(record);
  if (record.site < plain_.size() && plain_[record.site] != nullptr) return plain_[record.site];
  const Rendering* const found = TRY(find_rendering(record));
  if (record.site >= plain_.size()) plain_.resize(std::size_t{record.site} + 1);
  return plain_[record.site] = found;
}

base::Result<const Rendering*> RingFile::find_rendering(const Ring::Record& record) {
  const auto add = [this](std::uint32_t number) { key_.append(reinterpret_cast<const char*>(&number), sizeof number); };
  key_.clear();
  for (std::string_view rest = record.contexts; !rest.empty();) {
    mulog_context_head head{};
    if (rest.size() >= sizeof head) std::memcpy(&head, rest.data(), sizeof head);
    if (head.length < sizeof head || head.length > rest.size()) return unfit("the context of an event is damaged");
    rest.remove_prefix(head.length);
    add(head.site);
  }
  add(record.site);
  if (const auto known = renderings_.find(key_); known != renderings_.end()) return &known->second;
  std::vector<const Site*> described;
  for (std::size_t at = 0; at < key_.size(); at += sizeof(std::uint32_t)) {
    std::uint32_t number;
    std::memcpy(&number, key_.data() + at, sizeof number);
    described.push_back(TRY(site(number)));
  }
  const Site& own = *described.back();
  described.pop_back();
  if (renderings_.size() >= kMostRenderings) {
    renderings_.clear();
    plain_.clear();
  }
  return &renderings_.emplace(key_, Rendering(own, described)).first->second;
}

base::Result<const Site*> RingFile::site(std::uint32_t word) {
  const std::uint64_t at = std::uint64_t{word} * MULOG_LAYOUT_WORD;
  const auto known = sites_.find(word);
  if (known != sites_.end()) return &known->second;
  const std::uint64_t offset = MULOG_LAYOUT_PAGE + at;
  mulog_site_head head{};
  const auto end = [&](std::uint64_t size) { return at + size <= MULOG_LAYOUT_SITES; };
  if (!end(sizeof head)) return unfit("an event is of no call site");
  std::string bytes(sizeof head, '\0');
  (void)TRY(base::read_at(fd_.get(), bytes, offset, ""));
  std::memcpy(&head, bytes.data(), sizeof head);
  if (head.length < sizeof head || !end(head.length)) return unfit("an event is of no call site");
  bytes.resize(head.length);
  if (TRY(base::read_at(fd_.get(), bytes, offset, "")).bytes < bytes.size()) return unfit("it is truncated");
  auto parsed = Site::parse(bytes);
  if (!parsed) return unfit("the description of a call site is damaged");
  return &sites_.emplace(word, *std::move(parsed)).first->second;
}

// By its lock, or where it has closed its descriptors, as a daemon does, by its pid.
bool RingFile::program_lives() const {
  struct flock writer = range_of(F_WRLCK, MULOG_LAYOUT_WRITER_LOCK);
  if (::fcntl(fd_.get(), F_OFD_GETLK, &writer) != 0 || writer.l_type != F_UNLCK) return true;
  const mulog_file_head& head = pages_.front().file();
  return head.start != 0 && start_of(head.pid) == head.start;
}

bool RingFile::is_safe() const {
  const mulog_file_head& head = pages_.front().file();
  return std::atomic_ref(const_cast<std::uint32_t&>(head.ring_count)).load(std::memory_order_acquire) ==
             rings_.size() &&
         std::ranges::all_of(rings_, &Ring::is_done);
}

// What it wrote before it ended is looked for once more after that.
bool RingFile::is_done() const {
  return is_safe() && !program_lives() && is_safe();
}

base::Result<void> RingFile::remove() {
  struct stat mine {};
  struct stat named {};
  if (::fstat(fd_.get(), &mine) != 0 || ::lstat(path_.c_str(), &named) != 0 || mine.st_ino != named.st_ino ||
      mine.st_dev != named.st_dev)
    return {};
  if (::unlink(path_.c_str()) != 0 && errno != ENOENT) return base::fail_errno(errno, "remove ring " + path_);
  return {};
}

base::Error RingFile::error(const base::Error& cause) const {
  const std::string reason = cause.why.empty() ? base::system_reason(cause.code) : cause.why;
  return {cause.kind, "read ring " + path_, reason, cause.code};
}

}  // namespace logcat

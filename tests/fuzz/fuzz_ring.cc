// libFuzzer target (make fuzz): what a ring file holds, read as logcat does. Whatever it is, it is refused or makes
// lines of JSON.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "tools/logcat/ring/ring_file.h"

namespace {

constexpr std::uint64_t kRing = 4096;
constexpr off_t kSites = MULOG_LAYOUT_PAGE;
constexpr off_t kRingHead = kSites + MULOG_LAYOUT_SITES;
constexpr off_t kBytes = kRingHead + MULOG_LAYOUT_PAGE;

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  std::string_view take(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  std::uint8_t byte() {
    const std::string_view one = take(1);
    return one.empty() ? 0 : static_cast<std::uint8_t>(one[0]);
  }
  template <class Head>
  void overwrite(Head& head) {
    const std::string_view bytes = take(sizeof head);
    std::memcpy(&head, bytes.data(), bytes.size());
  }
  std::string_view all() { return take(rest_.size()); }

 private:
  std::string_view rest_;
};

// In memory, and made anew for each input.
struct File {
  std::string path = "/dev/shm/logpipe-fuzz-" + std::to_string(::getpid()) + ".ring";
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  File() {
    if (fd < 0) std::abort();
  }
  ~File() { ::unlink(path.c_str()); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  void write(off_t at, std::string_view bytes) const {
    if (::pwrite(fd, bytes.data(), bytes.size(), at) != static_cast<ssize_t>(bytes.size())) std::abort();
  }
  template <class Head>
  void write_head(off_t at, const Head& head) const {
    write(at, {reinterpret_cast<const char*>(&head), sizeof head});
  }
};

// The first byte says what the input has beside call sites and the ring's bytes: the file's head, the ring's, its size.
void make(const File& file, Input input) {
  const std::uint8_t parts = input.byte();
  mulog_file_head head{};
  std::memcpy(head.magic, MULOG_LAYOUT_MAGIC, sizeof head.magic);
  head.version = MULOG_LAYOUT_VERSION;
  head.byte_order = MULOG_LAYOUT_BYTE_ORDER;
  head.sites_size = MULOG_LAYOUT_SITES;
  head.ring_size = kRing;
  head.ring_count = 1;
  if ((parts & 1) != 0) input.overwrite(head);
  mulog_ring_head ring{};
  if ((parts & 2) != 0) input.overwrite(ring);
  const off_t size = (parts & 4) != 0 ? input.byte() * off_t{2048} : kBytes + static_cast<off_t>(kRing);
  if (::ftruncate(file.fd, 0) != 0 || ::ftruncate(file.fd, kBytes + static_cast<off_t>(kRing)) != 0) std::abort();
  file.write(kSites, input.take(std::size_t{input.byte()} * MULOG_LAYOUT_WORD));
  const std::string_view bytes = input.all().substr(0, kRing);
  if ((parts & 2) == 0) ring.head = bytes.size() / MULOG_LAYOUT_WORD * MULOG_LAYOUT_WORD;
  file.write_head(0, head);
  file.write_head(kRingHead, ring);
  file.write(kBytes, bytes);
  if (::ftruncate(file.fd, size) != 0) std::abort();
}

void check(const std::string& line) {
  if (line.find('\n') == line.npos && nlohmann::json::accept(line)) return;
  std::fprintf(stderr, "no line of JSON: %s\n", line.c_str());
  std::abort();
}

void read_ring(logcat::RingFile& file, std::size_t index) {
  for (;;) {
    const auto filled = file.fill(index, kRing / 2);
    logcat::Ring& ring = file.ring(index);
    for (; ring.front() != nullptr; ring.pop()) {
      if (ring.lost() > 0) check(file.render_loss(index, ring.lost()));
      std::string line;
      if (!file.render(index, line)) return;
      check(line);
      ring.acknowledge(ring.front()->number + 1);
    }
    if (!filled || *filled == logcat::Ring::Filled::all) return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const File kFile;
  make(kFile, {data, size});
  const auto file = logcat::RingFile::open(kFile.path);
  if (!file) return 0;
  for (std::size_t ring = 0; ring < std::min<std::size_t>((*file)->rings(), 2); ++ring) read_ring(**file, ring);
  (void)(*file)->is_done();
  return 0;
}

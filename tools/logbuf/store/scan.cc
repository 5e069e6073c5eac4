#include "tools/logbuf/store/scan.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/fd.h"

namespace logbuf {
namespace {

bool is_before(const Chunk& left, const Chunk& right) {
  if (left.first_id != right.first_id) return left.first_id < right.first_id;
  return left.accepted < right.accepted;
}

bool overlaps(const Chunk& left, const Chunk& right) {
  return left.first_id <= right.last_id() && right.first_id <= left.last_id();
}

}  // namespace

void Scan::Unmap::operator()(const char* bytes) const noexcept {
  ::munmap(const_cast<char*>(bytes), size);
}

base::Result<Scan> Scan::open(const std::string& path) {
  const base::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return base::fail_errno(errno, "open " + path);
  Scan scan;
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return scan;
  void* map = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (map == MAP_FAILED) return base::fail_errno(base::Kind::io, errno, "read " + path);
  scan.bytes_ = {static_cast<const char*>(map), Unmap{size}};
  return scan;
}

std::vector<Chunk> Scan::chunks() const {
  std::vector<Chunk> found;
  const std::string_view all(bytes_.get(), bytes_ ? bytes_.get_deleter().size : 0);
  for (std::size_t at = all.find(kChunkMagic); at != std::string_view::npos;) {
    const std::string_view rest = all.substr(at);
    const std::optional<Chunk> chunk = peek_chunk(rest);
    const bool whole = chunk && checksum_matches(*chunk);
    if (whole) found.push_back(*chunk);
    at = all.find(kChunkMagic, at + (whole ? chunk->size() : 1));
  }
  std::sort(found.begin(), found.end(), is_before);
  std::vector<Chunk> kept;
  for (const Chunk& chunk : found) {
    while (!kept.empty() && overlaps(kept.back(), chunk) && chunk.accepted >= kept.back().accepted) kept.pop_back();
    if (kept.empty() || !overlaps(kept.back(), chunk)) kept.push_back(chunk);
  }
  return kept;
}

}  // namespace logbuf

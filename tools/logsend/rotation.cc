#include "tools/logsend/rotation.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <utility>

#include "base/directory.h"
#include "base/io.h"
#include "base/lease.h"
#include "base/rename.h"
#include "codec/compress.h"

namespace logsend {
namespace {

using base::Fd;
using base::Result;

constexpr std::size_t kCompressBytes = 1 << 20;  // a member or frame each: the program can be stopped in between
constexpr int kMostStamps = 1000;                // tried for one file
constexpr std::string_view kStampForm = "00000000T000000.000000Z";

bool is_stamp(std::string_view text) {
  return std::ranges::equal(
      text, kStampForm, [](char byte, char form) { return form == '0' ? byte >= '0' && byte <= '9' : byte == form; });
}

std::string_view suffix_of(codec::Coding coding) {
  return coding == codec::Coding::gzip ? ".gz" : ".zst";
}

Result<void> sync_names(const Fd& directory, const std::string& path) {
  if (::fsync(directory.get()) == 0 || errno == EBADF) return {};
  return base::fail_errno(errno, "sync the directory of " + path);
}

Result<Fd> open_regular(const Fd& directory, const std::string& name, const std::string& path) {
  Fd fd(::openat(directory.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return base::fail_errno(errno, "read " + path);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode))
    return base::fail(base::Kind::io, "read " + path, "it is not a regular file");
  return fd;
}

// The rotated files of a name: stems, with the suffixes that there are.
using Rotated = std::map<std::string, std::set<std::string>>;

// What is done to the rotated files of one name.
class Tending {
 public:
  Tending(DirectoryBelow below, const FilePlace& place, const RotationOptions& options,
          const std::atomic<bool>& cancelled)
      : directory_(std::move(below.fd)),
        name_(std::move(below.name)),
        prefix_(place.path().substr(0, place.path().size() - name_.size())),
        options_(options),
        cancelled_(cancelled) {}

  Result<void> tend() {
    Rotated rotated = TRY(list());
    if (options_.keep) TRY(remove_oldest(rotated));
    if (!options_.compress) return {};
    for (const auto& [stem, suffixes] : rotated) {
      if (cancelled_) return {};
      if (!suffixes.contains("")) continue;
      if (suffixes.contains(std::string(suffix_of(*options_.compress))))
        TRY(finish(stem));
      else
        TRY(compress(stem));
    }
    return {};
  }

 private:
  [[nodiscard]] std::string path_of(const std::string& name) const { return prefix_ + name; }
  [[nodiscard]] std::string compressed(const std::string& stem) const {
    return stem + std::string(suffix_of(*options_.compress));
  }

  Result<Rotated> list() const {
    const std::string action = "look for rotated files of " + path_of(name_);
    Fd fd(::openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return base::fail_errno(errno, action);
    Rotated rotated;
    TRY(base::each_entry(std::move(fd), action, [&](int, const dirent& entry) {
      const std::string_view found = entry.d_name;
      const std::string_view stem = stem_of(found, name_);
      if (!stem.empty()) rotated[std::string(stem)].emplace(found.substr(stem.size()));
    }));
    return rotated;
  }

  Result<void> remove(const std::string& name) const {
    if (::unlinkat(directory_.get(), name.c_str(), 0) == 0 || errno == ENOENT) return {};
    return base::fail_errno(errno, "remove " + path_of(name));
  }

  Result<void> remove_oldest(Rotated& rotated) const {
    while (rotated.size() > *options_.keep) {
      for (const std::string& suffix : rotated.begin()->second) TRY(remove(rotated.begin()->first + suffix));
      rotated.erase(rotated.begin());
    }
    return {};
  }

  // Both are there: of a run that was killed in between, or a compressed file that somebody else is still making.
  Result<void> finish(const std::string& stem) const {
    const Fd original = TRY(open_regular(directory_, stem, path_of(stem)));
    const Fd packed = TRY(open_regular(directory_, compressed(stem), path_of(compressed(stem))));
    if (base::is_open_for_writing(original.get()).value_or(false) || !TRY(holds_same(original, packed, stem)))
      return {};
    TRY(sync_all(packed, compressed(stem)));
    return remove(stem);
  }

  [[nodiscard]] Result<bool> holds_same(const Fd& original, const Fd& packed, const std::string& stem) const {
    const auto decoder = TRY(codec::make_decoder(*options_.compress));
    const auto input = std::make_unique_for_overwrite<char[]>(kCompressBytes);
    const auto expected = std::make_unique_for_overwrite<char[]>(kCompressBytes);
    std::uint64_t at = 0;
    for (bool end = false; !end && !cancelled_;) {
      const base::Transfer got = TRY(base::read_some(packed.get(), {input.get(), kCompressBytes}, path_of(stem)));
      std::string_view bytes(input.get(), got.bytes);
      end = got.end;
      for (;;) {
        const auto piece = decoder->decode(bytes);
        if (!piece) return false;
        if (piece->empty()) break;
        const base::Transfer same =
            TRY(base::read_at(original.get(), {expected.get(), piece->size()}, at, path_of(stem)));
        if (std::string_view(expected.get(), same.bytes) != *piece) return false;
        at += piece->size();
      }
    }
    struct stat status {};
    return !cancelled_ && decoder->finish() && ::fstat(original.get(), &status) == 0 &&
           at == static_cast<std::uint64_t>(status.st_size);
  }

  // A file without a name until it is whole and synced, so that no kill leaves half of one.
  Result<void> compress(const std::string& stem) const {
    const Fd original = TRY(open_regular(directory_, stem, path_of(stem)));
    if (base::is_open_for_writing(original.get()).value_or(false)) return {};
    const std::string target = compressed(stem);
    const Fd packed(::openat(directory_.get(), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
    if (!packed) return base::fail_errno(errno, "compress " + path_of(stem));
    const std::uint64_t size = TRY(pack(original, packed, stem));
    if (cancelled_) return {};
    struct stat status {};
    if (::fstat(original.get(), &status) != 0) return base::fail_errno(errno, "compress " + path_of(stem));
    (void)!::fchown(packed.get(), status.st_uid, status.st_gid);
    if (::fchmod(packed.get(), status.st_mode & 07777) != 0 || ::fsync(packed.get()) != 0)
      return base::fail_errno(errno, "compress " + path_of(stem));
    const bool grew = static_cast<std::uint64_t>(status.st_size) != size;
    if (grew || base::is_open_for_writing(original.get()).value_or(false)) return {};
    const std::string open_file = "/proc/self/fd/" + std::to_string(packed.get());
    if (::linkat(AT_FDCWD, open_file.c_str(), directory_.get(), target.c_str(), AT_SYMLINK_FOLLOW) != 0) {
      if (errno == EEXIST) return {};  // somebody else did it, and removes the original
      return base::fail_errno(errno, "make " + path_of(target));
    }
    TRY(sync_names(directory_, path_of(target)));
    return remove(stem);
  }

  [[nodiscard]] Result<std::uint64_t> pack(const Fd& original, const Fd& packed, const std::string& stem) const {
    const auto block = std::make_unique_for_overwrite<char[]>(kCompressBytes);
    std::string out;
    std::uint64_t at = 0;
    for (bool end = false; !end && !cancelled_;) {
      const base::Transfer got = TRY(base::read_at(original.get(), {block.get(), kCompressBytes}, at, path_of(stem)));
      end = got.end;
      if (got.bytes == 0) break;
      at += got.bytes;
      out.clear();
      codec::compress(*options_.compress, {block.get(), got.bytes}, out);
      TRY(base::write_all(packed.get(), out, path_of(stem)));
    }
    return at;
  }

  Result<void> sync_all(const Fd& file, const std::string& name) const {
    if (::fsync(file.get()) != 0) return base::fail_errno(errno, "sync " + path_of(name));
    return sync_names(directory_, path_of(name));
  }

  Fd directory_;
  std::string name_;
  std::string prefix_;  // of paths
  const RotationOptions& options_;
  const std::atomic<bool>& cancelled_;
};

}  // namespace

bool RotationOptions::is_due(const OutputFile& file, std::uint64_t more) const {
  if (!is_wanted() || !file.regular()) return false;
  const std::uint64_t bytes = file.bytes();
  if (bytes == 0) return false;
  return (size && bytes + more > size->count) || (time && base::wall_now() - file.made() >= *time);
}

std::string rotated_name(std::string_view name, base::WallTime time) {
  std::string stamp = base::format_time(time);
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  return std::string(name) + "." + stamp;
}

std::string_view stem_of(std::string_view entry, std::string_view name) {
  const std::size_t length = name.size() + 1 + kStampForm.size();
  if (entry.size() < length || !entry.starts_with(name) || entry[name.size()] != '.') return {};
  const std::string_view suffix = entry.substr(length);
  if (!is_stamp(entry.substr(name.size() + 1, kStampForm.size()))) return {};
  return suffix.empty() || suffix == ".gz" || suffix == ".zst" ? entry.substr(0, length) : std::string_view();
}

Result<void> rotate(const FilePlace& place, int fd) {
  const DirectoryBelow below = TRY(open_directory_below(place));
  struct stat ours {};
  struct stat there {};
  const std::string what = "rotate " + place.path();
  if (::fstat(fd, &ours) != 0) return base::fail_errno(errno, what);
  const bool is_there = ::fstatat(below.fd.get(), below.name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0;
  if (is_there && S_ISLNK(there.st_mode)) return base::fail(base::Kind::io, what, "its name is a symbolic link");
  if (!is_there || ours.st_ino != there.st_ino || ours.st_dev != there.st_dev) return {};
  base::WallTime time = base::wall_now();
  int error = EEXIST;
  for (int tried = 0; error == EEXIST && tried < kMostStamps; ++tried, time += std::chrono::microseconds(1)) {
    const int directory = below.fd.get();
    error = base::rename_to_free_name(directory, below.name, directory, rotated_name(below.name, time));
  }
  if (error != 0) return base::fail_errno(error, what);
  return sync_names(below.fd, place.path());
}

Result<void> tend_rotated(const FilePlace& place, const RotationOptions& options, const std::atomic<bool>& cancelled) {
  return Tending(TRY(open_directory_below(place)), place, options, cancelled).tend();
}

}  // namespace logsend

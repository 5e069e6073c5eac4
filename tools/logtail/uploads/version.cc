#include "tools/logtail/uploads/version.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <charconv>

namespace logtail {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

std::uint64_t nanoseconds(const struct statx_timestamp& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * kSecond + time.tv_nsec;
}

}  // namespace

base::Result<Version> version_of(int fd, std::string_view name) {
  struct statx status {};
  constexpr unsigned kWanted = STATX_INO | STATX_SIZE | STATX_MTIME | STATX_BTIME;
  if (::statx(fd, "", AT_EMPTY_PATH, kWanted, &status) != 0)
    return base::fail_errno(errno, "look at " + std::string(name));
  return Version{{makedev(status.stx_dev_major, status.stx_dev_minor), status.stx_ino},
                 (status.stx_mask & STATX_BTIME) != 0 ? nanoseconds(status.stx_btime) : 0,
                 status.stx_size,
                 nanoseconds(status.stx_mtime)};
}

std::string UploadIdentity::text() const {
  std::string text;
  for (const std::uint64_t number :
       {version.inode.device, version.inode.number, version.birth, version.size, version.changed, upto, hash})
    text += (text.empty() ? "" : ":") + std::to_string(number);
  return text;
}

std::optional<UploadIdentity> parse_upload_identity(std::string_view text) {
  UploadIdentity identity;
  Version& version = identity.version;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::uint64_t* field : {&version.inode.device, &version.inode.number, &version.birth, &version.size,
                               &version.changed, &identity.upto, &identity.hash}) {
    if (field != &version.inode.device && (at == end || *at++ != ':')) return std::nullopt;
    const auto [next, error] = std::from_chars(at, end, *field);
    if (error != std::errc()) return std::nullopt;
    at = next;
  }
  return at == end ? std::optional(identity) : std::nullopt;
}

}  // namespace logtail

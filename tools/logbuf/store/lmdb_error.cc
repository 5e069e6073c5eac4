#include "tools/logbuf/store/lmdb_error.h"

#include <lmdb.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <cstdint>

namespace logbuf {
namespace {

// EIO is also LMDB's word for a write that was cut short, as on a full disk.
std::string io_error(const std::string& directory) {
  constexpr std::uint64_t kFull = 64 << 10;  // bytes: less than what a commit needs
  const std::string what = base::system_reason(EIO) + " on " + directory + "/data.mdb: ";
  struct statvfs disk {};
  if (::statvfs(directory.c_str(), &disk) == 0 && disk.f_bavail * disk.f_frsize < kFull)
    return what + "the disk is full";
  return what + "a write failed or was cut short; see the kernel's log, quotas and 'ulimit -f'";
}

}  // namespace

tl::unexpected<base::Error> failed(int code, const char* action, const std::string& directory) {
  const std::string what = std::string(action) + " buffer " + directory;
  switch (code) {
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_PANIC:
    case MDB_INCOMPATIBLE:  // as the following, said of a page that no sound tree holds
    case MDB_CURSOR_FULL:
    case MDB_PAGE_FULL:
    case MDB_BAD_TXN:
    case MDB_BAD_VALSIZE:
    case MDB_NOTFOUND:
      return base::fail(base::Kind::data, what,
                        std::string("the data file is damaged (") + mdb_strerror(code) + "); see 'logbuf salvage'");
    case MDB_MAP_FULL:
      return base::fail(base::Kind::io, what, "the data file may not grow further; see 'logbuf compact'");
    case MDB_READERS_FULL:
      return base::fail(base::Kind::temporary, what, "too many processes are reading it");
    case EIO:
      return base::fail(base::Kind::io, what, io_error(directory));
    default:
      if (code > 0) return base::fail_errno(code, what);
      return base::fail(base::Kind::io, what, mdb_strerror(code));
  }
}

}  // namespace logbuf

#include "tools/logbuf/store/lease.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "tools/logbuf/store/files.h"

namespace logbuf {
namespace {

struct flock byte_lock(std::uint64_t number, short type = F_WRLCK) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(number);
  lock.l_len = 1;
  return lock;
}

}  // namespace

base::Result<Leases> Leases::open(const std::string& directory) {
  Leases leases;
  leases.path_ = directory + "/leases";
  leases.file_ = TRY(open_or_make_file(directory, "leases"));
  return leases;
}

base::Result<Leases> Leases::open_to_look(const std::string& directory) {
  Leases leases;
  leases.path_ = directory + "/leases";
  leases.file_ = base::Fd(::open(leases.path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!leases.file_) return base::fail_errno(errno, "open " + leases.path_);
  return leases;
}

base::Result<bool> Leases::take(std::uint64_t number) {
  struct flock lock = byte_lock(number);
  if (::fcntl(file_.get(), F_SETLK, &lock) == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  return base::fail_errno(base::Kind::io, errno, "lock " + path_);
}

base::Result<void> Leases::wait_for(std::uint64_t number) {
  struct flock lock = byte_lock(number);
  while (::fcntl(file_.get(), F_SETLKW, &lock) != 0)
    if (errno != EINTR) return base::fail_errno(base::Kind::io, errno, "lock " + path_);
  return {};
}

void Leases::give_back(std::uint64_t number) {
  struct flock lock = byte_lock(number, F_UNLCK);
  (void)::fcntl(file_.get(), F_SETLK, &lock);
}

// A failure costs the watchers no more than time: they look again a little after every write to the data file.
void Leases::announce() const {
  const ssize_t ignored = ::pwrite(file_.get(), "\n", 1, 0);
  (void)ignored;
}

base::Result<bool> Leases::held(std::uint64_t number) const {
  struct flock lock = byte_lock(number);
  if (::fcntl(file_.get(), F_GETLK, &lock) != 0)
    return base::fail_errno(base::Kind::io, errno, "test lock of " + path_);
  return lock.l_type != F_UNLCK;
}

}  // namespace logbuf

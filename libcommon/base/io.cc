#include "base/io.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string>

#include "base/fd.h"

namespace base {
namespace {

bool blocks(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

bool ready(int fd, short events) {
  pollfd entry{fd, events, 0};
  return ::poll(&entry, 1, 0) > 0;  // errors and hang-ups are ready: the transfer reports them
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t most, std::string_view what) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno(errno, std::string(what));
  std::string text;
  std::array<char, 4096> buffer;
  for (bool end = false; !end;) {
    const Transfer got = TRY(read_some(fd.get(), buffer, what));
    text.append(buffer.data(), got.bytes);
    end = got.end;
    if (text.size() > most)
      return fail(Kind::data, std::string(what), "it has more than " + std::to_string(most) + " bytes");
  }
  return text;
}

bool is_nonblocking(int fd) {
  return (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
}

Result<Transfer> read_some(int fd, std::span<char> into, std::string_view what) {
  for (;;) {
    const ssize_t n = ::read(fd, into.data(), into.size());
    if (n > 0) return Transfer{static_cast<std::size_t>(n)};
    if (n == 0) return Transfer{.end = true};
    if (blocks(errno)) return Transfer{.would_block = true};
    if (errno != EINTR) return fail_errno(Kind::io, errno, "read " + std::string(what));
  }
}

Result<Transfer> read_at(int fd, std::span<char> into, std::uint64_t offset, std::string_view what) {
  Transfer got;
  while (got.bytes < into.size() && !got.end) {
    const ssize_t n =
        ::pread(fd, into.data() + got.bytes, into.size() - got.bytes, static_cast<off_t>(offset + got.bytes));
    if (n < 0 && errno != EINTR) return fail_errno(Kind::io, errno, "read " + std::string(what));
    got.end = n == 0;
    if (n > 0) got.bytes += static_cast<std::size_t>(n);
  }
  return got;
}

Result<Transfer> read_ready(int fd, std::span<char> into, std::string_view what) {
  if (!ready(fd, POLLIN)) return Transfer{.would_block = true};
  return read_some(fd, into, what);
}

Result<Transfer> write_some(int fd, std::string_view bytes, std::string_view what) {
  for (;;) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n >= 0) return Transfer{static_cast<std::size_t>(n)};
    if (blocks(errno)) return Transfer{.would_block = true};
    if (errno != EINTR) return fail_errno(Kind::io, errno, "write " + std::string(what));
  }
}

Result<Transfer> write_ready(int fd, std::string_view bytes, std::string_view what) {
  if (is_nonblocking(fd)) return write_some(fd, bytes, what);
  if (!ready(fd, POLLOUT)) return Transfer{.would_block = true};
  return write_some(fd, bytes.substr(0, PIPE_BUF), what);
}

Result<void> write_all(int fd, std::string_view bytes, std::string_view what) {
  while (!bytes.empty()) {
    const Transfer written = TRY(write_some(fd, bytes, what));
    bytes.remove_prefix(written.bytes);
    if (written.would_block) {
      pollfd entry{fd, POLLOUT, 0};
      if (::poll(&entry, 1, -1) < 0 && errno != EINTR)
        return fail_errno(Kind::io, errno, "wait for " + std::string(what));
    }
  }
  return {};
}

Result<void> sync_data(int fd, std::string_view what) {
  if (::fdatasync(fd) == 0 || errno == EINVAL || errno == EROFS) return {};
  return fail_errno(Kind::io, errno, "sync " + std::string(what));
}

Result<void> sync_directory(const std::string& path) {
  const Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return fail_errno(errno, "open directory " + path);
  if (::fsync(directory.get()) != 0) return fail_errno(Kind::io, errno, "sync directory " + path);
  return {};
}

}  // namespace base

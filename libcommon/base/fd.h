// An owned file descriptor. Move-only; closed on destruction.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace base {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

  // Gives up ownership.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

  // Closes now and forgets errors; for descriptors that were only read, or after an error.
  void reset() noexcept;

  // Closes and reports: what was written may first fail here (NFS, quota).
  Result<void> close(std::string_view what);

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd read;
  Fd write;
};

// A close-on-exec pipe, enlarged towards 1 MiB where the system allows it.
Result<Pipe> open_pipe();

// A second, non-blocking open file description of a descriptor that others share (stdin, stdout),
// so that O_NONBLOCK does not leak to them. Sockets, which cannot be opened twice, and systems without /proc
// give an Fd that is a plain blocking duplicate: callers poll before every read or write.
Result<Fd> private_copy(int fd, bool for_writing);

// How many descriptors this process may have, after raising the soft limit towards `wanted`: it is 1024 on many
// systems, for the sake of programs that use select(2).
std::size_t raise_descriptor_limit(std::size_t wanted);

// Back to the soft limit that this process was started with. For a forked child: its program may use select(2).
void restore_descriptor_limit();

}  // namespace base

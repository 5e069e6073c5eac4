#include "stream/stdout_sink.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <limits>

#include "base/io.h"
#include "base/units.h"

namespace stream {
namespace {

constexpr char kWhat[] = "stdout";
constexpr std::size_t kOutputBytes = 1 << 20;
constexpr std::size_t kAnyNumber = std::numeric_limits<std::size_t>::max();

}  // namespace

StdoutSink::StdoutSink(event::Loop& loop, FrameFormat format, base::Fd fd, Target target)
    : format_(format),
      fd_(std::move(fd)),
      is_file_(target == Target::file),
      buffer_(format, kOutputBytes, kAnyNumber),
      writable_(loop, fd_.get(), event::Interest::write, [this] { writable_.stop(); }),
      broken_(loop, fd_.get(), event::Interest::read, [this] {
        broken_.stop();
        reader_gone_ = true;
      }) {
  if (target == Target::pipe) broken_.start();
}

base::Result<std::unique_ptr<StdoutSink>> StdoutSink::open(event::Loop& loop, FrameFormat format, int fd) {
  base::Fd copy = TRY(base::private_copy(fd, true));
  struct stat status {};
  if (::fstat(copy.get(), &status) != 0) return base::fail_errno(errno, kWhat);
  const bool is_pipe = S_ISFIFO(status.st_mode) && (::fcntl(copy.get(), F_GETFL) & O_ACCMODE) == O_WRONLY;
  const bool is_file = ::lseek(copy.get(), 0, SEEK_CUR) >= 0;
  const Target target = is_pipe ? Target::pipe : is_file ? Target::file : Target::other;
  return std::unique_ptr<StdoutSink>(new StdoutSink(loop, format, std::move(copy), target));
}

base::Result<void> StdoutSink::write(const Batch& batch) {
  const bool as_it_is = format_.framing == Framing::line && !format_.ids && !batch.has_inner_lf();
  if (as_it_is && buffer_.waiting() == 0) return write_direct(batch);
  buffer_.append(batch);
  return flush();
}

base::Result<void> StdoutSink::write_direct(const Batch& batch) {
  std::size_t left = TRY(put(batch.block()));
  if (left == batch.bytes()) {
    direct_ += batch.count();
    return {};
  }
  std::size_t whole = 0;
  for (; left > batch.lengths()[whole]; ++whole) left -= batch.lengths()[whole] + 1;
  direct_ += whole;
  buffer_.append(batch, whole);
  buffer_.sent(left);
  return {};
}

base::Result<void> StdoutSink::flush() {
  if (reader_gone_ && fd_) return base::fail_errno(base::Kind::io, EPIPE, "write stdout");
  while (!buffer_.unsent().empty()) {
    buffer_.sent(TRY(put(buffer_.unsent())));
    buffer_.acknowledge_sent();
    if (full_) return {};
  }
  if (life_.is_finishing()) {
    life_.end();
    writable_.stop();
    broken_.stop();
    return fd_.close(kWhat);
  }
  return {};
}

// Writes what goes now; the rest makes the loop wait for room.
base::Result<std::size_t> StdoutSink::put(std::string_view bytes) {
  const std::size_t size = bytes.size();
  full_ = false;
  if (is_file_) {
    TRY(base::write_all(fd_.get(), bytes, kWhat));
    return size;
  }
  while (!bytes.empty() && !full_) {
    const base::Transfer moved = TRY(base::write_ready(fd_.get(), bytes, kWhat));
    bytes.remove_prefix(moved.bytes);
    full_ = moved.would_block;
  }
  writable_.set(full_);
  return size - bytes.size();
}

base::Result<void> StdoutSink::finish() {
  life_.finish();
  return flush();
}

std::string StdoutSink::state() const {
  return "writing to stdout, " + base::count_of(buffer_.waiting(), "message") + " buffered";
}

}  // namespace stream

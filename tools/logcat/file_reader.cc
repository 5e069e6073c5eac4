#include "tools/logcat/file_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/units.h"
#include "cli/meant.h"

namespace logcat {
namespace {

using base::Fd;
using base::Kind;
using base::Result;
using stream::Next;

constexpr std::size_t kReadBytes = 256 << 10;

Result<Fd> open_path(const std::string& path) {
  // O_NONBLOCK: opening a named pipe must not wait where no signal is heard.
  Fd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!fd) return base::fail_errno(errno, "open " + path);
  return fd;
}

std::string why_no_directory(bool standard_input, const std::string& name) {
  if (standard_input) return "it is a directory";
  if (cli::is_buffer(name)) return "it is a buffer" + cli::meant(name, cli::Use::read);
  return "it is a directory; 'logtail " + name + "' reads the files in it";
}

}  // namespace

Result<std::unique_ptr<FileReader>> FileReader::open(event::Loop& loop, const net::Url& url,
                                                     const FileOptions& options) {
  const bool standard_input = url.scheme == "-";
  std::string name = standard_input ? "stdin" : url.path;
  Fd fd = standard_input ? TRY(base::private_copy(STDIN_FILENO, false)) : TRY(open_path(url.path));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return base::fail_errno(errno, "open " + name);
  if (S_ISDIR(status.st_mode))
    return base::fail(Kind::no_input, "open " + name, why_no_directory(standard_input, name));
  const bool regular = S_ISREG(status.st_mode);
  if (regular) (void)::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  return std::unique_ptr<FileReader>(new FileReader(loop, std::move(fd), std::move(name), regular, options));
}

FileReader::FileReader(event::Loop& loop, Fd fd, std::string name, bool regular, const FileOptions& options)
    : fd_(std::move(fd)),
      name_(std::move(name)),
      regular_(regular),
      readable_(loop, fd_.get(), event::Interest::read, [this] { readable_.stop(); }),
      buffer_(std::make_unique_for_overwrite<char[]>(kReadBytes)),
      frames_({options.framing, false}, options.max_message) {}

Result<Next> FileReader::read(stream::Batch& out, std::size_t limit) {
  const std::size_t before = out.bytes();
  while (out.bytes() - before < limit) {
    if (decoded_all_ && !ended_) {
      const base::Transfer got = TRY(fill());
      if (got.would_block) {
        readable_.start();
        return Next::wait;
      }
      ended_ = got.end;
    }
    if (!TRY(know_coding())) continue;
    const std::size_t count = out.count();
    auto passed = pass_on(out);
    if (passed && ended_ && decoded_all_) passed = finish(out);
    messages_ += out.count() - count;
    if (!passed) return tl::unexpected(damage(std::move(passed.error()), out));
    if (ended_ && decoded_all_) return Next::end;
  }
  return Next::more;
}

// More bytes behind those that did not tell the coding yet.
Result<base::Transfer> FileReader::fill() {
  const std::size_t held = input_.size();
  const std::span<char> free(buffer_.get() + held, kReadBytes - held);
  const base::Transfer got =
      TRY(regular_ ? base::read_some(fd_.get(), free, name_) : base::read_ready(fd_.get(), free, name_));
  input_ = {buffer_.get(), held + got.bytes};
  return got;
}

Result<bool> FileReader::know_coding() {
  if (coding_) return true;
  coding_ = codec::tell_coding(input_, ended_);
  if (!coding_ || *coding_ == codec::Coding::plain) return coding_.has_value();
  auto decoder = codec::make_decoder(*coding_);
  if (!decoder) return base::fail(decoder.error().kind, "read " + name_, decoder.error().why);
  decoder_ = std::move(*decoder);
  return coding_.has_value();
}

// One piece, so that what a small input grows to stays near the limit.
Result<void> FileReader::pass_on(stream::Batch& out) {
  if (!decoder_) return frames_.feed(std::exchange(input_, {}), out);
  const std::string_view piece = TRY(decoder_->decode(input_));
  decoded_all_ = piece.empty();
  return frames_.feed(piece, out);
}

Result<void> FileReader::finish(stream::Batch& out) {
  if (decoder_) TRY(decoder_->finish());
  return frames_.finish(out);
}

// What came before the damage is given, the beginning of a message included: it is all there is of it.
base::Error FileReader::damage(base::Error error, stream::Batch& out) {
  const std::size_t count = out.count();
  (void)frames_.finish(out);
  messages_ += out.count() - count;
  error.what = "read " + name_;
  error.why +=
      " after " + base::count_of(messages_, "message") + (messages_ == 1 ? "; it was" : "; they were") + " passed on";
  return error;
}

}  // namespace logcat

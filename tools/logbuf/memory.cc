#include "tools/logbuf/memory.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.h"
#include "base/io.h"
#include "tools/logbuf/store/pack.h"
#include "tools/logbuf/store/records.h"

namespace logbuf {
namespace {

constexpr char kReading[] = "read consumers, limits and origins";

void add(Packer& packer, std::string& text, std::string_view field) {
  text += packer.u64(field.size()).take();
  text += field;
  packer = Packer();
}

std::string encode(const Buffer::Memory& memory) {
  Packer packer;
  std::string text;
  add(packer, text, memory.state.encode());
  add(packer, text, compression_name(memory.state.limits.compression));
  text += packer.u64(memory.consumers.size()).take();
  packer = Packer();
  for (const auto& [name, consumer] : memory.consumers) {
    add(packer, text, name);
    add(packer, text, consumer.encode());
  }
  for (const auto& [name, origin] : memory.origins) {
    add(packer, text, name);
    add(packer, text, encode_origin(origin));
  }
  return text;
}

tl::unexpected<base::Error> unreadable() {
  return base::fail(base::Kind::data, kReading, "the tree that leads to them is damaged");
}

base::Result<std::string_view> take(std::string_view& text) {
  Unpacker unpacker(text);
  const std::uint64_t size = unpacker.u64();
  if (!unpacker.ok() || size > text.size() - 8) return unreadable();
  const std::string_view field = text.substr(8, size);
  text.remove_prefix(8 + size);
  return field;
}

base::Result<Buffer::Memory> decode(std::string_view text) {
  Buffer::Memory memory;
  memory.state = TRY(State::decode(TRY(take(text))));
  memory.state.limits.compression = TRY(parse_compression(TRY(take(text))));
  std::uint64_t consumers = Unpacker(text).u64();
  text.remove_prefix(std::min<std::size_t>(8, text.size()));
  for (; consumers > 0; --consumers) {
    const std::string name(TRY(take(text)));
    memory.consumers.emplace(name, TRY(ConsumerState::decode(TRY(take(text)))));
  }
  while (!text.empty()) {
    const std::string name(TRY(take(text)));
    const auto origin = decode_origin(TRY(take(text)));
    if (!origin) return unreadable();
    memory.origins.emplace(name, *origin);
  }
  return memory;
}

base::Result<void> write_memory(const std::string& path, int to) {
  const auto buffer = TRY(Buffer::open(path, {.access = Access::read_only}));
  const Buffer::Memory memory{TRY(buffer->state()), TRY(buffer->consumers()), TRY(buffer->origins())};
  return base::write_all(to, encode(memory), "pipe");
}

// The child's stderr is closed to it: what it says when it meets damage would be taken for the end of all.
[[noreturn]] void be_reader(const std::string& path, int to) {
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null >= 0) (void)::dup2(null, STDERR_FILENO);
  ::_exit(write_memory(path, to) ? 0 : 1);
}

base::Result<std::string> read_to_end(int from) {
  std::string text;
  char piece[65536];
  for (;;) {
    const base::Transfer got = TRY(base::read_some(from, piece, "pipe"));
    if (got.end) return text;
    text.append(piece, got.bytes);
  }
}

}  // namespace

base::Result<Buffer::Memory> read_memory(const std::string& path) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return base::fail_errno(errno, kReading);
  const base::Fd from(ends[0]);
  base::Fd to(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return base::fail_errno(errno, kReading);
  if (child == 0) be_reader(path, to.get());
  to = base::Fd();
  const auto text = read_to_end(from.get());
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!text) return tl::unexpected(text.error());
  if (status != 0) return unreadable();
  return decode(*text);
}

}  // namespace logbuf

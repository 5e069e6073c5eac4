#include "tools/logtail/start.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include "base/io.h"
#include "base/units.h"

namespace logtail {
namespace {

constexpr std::uint64_t kBlock = 64 << 10;

// A file's bytes, block by block.
class Blocks {
 public:
  Blocks(int fd, const std::string& name) : fd_(fd), name_(name) {}

  base::Result<std::string_view> read(std::uint64_t begin, std::uint64_t end) {
    const base::Transfer got = TRY(base::read_at(fd_, {bytes_.get(), end - begin}, begin, name_));
    return std::string_view(bytes_.get(), got.bytes);
  }

 private:
  int fd_;
  const std::string& name_;
  std::unique_ptr<char[]> bytes_ = std::make_unique_for_overwrite<char[]>(kBlock);
};

// Behind the count-th LF before `end`, counted backwards; 0 where there are not so many.
base::Result<std::uint64_t> behind_lf_before(Blocks& blocks, std::uint64_t end, std::uint64_t count) {
  while (end > 0) {
    const std::uint64_t begin = (end - 1) / kBlock * kBlock;
    const std::string_view bytes = TRY(blocks.read(begin, end));
    std::size_t at = bytes.size();
    while (at > 0 && (at = bytes.rfind('\n', at - 1)) != std::string_view::npos)
      if (--count == 0) return begin + at + 1;
    end = begin;
  }
  return 0;
}

// Behind the count-th LF; `size` where there are not so many.
base::Result<std::uint64_t> behind_lf(Blocks& blocks, std::uint64_t size, std::uint64_t count) {
  for (std::uint64_t begin = 0; begin < size && count > 0;) {
    const std::string_view bytes = TRY(blocks.read(begin, std::min(begin + kBlock, size)));
    if (bytes.empty()) break;
    for (std::size_t at = 0; (at = bytes.find('\n', at)) != std::string_view::npos;)
      if (++at; --count == 0) return begin + at;
    begin += bytes.size();
  }
  return count == 0 ? 0 : size;
}

base::Result<std::uint64_t> last_lines(Blocks& blocks, std::uint64_t size, std::uint64_t count) {
  if (count == 0 || size == 0) return size;
  const bool terminated = TRY(blocks.read(size - 1, size)) == "\n";
  return behind_lf_before(blocks, size - (terminated ? 1 : 0), count);
}

}  // namespace

base::Result<Start> parse_lines(const std::string& text) {
  const bool from_line = text.starts_with('+');
  const auto number = base::parse_number(std::string_view(text).substr(from_line || text.starts_with('-') ? 1 : 0));
  if (!number) return base::fail(base::Kind::usage, "", "'" + text + "' is not a number, or + and a number");
  return Start{from_line ? Start::Kind::from_line : Start::Kind::last_lines, *number};
}

base::Result<Start> parse_from(const std::string& text) {
  if (text == "oldest") return Start{Start::Kind::oldest, 0};
  if (text == "newest") return Start{Start::Kind::newest, 0};
  const auto number = base::parse_number(text);
  if (!number) return base::fail(base::Kind::usage, "", "'" + text + "' is not oldest, newest or an id");
  return Start{Start::Kind::from_id, *number};
}

base::Result<std::uint64_t> offset_of(const Start& start, int fd, const std::string& name, std::uint64_t size,
                                      const base::Report& report) {
  Blocks blocks(fd, name);
  switch (start.kind) {
    case Start::Kind::oldest:
      return 0;
    case Start::Kind::newest:
      return behind_lf_before(blocks, size, 1);  // not in the middle of a line
    case Start::Kind::last_lines:
      return last_lines(blocks, size, start.number);
    case Start::Kind::from_line:
      return behind_lf(blocks, size, start.number == 0 ? 0 : start.number - 1);
    case Start::Kind::from_id:
      break;
  }
  if (start.number <= size) return start.number == 0 ? 0 : behind_lf_before(blocks, start.number - 1, 1);
  if (start.number > size + 1)
    report(base::Level::warning, "read " + name + ": --from " + std::to_string(start.number) + " is past its end, at " +
                                     std::to_string(size) + "; beginning there");
  return size;
}

}  // namespace logtail

#include "tools/logtail/files/trace.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "base/fd.h"
#include "base/io.h"
#include "tests/unit/random.h"

using logtail::Trace;

namespace {

base::Fd file_of(const std::string& text) {
  char name[] = "/tmp/logtail-trace-XXXXXX";
  base::Fd fd(::mkstemp(name));
  (void)::unlink(name);
  REQUIRE(base::write_all(fd.get(), text, "file"));
  return fd;
}

std::string noise(std::size_t size) {
  unit::Random random;
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

Trace whole(const std::string& text, std::uint64_t upto) {
  return Trace{}.extended(text, upto);
}

}  // namespace

TEST_CASE("a trace is the same however it was extended") {
  const std::string text = noise(50000);
  unit::Random random;
  Trace trace;
  while (trace.upto < text.size()) {
    const std::uint64_t upto = std::min<std::uint64_t>(trace.upto + random() % 6000, text.size());
    trace = trace.extended(std::string_view(text).substr(trace.recent()), upto);
    CHECK(trace == whole(text, upto));
  }
  const base::Fd fd = file_of(text);
  CHECK(logtail::read_on(fd.get(), "file", {}, text.size()).value() == trace);
  CHECK(logtail::read_on(fd.get(), "file", {}, text.size() + 1).value() == trace);
}

TEST_CASE("a changed byte before the position is noticed, any by all of it, those near the end also cheaply") {
  const std::string text = noise(30000);
  const Trace trace = whole(text, 29000);
  CHECK(trace.upto - trace.recent() > Trace::kBlock);
  for (const std::size_t at : {0, 4095, 4096, 20000, 28999}) {
    std::string other = text;
    other[at] ^= 1;
    const base::Fd fd = file_of(other);
    CHECK_FALSE(logtail::holds_all(fd.get(), "file", trace).value());
    CHECK(logtail::ends_alike(fd.get(), "file", trace).value() == (at < trace.recent()));
  }
  std::string longer = text;
  longer[29000] ^= 1;
  const base::Fd fd = file_of(longer);
  CHECK(logtail::holds_all(fd.get(), "file", trace).value());
  CHECK(logtail::ends_alike(fd.get(), "file", trace).value());
  const base::Fd shorter = file_of(text.substr(0, 28999));
  CHECK_FALSE(logtail::holds_all(shorter.get(), "file", trace).value());
  CHECK_FALSE(logtail::ends_alike(shorter.get(), "file", trace).value());
}

TEST_CASE("a trace that begins in the middle knows a block before it") {
  const std::string text = noise(30000);
  const base::Fd fd = file_of(text);
  const Trace trace = logtail::trace_at(fd.get(), "file", 20000).value();
  CHECK(trace.from == 20000 - Trace::kBlock);
  CHECK(logtail::ends_alike(fd.get(), "file", trace).value());
  std::string other = text;
  other[19999] ^= 1;
  const base::Fd changed = file_of(other);
  CHECK_FALSE(logtail::ends_alike(changed.get(), "file", trace).value());
}

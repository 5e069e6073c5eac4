#include "tools/logtail/files/identity.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "base/fd.h"
#include "base/io.h"
#include "tools/logtail/start.h"

using logtail::Head;
using logtail::Identity;
using logtail::Start;

namespace {

base::Fd file_of(const std::string& text) {
  char name[] = "/tmp/logtail-identity-XXXXXX";
  base::Fd fd(::mkstemp(name));
  (void)::unlink(name);
  REQUIRE(base::write_all(fd.get(), text, "file"));
  return fd;
}

std::uint64_t begin_of(const std::string& text, Start start) {
  const base::Fd fd = file_of(text);
  const auto offset = logtail::offset_of(start, fd.get(), "file", text.size(), [](base::Level, const std::string&) {});
  REQUIRE(offset);
  return *offset;
}

}  // namespace

TEST_CASE("an identity is the same when it is read again, and garbage is none") {
  const Identity identity{{64769, 1234567}, {1024, 0xfedcba9876543210}};
  const auto again = logtail::parse_identity(identity.text());
  REQUIRE(again);
  CHECK(again->inode == identity.inode);
  CHECK(again->head == identity.head);
  const logtail::Trace trace{17, 1234, 5, 6};
  const auto read = logtail::parse_identity(Identity{{1, 2}, {3, 4}, trace, logtail::Trace{17, 5678, 7, 8}}.text());
  REQUIRE(read);
  CHECK(read->trace == trace);
  CHECK(read->ahead->upto == 5678);
  for (const char* text : {"", "1", "1:2", "1:2:3", "1:2:3:xyz", "1:2:3:4:5", "1:2:3:4:5:6:7", "1:2:3:4:6:5:7:8",
                           "b1f3b7f0-4c5e-4b1a-8e57-000000000000"})
    CHECK_FALSE(logtail::parse_identity(text));
}

TEST_CASE("a file that has grown is the same, one that begins otherwise is not") {
  const base::Fd fd = file_of("one two");
  const Head head = logtail::head_of(fd.get(), "file").value();
  CHECK(head.length == 7);
  REQUIRE(base::write_all(fd.get(), std::string(5000, 'x'), "file"));
  CHECK(logtail::begins_with(fd.get(), "file", head).value());
  const base::Fd other = file_of("one TWO and more");
  CHECK_FALSE(logtail::begins_with(other.get(), "file", head).value());
  const base::Fd shorter = file_of("one");
  CHECK_FALSE(logtail::begins_with(shorter.get(), "file", head).value());
}

TEST_CASE("an empty file is known by the time it was made, also when it has grown") {
  const base::Fd fd = file_of("");
  const Head head = logtail::head_of(fd.get(), "file").value();
  CHECK(head.length == 0);
  REQUIRE(base::write_all(fd.get(), "text", "file"));
  CHECK(logtail::begins_with(fd.get(), "file", head).value());
  const base::Fd other = file_of("");
  const Head others = logtail::head_of(other.get(), "file").value();
  CHECK(logtail::begins_with(fd.get(), "file", others).value() == (others.hash == head.hash));  // made in one tick
}

TEST_CASE("the last lines are counted backwards over any number of blocks") {
  std::string text;
  for (int i = 0; i < 50000; ++i) text += std::to_string(i) + "\n";
  CHECK(begin_of(text, {Start::Kind::last_lines, 1}) == text.rfind("49999"));
  CHECK(begin_of(text, {Start::Kind::last_lines, 40000}) == text.find("\n10000\n") + 1);
  CHECK(begin_of(text, {Start::Kind::last_lines, 50001}) == 0);
  CHECK(begin_of(text, {Start::Kind::from_line, 40001}) == text.find("\n40000\n") + 1);
  CHECK(begin_of(text, {Start::Kind::from_line, 60000}) == text.size());
}

TEST_CASE("an unterminated last line is a line") {
  CHECK(begin_of("one\ntwo", {Start::Kind::last_lines, 1}) == 4);
  CHECK(begin_of("one\ntwo", {Start::Kind::last_lines, 0}) == 7);
  CHECK(begin_of("one\ntwo", {Start::Kind::newest, 0}) == 4);
  CHECK(begin_of("", {Start::Kind::last_lines, 5}) == 0);
}

TEST_CASE("an id begins the line that it is in, which is the message that has it or the next one") {
  const std::string text = "one\ntwo\nthree\n";  // ids 4, 8 and 14
  CHECK(begin_of(text, {Start::Kind::from_id, 0}) == 0);
  CHECK(begin_of(text, {Start::Kind::from_id, 4}) == 0);
  CHECK(begin_of(text, {Start::Kind::from_id, 5}) == 4);
  CHECK(begin_of(text, {Start::Kind::from_id, 8}) == 4);
  CHECK(begin_of(text, {Start::Kind::from_id, 14}) == 8);
  CHECK(begin_of(text, {Start::Kind::from_id, 15}) == 14);
  CHECK(begin_of(text, {Start::Kind::from_id, 99}) == 14);
}

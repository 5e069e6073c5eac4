#include "tools/logtail/uploads/content.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <fstream>
#include <string>
#include <vector>

#include "base/lease.h"
#include "codec/compress.h"
#include "tests/unit/folder.h"
#include "tools/logtail/uploads/version.h"

using logtail::Content;

namespace {

base::Fd upload_of(const std::string& bytes) {
  const unit::Folder folder;
  std::ofstream(folder / "upload", std::ios::binary) << bytes;
  base::Fd reading(::open((folder / "upload").c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(reading);
  return reading;
}

std::string numbers(int from, int upto) {
  std::string text;
  for (int i = from; i < upto; ++i) text += std::to_string(i) + "\n";
  return text;
}

struct Reading {
  explicit Reading(const std::string& bytes, std::size_t max_message = 100)
      : content(logtail::Cutter(max_message), {}) {
    REQUIRE(content.open(upload_of(bytes), "upload"));
  }
  // False: at its end.
  bool read(std::size_t limit, std::uint64_t end = Content::kNoEnd) {
    bool passing = true;
    std::vector<std::uint32_t> ends;
    const auto more = content.read(limit, end, passing, batch, ends);
    REQUIRE(more);
    return *more;
  }
  void read_all(std::size_t limit) {
    while (read(limit)) {
    }
  }

  Content content;
  stream::Batch batch;
};

std::string gzip(const std::string& bytes) {
  std::string out;
  codec::compress(codec::Coding::gzip, bytes, out);
  return out;
}

}  // namespace

TEST_CASE("content is the same however it is compressed and in whatever pieces it is read") {
  const std::string text = numbers(0, 100000);
  Reading plain(text);
  Reading packed(gzip(numbers(0, 1000)) + gzip(numbers(1000, 100000)));
  plain.read_all(1 << 20);
  packed.read_all(1000);
  CHECK(plain.batch.block() == text);
  CHECK(packed.batch.block() == text);
  CHECK(packed.content.at() == text.size());
  CHECK(packed.content.hash() == plain.content.hash());
}

TEST_CASE("an unterminated last line is a message, and so is what is longer than a message may be") {
  Reading reading("one\n" + std::string(250, 'x') + "\nlast");
  reading.read_all(1 << 20);
  CHECK(reading.batch.count() == 5);
  CHECK(reading.content.split() == 2);
  CHECK(reading.content.at() == 4 + 251 + 4);
}

TEST_CASE("reading goes on where it was, with the same hash, and up to an end") {
  const std::string text = numbers(0, 50000);
  Reading first(text);
  first.read(1000);
  const std::uint64_t at = first.content.at();
  first.read(5000);
  Reading second(gzip(text));
  const auto skipped = second.content.skip_to(at);
  REQUIRE(skipped);
  CHECK(*skipped);
  CHECK_FALSE(second.read(Content::kNoLimit, first.content.at()));
  CHECK(second.content.at() == first.content.at());
  CHECK(second.content.hash() == first.content.hash());
  CHECK(second.batch.block() == text.substr(at, first.content.at() - at));
}

TEST_CASE("what is shorter than a position is not passed over") {
  Reading reading("one\n");
  const auto skipped = reading.content.skip_to(5);
  REQUIRE(skipped);
  CHECK_FALSE(*skipped);
}

TEST_CASE("of what ends too early, whole lines are given and half a line is not") {
  const std::string whole = gzip(numbers(0, 100000));
  Reading reading(whole.substr(0, whole.size() / 2));
  bool passing = true;
  std::vector<std::uint32_t> ends;
  auto more = reading.content.read(1000, Content::kNoEnd, passing, reading.batch, ends);
  while (more && *more) more = reading.content.read(1000, Content::kNoEnd, passing, reading.batch, ends);
  REQUIRE_FALSE(more);
  CHECK(more.error().kind == base::Kind::data);
  CHECK(reading.batch.count() > 1000);
  CHECK(numbers(0, 100000).starts_with(reading.batch.block()));
}

TEST_CASE("an upload's identity is what its text says") {
  const logtail::UploadIdentity identity{{{1, 2}, 3, 4, 5}, 6, 18446744073709551615U};
  CHECK(identity.text() == "1:2:3:4:5:6:18446744073709551615");
  const auto parsed = logtail::parse_upload_identity(identity.text());
  REQUIRE(parsed);
  CHECK(parsed->text() == identity.text());
  for (const char* wrong : {"", "1:2:3:4:5:6", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:x", "1:2:3:4:5:6:7 "})
    CHECK_FALSE(logtail::parse_upload_identity(wrong));
}

TEST_CASE("a file that is open for writing is known to be") {
  const unit::Folder folder;
  const std::string name = folder / "written";
  base::Fd writing(::open(name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const base::Fd reading(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  CHECK(base::is_open_for_writing(reading.get()).value_or(true));
  writing.reset();
  CHECK_FALSE(base::is_open_for_writing(reading.get()).value_or(false));
}

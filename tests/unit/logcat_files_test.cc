#include "tools/logcat/files.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>

#include "compressed.h"
#include "folder.h"
#include "net/throttle.h"
#include "tools/logcat/numbered.h"

namespace {

using Strings = std::vector<std::string>;
using unit::gzip, unit::zstd;

std::string numbers(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}

// A directory of inputs, and what reading some of them gives.
class Fixture {
 public:
  std::string path(const std::string& name) const { return folder_ / name; }
  std::string file(const std::string& name, std::string_view content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }

  Strings read(const Strings& paths, stream::Framing framing = stream::Framing::line, std::size_t limit = 1 << 20) {
    source_.emplace(loop, urls(paths), logcat::FileOptions{.framing = framing, .max_message = max_message},
                    [this](base::Level, const std::string& line) { reports.push_back(line); });
    Strings messages;
    stream::Batch batch;
    for (;;) {
      batch.clear();
      const auto next = source_->read(batch, limit);
      REQUIRE(next.has_value());
      batch.for_each([&](std::size_t, std::string_view message) { messages.emplace_back(message); });
      largest = std::max(largest, batch.count());
      if (*next == stream::Next::end) return messages;
      if (*next == stream::Next::wait) loop.wait(std::chrono::seconds(5));
    }
  }

  static std::vector<net::Url> urls(const Strings& paths) {
    std::vector<net::Url> all;
    for (const auto& path : paths) all.push_back(net::parse_url(path).value());
    return all;
  }

  std::optional<base::Kind> failure() const { return source_->failure(); }

  event::Loop loop = event::Loop::create().value();
  Strings reports;
  std::size_t max_message = 1000;
  std::size_t largest = 0;  // batch, in messages

 private:
  unit::Folder folder_;
  std::optional<logcat::Files> source_;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "files are read in the order they are named") {
  CHECK(read({file("b", "1\n2\n"), file("a", "3\n")}) == Strings{"1", "2", "3"});
  CHECK(reports.empty());
}

TEST_CASE_FIXTURE(Fixture, "an unterminated last line is a message and is not glued to the next file") {
  CHECK(read({file("a", "1\n\nlast"), file("b", "next\n")}) == Strings{"1", "", "last", "next"});
}

TEST_CASE_FIXTURE(Fixture, "an empty file gives nothing") {
  CHECK(read({file("a", ""), file("b", "x\n")}) == Strings{"x"});
}

TEST_CASE_FIXTURE(Fixture, "a file that starts like a compressed one is plain") {
  CHECK(read({file("a", "\x1f"), file("b", "\x1f\x8b\n"), file("c", "(\n"), file("d", "P*M\n"), file("e", "BZh9\n")}) ==
        Strings{"\x1f", "\x1f\x8b", "(", "P*M", "BZh9"});
}

TEST_CASE_FIXTURE(Fixture, "other framings are read where they are asked for") {
  CHECK(read({file("a", std::string("1\n\0", 3) + "2")}, stream::Framing::nul) == Strings{"1\n", "2"});
  CHECK(read({file("b", "2 1\n0 1 2")}, stream::Framing::octet) == Strings{"1\n", "", "2"});
}

TEST_CASE_FIXTURE(Fixture, "a missing file is reported and the others are read") {
  CHECK(read({path("missing"), file("a", "1\n")}) == Strings{"1"});
  CHECK(reports == Strings{"open " + path("missing") + ": No such file or directory"});
  CHECK(failure() == base::Kind::no_input);
}

TEST_CASE_FIXTURE(Fixture, "a directory is no input") {
  CHECK(read({path("")}).empty());
  CHECK(failure() == base::Kind::no_input);
  CHECK(reports.front().find("it is a directory") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "gzip and zstd are undone, with several members and padding") {
  const std::string padding(512, '\0');
  CHECK(read({file("a", gzip("1\n2") + gzip("3\n") + padding)}) == Strings{"1", "23"});
  CHECK(read({file("b", zstd("1\n2") + zstd("3\n"))}) == Strings{"1", "23"});
  CHECK(read({file("c", gzip("")), file("d", zstd(""))}).empty());
  CHECK(reports.empty());
}

TEST_CASE_FIXTURE(Fixture, "zstd data may begin with skippable frames, of any number and anywhere") {
  const std::string skippable("\x5f\x2a\x4d\x18\x03\0\0\0abc", 11);
  CHECK(read({file("a", skippable + zstd("1\n2") + skippable + skippable + zstd("3\n") + skippable)}) ==
        Strings{"1", "23"});
  CHECK(read({file("b", skippable)}).empty());
  CHECK(reports.empty());
  CHECK(read({file("c", skippable.substr(0, 9))}).empty());
  CHECK(reports.back().find("the zstd data ends too early") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "what other programs compress is refused with the one that helps") {
  CHECK(read({file("a", std::string("\xfd"
                                    "7zXZ\0\0\x04",
                                    8))})
            .empty());
  CHECK(read({file("b", "BZh91AY&SY\x0a")}).empty());
  CHECK(read({file("c", "\x04\x22\x4d\x18\x60")}).empty());
  CHECK(reports ==
        Strings{"read " + path("a") + ": logcat does not decompress xz; 'xz -dc FILE | logcat' does that",
                "read " + path("b") + ": logcat does not decompress bzip2; 'bzip2 -dc FILE | logcat' does that",
                "read " + path("c") + ": logcat does not decompress lz4; 'lz4 -dc FILE | logcat' does that"});
  CHECK(failure() == base::Kind::data);
}

TEST_CASE_FIXTURE(Fixture, "large compressed files come whole, and in batches near the limit") {
  const std::string text = numbers(200000);
  const Strings plain = read({file("a", text)}, stream::Framing::line, 100000);
  CHECK(plain.size() == 200000);
  CHECK(read({file("b", gzip(text))}, stream::Framing::line, 100000) == plain);
  CHECK(read({file("c", zstd(text))}, stream::Framing::line, 100000) == plain);
  CHECK(largest < 20000);
}

TEST_CASE_FIXTURE(Fixture, "a truncated compressed file gives what it holds and is damage") {
  const std::string whole = gzip(numbers(10));
  CHECK(read({file("a.gz", whole.substr(0, whole.size() - 8))}).size() == 10);
  CHECK(reports ==
        Strings{"read " + path("a.gz") + ": the gzip data ends too early after 10 messages; they were passed on"});
  CHECK(failure() == base::Kind::data);

  const std::string frame = zstd(numbers(1000));
  (void)read({file("a.zst", frame.substr(0, frame.size() - 1))});
  CHECK(reports.back().find("the zstd data ends too early after ") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "what follows a damaged file is still read") {
  std::string flipped = gzip(numbers(1000));
  flipped[flipped.size() - 6] ^= 1;  // of the checksum
  const Strings messages = read({file("a.gz", flipped), file("b", "after\n")});
  CHECK(messages.size() == 1001);
  CHECK(messages.back() == "after");
  CHECK(reports.front().find("the gzip data is damaged after 1000 messages; they were passed on") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "garbage after a compressed member is damage") {
  CHECK(read({file("a.gz", gzip("1\n") + "garbage")}) == Strings{"1"});
  CHECK(read({file("a.zst", zstd("1\n") + "garbage")}) == Strings{"1"});
  CHECK(reports.size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "an octet count that lies is damage, the messages before it are kept") {
  CHECK(read({file("a", "1 x1 y99 z")}, stream::Framing::octet) == Strings{"x", "y"});
  CHECK(reports.front().find("after 2 messages; they were passed on") != std::string::npos);
  CHECK(failure() == base::Kind::data);
}

TEST_CASE_FIXTURE(Fixture, "a message that is too long is cut, which is told once per file") {
  max_message = 4;
  CHECK(read({file("a", "123456\n12345\n1234\n")}) == Strings{"1234", "56", "1234", "5", "1234"});
  CHECK(reports ==
        Strings{"read " + path("a") + ": messages over 4 bytes were cut into several: 2; see --max-message"});
}

TEST_CASE_FIXTURE(Fixture, "a small limit gives one message at a time") {
  CHECK(read({file("a", "1\n2\n3\n")}, stream::Framing::line, 1).size() == 3);
  CHECK(largest == 1);
}

TEST_CASE_FIXTURE(Fixture, "a named pipe is waited for") {
  const std::string pipe = path("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  logcat::Files source(loop, urls({pipe}), {}, nullptr);
  stream::Batch batch;
  CHECK(source.read(batch, 100).value() == stream::Next::wait);
  {
    std::ofstream(pipe) << "1\n2";
    loop.wait(std::chrono::seconds(5));
    CHECK(source.read(batch, 100).value() == stream::Next::more);
  }
  while (source.read(batch, 100).value() != stream::Next::end) loop.wait(std::chrono::seconds(5));
  CHECK(batch.block() == "1\n2\n");
}

TEST_CASE_FIXTURE(Fixture, "a stopped source hands out what it took from a pipe") {
  const std::string pipe = path("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  logcat::Files source(loop, urls({pipe}), {},
                       [this](base::Level, const std::string& line) { reports.push_back(line); });
  stream::Batch batch;
  CHECK(source.read(batch, 1).value() == stream::Next::wait);
  std::ofstream writer(pipe);
  writer << "1\n2\n3\nhalf" << std::flush;
  loop.wait(std::chrono::seconds(5));
  CHECK(source.read(batch, 1).value() == stream::Next::more);
  source.stop();
  while (source.read(batch, 100).value() != stream::Next::end) continue;
  CHECK(batch.block() == "1\n2\n3\n");
  CHECK(reports.front().ends_with("stopped in the middle of a message; its first 4 bytes were not passed on"));
  CHECK_FALSE(source.failure());
}

TEST_CASE_FIXTURE(Fixture, "a source stopped in the middle of a file ends at once and asks to be run again") {
  logcat::Files source(loop, urls({file("a", "1\n2\n3\n"), file("b", "4\n")}), {}, [](auto, auto&) {});
  stream::Batch batch;
  CHECK(source.read(batch, 1).value() == stream::Next::more);
  source.stop();
  CHECK(source.read(batch, 100).value() == stream::Next::end);
  CHECK(batch.block() == "1\n");
  CHECK(source.failure() == base::Kind::temporary);
}

TEST_CASE_FIXTURE(Fixture, "numbered messages have the ids 1, 2, 3 across files") {
  logcat::Numbered source(std::make_unique<logcat::Files>(loop, urls({file("a", "a\nb\n"), file("b", "c\n")}),
                                                          logcat::FileOptions(), nullptr));
  stream::Batch batch;
  while (source.read(batch, 100).value() != stream::Next::end) continue;
  CHECK(batch.count() == 3);
  CHECK(batch.id(0) == "1");
  CHECK(batch.id(2) == "3");
}

TEST_CASE("repeated diagnostics are held back and counted") {
  Strings lines;
  net::Throttle throttle([&](base::Level, const std::string& line) { lines.push_back(line); });
  const base::Instant start = base::now();
  for (int i = 0; i < 15; ++i) throttle.report(base::Level::error, "bad", start);
  CHECK(lines.size() == net::Throttle::kBurst);
  throttle.report(base::Level::error, "bad", start + net::Throttle::kWindow);
  CHECK(lines.back() == "bad (and 5 more were not shown)");
}

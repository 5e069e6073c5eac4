#include "stream/input.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "base/io.h"

using base::Kind;
using stream::Batch;
using stream::Framing;
using stream::Input;
using stream::InputOptions;
using stream::Invitation;
using stream::Next;

namespace {

constexpr std::size_t kPlenty = 1 << 20;

// An Input between two pipes, seen from the source's side.
struct Piped {
  event::Loop loop = std::move(*event::Loop::create());
  base::Pipe frames = std::move(*base::open_pipe());
  base::Pipe receipts = std::move(*base::open_pipe());
  std::vector<std::string> reports;
  std::unique_ptr<Input> input;
  Batch batch;

  explicit Piped(const InputOptions& options, std::optional<Invitation> invitation = {}) {
    auto report = [this](base::Level, const std::string& text) { reports.push_back(text); };
    auto opened = Input::open(loop, options, std::move(invitation), report, frames.read.get(), receipts.write.get());
    REQUIRE(opened);
    input = std::move(*opened);
  }

  void write(std::string_view bytes) { REQUIRE(base::write_all(frames.write.get(), bytes, "test")); }
  void close() { frames.write.reset(); }
  Next read(std::size_t limit = kPlenty) {
    const auto next = input->read(batch, limit);
    REQUIRE(next);
    return *next;
  }
  void acknowledge(std::uint64_t count) { REQUIRE(input->acknowledge(count)); }
  std::string receipt() {
    char text[256];
    const auto got = base::read_ready(receipts.read.get(), text, "test");
    REQUIRE(got);
    return {text, got->bytes};
  }
};

InputOptions lines() {
  return {};
}

InputOptions with_receipts() {
  return {{Framing::line, true}, true, stream::kDefaultMaxMessage};
}

}  // namespace

TEST_CASE("input hands out what is there, waits for more and ends") {
  Piped piped(lines());
  piped.write("one\ntw");
  CHECK(piped.read() == Next::wait);
  CHECK(piped.batch.block() == "one\n");
  piped.write("o\nthree");
  piped.loop.wait();
  CHECK(piped.read() == Next::wait);
  piped.close();
  piped.loop.wait();
  CHECK(piped.read() == Next::end);
  CHECK(piped.batch.block() == "one\ntwo\nthree\n");
  CHECK(piped.read() == Next::end);
  CHECK(piped.batch.count() == 3);
}

TEST_CASE("a readable input that nobody reads does not keep the loop awake") {
  Piped piped(lines());
  CHECK(piped.read() == Next::wait);
  piped.write("one\n");
  piped.loop.wait();
  const auto before = base::now();
  piped.loop.wait(std::chrono::milliseconds(5));  // libev may return once more, to forget the descriptor
  piped.loop.wait(std::chrono::milliseconds(5));
  CHECK(base::now() - before >= std::chrono::milliseconds(4));
}

TEST_CASE("a limit of one byte gives one message") {
  Piped piped(lines());
  piped.write("one\ntwo\nthree\n");
  CHECK(piped.read(1) == Next::more);
  CHECK(piped.batch.block() == "one\n");
  CHECK(piped.read(1) == Next::more);
  CHECK(piped.batch.block() == "one\ntwo\n");
}

TEST_CASE("input reads a regular file and /dev/null") {
  event::Loop loop = std::move(*event::Loop::create());
  FILE* file = std::tmpfile();
  std::fputs("one\ntwo", file);
  std::rewind(file);
  auto input = Input::open(loop, lines(), {}, {}, ::fileno(file), 1);
  REQUIRE(input);
  Batch batch;
  CHECK(*(*input)->read(batch, kPlenty) == Next::end);
  CHECK(batch.block() == "one\ntwo\n");
  std::fclose(file);

  const base::Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  auto empty = Input::open(loop, lines(), {}, {}, null.get(), 1);
  REQUIRE(empty);
  batch.clear();
  CHECK(*(*empty)->read(batch, kPlenty) == Next::end);
  CHECK(batch.empty());
}

TEST_CASE("a descriptor that is not open is an error") {
  event::Loop loop = std::move(*event::Loop::create());
  const auto input = Input::open(loop, lines(), {}, {}, 1000, 1);
  REQUIRE_FALSE(input);
  CHECK(input.error().text() == "use file descriptor 1000: Bad file descriptor");
}

TEST_CASE("a receipt is the id of the last safe message, written when it changes") {
  Piped piped(with_receipts());
  piped.write("11\ta\n12\tb\n");
  piped.read();
  piped.write("15\tc\n16\td\n");
  piped.read();
  piped.acknowledge(1);
  CHECK(piped.receipt() == "11\n");
  piped.acknowledge(1);
  CHECK(piped.receipt().empty());
  piped.acknowledge(3);
  CHECK(piped.receipt() == "15\n");
  piped.acknowledge(4);
  CHECK(piped.receipt() == "16\n");
}

TEST_CASE("a split message has its receipt when its last piece is safe") {
  Piped piped({{Framing::line, true}, true, 4});
  piped.write("7\tok\n8\tabcdefghij\n");
  piped.read();
  REQUIRE(piped.batch.count() == 4);
  piped.acknowledge(3);
  CHECK(piped.receipt() == "7\n");
  piped.acknowledge(4);
  CHECK(piped.receipt() == "8\n");
}

TEST_CASE("without receipts nothing is written") {
  Piped piped({{Framing::line, true}, false, 0});
  piped.write("7\tok\n");
  piped.read();
  piped.acknowledge(1);
  CHECK(piped.receipt().empty());
  REQUIRE(piped.input->greet({}));
  CHECK(piped.receipt().empty());
}

TEST_CASE("receipts that nobody reads are an error") {
  Piped piped(with_receipts());
  piped.write("7\tok\n");
  piped.read();
  piped.receipts.read.reset();
  const auto acknowledged = piped.input->acknowledge(1);
  REQUIRE_FALSE(acknowledged);
  CHECK(acknowledged.error().text() == "write receipts to standard output: Broken pipe");
}

TEST_CASE("receipts wait for a reader that does not read, and the newest covers those before") {
  Piped piped(with_receipts());
  piped.write("7\tok\n8\tok\n9\tok\n");
  piped.read();
  REQUIRE(::fcntl(piped.receipts.write.get(), F_SETFL, O_NONBLOCK) == 0);
  std::string full;
  while (::write(piped.receipts.write.get(), "old\n", 4) == 4) full += "old\n";
  REQUIRE(full.size() > 4096);
  piped.acknowledge(1);
  piped.acknowledge(3);
  CHECK(piped.input->flush_receipts().value() == false);
  std::string got(full.size(), ' ');
  REQUIRE(base::read_some(piped.receipts.read.get(), got, "test")->bytes == full.size());
  CHECK(piped.input->flush_receipts().value() == true);
  CHECK(piped.receipt() == "7\n9\n");
}

TEST_CASE("in a hop the input greets, reads octet frames with ids and writes receipts") {
  Piped piped(lines(), Invitation{100, "origin"});
  REQUIRE(piped.input->greet({stream::Strength::stored, 6}));
  CHECK(piped.receipt() == "logpipe 1 stored last=6\n");
  piped.write("5 7\ta\nb");
  CHECK(piped.read() == Next::wait);
  CHECK(piped.batch.id(0) == "7");
  CHECK(piped.batch.block() == "a\nb\n");
  piped.acknowledge(1);
  CHECK(piped.receipt() == "7\n");
}

TEST_CASE("in a hop a message over what was agreed breaks the protocol") {
  Piped piped(lines(), Invitation{4, ""});
  piped.write("4 7\tab7 8\tabcde");
  const auto next = piped.input->read(piped.batch, kPlenty);
  REQUIRE_FALSE(next);
  CHECK(next.error().kind == Kind::protocol);
  CHECK(piped.batch.count() == 1);
}

TEST_CASE("in a hop a damaged frame breaks the protocol") {
  Piped piped(lines(), Invitation{100, ""});
  piped.write("hello\n");
  const auto next = piped.input->read(piped.batch, kPlenty);
  REQUIRE_FALSE(next);
  CHECK(next.error().kind == Kind::protocol);
  CHECK(next.error().what == "read octet frame on standard input");
}

TEST_CASE("damage on plain input is bad data after the good messages, whose receipts can still be written") {
  Piped piped(with_receipts());
  piped.write("7\tok\nno id\n");
  const auto next = piped.input->read(piped.batch, kPlenty);
  REQUIRE_FALSE(next);
  CHECK(next.error().kind == Kind::data);
  CHECK(piped.batch.count() == 1);
  piped.acknowledge(1);
  CHECK(piped.receipt() == "7\n");
}

TEST_CASE("half an octet frame at the end is bad data") {
  Piped piped({{Framing::octet, false}, false, 0});
  piped.write("2 ok10 half");
  piped.close();
  const auto next = piped.input->read(piped.batch, kPlenty);
  REQUIRE_FALSE(next);
  CHECK(next.error().kind == Kind::data);
  CHECK(piped.batch.block() == "ok\n");
}

TEST_CASE("a stopped input gives what it has read and leaves the rest") {
  Piped piped(lines());
  piped.write("one\ntwo\nhalf");
  CHECK(piped.read(1) == Next::more);
  piped.input->stop();
  piped.write(" a line\nthree\n");
  CHECK(piped.read() == Next::end);
  CHECK(piped.batch.block() == "one\ntwo\n");
}

TEST_CASE("with receipts an unterminated last line is half a message of a dead writer, and gets none") {
  InputOptions options;
  options.format.ids = true;
  options.receipts = true;
  Piped piped(options);
  piped.write("1\tone\n2\ttw");
  piped.close();
  CHECK(piped.read() == Next::end);
  CHECK(piped.batch.block() == "one\n");
  REQUIRE(piped.reports.size() == 1);
  CHECK(piped.reports.front().find("has no end") != std::string::npos);
}

TEST_CASE("an input stopped after the end of its file gives the unterminated last line") {
  Piped piped(lines());
  piped.write("one\ntwo");
  piped.close();
  CHECK(piped.read(1) == Next::more);
  CHECK(piped.read(1) == Next::end);
  piped.input->stop();
  CHECK(piped.read() == Next::end);
  CHECK(piped.batch.block() == "one\ntwo\n");
}

TEST_CASE("split messages are warned of once, at the end") {
  Piped piped({{Framing::line, false}, false, 4});
  piped.write("abcdefgh\nabcdef\n");
  CHECK(piped.read() == Next::wait);
  CHECK(piped.reports.empty());
  piped.close();
  piped.read();
  piped.read();
  CHECK(piped.reports == std::vector<std::string>{"2 messages were over --max-message (4 B) and were split"});
}

TEST_CASE("more than a buffer's worth goes through in order") {
  std::string all;
  for (int i = 0; i < 100000; ++i) all += std::to_string(i) + "\n";
  FILE* file = std::tmpfile();
  std::fwrite(all.data(), 1, all.size(), file);
  std::rewind(file);
  event::Loop loop = std::move(*event::Loop::create());
  auto input = Input::open(loop, lines(), {}, {}, ::fileno(file), 1);
  REQUIRE(input);
  Batch batch;
  while (*(*input)->read(batch, 1000) != Next::end) {
  }
  CHECK(batch.block() == all);
  std::fclose(file);
}

TEST_CASE("input that does not cut messages refuses one that is too long, after those before it") {
  InputOptions options = with_receipts();
  options.max_message = 3;
  options.oversize = stream::Oversize::refuse;
  Piped piped(options);
  piped.write("1\tabc\n2\tabcd\n");
  const auto next = piped.input->read(piped.batch, kPlenty);
  REQUIRE_FALSE(next);
  CHECK(next.error().kind == Kind::data);
  CHECK(piped.batch.block() == "abc\n");
}

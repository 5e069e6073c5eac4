#include "stream/stdout_sink.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <cerrno>

#include "base/io.h"
#include "tests/unit/output_fixture.h"

namespace {

using stream::StdoutSink;

struct Fixture : test::Output {
  base::Pipe pipe = std::move(*base::open_pipe());
  std::unique_ptr<StdoutSink> sink;

  void open(stream::FrameFormat format, int fd) {
    auto opened = StdoutSink::open(loop, format, fd);
    REQUIRE(opened);
    sink = std::move(*opened);
  }
  void open(stream::FrameFormat format = {}) { open(format, pipe.write.get()); }

  std::string read() {
    std::string bytes(1 << 20, '\0');
    const auto got = base::read_ready(pipe.read.get(), bytes, "pipe");
    REQUIRE(got);
    return bytes.substr(0, got->bytes);
  }
};

stream::Batch lines(unsigned count, std::size_t length) {
  stream::Batch batch;
  for (unsigned i = 0; i < count; ++i) batch.append(std::string(length, 'x'));
  return batch;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "lines are written as they are and are safe then") {
  open();
  REQUIRE(sink->write(lines(2, 3)));
  CHECK(sink->safe() == 2);
  CHECK(read() == "xxx\nxxx\n");
}

TEST_CASE_FIXTURE(Fixture, "messages are written in the chosen framing with ids") {
  open({stream::Framing::octet, true});
  REQUIRE(sink->write(lines(2, 3)));
  CHECK(sink->safe() == 2);
  CHECK(read() == "5 1\txxx5 2\txxx");
}

TEST_CASE_FIXTURE(Fixture, "only what went out whole is safe while the reader is slow") {
  open();
  const auto capacity = static_cast<std::size_t>(::fcntl(pipe.write.get(), F_GETPIPE_SZ));
  REQUIRE(sink->write(lines(10, capacity / 4)));
  CHECK(sink->safe() == 3);
  CHECK(sink->room() < (1 << 20));
  REQUIRE(sink->finish());
  CHECK_FALSE(sink->finished());
  std::size_t bytes = 0;
  REQUIRE(drive(*sink, [&] {
    bytes += read().size();
    return sink->finished();
  }));
  bytes += read().size();
  CHECK(bytes == 10 * (capacity / 4 + 1));
  CHECK(sink->safe() == 10);
}

TEST_CASE_FIXTURE(Fixture, "a reader that has gone is an error") {
  open();
  pipe.read.reset();
  const auto written = sink->write(lines(1, 3));
  REQUIRE_FALSE(written);
  CHECK(written.error().code == EPIPE);
  CHECK(sink->safe() == 0);
}

TEST_CASE_FIXTURE(Fixture, "a reader that has gone is an error also when nothing is written") {
  open();
  CHECK(sink->flush());
  pipe.read.reset();
  loop.wait(std::chrono::seconds(20));
  const auto flushed = sink->flush();
  REQUIRE_FALSE(flushed);
  CHECK(flushed.error().code == EPIPE);
}

TEST_CASE_FIXTURE(Fixture, "a full disk is an error") {
  const base::Fd full(::open("/dev/full", O_WRONLY));
  open({}, full.get());
  const auto written = sink->write(lines(1, 3));
  REQUIRE_FALSE(written);
  CHECK(written.error().text() == "write stdout: No space left on device");
}

TEST_CASE_FIXTURE(Fixture, "a file is written at its offset") {
  const base::Fd target(::open((folder / "out").c_str(), O_WRONLY | O_CREAT, 0600));
  REQUIRE(base::write_all(target.get(), "before\n", "file"));
  open({}, target.get());
  REQUIRE(sink->write(lines(1, 3)));
  REQUIRE(sink->finish());
  CHECK(sink->finished());
  CHECK(file("out") == "before\nxxx\n");
}

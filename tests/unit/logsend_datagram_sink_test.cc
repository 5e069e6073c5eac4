#include "tools/logsend/datagram_sink.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>

#include "folder.h"
#include "messages.h"
#include "net/socket.h"

using logsend::DatagramSink;
using unit::batch;

namespace {

struct Fixture {
  event::Loop loop = std::move(*event::Loop::create());
  unit::Folder folder;
  net::Url url = *net::parse_url("unixgram:" + (folder / "log"));
  std::vector<std::string> reports;

  std::unique_ptr<DatagramSink> sink() {
    auto opened =
        DatagramSink::open(loop, url, {}, [this](base::Level, const std::string& text) { reports.push_back(text); });
    REQUIRE(opened);
    return std::move(*opened);
  }
  base::Fd receiver() const {
    auto listeners = net::open_listeners(url);
    REQUIRE(listeners);
    return std::move(listeners->front());
  }
};

std::string receive(const base::Fd& from) {
  std::array<char, 100> buffer;
  const auto size = ::recv(from.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  return size < 0 ? "nothing" : std::string(buffer.data(), static_cast<std::size_t>(size));
}

}  // namespace

TEST_SUITE_BEGIN("datagram sink");

TEST_CASE_FIXTURE(Fixture, "each message is a datagram, and safe when it is sent") {
  const base::Fd receiver = this->receiver();
  const auto sink = this->sink();
  REQUIRE(sink->write(batch({"one", "", "two\n"})));
  CHECK(sink->safe() == 3);
  CHECK(receive(receiver) == "one");
  CHECK(receive(receiver) == "");
  CHECK(receive(receiver) == "two\n");
  REQUIRE(sink->finish());
  CHECK(sink->finished());
}

TEST_CASE_FIXTURE(Fixture, "while nobody receives more is taken, so that the end of the input is noticed") {
  const auto sink = this->sink();
  REQUIRE(sink->write(batch({"one"})));
  CHECK(sink->room() > 0);
  REQUIRE(sink->write(batch({"two"})));
  CHECK(sink->safe() == 0);
  const base::Fd receiver = this->receiver();
  REQUIRE(sink->reopen());
  REQUIRE(sink->flush());
  CHECK(receive(receiver) == "one");
  CHECK(receive(receiver) == "two");
  CHECK(sink->safe() == 2);
}

TEST_CASE_FIXTURE(Fixture, "what waits is bounded") {
  const auto sink = this->sink();
  const std::string kilobyte(1024, 'x');
  int taken = 0;
  for (; sink->room() > 0 && taken < 2000; ++taken) REQUIRE(sink->write(batch({kilobyte})));
  CHECK(taken == 256);
}

TEST_CASE_FIXTURE(Fixture, "at the end of the input it tries at once, however long the pause would be") {
  const auto sink = this->sink();
  REQUIRE(sink->write(batch({"one"})));
  const base::Fd receiver = this->receiver();
  REQUIRE(sink->finish());
  CHECK(sink->finished());
  CHECK(receive(receiver) == "one");
}

#include "stream/batch_command.h"

#include <doctest/doctest.h>

#include <csignal>

#include "tests/unit/output_fixture.h"

namespace {

using base::Kind;
using stream::BatchCommand;

struct Fixture : test::Output {
  std::unique_ptr<BatchCommand> sink;

  void open(const std::string& script, std::size_t batch, std::optional<base::Duration> retry_time = {}) {
    auto options = shell(script);
    options.batch = batch;
    options.batch_time = std::chrono::hours(1);
    options.retry_time = retry_time;
    open(std::move(options));
  }
  void open(stream::OutputOptions options) {
    auto opened = BatchCommand::open(loop, std::move(options), report);
    REQUIRE(opened);
    sink = std::move(*opened);
  }
  base::Result<void> write(unsigned count) {
    stream::Batch batch;
    for (unsigned i = 0; i < count; ++i) batch.append("line");
    return sink->write(batch);
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "the command runs once per batch and once for the rest") {
  open("wc -l >>$D/counts", 3);
  REQUIRE(write(8));
  REQUIRE(finish(*sink));
  CHECK(sink->safe() == 8);
  CHECK(file("counts") == "3\n3\n2\n");
}

TEST_CASE_FIXTURE(Fixture, "without messages the command does not run") {
  open("touch $D/ran", 3);
  REQUIRE(finish(*sink));
  CHECK_FALSE(std::filesystem::exists(folder / "ran"));
}

TEST_CASE_FIXTURE(Fixture, "a pause before the next try ends when there is a hurry") {
  open("[ -e $D/repaired ] && cat >>$D/got", 1);
  REQUIRE(write(1));
  REQUIRE(drive(*sink, [&] { return reports.size() >= 3; }));  // the pauses have grown
  std::ofstream(folder / "repaired") << "yes\n";
  REQUIRE(sink->state().find("will be offered again") != std::string::npos);
  REQUIRE(sink->hurry());
  CHECK(sink->state().find("is running with 1 message") != std::string::npos);
  REQUIRE(drive(*sink, [&] { return sink->safe() == 1; }));
}

TEST_CASE_FIXTURE(Fixture, "a command that is cut off ends, and what it had is not safe") {
  open("trap 'exit 0' TERM; echo $$ >$D/pid; read -r never <$D/pipe", 1);
  REQUIRE(::system(("mkfifo " + folder / "pipe").c_str()) == 0);
  REQUIRE(write(1));
  REQUIRE(drive(*sink, [&] { return !file("pid").empty(); }));
  sink->cut_off();
  CHECK(::kill(std::stoi(file("pid")), 0) != 0);
  CHECK(sink->safe() == 0);
  CHECK(reports.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "a small batch goes when its first message is old enough") {
  auto options = shell("cat >>$D/got");
  options.batch = 100;
  options.batch_time = std::chrono::milliseconds(20);
  open(options);
  REQUIRE(write(1));
  REQUIRE(drive(*sink, [&] { return sink->safe() == 1; }));
  CHECK(file("got") == "line\n");
}

TEST_CASE_FIXTURE(Fixture, "a batch is also cut where the window ends") {
  auto options = shell("wc -l >>$D/counts");
  options.batch = 100;
  options.window = {10};
  open(options);
  REQUIRE(write(5));
  REQUIRE(finish(*sink));
  CHECK(file("counts") == "2\n2\n1\n");
}

TEST_CASE_FIXTURE(Fixture, "messages are in the chosen framing and have ids where asked for") {
  auto options = shell("cat >>$D/got");
  options.batch = 2;
  options.format = {stream::Framing::octet, true};
  open(options);
  REQUIRE(write(2));
  REQUIRE(finish(*sink));
  CHECK(file("got") == "6 1\tline6 2\tline");
}

TEST_CASE_FIXTURE(Fixture, "there is no room while one batch runs and another is collected") {
  open("read -r x <$D/gate", 2);
  REQUIRE(::system(("mkfifo " + folder / "gate").c_str()) == 0);
  REQUIRE(write(3));
  CHECK(sink->room() > 0);
  REQUIRE(write(1));
  CHECK(sink->room() == 0);
  std::ofstream(folder / "gate") << "go\n";
  REQUIRE(drive(*sink, [&] { return sink->room() > 0; }));
  CHECK(sink->safe() == 2);
  std::ofstream(folder / "gate") << "go\n";
  CHECK(finish(*sink));
}

TEST_CASE_FIXTURE(Fixture, "a batch that failed is offered again") {
  open("mkdir $D/once 2>/dev/null && exit 22; cat >>$D/got", 2);
  REQUIRE(write(2));
  REQUIRE(finish(*sink));
  CHECK(file("got") == "line\nline\n");
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].find("exited with status 22; running it again in ") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "the environment has the first and the last id of each batch, however it is cut") {
  auto options = shell("echo $LOGPIPE_ORIGIN $LOGPIPE_FIRST $LOGPIPE_LAST $LOGPIPE_MESSAGES >>$D/keys");
  options.batch = 3;
  options.lasting_ids = true;
  options.ids_origin = "here";
  open(options);
  REQUIRE(sink->write(test::messages(11, 14)));
  REQUIRE(sink->write(test::messages(15, 18)));
  REQUIRE(finish(*sink));
  CHECK(file("keys") == "here 11 13 3\nhere 14 16 3\nhere 17 18 2\n");
}

TEST_CASE_FIXTURE(Fixture, "without time for retries the first failure is the last") {
  open("exit 22", 2, base::Duration::zero());
  REQUIRE(write(3));
  const auto finished = finish(*sink);
  REQUIRE_FALSE(finished);
  CHECK(finished.error().kind == Kind::temporary);
  CHECK(finished.error().text().ends_with("exited with status 22: 3 messages are not delivered; run again"));
  CHECK(sink->safe() == 0);
}

TEST_CASE_FIXTURE(Fixture, "only the exit status of a command that does not read counts") {
  auto options = shell("exit 0");
  options.batch = 1;
  open(options);
  stream::Batch batch;
  batch.append(std::string(4 << 20, 'x'));
  REQUIRE(sink->write(batch));
  REQUIRE(finish(*sink));
  CHECK(sink->safe() == 1);
}

TEST_CASE_FIXTURE(Fixture, "a command that does not exist is an error") {
  stream::OutputOptions options;
  options.command = {"/nonexistent/curl"};
  options.batch = 1;
  open(options);
  const auto written = write(1);
  REQUIRE_FALSE(written);
  CHECK(written.error().text() == "start /nonexistent/curl: No such file or directory");
}

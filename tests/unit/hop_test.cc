#include "stream/hop.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/output_fixture.h"

namespace {

using base::Kind;
using stream::Hop;
using test::messages;

// Writes what it gets to $D/got and confirms every message.
constexpr char kTake[] = "while read -r length id message; do echo $message >>$D/got; echo $id; done\n";
constexpr char kGreet[] = "echo logpipe 1 stored\n";

std::string sink() {
  return std::string(kGreet) + kTake;
}

// Ends in this way the first time it is run, and does `otherwise` from then on.
std::string first_time(const std::string& once, const std::string& otherwise) {
  return "if mkdir $D/once 2>/dev/null; then\n" + once + "\nfi\n" + otherwise;
}

struct Fixture : test::Output {
  std::unique_ptr<Hop> hop;

  void start(stream::OutputOptions options) {
    auto started = Hop::start(loop, std::move(options), report);
    REQUIRE(started);
    hop = std::move(*started);
  }
  void start(const std::string& script) { start(shell(script)); }

  // Sends messages 1 to `last` and gives the error that ends it, or nothing.
  base::Result<void> send(unsigned last) {
    TRY(hop->write(messages(1, last)));
    return finish(*hop);
  }
  base::Error error_of(unsigned last) {
    const auto sent = send(last);
    REQUIRE_FALSE(sent);
    return sent.error();
  }
  [[nodiscard]] bool reported(const std::string& part) const {
    return std::any_of(reports.begin(), reports.end(),
                       [&](const std::string& line) { return line.find(part) != std::string::npos; });
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a hop delivers in order and finishes when all is receipted") {
  start(sink());
  REQUIRE(send(3));
  CHECK(hop->safe() == 3);
  CHECK(file("got") == "m1\nm2\nm3\n");
  CHECK(reports.empty());
}

TEST_CASE_FIXTURE(Fixture, "a hop without messages finishes") {
  start(sink());
  REQUIRE(finish(*hop));
  CHECK(hop->safe() == 0);
}

TEST_CASE_FIXTURE(Fixture, "nothing is sent before the greeting") {
  REQUIRE(::system(("mkfifo " + folder / "gate").c_str()) == 0);
  start("read -r x <$D/gate; dd if=/dev/stdin iflag=nonblock count=1 of=$D/early 2>/dev/null\n" + sink());
  REQUIRE(hop->write(messages(1, 1)));
  REQUIRE(hop->flush());
  std::ofstream(folder / "gate") << "go\n";
  REQUIRE(finish(*hop));
  CHECK(std::filesystem::file_size(folder / "early") == 0);
  CHECK(file("got") == "m1\n");
}

TEST_CASE_FIXTURE(Fixture, "messages become safe while the hop goes on") {
  start(sink());
  REQUIRE(hop->write(messages(1, 2)));
  REQUIRE(drive(*hop, [&] { return hop->safe() == 2; }));
  REQUIRE(hop->write(messages(3, 4)));
  REQUIRE(finish(*hop));
  CHECK(file("got") == "m1\nm2\nm3\nm4\n");
}

TEST_CASE_FIXTURE(Fixture, "a child that is killed is started again and gets what it had not receipted") {
  start(first_time(std::string(kGreet) + "read -r length id rest; echo $id; read -r rest; kill -9 $$", sink()));
  REQUIRE(send(4));
  CHECK(hop->safe() == 4);
  CHECK(file("got") == "m2\nm3\nm4\n");
  CHECK(reported("was killed by signal 9; starting it again in "));
  CHECK(reported("3 messages to send again"));
  CHECK(reports.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "receipts written right before the end count") {
  start(std::string(kGreet) + "cat >/dev/null; echo 3; exit 1");
  REQUIRE(send(3));
  CHECK(hop->safe() == 3);
  CHECK(reported("exited with status 1, but had confirmed everything"));
}

TEST_CASE_FIXTURE(Fixture, "a child that ends without confirming everything is started again") {
  start(first_time(std::string(kGreet) + "cat >/dev/null; echo 2; exit 0", sink()));
  REQUIRE(send(3));
  CHECK(file("got") == "m3\n");
  CHECK(reported("exited with status 0 before it had confirmed everything"));
}

TEST_CASE_FIXTURE(Fixture, "a child that ends while it is idle is started again") {
  start(first_time(std::string(kGreet) + "read -r length id rest; echo $id; exit 0", sink()));
  REQUIRE(hop->write(messages(1, 1)));
  REQUIRE(drive(*hop, [&] { return !reports.empty(); }));
  REQUIRE(hop->write(messages(2, 2)));
  REQUIRE(finish(*hop));
  CHECK(reported("exited with status 0 before the end of its input"));
  CHECK(file("got") == "m2\n");
}

TEST_CASE_FIXTURE(Fixture, "an ordinary command's output is not taken for a greeting") {
  start("echo xyz; cat >/dev/null");
  const base::Error error = error_of(1);
  CHECK(error.kind == Kind::protocol);
  CHECK(error.why ==
        "it answered \"xyz\" instead of a logpipe greeting; use --batch or --plain for ordinary commands, and exec in "
        "a shell");
}

TEST_CASE_FIXTURE(Fixture, "an endless first line is not taken for a greeting") {
  start("exec cat /dev/zero");
  CHECK(error_of(1).kind == Kind::protocol);
}

TEST_CASE_FIXTURE(Fixture, "a command that ends without a greeting is an error that names the ways out") {
  start("exit 0");
  const base::Error error = error_of(1);
  CHECK(error.kind == Kind::protocol);
  CHECK(error.why ==
        "it ended without a logpipe greeting; use --batch or --plain for ordinary commands, and exec in a shell");
}

TEST_CASE_FIXTURE(Fixture, "a command that does not exist is an error at once") {
  stream::OutputOptions options;
  options.command = {"/nonexistent/logbuff"};
  const auto started = Hop::start(loop, options, report);
  REQUIRE_FALSE(started);
  CHECK(started.error().kind == Kind::unavailable);
}

TEST_CASE_FIXTURE(Fixture, "a permanent error before the first greeting keeps its kind") {
  start("exit 66");
  const base::Error error = error_of(1);
  CHECK(error.kind == Kind::no_input);
  CHECK(error.text().ends_with("': exited with status 66 before it was ready"));
}

TEST_CASE_FIXTURE(Fixture, "a permanent error is one also without messages") {
  start("exit 77");
  CHECK(error_of(0).kind == Kind::permission);
}

TEST_CASE_FIXTURE(Fixture, "a permanent error later is retried") {
  start(first_time(std::string(kGreet) + "exit 66", sink()));
  REQUIRE(send(2));
  CHECK(file("got") == "m1\nm2\n");
}

TEST_CASE_FIXTURE(Fixture, "a child that is not available yet is retried") {
  start(first_time("exit 69", sink()));
  REQUIRE(send(2));
  CHECK(reported("exited with status 69; starting it again in "));
}

TEST_CASE_FIXTURE(Fixture, "without time for retries the first failure is the last") {
  auto options = shell("exit 69");
  options.retry_time = base::Duration::zero();
  start(options);
  const base::Error error = error_of(2);
  CHECK(error.kind == Kind::temporary);
  CHECK(error.text().ends_with("exited with status 69: 2 messages are not confirmed; run again"));
}

TEST_CASE_FIXTURE(Fixture, "retries end when their time is over") {
  auto options = shell(std::string(kGreet) + "exit 75");
  options.retry_time = std::chrono::milliseconds(300);
  start(options);
  CHECK(error_of(2).kind == Kind::temporary);
  CHECK(reports.size() > 1);
}

TEST_CASE_FIXTURE(Fixture, "what the child already has of an origin is safe and is not sent") {
  auto options = shell("echo logpipe 1 stored last=3\n" + std::string(kTake));
  options.origin = "here";
  start(options);
  REQUIRE(send(5));
  CHECK(hop->safe() == 5);
  CHECK(file("got") == "m4\nm5\n");
}

TEST_CASE_FIXTURE(Fixture, "what the child already has is not sent when it comes later either") {
  auto options = shell("echo logpipe 1 stored last=3\n" + std::string(kTake));
  options.origin = "here";
  start(options);
  REQUIRE(hop->write(messages(1, 1)));
  REQUIRE(drive(*hop, [&] { return hop->safe() == 1; }));
  REQUIRE(hop->write(messages(2, 2)));
  CHECK(hop->safe() == 2);
  REQUIRE(hop->write(messages(3, 4)));
  REQUIRE(finish(*hop));
  CHECK(file("got") == "m4\n");
}

TEST_CASE_FIXTURE(Fixture, "a restarted child's last id covers messages whose receipts were lost") {
  auto options = shell(first_time(std::string(kGreet) + "read -r x; read -r x; kill -9 $$",
                                  "echo logpipe 1 stored last=2\n" + std::string(kTake)));
  options.origin = "here";
  start(options);
  REQUIRE(send(4));
  CHECK(hop->safe() == 4);
  CHECK(file("got") == "m3\nm4\n");
}

TEST_CASE_FIXTURE(Fixture, "a last id without an origin means nothing") {
  start("echo logpipe 1 stored last=3\n" + std::string(kTake));
  REQUIRE(send(2));
  CHECK(file("got") == "m1\nm2\n");
}

TEST_CASE_FIXTURE(Fixture, "a last id that the source has never given is an error") {
  auto options = shell("echo logpipe 1 stored last=9\ncat >$D/got");
  options.origin = "here";
  options.renew_origin = [](const stream::Greeting& greeting) -> base::Result<std::string> {
    if (greeting.last <= 4) return std::string();
    return base::fail(Kind::protocol, "", "there are 4");
  };
  start(options);
  const base::Error error = error_of(4);
  CHECK(error.kind == Kind::protocol);
  CHECK(error.text().ends_with("says that it has messages up to 9: there are 4"));
  CHECK(hop->safe() == 0);
}

TEST_CASE_FIXTURE(Fixture, "a last id of an origin that is new is an error") {
  auto options = shell("echo logpipe 1 stored last=9\ncat >$D/got");
  options.origin = "here/1";
  options.renew_origin = [](const stream::Greeting&) { return base::Result<std::string>("here/2"); };
  start(options);
  const base::Error error = error_of(4);
  CHECK(error.kind == Kind::protocol);
  CHECK(error.text().ends_with("says that it has messages up to 9: nothing was sent yet under this origin"));
}

TEST_CASE_FIXTURE(Fixture, "a pause before the next start ends when there is a hurry") {
  start("[ -e $D/repaired ] || exit 75\n" + sink());
  REQUIRE(hop->write(messages(1, 1)));
  REQUIRE(drive(*hop, [&] { return reports.size() >= 3; }));  // the pauses have grown
  std::ofstream(folder / "repaired") << "yes\n";
  REQUIRE(hop->state().find("is down") != std::string::npos);
  REQUIRE(hop->hurry());
  CHECK(hop->state().find("is starting") != std::string::npos);
  REQUIRE(drive(*hop, [&] { return hop->safe() == 1; }));
}

TEST_CASE_FIXTURE(Fixture, "a child that floods receipts does not keep the loop from the rest") {
  start(std::string(kGreet) + "exec yes 1");
  REQUIRE(hop->write(messages(1, 1)));
  bool rung = false;
  event::Timer alarm(loop, [&] { rung = true; });
  alarm.start(std::chrono::milliseconds(20));
  REQUIRE(drive(*hop, [&] { return rung && hop->safe() == 1; }));
}

TEST_CASE_FIXTURE(Fixture, "a receipt for an unknown id is ignored and told once") {
  start(std::string(kGreet) + "read -r x; echo 77; echo 78\n" + "echo 1\n" + kTake);
  REQUIRE(send(2));
  CHECK(file("got") == "m2\n");
  CHECK(reports.size() == 1);
  CHECK(reported("confirmed \"77\", which it was not sent"));
}

TEST_CASE_FIXTURE(Fixture, "a child that writes garbage for a receipt is replaced") {
  start(first_time(std::string(kGreet) + "echo no receipt; exec cat >/dev/null", sink()));
  REQUIRE(send(2));
  CHECK(file("got") == "m1\nm2\n");
  CHECK(reported("wrote \"no receipt\" where a receipt belongs; starting it again"));
}

TEST_CASE_FIXTURE(Fixture, "a child is told of the origin and the longest message") {
  auto options = shell("[ \"$LOGPIPE\" = \"1 pid=$$ max=512 origin=here\" ] || exit 78\n" + sink());
  options.origin = "here";
  options.max_message = 512;
  start(options);
  CHECK(send(1));
}

TEST_CASE_FIXTURE(Fixture, "a full window has no room until receipts come") {
  auto options = shell(std::string(kGreet) + "read -r x; read -r x; echo 2; read -r x; echo 3\n");
  options.window_messages = 2;
  start(options);
  REQUIRE(hop->write(messages(1, 2)));
  CHECK(hop->room() == 0);
  REQUIRE(drive(*hop, [&] { return hop->room() > 0; }));
  REQUIRE(hop->write(messages(3, 3)));
  CHECK(finish(*hop));
}

TEST_CASE_FIXTURE(Fixture, "more than a pipe holds gets through") {
  start(std::string(kGreet) + "wc -c >$D/bytes; echo 40000\n");
  stream::Batch batch;
  for (unsigned i = 1; i <= 40000; ++i) batch.append(std::uint64_t{i}, std::string(93, 'x'));
  REQUIRE(hop->write(batch));
  REQUIRE(finish(*hop));
  CHECK(hop->safe() == 40000);
  CHECK(std::stoul(file("bytes")) > 40000 * 93);
}

TEST_CASE_FIXTURE(Fixture, "--plain: receipts are ids in the chosen framing") {
  auto options = shell("while read -r id message; do echo $message >>$D/got; echo $id; done");
  options.plain = true;
  start(options);
  stream::Batch batch;
  batch.append(std::uint64_t{5}, "five");
  batch.append(std::uint64_t{6}, "six");
  REQUIRE(hop->write(batch));
  REQUIRE(drive(*hop, [&] { return hop->safe() == 2; }));
  REQUIRE(finish(*hop));
  CHECK(file("got") == "five\nsix\n");
}

TEST_CASE_FIXTURE(Fixture, "--plain: exit status 0 at the end covers nothing") {
  auto options = shell("cat >$D/got; echo ${LOGPIPE-none} >$D/environment");
  options.plain = true;
  options.retry_time = base::Duration::zero();
  start(options);
  const base::Error error = error_of(3);
  CHECK(error.kind == Kind::temporary);
  CHECK(
      error.what.ends_with("exited with status 0 before it had confirmed everything; use --filter for filters, and "
                           "--batch for commands that write no receipts"));
  CHECK(hop->safe() == 0);
  CHECK(file("got") == "1\tm1#012\n2\tm2#012\n3\tm3#012\n");
  CHECK(file("environment") == "none\n");
}

TEST_CASE_FIXTURE(Fixture, "--plain: what has no receipt when the command ends well is sent again") {
  auto options = shell(first_time("read -r id x; echo $id; cat >/dev/null; exit 0",
                                  "while read -r id message; do echo $message >>$D/got; echo $id; done"));
  options.plain = true;
  start(options);
  REQUIRE(send(3));
  CHECK(hop->safe() == 3);
  CHECK(file("got") == "m2#012\nm3#012\n");
  CHECK(reported("exited with status 0 before it had confirmed everything; starting it again in "));
}

TEST_CASE_FIXTURE(Fixture, "--plain: another status at the end covers nothing") {
  auto options = shell("cat >/dev/null; exit 1");
  options.plain = true;
  options.retry_time = base::Duration::zero();
  start(options);
  CHECK(error_of(3).kind == Kind::temporary);
  CHECK(hop->safe() == 0);
}

TEST_CASE_FIXTURE(Fixture, "--plain: a command that ends early covers nothing") {
  auto options = shell("read -r x");
  options.plain = true;
  options.retry_time = base::Duration::zero();
  start(options);
  REQUIRE(hop->write(messages(1, 3)));
  const auto driven = drive(*hop, [] { return false; });
  REQUIRE_FALSE(driven);
  CHECK(driven.error().kind == Kind::temporary);
  CHECK(hop->safe() == 0);
}

TEST_CASE_FIXTURE(Fixture, "--plain: a command that echoes its input is an error") {
  auto options = shell("exec cat");
  options.plain = true;
  start(options);
  const base::Error error = error_of(1);
  CHECK(error.kind == Kind::protocol);
  CHECK(error.why.ends_with("use --filter for filters, and --batch for commands that write no receipts"));
}

TEST_CASE_FIXTURE(Fixture, "--plain: a command that closes its stdout can confirm nothing and is started again") {
  auto options = shell(first_time("exec cat >/dev/null", "while read -r id message; do echo $id; done"));
  options.plain = true;
  start(options);
  REQUIRE(hop->write(messages(1, 3)));
  REQUIRE(drive(*hop, [&] { return hop->safe() == 3; }));
  CHECK(reported("exited with status 0 before the end of its input; starting it again in "));
}

namespace {

// As in a process that is the sink of a hop itself.
stream::OutputOptions in_the_middle(stream::OutputOptions options) {
  options.upstream = stream::Invitation{.max_message = 100, .origin = {}, .hop = 2};
  return options;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a hop says what the receipts of its child mean, once that has greeted") {
  start("echo logpipe 1 peer\n" + std::string(kTake));
  CHECK_FALSE(hop->strength());
  REQUIRE(drive(*hop, [&] { return hop->ready(); }));
  CHECK(hop->strength() == stream::Strength::peer);
}

TEST_CASE_FIXTURE(Fixture, "what a program confirms behind --plain may mean anything") {
  stream::OutputOptions options = shell("cat >/dev/null");
  options.plain = true;
  start(std::move(options));
  CHECK(hop->strength() == stream::Strength::sent);
}

TEST_CASE_FIXTURE(Fixture, "in the middle, a child that fails before it has greeted is an error at once") {
  for (const auto& [status, kind] : {std::pair(75, Kind::temporary), {69, Kind::temporary}, {74, Kind::io}}) {
    start(in_the_middle(shell("exit " + std::to_string(status))));
    const auto driven = drive(*hop, [] { return false; });
    REQUIRE_FALSE(driven);
    CHECK(driven.error().kind == kind);
    CHECK(driven.error().text().ends_with("exited with status " + std::to_string(status) + " before it was ready"));
  }
}

TEST_CASE_FIXTURE(Fixture, "in the middle, a child that had greeted is started again") {
  start(in_the_middle(shell(first_time(std::string(kGreet) + "read -r x; exit 75", sink()))));
  REQUIRE(send(2));
  CHECK(file("got") == "m1\nm2\n");
}

TEST_CASE_FIXTURE(Fixture,
                  "in the middle, the child is told that it is one hop further, and what the source was told") {
  stream::OutputOptions options = in_the_middle(shell("echo $LOGPIPE >$D/invitation\n" + sink()));
  options.origin = "here/1";
  options.upstream->retry_time = std::chrono::seconds(3);
  start(std::move(options));
  REQUIRE(send(1));
  CHECK(file("invitation").ends_with(" hop=3 retry=3000ms origin=here/1\n"));
}

#include "stream/fallback.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/output_fixture.h"

namespace {

using base::Kind;
using stream::Fallback;
using test::messages;
using namespace std::chrono_literals;

constexpr char kGreet[] = "echo logpipe 1 stored\n";
constexpr char kPrimary[] = "while read -r length id message; do echo $message >>$D/primary; echo $id; done\n";
constexpr char kSpare[] = "while read -r length id message; do echo $message >>$D/spare; echo $id; done\n";

std::string good_primary() {
  return std::string(kGreet) + kPrimary;
}
std::string good_spare() {
  return std::string(kGreet) + kSpare;
}

// Greets, and fails at its first message, as long as there is no file $D/repaired.
std::string broken_primary() {
  return std::string(kGreet) + "[ -e $D/repaired ] || { read -r x; exit 74; }\n" + kPrimary;
}

// Waits for a writer of the named pipe $D/NAME.
std::string wait_for(const std::string& name) {
  return "read -r go <$D/" + name + "\n";
}

// $D/origins has a line for each run of a command, with the origin that it was told.
std::string note_origin(const std::string& who) {
  return "echo " + who + " ${LOGPIPE##*origin=} >>$D/origins\n";
}

// Greets, and says that it has nine messages of the first origin.
constexpr char kGreetFromElsewhere[] =
    "case $LOGPIPE in *here/1) echo logpipe 1 stored last=9;; *) echo logpipe 1 stored;; esac\n";

struct Fixture : test::Output {
  stream::OutputOptions options;
  std::unique_ptr<Fallback> sink;
  event::Timer alarm{loop, [] {}};

  Fixture() { options.fallback_after = 150ms; }

  void start(const std::string& primary, const std::string& spare) {
    start_commands(shell(primary).command, shell(spare).command);
  }
  void start_commands(std::vector<std::string> primary, std::vector<std::string> spare) {
    options.command = std::move(primary);
    options.fallback = std::move(spare);
    auto started = Fallback::start(loop, options, report);
    REQUIRE(started);
    sink = std::move(*started);
  }

  base::Result<void> send(unsigned first, unsigned last) {
    TRY(sink->write(messages(first, last)));
    return drive(*sink, [&] { return sink->safe() == last; });
  }
  // Until the primary waits for a message to be tried with, after the fallback was in use.
  base::Result<void> until_trial() {
    return drive(*sink, [&] { return sink->state().ends_with("unconfirmed by the hop"); });
  }
  base::Result<void> finish() { return test::Output::finish(*sink); }

  // Lets it run for a time in which nothing should happen.
  base::Result<void> let_pass(base::Duration time) {
    const base::Instant end = base::now() + time;
    alarm.start(time);
    return drive(*sink, [&] {
      if (base::now() < end && !alarm.active()) alarm.start(end - base::now());
      return base::now() >= end;
    });
  }

  // The first origin is here/1. A source that has given four messages has another one for a receiver of nine.
  void set_origin() {
    options.origin = "here/1";
    options.renew_origin = [](const stream::Greeting& greeting) {
      return base::Result<std::string>(greeting.last > 4 ? "here/2" : "");
    };
  }
  [[nodiscard]] bool noted(const std::string& line) const {
    return file("origins").find(line + "\n") != std::string::npos;
  }

  void touch(const std::string& name) const { std::ofstream(folder / name) << "go\n"; }
  void make_pipe(const std::string& name) const { REQUIRE(::system(("mkfifo " + folder / name).c_str()) == 0); }
  [[nodiscard]] long reported(const std::string& part) const {
    return std::count_if(reports.begin(), reports.end(),
                         [&](const std::string& line) { return line.find(part) != std::string::npos; });
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a primary that works gets everything, and the fallback ends with it") {
  start(good_primary(), good_spare());
  REQUIRE(send(1, 3));
  REQUIRE(finish());
  CHECK(file("primary") == "m1\nm2\nm3\n");
  CHECK(file("spare").empty());
  CHECK(reports.empty());
}

TEST_CASE_FIXTURE(Fixture, "what the primary has not confirmed when it is down goes to the fallback") {
  start(broken_primary(), good_spare());
  REQUIRE(send(1, 3));
  REQUIRE(send(4, 5));
  REQUIRE(finish());
  CHECK(file("spare") == "m1\nm2\nm3\nm4\nm5\n");
  CHECK(file("primary").empty());
  CHECK(reported("has been down for 150 ms; its 3 messages without a receipt, and new ones, go to fallback '") == 1);
  CHECK(reported("is back") == 0);
}

TEST_CASE_FIXTURE(Fixture, "what the primary has confirmed does not go to the fallback") {
  start(std::string(kGreet) + "read -r length id x; [ $id = 1 ] && echo 1; exit 74", good_spare());
  REQUIRE(send(1, 3));
  CHECK(file("spare") == "m2\nm3\n");
}

TEST_CASE_FIXTURE(Fixture, "a primary that is started again in time is not left") {
  options.fallback_after = 20s;
  start("mkdir $D/once 2>/dev/null && { " + std::string(kGreet) + "read -r x; kill -9 $$; }\n" + good_primary(),
        good_spare());
  REQUIRE(send(1, 3));
  REQUIRE(finish());
  CHECK(file("primary") == "m1\nm2\nm3\n");
  CHECK(file("spare").empty());
}

TEST_CASE_FIXTURE(Fixture, "a primary that lives and confirms nothing is waited for") {
  make_pipe("gate");
  options.fallback_after = 50ms;
  start(kGreet + wait_for("gate") + kPrimary, good_spare());
  REQUIRE(sink->write(messages(1, 3)));
  REQUIRE(let_pass(300ms));
  CHECK(sink->safe() == 0);
  touch("gate");
  REQUIRE(finish());
  CHECK(file("primary") == "m1\nm2\nm3\n");
  CHECK(file("spare").empty());
}

TEST_CASE_FIXTURE(Fixture, "a primary that failed long ago and was idle since is not left at its next failure") {
  options.fallback_after = 1s;
  start("mkdir $D/first 2>/dev/null && { " + std::string(kGreet) + "exit 74; }\n" +
            "mkdir $D/second 2>/dev/null && { " + kGreet + "read -r x; exit 74; }\n" + good_primary(),
        good_spare());
  REQUIRE(drive(*sink, [&] { return reported("exited with status 74") == 1; }));
  REQUIRE(let_pass(1200ms));
  REQUIRE(send(1, 1));
  CHECK(reported("exited with status 74") == 2);
  CHECK(file("primary") == "m1\n");
}

TEST_CASE_FIXTURE(Fixture, "a primary that is back gets new messages, and the fallback keeps what it took") {
  start(broken_primary(), good_spare());
  REQUIRE(send(1, 3));
  touch("repaired");
  REQUIRE(until_trial());
  REQUIRE(send(4, 5));
  CHECK(reported("is back; new messages go to it again") == 1);
  REQUIRE(send(6, 6));
  REQUIRE(finish());
  CHECK(file("spare") == "m1\nm2\nm3\n");
  CHECK(file("primary") == "m4\nm5\nm6\n");
}

TEST_CASE_FIXTURE(Fixture, "a primary that greets and fails at its trial does not count as back") {
  start(broken_primary(), good_spare());
  REQUIRE(send(1, 3));
  REQUIRE(until_trial());
  REQUIRE(send(4, 5));
  REQUIRE(until_trial());
  REQUIRE(send(6, 7));
  REQUIRE(finish());
  CHECK(file("spare") == "m1\nm2\nm3\nm4\nm5\nm6\nm7\n");
  CHECK(reported("has been down") == 1);
  CHECK(reported("is back") == 0);
}

TEST_CASE_FIXTURE(Fixture, "a primary that takes its trial and fails at the rest does not count as back") {
  make_pipe("gate");
  start(std::string(kGreet) + "read -r length id message; [ -e $D/used ] || exit 74\n" +
            "echo $message >>$D/primary; echo $id; read -r x; exit 74",
        std::string(kGreet) + "read -r length id message; >$D/used; echo $message >>$D/spare; echo $id; " +
            wait_for("gate") + kSpare);
  REQUIRE(send(1, 1));
  REQUIRE(sink->write(messages(2, 9)));
  touch("gate");
  REQUIRE(drive(*sink, [&] { return sink->safe() == 9; }));
  CHECK(reported("is back") == 0);
  CHECK(file("primary").size() + file("spare").size() == 27);
}

TEST_CASE_FIXTURE(Fixture, "a primary that does not answer its trial gets no more until it does") {
  make_pipe("gate");
  start(std::string(kGreet) + "[ -e $D/repaired ] || { read -r x; exit 74; }\n" + wait_for("gate") + kPrimary,
        good_spare());
  REQUIRE(send(1, 1));
  touch("repaired");
  REQUIRE(until_trial());
  REQUIRE(send(2, 5));
  CHECK(file("spare") == "m1\nm2\nm3\nm4\nm5\n");
  touch("gate");
  REQUIRE(until_trial());
  REQUIRE(send(6, 6));
  CHECK(reported("is back") == 1);
  CHECK(file("primary") == "m2\nm6\n");
  REQUIRE(finish());
}

TEST_CASE_FIXTURE(Fixture, "what a dead fallback has not confirmed goes to the primary that is back") {
  start(broken_primary(), "[ -e $D/used ] && exit 75\n" + std::string(kGreet) +
                              "read -r length id x; echo $id; read -r x; >$D/used; >$D/repaired; exit 75");
  REQUIRE(sink->write(messages(1, 4)));
  REQUIRE(finish());
  CHECK(file("primary") == "m2\nm3\nm4\n");
}

TEST_CASE_FIXTURE(Fixture, "what a fallback does not confirm in time goes to the primary that is back") {
  options.fallback_after = 1s;
  // Where the primary takes long to come back, the fallback is started once more: it must confirm nothing then.
  start(broken_primary(), "[ -e $D/repaired ] && exit 75\n" + std::string(kGreet) +
                              "read -r length id x; echo $id; read -r x; >$D/repaired; while read -r x; do :; done");
  REQUIRE(sink->write(messages(1, 4)));
  REQUIRE(drive(*sink, [&] { return sink->safe() == 4 && reported("confirmed nothing for 1 s") == 1; }));
  REQUIRE(finish());
  CHECK(file("primary") == "m2\nm3\nm4\n");
}

TEST_CASE_FIXTURE(Fixture, "a primary that fails once more when a silent fallback is given up gets it all later") {
  options.fallback_after = 1s;
  // The primary is repaired when it has just been started again, and does not know it.
  start("echo >>$D/starts\n" + broken_primary(),
        std::string("[ -e $D/repaired ] && exit 75\n") + std::string(kGreet) +
            "read -r length id x; echo $id; read -r x; n=$(wc -l <$D/starts)\n"
            "while [ $(wc -l <$D/starts) = $n ]; do :; done; >$D/repaired; while read -r x; do :; done");
  REQUIRE(sink->write(messages(1, 4)));
  REQUIRE(drive(*sink, [&] { return sink->safe() == 4; }));
  REQUIRE(finish());
  CHECK(file("primary") == "m2\nm3\nm4\n");
}

TEST_CASE_FIXTURE(Fixture, "what the primary says it has of an origin is not sent to it again") {
  options.origin = "here";
  start("if [ -e $D/used ]; then echo logpipe 1 stored last=2; else echo logpipe 1 stored; read -r x; exit 74; fi\n" +
            std::string(kPrimary),
        "[ -e $D/used ] && exit 75\n" + std::string(kGreet) + "read -r x; >$D/used; exit 75");
  REQUIRE(sink->write(messages(1, 4)));
  REQUIRE(finish());
  CHECK(sink->safe() == 4);
  CHECK(file("primary") == "m3\nm4\n");
}

TEST_CASE_FIXTURE(Fixture, "what the fallback says it has of an origin is not sent to it again") {
  options.origin = "here";
  start("exit 75", "echo logpipe 1 stored last=2\n" + std::string(kSpare));
  REQUIRE(sink->write(messages(1, 4)));
  REQUIRE(finish());
  CHECK(file("spare") == "m3\nm4\n");
}

TEST_CASE_FIXTURE(Fixture, "when the primary has messages of another history, the fallback gets the new origin too") {
  set_origin();
  start(note_origin("primary") + kGreetFromElsewhere + kPrimary, note_origin("spare") + good_spare());
  REQUIRE(drive(*sink, [&] { return noted("primary here/2") && noted("spare here/2"); }));
  REQUIRE(send(1, 3));
  REQUIRE(finish());
  CHECK(file("primary") == "m1\nm2\nm3\n");
  CHECK(noted("spare here/1"));
}

TEST_CASE_FIXTURE(Fixture, "when the fallback has messages of another history, the primary gets its own again") {
  set_origin();
  make_pipe("gate");
  start(note_origin("primary") + kGreet + "case $LOGPIPE in *here/1) exec cat >>$D/unconfirmed;; esac\n" + kPrimary,
        "case $LOGPIPE in *here/1)\n" + wait_for("gate") + ";; esac\n" + kGreetFromElsewhere + kSpare);
  REQUIRE(sink->write(messages(1, 3)));
  REQUIRE(drive(*sink, [&] { return file("unconfirmed").ends_with("m3\n"); }));
  touch("gate");
  REQUIRE(drive(*sink, [&] { return noted("primary here/2"); }));
  REQUIRE(finish());
  CHECK(file("primary") == "m1\nm2\nm3\n");
}

TEST_CASE_FIXTURE(Fixture, "when both are down for --retry-time, that is the end") {
  options.retry_time = 400ms;
  start("exit 75", "exit 69");
  REQUIRE(sink->write(messages(1, 4)));
  const auto driven = drive(*sink, [] { return false; });
  REQUIRE_FALSE(driven);
  CHECK(driven.error().kind == Kind::temporary);
  CHECK(driven.error().why == "4 messages are not confirmed; run again");
}

TEST_CASE_FIXTURE(Fixture, "a primary that is down for ever is none while the fallback works") {
  options.retry_time = 0s;
  start("exit 75", good_spare());
  REQUIRE(send(1, 3));
  REQUIRE(let_pass(200ms));
  REQUIRE(send(4, 4));
  REQUIRE(finish());
  CHECK(file("spare") == "m1\nm2\nm3\nm4\n");
}

TEST_CASE_FIXTURE(Fixture, "a fallback that is down is no failure while the primary works") {
  options.retry_time = 0s;
  start(good_primary(), "exit 75");
  REQUIRE(drive(*sink, [&] { return reported("exited with status 75; starting it again in ") > 0; }));
  REQUIRE(send(1, 3));
  REQUIRE(finish());
}

TEST_CASE_FIXTURE(Fixture, "a primary that cannot be executed is down") {
  start_commands({"/nonexistent/logbuff"}, shell(good_spare()).command);
  REQUIRE(send(1, 3));
  REQUIRE(finish());
  CHECK(file("spare") == "m1\nm2\nm3\n");
}

TEST_CASE_FIXTURE(Fixture, "a primary that fails for good before it is ready is down, and tried again") {
  start("[ -e $D/repaired ] || exit 73\n" + good_primary(), good_spare());
  REQUIRE(send(1, 3));
  touch("repaired");
  REQUIRE(until_trial());
  REQUIRE(send(4, 4));
  REQUIRE(finish());
  CHECK(file("spare") == "m1\nm2\nm3\n");
  CHECK(file("primary") == "m4\n");
}

TEST_CASE_FIXTURE(Fixture, "a primary that does not speak the protocol is down") {
  start("echo xyz; cat >/dev/null", good_spare());
  REQUIRE(send(1, 3));
  REQUIRE(finish());
  CHECK(file("spare") == "m1\nm2\nm3\n");
}

TEST_CASE_FIXTURE(Fixture, "a primary that has given up what is away is down at once: it has waited long enough") {
  make_pipe("gate");
  start(wait_for("gate") + "exit 75", good_spare());
  REQUIRE(sink->write(messages(1, 3)));
  REQUIRE(let_pass(options.fallback_after));
  touch("gate");
  REQUIRE(drive(*sink, [&] { return sink->safe() == 3; }));
  CHECK(reported("exited with status 75") == 1);
  CHECK(file("spare") == "m1\nm2\nm3\n");
}

TEST_CASE_FIXTURE(Fixture, "a sink beside another is told how long to try") {
  start("echo \"$LOGPIPE\" >$D/invitation\n" + good_primary(), good_spare());
  REQUIRE(send(1, 1));
  CHECK(file("invitation").find(" retry=150ms") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a fallback that fails for good is no failure while the primary works, and told once") {
  start(good_primary(), "exit 73");
  REQUIRE(drive(*sink, [&] { return reported("exited with status 73") == 1; }));
  REQUIRE(let_pass(300ms));
  REQUIRE(send(1, 3));
  REQUIRE(finish());
  CHECK(reported("exited with status 73") == 1);
  CHECK(file("primary") == "m1\nm2\nm3\n");
}

TEST_CASE_FIXTURE(Fixture, "a fallback that does not exist is no failure while the primary works") {
  start_commands(shell(good_primary()).command, {"/nonexistent/logbuff"});
  REQUIRE(send(1, 3));
  REQUIRE(finish());
  CHECK(reported("could not be started: No such file or directory") == 1);
}

TEST_CASE_FIXTURE(Fixture, "two sinks that will never work are an error at once") {
  start("exit 73", "echo xyz");
  const auto driven = drive(*sink, [] { return false; });
  REQUIRE_FALSE(driven);
  CHECK(driven.error().kind == Kind::cannot_create);
}

TEST_CASE_FIXTURE(Fixture, "a large message is not cut when its receiver changes") {
  start(broken_primary(), std::string(kGreet) + "cat >$D/raw; echo 2");
  stream::Batch batch;
  batch.append(std::uint64_t{1}, "m1\n");
  batch.append(std::uint64_t{2}, std::string(1 << 20, 'x'));
  REQUIRE(sink->write(batch));
  REQUIRE(sink->finish());
  REQUIRE(drive(*sink, [&] { return sink->finished(); }));
  CHECK(sink->safe() == 2);
  CHECK(file("raw").size() == std::string("5 1\tm1\n").size() + std::string("1048578 2\t").size() + (1 << 20));
}

TEST_CASE_FIXTURE(Fixture, "two sinks are as strong as the weaker one") {
  start("echo logpipe 1 stored\n" + std::string(kPrimary), "echo logpipe 1 peer\n" + std::string(kSpare));
  REQUIRE(drive(*sink, [&] { return sink->strength().has_value(); }));
  CHECK(sink->strength() == stream::Strength::peer);
}

TEST_CASE_FIXTURE(Fixture, "of two sinks, one that failed may come back and be of any strength") {
  start("exit 1", good_spare());
  REQUIRE(drive(*sink, [&] { return sink->strength().has_value(); }));
  CHECK(sink->strength() == stream::Strength::sent);
}

TEST_CASE_FIXTURE(Fixture, "in the middle, two sinks that both fail before they have greeted are an error") {
  options.upstream = stream::Invitation{.max_message = 100, .origin = {}};
  start("exit 1", "exit 75");
  const auto driven = drive(*sink, [] { return false; });
  REQUIRE_FALSE(driven);
  CHECK(driven.error().kind == Kind::temporary);
  CHECK(driven.error().why == "both failed before they were ready");
}

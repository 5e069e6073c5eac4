#include "stream/filter.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/messages.h"
#include "tests/unit/output_fixture.h"

namespace {

using base::Kind;
using namespace std::chrono_literals;

// What stands behind the filter; the test says what of it is safe, and whether it has room.
struct End final : stream::Sink {
  std::vector<std::string> got;
  std::size_t space = 1 << 20;
  std::uint64_t confirmed = 0;
  bool finishing = false;

  [[nodiscard]] std::size_t room() const override { return space; }
  base::Result<void> write(const stream::Batch& batch) override {
    CHECK(space > 0);
    CHECK_FALSE(batch.has_ids());
    batch.for_each([this](std::size_t, std::string_view message) { got.emplace_back(message); });
    return {};
  }
  base::Result<void> flush() override { return {}; }
  base::Result<void> finish() override {
    CHECK_FALSE(finishing);
    finishing = true;
    return {};
  }
  [[nodiscard]] std::uint64_t safe() const override { return confirmed; }
  [[nodiscard]] bool finished() const override { return finishing && confirmed == got.size(); }
  [[nodiscard]] std::string state() const override { return "the end"; }
};

struct Fixture : test::Output {
  stream::OutputOptions options;
  std::unique_ptr<stream::Filter> filter;
  End* end = nullptr;

  Fixture() {
    options.filter.batch = 2;
    options.filter.time = 1h;
  }
  void open(const std::string& script) {
    options.command = shell(script).command;
    open_command();
  }
  void open_command() {
    auto sink = std::make_unique<End>();
    end = sink.get();
    auto opened = stream::Filter::open(loop, options, std::move(sink), report);
    REQUIRE(opened);
    filter = std::move(*opened);
  }
  void touch(const std::string& name) const { std::ofstream(folder / name) << "yes\n"; }
  void make_command(const std::string& name, const std::string& script) const {
    std::ofstream(folder / name) << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(folder / name, std::filesystem::perms::owner_all);
  }
  base::Result<void> write(std::initializer_list<std::string_view> messages) {
    stream::Batch batch;
    for (const std::string_view message : messages) batch.append(message);
    return filter->write(batch);
  }
  base::Result<void> until(std::size_t count) {
    return drive(*filter, [this, count] { return end->got.size() >= count; });
  }
  // Everything that arrives at the end is confirmed at once.
  base::Result<void> finish() {
    TRY(filter->finish());
    return drive(*filter, [this] {
      end->confirmed = end->got.size();
      return filter->finished();
    });
  }
  [[nodiscard]] bool reported(const std::string& part) const {
    return std::any_of(reports.begin(), reports.end(),
                       [&](const std::string& line) { return line.find(part) != std::string::npos; });
  }
};

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(Fixture, "filter: it runs once per batch, and what it writes goes on") {
  open("echo >>$D/runs; tr a-z A-Z");
  REQUIRE(write({"a", "b", "c"}));
  REQUIRE(finish());
  CHECK(end->got == Strings{"A", "B", "C"});
  CHECK(file("runs") == "\n\n");
  CHECK(filter->safe() == 3);
}

TEST_CASE_FIXTURE(Fixture, "filter: a batch is safe when all that was made of it is") {
  open("sed p");
  REQUIRE(write({"a", "b", "c", "d"}));
  REQUIRE(until(8));
  CHECK(filter->safe() == 0);
  end->confirmed = 3;
  CHECK(filter->safe() == 0);
  end->confirmed = 4;
  CHECK(filter->safe() == 2);
  end->confirmed = 8;
  CHECK(filter->safe() == 4);
}

TEST_CASE_FIXTURE(Fixture, "filter: a batch of which nothing is left is safe when all before it is") {
  options.filter.statuses = {0, 1};
  open("grep keep");
  REQUIRE(write({"keep", "drop", "drop", "drop"}));
  REQUIRE(filter->finish());
  REQUIRE(drive(*filter, [this] { return end->finishing; }));
  CHECK(filter->safe() == 0);
  end->confirmed = 1;
  CHECK(filter->safe() == 4);
}

TEST_CASE_FIXTURE(Fixture, "filter: without messages it does not run") {
  open("touch $D/ran; echo more");
  REQUIRE(finish());
  CHECK_FALSE(std::filesystem::exists(folder / "ran"));
  CHECK(end->got.empty());
}

TEST_CASE_FIXTURE(Fixture, "filter: what it wrote before it failed is not used, and the batch is offered again") {
  open("mkdir $D/once 2>/dev/null && { head -n 1; exit 3; }; cat");
  REQUIRE(write({"a", "b"}));
  REQUIRE(finish());
  CHECK(end->got == Strings{"a", "b"});
  CHECK(reported("exited with status 3; running it again in "));
}

TEST_CASE_FIXTURE(Fixture, "filter: one that is killed has failed") {
  open("mkdir $D/once 2>/dev/null && { head -n 1; kill -9 $$; }; cat");
  REQUIRE(write({"a", "b"}));
  REQUIRE(finish());
  CHECK(end->got == Strings{"a", "b"});
  CHECK(reported("was killed by signal 9; running it again in "));
}

TEST_CASE_FIXTURE(Fixture, "filter: no exit status makes a signal a success") {
  options.filter.statuses = {0, 9, 137};
  options.retry_time = base::Duration::zero();
  open("kill -9 $$");
  REQUIRE(write({"a", "b"}));
  CHECK_FALSE(finish());
  CHECK(filter->safe() == 0);
}

TEST_CASE_FIXTURE(Fixture, "filter: what went through before it failed for good is made safe, and the rest is not") {
  options.retry_time = base::Duration::zero();
  open("grep -q bad && exit 2; echo good");
  REQUIRE(write({"a", "b", "bad", "c"}));
  const auto finished = finish();
  REQUIRE_FALSE(finished);
  CHECK(finished.error().kind == Kind::temporary);
  CHECK(finished.error().text().ends_with("exited with status 2: 2 messages are not delivered; run again"));
  CHECK(end->finishing);
  CHECK(end->got == Strings{"good"});
  CHECK(filter->safe() == 2);
}

TEST_CASE_FIXTURE(Fixture, "filter: it may write while it is still fed, more than pipes hold") {
  options.filter.batch = 40000;
  open("sed p");
  stream::Batch batch;
  for (int i = 0; i < 40000; ++i) batch.append(std::string(20, 'x'));
  REQUIRE(filter->write(batch));
  REQUIRE(finish());
  CHECK(end->got.size() == 80000);
  CHECK(filter->safe() == 40000);
}

TEST_CASE_FIXTURE(Fixture, "filter: one that does not read its input ends as well as it says") {
  open("echo instead");
  const std::string large(3 << 20, 'x');
  REQUIRE(write({large}));
  REQUIRE(finish());
  CHECK(end->got == Strings{"instead"});
  CHECK(filter->safe() == 1);
}

TEST_CASE_FIXTURE(Fixture, "filter: one that writes without end is killed") {
  options.retry_time = base::Duration::zero();
  options.window = {1 << 20};
  open("yes | cat");
  REQUIRE(write({"a", "b"}));
  const auto finished = finish();
  REQUIRE_FALSE(finished);
  CHECK(finished.error().text().find("wrote more than 1 MiB") != std::string::npos);
  CHECK(end->got.empty());
}

TEST_CASE_FIXTURE(Fixture, "filter: a message without end is bounded too") {
  options.retry_time = base::Duration::zero();
  options.window = {1 << 20};
  open("exec cat /dev/zero");
  REQUIRE(write({"a", "b"}));
  CHECK_FALSE(finish());
  CHECK(end->got.empty());
}

TEST_CASE_FIXTURE(Fixture, "filter: a last line without LF is a message") {
  open("cat; printf tail");
  REQUIRE(write({"a", "b"}));
  REQUIRE(finish());
  CHECK(end->got == Strings{"a", "b", "tail"});
}

TEST_CASE_FIXTURE(Fixture, "filter: nul framing keeps newlines, and half a message is none") {
  options.format.framing = stream::Framing::nul;
  options.retry_time = base::Duration::zero();
  open("cat; mkdir $D/once 2>/dev/null || printf half");
  REQUIRE(write({"a\nb", ""}));
  REQUIRE(until(2));
  CHECK(end->got == Strings{"a\nb", ""});
  REQUIRE(write({"c", "d"}));
  const auto finished = finish();
  REQUIRE_FALSE(finished);
  CHECK(finished.error().text().find("ended within a message: its output is cut short") != std::string::npos);
  CHECK(filter->safe() == 2);
}

TEST_CASE_FIXTURE(Fixture, "filter: octet framing keeps any bytes; half a frame and what is no frame are failures") {
  options.format.framing = stream::Framing::octet;
  open("if mkdir $D/one 2>/dev/null; then head -c 4; elif mkdir $D/two 2>/dev/null; then echo oops; else cat; fi");
  REQUIRE(write({std::string_view("\n\0x", 3), "b"}));
  REQUIRE(finish());
  CHECK(end->got == Strings{std::string("\n\0x", 3), "b"});
  CHECK(reported("ended within a message"));
  CHECK(reported("wrote what is not in octet framing"));
}

TEST_CASE_FIXTURE(Fixture, "filter: messages over --max-message are split") {
  options.filter.max_message = 4;
  open("echo abcdefgh");
  REQUIRE(write({"a", "b"}));
  REQUIRE(finish());
  CHECK(end->got == Strings{"abcd", "efgh"});
  CHECK(reported("1 message over --max-message (4 B) was split"));
}

TEST_CASE_FIXTURE(Fixture, "filter: a sink without room holds it up") {
  open("cat; echo >>$D/runs");
  end->space = 0;
  REQUIRE(write({"a", "b", "c", "d"}));
  REQUIRE(
      drive(*filter, [this] { return file("runs") == "\n" && filter->state().find("waits") != std::string::npos; }));
  CHECK(filter->room() == 0);
  CHECK(end->got.empty());
  end->space = 1;
  REQUIRE(finish());
  CHECK(end->got == Strings{"a", "b", "c", "d"});
}

TEST_CASE_FIXTURE(Fixture, "filter: what it started and left behind is waited for") {
  open("cat; (read -r x <$D/gate; echo late) & exit 0");
  REQUIRE(::system(("mkfifo " + folder / "gate").c_str()) == 0);
  REQUIRE(write({"a", "b"}));
  std::ofstream(folder / "gate") << "go\n";
  REQUIRE(finish());
  CHECK(end->got == Strings{"a", "b", "late"});
}

TEST_CASE_FIXTURE(Fixture, "filter: one that is still at work is killed with all that it started") {
  REQUIRE(::system(("mkfifo " + folder / "alive").c_str()) == 0);
  open("sleep 600 >$D/alive & wait");
  REQUIRE(write({"a", "b"}));
  std::ifstream alive(folder / "alive");  // opens when the writer has
  filter.reset();
  CHECK(alive.get() == std::ifstream::traits_type::eof());
}

TEST_CASE_FIXTURE(Fixture, "filter: one behind the other, in front of any sink") {
  auto chained = shell("cat >>$D/got");
  chained.batch = 100;
  chained.filter.commands = {{"sed", "s/$/1/"}, {"sed", "s/$/2/"}};
  auto opened = stream::open_output(loop, chained, report);
  REQUIRE(opened);
  stream::Batch batch;
  batch.append("a");
  batch.append("b");
  REQUIRE((*opened)->write(batch));
  REQUIRE(test::Output::finish(**opened));
  CHECK(file("got") == "a12\nb12\n");
  CHECK((*opened)->safe() == 2);
}

TEST_CASE_FIXTURE(Fixture, "filter: one that is not there is an error at the start") {
  stream::OutputOptions missing;
  missing.filter.commands = {{"cat"}, {"/nonexistent/grep"}};
  const auto opened = stream::open_output(loop, missing, report);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().kind == Kind::unavailable);
  CHECK(opened.error().text() == "start /nonexistent/grep: No such file or directory");
}

TEST_CASE_FIXTURE(Fixture, "filter: a shell's pipe is warned of") {
  stream::OutputOptions piped;
  piped.filter.commands = {{"sh", "-c", "grep a | sort"}};
  REQUIRE(stream::open_output(loop, piped, report));
  CHECK(reported("filter 'sh -c grep a | sort': its exit status is that of the pipe's last part"));
}

TEST_CASE_FIXTURE(Fixture, "a pause before the next try ends when there is a hurry") {
  open("[ -e $D/repaired ] && cat");
  REQUIRE(write({"1", "2"}));
  REQUIRE(drive(*filter, [&] { return reports.size() >= 3; }));  // the pauses have grown
  touch("repaired");
  REQUIRE(filter->state().find("will be offered again") != std::string::npos);
  REQUIRE(filter->hurry());
  CHECK(filter->state().find("is running with 2 messages") != std::string::npos);
  REQUIRE(until(2));
}

TEST_CASE_FIXTURE(Fixture, "what went through is made safe before a hurry that fails is an error") {
  options.retry_time = 1ns;
  options.command = {folder / "once"};
  make_command("once", "read -r line; [ $line = 1 ] && echo 1 && exit; rm $0; exit 1");
  open_command();
  REQUIRE(write({"1", "2", "3", "4"}));
  REQUIRE(drive(*filter, [&] { return reported("running it again"); }));
  REQUIRE(filter->hurry());
  CHECK(drive(*filter, [&] { return end->finishing; }));
  end->confirmed = end->got.size();
  const auto driven = drive(*filter, [] { return false; });
  REQUIRE_FALSE(driven);
  CHECK(driven.error().text().find("could not be started again") != std::string::npos);
  CHECK(filter->safe() == 2);
}

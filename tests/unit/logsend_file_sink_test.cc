#include "tools/logsend/file_sink.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "folder.h"
#include "messages.h"

using logsend::FileSink;
using unit::batch;
using unit::content;

namespace {

void fill(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

logsend::FilePattern compiled(const std::string& text) {
  auto pattern = logsend::FilePattern::compile(text);
  REQUIRE(pattern);
  return std::move(*pattern);
}

std::unique_ptr<FileSink> open(const std::string& pattern, stream::Framing wire = stream::Framing::line) {
  auto sink = FileSink::open({.pattern = compiled(pattern), .wire = wire});
  REQUIRE(sink);
  return std::move(*sink);
}

// No file can grow over `bytes` while this lives: writes go up to there, then fail with EFBIG.
struct FileSizeLimit {
  rlimit before{};
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before);
    const rlimit limit{bytes, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before); }
};

}  // namespace

TEST_CASE("file sink: messages are appended as lines and safe after a flush") {
  const unit::Folder folder;
  fill(folder / "log", "old\n");
  const auto sink = open(folder / "log");
  REQUIRE(sink->write(batch({"one", "", "two"})));
  CHECK(sink->safe() == 0);
  REQUIRE(sink->flush());
  CHECK(sink->safe() == 3);
  CHECK(content(folder / "log") == "old\none\n\ntwo\n");
}

TEST_CASE("file sink: a file that was removed is made anew for the next message") {
  const unit::Folder folder;
  const auto sink = open(folder / "log");
  REQUIRE(sink->write(batch({"one"})));
  REQUIRE(sink->flush());
  std::filesystem::remove(folder / "log");
  REQUIRE(sink->write(batch({"two"})));
  REQUIRE(sink->flush());
  CHECK(sink->safe() == 2);
  CHECK(content(folder / "log") == "two\n");
}

TEST_CASE("file sink: what was written to a file that is removed before the sync is not safe") {
  const unit::Folder folder;
  const auto sink = open(folder / "log");
  REQUIRE(sink->write(batch({"one"})));
  std::filesystem::remove(folder / "log");
  REQUIRE(sink->write(batch({"two"})));
  const auto flushed = sink->flush();
  REQUIRE_FALSE(flushed);
  CHECK(flushed.error().text().ends_with("log: it was removed while it was written; run again"));
  CHECK_FALSE(sink->flush());
  CHECK(sink->safe() == 0);
}

TEST_CASE("file sink: an LF inside a message becomes #012 in a line and stays in an octet frame") {
  const unit::Folder folder;
  REQUIRE(open(folder / "line")->write(batch({"a\nb"})));
  REQUIRE(open(folder / "octet", stream::Framing::octet)->write(batch({"a\nb"})));
  CHECK(content(folder / "line") == "a#012b\n");
  CHECK(content(folder / "octet") == "3 a\nb");
}

TEST_CASE("file sink: finishing makes everything safe") {
  const unit::Folder folder;
  const auto sink = open(folder / "log");
  REQUIRE(sink->write(batch({"one"})));
  REQUIRE(sink->finish());
  CHECK(sink->finished());
  CHECK(sink->safe() == 1);
}

TEST_CASE("file sink: a new day opens a new file, after the old one was synced") {
  const unit::Folder folder;
  std::time_t time = 1709294400;  // noon, 2024-03-01, UTC
  auto sink = FileSink::open({.pattern = compiled(folder / "app-%Y%m%d.log"), .clock = [&time] { return time; }});
  REQUIRE(sink);
  REQUIRE((*sink)->write(batch({"first"})));
  time += 2 * 86400;
  REQUIRE((*sink)->write(batch({"second"})));
  CHECK((*sink)->safe() == 1);
  CHECK(content(folder / "app-20240301.log") == "first\n");
  CHECK(content(folder / "app-20240303.log") == "second\n");
}

TEST_CASE("file sink: half a line left by a killed writer does not swallow the first message") {
  const unit::Folder folder;
  fill(folder / "log", "whole\nhal");
  REQUIRE(open(folder / "log")->write(batch({"half"})));
  CHECK(content(folder / "log") == "whole\nhal\nhalf\n");
}

TEST_CASE("file sink: a write that fails half-way leaves no half line, and what came before is safe") {
  const unit::Folder folder;
  const auto sink = open(folder / "log");
  REQUIRE(sink->write(batch({"before"})));
  const FileSizeLimit limit(12);
  const auto failed = sink->write(batch({"a message", "another"}));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().kind == base::Kind::io);
  CHECK(failed.error().text() == "write " + (folder / "log") + ": File too large");
  CHECK(content(folder / "log") == "before\n");
  CHECK(sink->safe() == 1);
}

TEST_CASE("file sink: reopening goes on in a new file after the old one was moved away") {
  const unit::Folder folder;
  const auto sink = open(folder / "log");
  REQUIRE(sink->write(batch({"old"})));
  std::filesystem::rename(folder / "log", folder / "log.1");
  REQUIRE(sink->reopen());
  REQUIRE(sink->write(batch({"new"})));
  CHECK(sink->safe() == 1);
  CHECK(content(folder / "log.1") == "old\n");
  CHECK(content(folder / "log") == "new\n");
}

TEST_CASE("file sink: a missing folder is an error and is not created") {
  const unit::Folder folder;
  const auto sink = FileSink::open({.pattern = compiled(folder / "no/log")});
  REQUIRE_FALSE(sink);
  CHECK(sink.error().kind == base::Kind::cannot_create);
  CHECK(sink.error().text() == "open " + (folder / "no/log") + ": No such file or directory");
}

TEST_CASE("file sink: only a regular file promises that messages are stored") {
  const unit::Folder folder;
  CHECK(open(folder / "log")->strength() == stream::Strength::stored);
  CHECK(open("/dev/null")->strength() == stream::Strength::sent);
}

TEST_CASE("file sink: a new file is readable by owner and group only") {
  const unit::Folder folder;
  const auto sink = open(folder / "log");
  CHECK((std::filesystem::status(folder / "log").permissions() & std::filesystem::perms::others_all) ==
        std::filesystem::perms::none);
}

namespace {

std::unique_ptr<rules::Processor> processor(std::optional<codec::Where> where = {}) {
  rules::ProcessorOptions options;
  options.mode = codec::Mode::automatic;
  options.where = std::move(where);
  return std::make_unique<rules::Processor>(std::move(options), "");
}

std::unique_ptr<FileSink> open_by_field(const std::string& pattern, std::size_t open_files = 64) {
  auto sink = FileSink::open({.pattern = compiled(pattern), .processor = processor(), .open_files = open_files});
  REQUIRE(sink);
  return std::move(*sink);
}

std::string from(const std::string& host, const std::string& text) {
  return "<13>1 - " + host + " app - - - " + text;
}

}  // namespace

TEST_CASE("file sink: with a field each message goes to its file, and all are safe after a flush") {
  const unit::Folder folder;
  const auto sink = open_by_field(folder / "%{hostname}/%{appname}.log");
  CHECK(sink->strength() == stream::Strength::stored);
  REQUIRE(sink->write(batch({from("a", "1"), from("b", "2"), "text", from("a", "3\n4")})));
  CHECK(sink->safe() == 0);
  REQUIRE(sink->flush());
  CHECK(sink->safe() == 4);
  CHECK(content(folder / "a/app.log") == from("a", "1") + "\n" + from("a", "3#0124") + "\n");
  CHECK(content(folder / "b/app.log") == from("b", "2") + "\n");
  CHECK(content(folder / "_/_.log") == "text\n");
}

TEST_CASE("file sink: with a field, what --where leaves out is safe with those before it") {
  const unit::Folder folder;
  auto sink = FileSink::open({.pattern = compiled(folder / "%{hostname}"),
                              .processor = processor(codec::Where::compile("hostname != a").value())});
  REQUIRE((*sink)->write(batch({from("a", "1"), from("b", "2"), from("a", "3")})));
  REQUIRE((*sink)->finish());
  CHECK((*sink)->safe() == 3);
  CHECK(content(folder / "b") == from("b", "2") + "\n");
  CHECK_FALSE(std::filesystem::exists(folder / "a"));
}

TEST_CASE("file sink: more files than may be open at once keep the order of each") {
  const unit::Folder folder;
  const auto sink = open_by_field(folder / "%{hostname}", 2);
  for (const char* text : {"1", "2"}) REQUIRE(sink->write(batch({from("a", text), from("b", text), from("c", text)})));
  REQUIRE(sink->finish());
  CHECK(sink->safe() == 6);
  for (const char* host : {"a", "b", "c"})
    CHECK(content(folder / host) == from(host, "1") + "\n" + from(host, "2") + "\n");
}

TEST_CASE("file sink: closing a file makes nothing safe while another is not synced") {
  const unit::Folder folder;
  const auto sink = open_by_field(folder / "%{hostname}", 2);
  REQUIRE(sink->write(batch({from("a", "1"), from("b", "1")})));
  REQUIRE(sink->write(batch({from("c", "1")})));
  CHECK(sink->safe() == 0);
  REQUIRE(sink->write(batch({from("d", "1")})));
  CHECK(sink->safe() == 0);
  REQUIRE(sink->flush());
  CHECK(sink->safe() == 4);
}

TEST_CASE("file sink: a batch that fails in one file is taken back from the others") {
  const unit::Folder folder;
  const auto sink = open_by_field(folder / "%{hostname}");
  REQUIRE(sink->write(batch({from("a", "before")})));
  const FileSizeLimit limit(60);
  const auto failed = sink->write(batch({from("a", "x"), from("b", std::string(100, 'y'))}));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().text() == "write " + (folder / "b") + ": File too large");
  CHECK(content(folder / "a") == from("a", "before") + "\n");
  CHECK(content(folder / "b").empty());
  CHECK(sink->safe() == 1);
}

TEST_CASE("file sink: with a field, a missing fixed part is an error at once") {
  const unit::Folder folder;
  const auto sink = FileSink::open({.pattern = compiled(folder / "no/%{hostname}"), .processor = processor()});
  REQUIRE_FALSE(sink);
  CHECK(sink.error().kind == base::Kind::cannot_create);
  CHECK(sink.error().text() == "open " + (folder / "no/") + ": No such file or directory");
}

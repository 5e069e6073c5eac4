#include "tools/logtail/files/cutter.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/random.h"

using logtail::Cut;
using logtail::Cutter;
using logtail::Rest;

namespace {

constexpr std::size_t kAll = 1 << 20;

std::vector<std::string> messages(const Cutter& cutter, std::string_view bytes, Rest rest, std::size_t limit = kAll) {
  std::vector<std::uint32_t> ends;
  cutter.cut(bytes, rest, limit, ends);
  std::vector<std::string> found;
  std::size_t begin = 0;
  for (const std::uint32_t end : ends) {
    found.emplace_back(logtail::message_at(bytes, begin, end));
    begin = end;
  }
  return found;
}

using Texts = std::vector<std::string>;

Cutter records(std::size_t max_message) {
  return Cutter(max_message, *logtail::compile_pattern("^E"));
}

// As a file is read that grows: each time from where the last message ended.
Texts cut_as_it_grows(const Cutter& cutter, const std::string& text, unit::Random& random) {
  Texts all;
  std::size_t at = 0;
  std::size_t there = 0;
  while (there < text.size()) {
    there += 1 + random() % (text.size() - there);
    const Rest rest = there == text.size() ? Rest::all : Rest::wait;
    std::vector<std::uint32_t> ends;
    const std::string_view bytes = std::string_view(text).substr(at, there - at);
    const Cut cut = cutter.cut(bytes, rest, kAll, ends);
    std::size_t begin = 0;
    for (const std::uint32_t end : ends) {
      all.emplace_back(logtail::message_at(bytes, begin, end));
      begin = end;
    }
    at += cut.used;
  }
  return all;
}

}  // namespace

TEST_CASE("a line is a message when its LF is there") {
  const Cutter cutter(100);
  CHECK(messages(cutter, "one\n\ntwo\nthr", Rest::wait) == Texts{"one", "", "two"});
  CHECK(messages(cutter, "one\nthr", Rest::lines) == Texts{"one"});
  CHECK(messages(cutter, "one\nthr", Rest::all) == Texts{"one", "thr"});
  CHECK(messages(cutter, "", Rest::all).empty());
}

TEST_CASE("a line of the greatest length is whole, a longer one is split") {
  const Cutter cutter(3);
  CHECK(messages(cutter, "abc\n", Rest::wait) == Texts{"abc"});
  CHECK(messages(cutter, "abc", Rest::wait).empty());
  CHECK(messages(cutter, "abcd", Rest::wait) == Texts{"abc"});
  CHECK(messages(cutter, "abcdef\ng\n", Rest::wait) == Texts{"abc", "def", "g"});
}

TEST_CASE("no more messages than asked for") {
  const Cutter cutter(100);
  CHECK(messages(cutter, "one\ntwo\nthree\n", Rest::wait, 1) == Texts{"one"});
  CHECK(messages(cutter, "one\ntwo\nthree\n", Rest::wait, 5) == Texts{"one", "two"});
}

TEST_CASE("a record ends where the next begins, or when it is said to") {
  const Cutter cutter = records(100);
  CHECK(messages(cutter, "E1\n a\nE2\n b\n", Rest::wait) == Texts{"E1\n a"});
  CHECK(messages(cutter, "E1\n a\nE2\n b\n c", Rest::lines) == Texts{"E1\n a", "E2\n b"});
  CHECK(messages(cutter, "E1\n a\nE2\n b\n c", Rest::all) == Texts{"E1\n a", "E2\n b\n c"});
  CHECK(messages(cutter, " a\n b\nE1\n", Rest::wait) == Texts{" a\n b"});
}

TEST_CASE("a record that is too long ends between lines where it can") {
  const Cutter cutter = records(8);
  CHECK(messages(cutter, "E1\n abc\n d\n", Rest::all) == Texts{"E1\n abc", " d"});
  CHECK(messages(cutter, "E1 1234567890\n a\n", Rest::all) == Texts{"E1 12345", "67890\n a"});
}

TEST_CASE("however a file grows, it is cut alike") {
  unit::Random random;
  const std::string text = "E1\n a\nE2 is long enough to be split\nE3\n\n b\nE4\nhalf";
  for (const Cutter& cutter : {Cutter(8), Cutter(100), records(8), records(100)}) {
    const Texts expected = messages(cutter, text, Rest::all);
    for (int i = 0; i < 200; ++i) CHECK(cut_as_it_grows(cutter, text, random) == expected);
  }
}

TEST_CASE("a pattern that is none is an error of use") {
  CHECK(logtail::compile_pattern("(").error().kind == base::Kind::usage);
}

#include "codec/logplex.h"

#include <doctest/doctest.h>

#include <vector>

namespace {

std::vector<std::string> parsed(std::string_view body) {
  stream::Batch batch;
  REQUIRE(codec::parse_logplex(body, batch));
  std::vector<std::string> messages;
  batch.for_each([&](std::size_t, std::string_view message) { messages.emplace_back(message); });
  return messages;
}

std::string why(std::string_view body) {
  stream::Batch batch;
  const auto result = codec::parse_logplex(body, batch);
  return result ? "" : result.error().why;
}

std::string framed(std::string_view message) {
  return std::to_string(message.size()) + " " + std::string(message);
}

constexpr std::string_view kHead = "<40>1 2012-11-30T06:45:29+00:00 host app web.3 - ";

std::string with_head(std::string_view rest) {
  return std::string(kHead) + std::string(rest);
}

}  // namespace

TEST_CASE("logplex: frames follow each other with nothing between them") {
  const std::string first = "<190>1 2012-12-10T03:00:48Z h t.X web.1 - - hi";
  CHECK(parsed("46 " + first + "46 " + first) == std::vector{first, first});
  CHECK(parsed("").empty());
}

TEST_CASE("logplex: structured data that is left out is put back") {
  CHECK(parsed(framed(with_head("State changed\n"))) == std::vector{with_head("- State changed")});
  CHECK(parsed(framed(with_head("[INFO] up"))) == std::vector{with_head("- [INFO] up")});
  CHECK(parsed(framed(with_head("-5 degrees"))) == std::vector{with_head("- -5 degrees")});
  CHECK(parsed(framed(with_head(""))) == std::vector{with_head("- ")});
}

TEST_CASE("logplex: structured data that is there stays") {
  for (const char* rest : {"- hi", "-", "[a b=\"c\"] hi", "[a b=\"c\"][d e=\"f\"]"})
    CHECK(parsed(framed(with_head(rest))) == std::vector{with_head(rest)});
  CHECK(parsed(framed("no syslog at all")) == std::vector<std::string>{"no syslog at all"});
}

TEST_CASE("logplex: a malformed frame is an error") {
  CHECK(why("5 hell") == "the last frame is shorter than it says");
  CHECK(why("x") == "a frame does not begin with its length and a space");
  CHECK(why(" 1 a") == "a frame does not begin with its length and a space");
  CHECK(why("-1 a") == "the length of a frame is no number");
  CHECK(why("1x a") == "the length of a frame is no number");
  CHECK(why("99999999999999999999 a") == "a frame does not begin with its length and a space");
  CHECK(why("5 hello\n5 hello") == "the length of a frame is no number");
}

TEST_CASE("logplex: a frame is written without structured data") {
  std::string out;
  codec::append_logplex_frame(out, "<190>1 2012-12-10T03:00:48Z host app web.1 - - hi");
  CHECK(out == "47 <190>1 2012-12-10T03:00:48Z host app web.1 - hi");
  out.clear();
  codec::append_logplex_frame(out, with_head("[a b=\"c\"] hi"));
  CHECK(out == framed(with_head("hi")));
  out.clear();
  codec::append_logplex_frame(out, "plain");
  CHECK(out == "5 plain");
}

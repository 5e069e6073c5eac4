#include <doctest/doctest.h>

#include <string>

#include "redis/reply.h"

using redis::Reply;
using redis::ReplyReader;

namespace {

Reply parsed(std::string_view bytes) {
  ReplyReader reader;
  REQUIRE(reader.feed(bytes));
  auto reply = reader.next();
  REQUIRE(reply);
  REQUIRE(reply->has_value());
  return std::move(**reply);
}

}  // namespace

TEST_CASE("a status, a string and a number are what they say") {
  CHECK(parsed("+OK\r\n").text() == "OK");
  CHECK(parsed("$5\r\na\r\nbc\r\n").text() == "a\r\nbc");
  CHECK(parsed(":-42\r\n").integer() == -42);
  CHECK(parsed("$2\r\n17\r\n").integer() == 17);
  CHECK(parsed("$3\r\n1x7\r\n").integer() == 0);
}

TEST_CASE("an error is an error, and nil is nil") {
  const Reply error = parsed("-OOM command not allowed\r\n");
  CHECK(error.is_error());
  CHECK(error.text() == "OOM command not allowed");
  CHECK(parsed("$-1\r\n").is_nil());
  CHECK(parsed("*-1\r\n").is_nil());
  CHECK(Reply().is_nil());
}

TEST_CASE("an array has elements, and nil beyond its end") {
  const Reply array = parsed("*3\r\n:1\r\n*1\r\n+in\r\n$-1\r\n");
  CHECK(array.is_array());
  CHECK(array.size() == 3);
  CHECK(array[1][0].text() == "in");
  CHECK(array[2].is_nil());
  CHECK(array[3].is_nil());
  CHECK(parsed(":1\r\n")[0].is_nil());
}

TEST_CASE("of names and values in turn the value of a name is found") {
  const Reply map = parsed("*4\r\n$3\r\none\r\n:1\r\n$3\r\ntwo\r\n:2\r\n");
  CHECK(map.value_of("two").integer() == 2);
  CHECK(map.value_of("three").is_nil());
}

TEST_CASE("replies come whole, however the bytes are cut") {
  const std::string bytes = "*2\r\n$3\r\nabc\r\n:7\r\n+OK\r\n";
  ReplyReader reader;
  std::size_t replies = 0;
  for (const char byte : bytes) {
    REQUIRE(reader.feed({&byte, 1}));
    auto reply = reader.next();
    REQUIRE(reply);
    if (*reply) ++replies;
  }
  CHECK(replies == 2);
}

TEST_CASE("what is no Redis protocol is an error, and stays one") {
  ReplyReader reader;
  REQUIRE(reader.feed("HTTP/1.1 400 Bad Request\r\n"));
  CHECK(reader.next().error().kind == base::Kind::protocol);
  CHECK(!reader.next());
}

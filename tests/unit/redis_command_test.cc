#include <doctest/doctest.h>

#include "redis/command.h"

using redis::Command;

namespace {

std::string encoded(const Command& command) {
  std::string out;
  command.encode(out);
  return out;
}

}  // namespace

TEST_CASE("a command is an array of bulk strings") {
  CHECK(encoded(Command("RPUSH").add("key").add("hello")) == "*3\r\n$5\r\nRPUSH\r\n$3\r\nkey\r\n$5\r\nhello\r\n");
}

TEST_CASE("arguments may hold any bytes, or none") {
  CHECK(encoded(Command("SET").add(std::string_view("a\r\n\0b", 5)).add("")) ==
        std::string("*3\r\n$3\r\nSET\r\n$5\r\na\r\n\0b\r\n$0\r\n\r\n", 30));
}

TEST_CASE("numbers are decimal text") {
  CHECK(encoded(Command("WAIT").add(std::uint64_t{18446744073709551615u})) ==
        "*2\r\n$4\r\nWAIT\r\n$20\r\n18446744073709551615\r\n");
}

TEST_CASE("times are whole milliseconds, rounded up") {
  CHECK(redis::milliseconds(std::chrono::seconds(6)) == "6000");
  CHECK(redis::milliseconds(std::chrono::nanoseconds(1)) == "1");
  CHECK(redis::milliseconds(base::Duration::zero()) == "0");
}

TEST_CASE("arguments that are encoded already are counted") {
  std::string two;
  redis::append_argument(two, "x");
  redis::append_argument(two, "yz");
  Command command("RPUSH");
  command.add("k").add_encoded(two, 2);
  CHECK(command.arguments() == 4);
  CHECK(encoded(command) == "*4\r\n$5\r\nRPUSH\r\n$1\r\nk\r\n$1\r\nx\r\n$2\r\nyz\r\n");
}

TEST_CASE("several commands go behind each other") {
  std::string out = encoded(Command("PING"));
  Command("PING").encode(out);
  CHECK(out == "*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPING\r\n");
}

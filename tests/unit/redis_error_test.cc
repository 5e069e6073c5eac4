#include <doctest/doctest.h>

#include <string>

#include "redis/error.h"

using base::Kind;
using redis::error_code;
using redis::is_passing;

namespace {

base::Error error_of(const std::string& text) {
  redis::ReplyReader reader;
  REQUIRE(reader.feed("-" + text + "\r\n"));
  return redis::error_of(**reader.next(), "push", "5.0.7");
}

}  // namespace

TEST_CASE("what passes is told from what does not") {
  for (const char* code : {"OOM x", "READONLY x", "LOADING x", "MASTERDOWN x", "CLUSTERDOWN x", "TRYAGAIN x", "BUSY x",
                           "MISCONF x", "MOVED 1 h:2", "ASK 1 h:2", "NOREPLICAS x", "ERR max number of clients reached",
                           "ERR WAIT cannot be used with replica instances. Please also note"})
    CHECK_MESSAGE(is_passing(code), code);
  for (const char* code : {"", "ERR x", "WRONGTYPE x", "NOAUTH x", "NOPERM x", "BUSYKEY x"})
    CHECK_MESSAGE(!is_passing(code), code);
}

TEST_CASE("the error of a command in a script counts, as old and new servers say it") {
  CHECK(error_code("OOM command not allowed when used memory > 'maxmemory'. script: 12ab, on @user_script:3.") ==
        "OOM");
  CHECK(is_passing("ERR Error running script (call to f_12ab): @user_script:3: -READONLY You can't write"));
  CHECK(is_passing("ERR Error running script (call to f_12ab): @user_script:3: @user_script: 3: -OOM command"));
  CHECK(error_of("ERR Error running script (call to f_12ab): @user_script:3: WRONGTYPE Operation").kind == Kind::data);
}

TEST_CASE("an error has the kind that says what can be done") {
  CHECK(error_of("WRONGTYPE Operation against a key").kind == Kind::data);
  CHECK(error_of("NOAUTH Authentication required.").kind == Kind::permission);
  CHECK(error_of("WRONGPASS invalid username-password pair").kind == Kind::permission);
  CHECK(error_of("NOPERM this user has no permissions").kind == Kind::permission);
  CHECK(error_of("ERR something else").kind == Kind::protocol);
}

TEST_CASE("an unknown command means that the server is too old, and its version is said") {
  for (const char* text : {"ERR unknown command 'LMOVE', with args", "ERR unknown command `LMOVE`, with args",
                           "ERR Unknown Redis command called from script script: 12ab"}) {
    const base::Error error = error_of(text);
    CHECK(error.kind == Kind::unavailable);
    CHECK(error.why.find("version 5.0.7; 6.2 is needed") != std::string::npos);
  }
}

TEST_CASE("where in a script an error was is not shown to people") {
  CHECK(error_of("ERR wrong script: 12ab, on @user_script:3.").why == "ERR wrong");
}

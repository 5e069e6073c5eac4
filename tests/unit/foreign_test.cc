#include "codec/foreign.h"

#include <doctest/doctest.h>

using codec::foreign_answer;
using codec::foreign_protocol;
using namespace std::string_view_literals;

TEST_CASE("a TLS handshake and an HTTP request are recognised, and nothing else") {
  CHECK(foreign_protocol("\x16\x03\x01"sv) == "a TLS handshake");
  CHECK(foreign_protocol("GET / HTTP/1.1\r\n") == "an HTTP request");
  CHECK(foreign_protocol("GET / in a line of a log\r\n") == "");
  CHECK(foreign_protocol("<13>hello") == "");
  CHECK_FALSE(foreign_protocol("GET /"));
}

TEST_CASE("a TLS alert and an HTTP response are recognised, and nothing else") {
  CHECK(foreign_answer("\x15\x03\x03\0\x02\x02\x46"sv) == "a TLS alert");
  CHECK(foreign_answer("HTTP/1.1 400 Bad Request\r\n") == "an HTTP response");
  CHECK(foreign_answer("\x15\x03\x03\0\x20"
                       "encrypted"sv) == "");
  CHECK(foreign_answer("HTTP status of a log") == "");
  CHECK(foreign_answer("welcome") == "");
}

TEST_CASE("an answer that could still become a foreign one is waited for") {
  constexpr std::string_view kAlert = "\x15\x03\x03\0\x02\x02\x46"sv;
  for (std::size_t size = 0; size < kAlert.size(); ++size) CHECK_FALSE(foreign_answer(kAlert.substr(0, size)));
  CHECK_FALSE(foreign_answer("HTTP"));
}

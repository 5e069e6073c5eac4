#include "codec/logd_request.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/random.h"

namespace {

using codec::LogdLimits;
using codec::LogdRequest;
using codec::LogdRequestReader;

struct Copy {
  std::string name;
  std::vector<std::string> arguments;
  bool operator==(const Copy&) const = default;
};

// Feeds `bytes` in pieces and takes every request; `kind` is of the error that ended it, if one did.
struct Outcome {
  std::vector<Copy> requests;
  std::optional<base::Kind> kind;
};

Outcome read(std::string_view bytes, std::size_t piece, LogdLimits limits = {}) {
  LogdRequestReader reader(limits);
  Outcome outcome;
  while (!bytes.empty()) {
    const auto room = reader.room();
    const std::size_t some = std::min({piece, bytes.size(), room.size()});
    std::copy_n(bytes.begin(), some, room.begin());
    reader.took(some);
    bytes.remove_prefix(some);
    for (LogdRequest request;;) {
      const auto whole = reader.next(request);
      if (!whole) {
        outcome.kind = whole.error().kind;
        return outcome;
      }
      if (!*whole) break;
      outcome.requests.push_back({std::string(request.name), {request.arguments.begin(), request.arguments.end()}});
    }
  }
  return outcome;
}

std::string encode(const Copy& request) {
  std::string out;
  codec::append_logd_head(out, request.name, request.arguments.size());
  for (const auto& argument : request.arguments) codec::append_logd_argument(out, argument);
  return out;
}

}  // namespace

TEST_CASE("logd requests are read in pieces of any size") {
  const std::string bytes = "MSG 2\r\n5 first\r\n7 sec\r\nnd\r\nPING 0\r\nREAD 2\r\n1 1\r\n1 0\r\nMSG 1\r\n0 \r\n";
  const std::vector<Copy> expected = {
      {"MSG", {"first", "sec\r\nnd"}}, {"PING", {}}, {"READ", {"1", "0"}}, {"MSG", {""}}};
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    CAPTURE(piece);
    const Outcome outcome = read(bytes, piece);
    CHECK(outcome.requests == expected);
    CHECK_FALSE(outcome.kind);
  }
}

TEST_CASE("what is no logd request is a protocol error, and what came before it was read") {
  for (const std::string_view damaged :
       {"msg 1\r\n", " 1\r\n", "\r\n", "MSG\r\n", "MSG x\r\n", "MSG -1\r\n", "MSG 1\n1 a\n", "MSG 1\r\n\r\n",
        "MSG 1\r\n2 abc\r\n", "MSG 1\r\n3 ab\r\n\r\n", "MSG 1 \r\n", "MSG 99999999999\r\n", "GET / HTTP/1.1\r\n",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ"}) {
    CAPTURE(damaged);
    for (const std::size_t piece : {1, 3, 1000}) {
      const Outcome outcome = read("PING 0\r\n" + std::string(damaged), piece);
      CHECK(outcome.kind == base::Kind::protocol);
      CHECK(outcome.requests == std::vector<Copy>{{"PING", {}}});
    }
  }
}

TEST_CASE("a logd request over a limit is refused as soon as its length is known") {
  const LogdLimits limits{.argument = 10, .arguments = 3, .request = 40};
  CHECK(read("MSG 4\r\n", 1, limits).kind == base::Kind::data);
  CHECK(read("MSG 1\r\n11 ", 1, limits).kind == base::Kind::data);
  CHECK(read("MSG 3\r\n9 123456789\r\n9 123456789\r\n9 ", 1, limits).kind == base::Kind::data);
  CHECK_FALSE(read("MSG 3\r\n9 123456789\r\n9 123456789\r\n1 1\r\n", 1, limits).kind);
}

TEST_CASE("whatever requests are written, the same are read") {
  unit::Random random;
  const auto up_to = [&](std::size_t most) { return std::uniform_int_distribution<std::size_t>(0, most)(random); };
  for (int round = 0; round < 50; ++round) {
    std::vector<Copy> requests(up_to(5));
    std::string bytes;
    for (Copy& request : requests) {
      request.name = up_to(1) != 0 ? "MSG" : "READ";
      request.arguments.resize(up_to(6));
      for (auto& argument : request.arguments) {
        argument.resize(up_to(round % 10 == 0 ? 200000 : 100));
        for (char& c : argument) c = static_cast<char>(up_to(255));
      }
      bytes += encode(request);
    }
    CHECK(read(bytes, 1 + up_to(99999)).requests == requests);
  }
}

TEST_CASE("whatever comes, a reader of logd requests keeps its bounds") {
  unit::Random random;
  const std::vector<std::string> scraps = {"MSG ",    "1",          "2\r\n", "\r\n", " ", "3 abc\r\n",
                                           "9999999", "READ 2\r\n", "\r",    "\n",   "x"};
  const LogdLimits limits{.argument = 100, .arguments = 10, .request = 300};
  for (int round = 0; round < 20000; ++round) {
    std::string bytes;
    while (random() % 12 != 0) bytes += scraps[random() % scraps.size()];
    const Outcome whole = read(bytes, bytes.size() + 1, limits);
    const Outcome pieces = read(bytes, 1 + random() % 7, limits);
    CHECK(whole.requests == pieces.requests);
    CHECK(whole.kind == pieces.kind);
    for (const Copy& request : whole.requests) CHECK(request.arguments.size() <= 10);
  }
}

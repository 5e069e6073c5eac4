#include "hub/session.h"

#include <doctest/doctest.h>

#include <string>

using hub::Sessions;
using namespace std::chrono_literals;

namespace {

const base::Instant kNow = base::Instant() + 1h;

bool follows(const std::string& tail) {
  return hub::parse_session(R"({"channel_id":"1","tail":)" + tail + "}")->follow;
}

}  // namespace

TEST_CASE("hub session: what is asked for") {
  const auto session =
      hub::parse_session(R"({"channel_id":"42","num":"7","tail":"1","source":"app","ps":"web","else":{}})");
  REQUIRE(session);
  CHECK(session->channel == "42");
  CHECK(session->lines == 7);
  CHECK(session->follow);
  CHECK(session->filter == hub::TailFilter{.source = "app", .ps = "web"});
}

TEST_CASE("hub session: what is not said is the last 100 of all") {
  const auto session = hub::parse_session(R"({"channel_id":"42"})");
  REQUIRE(session);
  CHECK(session->lines == 100);
  CHECK_FALSE(session->follow);
  CHECK(session->filter == hub::TailFilter{});
}

TEST_CASE("hub session: a tail that is false is none") {
  CHECK(follows("true"));
  CHECK(follows("\"true\""));
  CHECK(follows("1"));
  CHECK_FALSE(follows("false"));
  CHECK_FALSE(follows("\"false\""));
  CHECK_FALSE(follows("\"\""));
  CHECK_FALSE(follows("0"));
  CHECK_FALSE(follows("null"));
}

TEST_CASE("hub session: what is malformed is refused") {
  CHECK_FALSE(hub::parse_session(""));
  CHECK_FALSE(hub::parse_session("[]"));
  CHECK_FALSE(hub::parse_session(R"({"num":"7"})"));
  CHECK_FALSE(hub::parse_session(R"({"channel_id":42})"));
  CHECK_FALSE(hub::parse_session(R"({"channel_id":"42","num":"many"})"));
  CHECK_FALSE(hub::parse_session(R"({"channel_id":"42","num":-1})"));
  CHECK_FALSE(hub::parse_session(R"({"channel_id":"42","source":1})"));
}

TEST_CASE("hub session: one is there for a while after its last use") {
  Sessions sessions;
  CHECK(sessions.add("u", {.channel = "42"}, kNow));
  CHECK(sessions.use("u", kNow + 359s));
  CHECK(sessions.use("u", kNow + 700s));
  CHECK_FALSE(sessions.use("u", kNow + 1060s));
  CHECK_FALSE(sessions.use("v", kNow));
}

TEST_CASE("hub session: what is written is read again") {
  const hub::Session session{
      .channel = "42", .lines = 7, .follow = true, .filter = {.source = "a\"b", .ps = std::nullopt}};
  const auto read = hub::parse_session(hub::encode(session));
  REQUIRE(read);
  CHECK(read->channel == "42");
  CHECK(read->lines == 7);
  CHECK(read->follow);
  CHECK(read->filter == session.filter);
}

TEST_CASE("hub session: what is over is forgotten") {
  Sessions sessions;
  for (int i = 0; i < 100; ++i) sessions.add(std::to_string(i), {.channel = "42"}, kNow);
  sessions.add("new", {.channel = "42"}, kNow + 1h);
  CHECK(sessions.count() == 1);
}

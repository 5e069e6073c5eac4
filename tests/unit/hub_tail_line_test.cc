#include "hub/tail_line.h"

#include <doctest/doctest.h>

#include <string>

using hub::TailLine;

namespace {

std::string shown(std::string_view message) {
  std::string out;
  append_text(out, TailLine("1", message));
  return out;
}

std::string event_of(std::string_view text) {
  std::string out;
  append_event(out, TailLine("17", "<190>1 T h app web.1 - - " + std::string(text)));
  return out;
}

const TailLine kLine("1", "<190>1 2012-12-10T03:00:48Z h app web.1 - - hi");

}  // namespace

TEST_CASE("hub tail line: time, source, ps and message") {
  CHECK(shown("<190>1 2012-12-10T03:00:48Z h app web.1 - - hi") == "2012-12-10T03:00:48Z app[web.1]: hi\n");
}

TEST_CASE("hub tail line: structured data may be there, or missing, or what looks like it") {
  CHECK(shown("<190>1 T h app web.1 - [a b=\"c\"] hi") == "T app[web.1]: hi\n");
  CHECK(shown("<190>1 T h app web.1 - hi") == "T app[web.1]: hi\n");
  CHECK(shown("<190>1 T h app web.1 - - [INFO] up") == "T app[web.1]: [INFO] up\n");
  CHECK(shown("<190>1 T h app web.1 - -") == "T app[web.1]: \n");
}

TEST_CASE("hub tail line: spaces are kept in the message, and words of the header may stand further apart") {
  CHECK(shown("<190>1  T h  app web.1 - -   two  words ") == "T app[web.1]:   two  words \n");
}

TEST_CASE("hub tail line: what a message lacks is a dash, and what is no syslog is shown as it is") {
  CHECK(shown("<190>1 T h app") == "T app[-]: \n");
  CHECK(shown("hello there") == "hello there\n");
  CHECK(shown("") == "\n");
}

TEST_CASE("hub tail line: a message is one line, whatever it holds") {
  CHECK(shown("<190>1 T h app web.1 - - a\nT root[1]: b\n") == "T app[web.1]: a#012T root[1]: b#012\n");
}

TEST_CASE("hub tail line: an event has its id, and a field for each line") {
  CHECK(event_of("hi") == "id: 17\ndata: T app[web.1]: hi\n\n");
  CHECK(event_of("a\nid: 3\r\n\rdata: b\r") ==
        "id: 17\ndata: T app[web.1]: a\ndata: id: 3\ndata: \ndata: data: b\ndata: \n\n");
  std::string out;
  append_event(out, TailLine("of the tail"));
  CHECK(out == "data: of the tail\n\n");
}

TEST_CASE("hub tail line: source is meant exactly, ps also as what stands before a dot") {
  CHECK(kLine.passes({}));
  CHECK(kLine.passes({.source = "app", .ps = "web.1"}));
  CHECK(kLine.passes({.ps = "web"}));
  CHECK_FALSE(kLine.passes({.source = "ap"}));
  CHECK_FALSE(kLine.passes({.ps = "we"}));
  CHECK_FALSE(kLine.passes({.ps = "web.11"}));
  CHECK_FALSE(kLine.passes({.source = "app", .ps = "worker"}));
}

TEST_CASE("hub tail line: logplex's words for what a tail does not show") {
  const base::WallTime time = base::WallTime() + std::chrono::seconds(1355108448);
  CHECK(
      hub::tail_overflow(3, time, time + std::chrono::seconds(2)) ==
      "2012-12-10T03:00:50+00:00 logplex[1]: Error L11 (Tail buffer overflow) -> This tail session dropped 3 messages "
      "since 2012-12-10T03:00:48+00:00.");
  CHECK(
      hub::tail_forbidden(time) ==
      "2012-12-10T03:00:48+00:00 Logplex: Error L20 (Tail sessions forbidden) Tail sessions for this app are forbidden "
      "due to log volume.");
}

#include "base/clock.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>

using namespace std::chrono_literals;
using namespace base;

namespace {

// Friday, 2024-03-01T12:00:00Z
constexpr WallTime kNoon{1709294400s};

WallTime time(std::string_view text) {
  const auto parsed = parse_time(text, kNoon);
  REQUIRE_MESSAGE(parsed, text);
  return *parsed;
}

bool refused(std::string_view text) {
  const auto parsed = parse_time(text, kNoon);
  return !parsed && parsed.error().kind == Kind::usage;
}

// Central European time, whatever the machine's zone and its tables are.
class InBerlin {
 public:
  InBerlin() {
    if (const char* zone = std::getenv("TZ")) before_ = zone;
    ::setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    ::tzset();
  }
  ~InBerlin() {
    before_.empty() ? ::unsetenv("TZ") : ::setenv("TZ", before_.c_str(), 1);
    ::tzset();
  }

 private:
  std::string before_;
};

}  // namespace

TEST_CASE("a time with an offset is absolute") {
  CHECK(time("2024-03-01T12:00:00Z") == kNoon);
  CHECK(time("2024-03-01t12:00:00z") == kNoon);
  CHECK(time("2024-03-01 12:00:00Z") == kNoon);
  CHECK(time("2024-03-01T12:00Z") == kNoon);
  CHECK(time("2024-03-01T13:30:00+01:30") == kNoon);
  CHECK(time("2024-02-29T22:00:00-14:00") == kNoon);
  CHECK(time("2024-03-01T12:00:00-00:00") == kNoon);
}

TEST_CASE("how long ago is said in letters and in words") {
  CHECK(time("5m ago") == kNoon - 5min);
  CHECK(time("5 min ago") == kNoon - 5min);
  CHECK(time("1 hour ago") == kNoon - 1h);
  CHECK(time("1.5 hours ago") == kNoon - 90min);
  CHECK(time("2 days ago") == kNoon - 48h);
  CHECK(time("3 weeks ago") == kNoon - 24h * 21);
  CHECK(time("90 seconds ago") == kNoon - 90s);
  CHECK(refused("2 fortnights ago"));
  CHECK(refused("an hour ago"));
  CHECK(refused("hour ago"));
  CHECK(refused(" ago"));
}

TEST_CASE("a time of day is of today, or of the day that is named, in local time") {
  const InBerlin berlin;
  CHECK(time("10:00") == kNoon - 3h);
  CHECK(time("10:00:30.5") == kNoon - 3h + 30s + 500ms);
  CHECK(time("today 10:00") == kNoon - 3h);
  CHECK(time("yesterday 10:00") == kNoon - 27h);
  CHECK(time("yesterday") == kNoon - 37h);
  CHECK(refused("10:60"));
  CHECK(refused("yesterday10:00"));
  CHECK(refused("yesterday 10"));
  CHECK(refused("tomorrow 10:00"));
}

TEST_CASE("a fraction is kept to the nanosecond") {
  CHECK(time("2024-03-01T12:00:00.5Z") == kNoon + 500ms);
  CHECK(time("2024-03-01T12:00:00.000000001Z") == kNoon + 1ns);
  CHECK(time("2024-03-01T12:00:00.0000000019Z") == kNoon + 1ns);
}

TEST_CASE("a leap second is the second after it") {
  CHECK(time("2016-12-31T23:59:60Z") == time("2017-01-01T00:00:00Z"));
}

TEST_CASE("a time without an offset is local") {
  const InBerlin zone;
  CHECK(time("2024-03-01T13:00:00") == kNoon);
  CHECK(time("2024-03-01 13:00:00.25") == kNoon + 250ms);
  CHECK(time("2024-07-01T14:00:00") == time("2024-07-01T12:00:00Z"));
  CHECK(time("2024-03-01") == time("2024-02-29T23:00:00Z"));
}

TEST_CASE("days are named from local midnight on") {
  const InBerlin zone;
  CHECK(time("today") == time("2024-03-01"));
  CHECK(time("yesterday") == time("2024-02-29"));
}

TEST_CASE("relative times count from now") {
  CHECK(time("now") == kNoon);
  CHECK(time("10min ago") == kNoon - 10min);
  CHECK(time("2h ago") == kNoon - 2h);
  CHECK(time("1.5 h ago") == kNoon - 90min);
  CHECK(time("90 ago") == kNoon - 90s);
}

TEST_CASE("a count is seconds since the epoch") {
  CHECK(time("@1709294400") == kNoon);
  CHECK(time("@1709294400.5") == kNoon + 500ms);
  CHECK(time("1709294400") == kNoon);
  CHECK(time("0") == WallTime{});
}

TEST_CASE("what is not a time is refused") {
  CHECK(refused(""));
  CHECK(refused("@"));
  CHECK(refused("@-1"));
  CHECK(refused("soon"));
  CHECK(refused(" ago"));
  CHECK(refused("5 parsecs ago"));
  CHECK(refused("2024-13-01"));
  CHECK(refused("2023-02-29"));
  CHECK(refused("2024-3-1"));
  CHECK(refused("2024-03-01T"));
  CHECK(refused("2024-03-01T24:00:00Z"));
  CHECK(refused("2024-03-01T12:60:00Z"));
  CHECK(refused("2024-03-01T12:00:61Z"));
  CHECK(refused("2024-03-01T12:00:00.Z"));
  CHECK(refused("2024-03-01T12:00:00+0100"));
  CHECK(refused("2024-03-01T12:00:00Zulu"));
  CHECK(refused("1709294400x"));
}

TEST_CASE("a time that nanoseconds cannot reach is refused") {
  CHECK(refused("9999-12-31T23:59:59Z"));
  CHECK(refused("0001-01-01T00:00:00Z"));
  CHECK(refused("@9223372036854775807"));
  CHECK(refused("@99999999999999999999"));
}

TEST_CASE("times are shown in UTC with microseconds") {
  CHECK(format_time(kNoon) == "2024-03-01T12:00:00.000000Z");
  CHECK(format_time(kNoon + 1234567ns) == "2024-03-01T12:00:00.001234Z");
  CHECK(format_time(WallTime{-1ns}) == "1969-12-31T23:59:59.999999Z");
}

TEST_CASE("a time that is shown can be read again") {
  CHECK(time(format_time(kNoon + 123456us)) == kNoon + 123456us);
}

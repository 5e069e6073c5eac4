#include "base/zone.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <optional>
#include <string>

using base::Zone;
using std::chrono::minutes;

namespace {

// Zone::local() where TZ is `name`.
Zone zone_of(const char* name) {
  const char* before = std::getenv("TZ");
  const std::optional<std::string> kept = before != nullptr ? std::optional<std::string>(before) : std::nullopt;
  ::setenv("TZ", name, 1);
  const Zone zone = Zone::local();
  kept ? ::setenv("TZ", kept->c_str(), 1) : ::unsetenv("TZ");
  ::tzset();
  return zone;
}

// As if the zone's clock showed UTC.
constexpr std::int64_t kJuly = 1784116800;      // 2026-07-15 12:00:00
constexpr std::int64_t kNovember = 1795867200;  // 2026-11-28 12:00:00
constexpr std::int64_t kMissing = 1774751400;   // 2026-03-29 02:30:00, left out in Berlin
constexpr std::int64_t kTwice = 1792895400;     // 2026-10-25 02:30:00, shown twice
constexpr std::int64_t kHour = 3600;

}  // namespace

TEST_CASE("a zone has the offset of the time that is asked for") {
  const Zone berlin = zone_of("Europe/Berlin");
  CHECK(berlin.offset_at(kJuly) == minutes(120));
  CHECK(berlin.offset_at(kNovember) == minutes(60));
  CHECK(berlin.offset_of(kJuly, kNovember) == minutes(120));
  CHECK(berlin.offset_of(kNovember, kNovember) == minutes(60));
  CHECK(berlin.offset_of(0, kNovember) == minutes(60));  // 1970, without summer time
}

TEST_CASE("an offset changes to the second, in both directions") {
  const Zone berlin = zone_of("Europe/Berlin");
  constexpr std::int64_t kSpring = 1774746000;  // 2026-03-29 01:00:00 UTC
  constexpr std::int64_t kAutumn = 1792890000;  // 2026-10-25 01:00:00 UTC
  CHECK(berlin.offset_at(kSpring - 1) == minutes(60));
  CHECK(berlin.offset_at(kSpring) == minutes(120));
  CHECK(berlin.offset_at(kAutumn - 1) == minutes(120));
  CHECK(berlin.offset_at(kAutumn) == minutes(60));
}

TEST_CASE("an hour that clocks left out counts as before the change") {
  CHECK(zone_of("Europe/Berlin").offset_of(kMissing, kNovember) == minutes(60));
}

TEST_CASE("an hour that clocks showed twice is the later one that is not ahead of now") {
  const Zone berlin = zone_of("Europe/Berlin");
  const std::int64_t first = kTwice - 2 * kHour;  // in UTC
  const std::int64_t second = kTwice - kHour;
  CHECK(berlin.offset_of(kTwice, first) == minutes(120));
  CHECK(berlin.offset_of(kTwice, second) == minutes(60));
  CHECK(berlin.offset_of(kTwice, kNovember) == minutes(60));
}

TEST_CASE("zones with unusual rules have them") {
  CHECK(zone_of("Australia/Lord_Howe").offset_of(kJuly, kJuly) == minutes(630));
  CHECK(zone_of("Australia/Lord_Howe").offset_of(kNovember, kNovember) == minutes(660));
  CHECK(zone_of("Africa/Casablanca").offset_at(1772100000) == minutes(0));  // 2026-02-26, in Ramadan
  CHECK(zone_of("Africa/Casablanca").offset_at(kJuly) == minutes(60));
  CHECK(zone_of("Asia/Kathmandu").offset_of(kJuly, kJuly) == minutes(345));
  CHECK(zone_of("UTC").offset_of(kJuly, kJuly) == minutes(0));
  CHECK(zone_of("XYZ-3").offset_of(kJuly, kJuly) == minutes(180));
}

TEST_CASE("a zone's own names have its offsets, near the time that is asked for") {
  const Zone berlin = zone_of("Europe/Berlin");
  CHECK(berlin.offset_named("CET", kJuly) == minutes(60));
  CHECK(berlin.offset_named("CEST", kNovember) == minutes(120));
  CHECK_FALSE(berlin.offset_named("EST", kJuly));
  const Zone moscow = zone_of("Europe/Moscow");
  CHECK(moscow.offset_named("MSK", 1341057600) == minutes(240));  // 2012
  CHECK(moscow.offset_named("MSK", kJuly) == minutes(180));
}

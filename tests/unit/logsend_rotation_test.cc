#include "tools/logsend/rotation.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using logsend::rotated_name;
using logsend::stem_of;

TEST_CASE("rotated names are in the order of their times") {
  const base::WallTime time = base::WallTime(std::chrono::seconds(1764403530) + std::chrono::microseconds(99));
  CHECK(rotated_name("app.log", time) == "app.log.20251129T080530.000099Z");
  CHECK(rotated_name("app.log", time) < rotated_name("app.log", time + std::chrono::microseconds(1)));
  CHECK(rotated_name("app.log", time) < rotated_name("app.log", time + std::chrono::hours(24)));
}

TEST_CASE("a rotated file is known by the whole form of its name") {
  const std::string stem = "app.log.20251129T080530.000099Z";
  for (const char* suffix : {"", ".gz", ".zst"}) CHECK(stem_of(stem + suffix, "app.log") == stem);
  for (const char* other : {"app.log", "app.log.1", "app.log.20251129", "app.log.20251129T080530.000099Z.bak",
                            "app.log.20251129T080530.000099Zgz", "app.logx20251129T080530.000099Z",
                            "app.log.2025112xT080530.000099Z", "other.log.20251129T080530.000099Z"})
    CHECK(stem_of(other, "app.log").empty());
  CHECK(stem_of(stem, "app").empty());
}

#include "cli/environment.h"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

TEST_CASE("inherited sockets have the names in LISTEN_FDNAMES") {
  CHECK(cli::listen_names("4711", "2", "syslog:relp", 4711).value() == Names{"syslog", "relp"});
  CHECK(cli::listen_names("4711", "2", ":", 4711).value() == Names{"", ""});
  CHECK(cli::listen_names("4711", "1", "x", 4711).value() == Names{"x"});
}

TEST_CASE("inherited sockets without names are called unknown") {
  CHECK(cli::listen_names("4711", "2", "", 4711).value() == Names{"unknown", "unknown"});
}

TEST_CASE("sockets for another process, and no sockets, are none") {
  CHECK(cli::listen_names("4712", "2", "a:b", 4711).value().empty());
  CHECK(cli::listen_names("4711", "0", "", 4711).value().empty());
  CHECK(cli::listen_names("", "2", "", 4711).value().empty());
  CHECK(cli::listen_names("4711", "", "", 4711).value().empty());
}

TEST_CASE("nonsense about inherited sockets is an error") {
  const auto error = [](std::string_view pid, std::string_view count, std::string_view names) {
    const auto listed = cli::listen_names(pid, count, names, 4711);
    REQUIRE_FALSE(listed.has_value());
    CHECK(listed.error().kind == base::Kind::config);
    return listed.error().what;
  };
  CHECK(error("me", "1", "") == "read LISTEN_PID");
  CHECK(error("4711", "one", "") == "read LISTEN_FDS");
  CHECK(error("4711", "-1", "") == "read LISTEN_FDS");
  CHECK(error("4711", "1000000000000", "") == "read LISTEN_FDS");
  CHECK(error("4711", "2", "a:b:c") == "read LISTEN_FDNAMES");
}

TEST_CASE("the watchdog's time is in microseconds") {
  CHECK(cli::watchdog_time("1500000", "4711", 4711).value() == 1500ms);
  CHECK(cli::watchdog_time("1500000", "", 4711).value() == 1500ms);
}

TEST_CASE("a watchdog of another process, and none, is none") {
  CHECK(cli::watchdog_time("1500000", "4712", 4711).value() == 0ms);
  CHECK(cli::watchdog_time("", "4711", 4711).value() == 0ms);
}

TEST_CASE("nonsense about the watchdog is an error") {
  for (const char* text : {"0", "soon", "-1", "18446744073709551615", "99999999999999999999"})
    CHECK(cli::watchdog_time(text, "", 4711).error().what == "read WATCHDOG_USEC");
  CHECK(cli::watchdog_time("1000000", "me", 4711).error().what == "read WATCHDOG_PID");
}

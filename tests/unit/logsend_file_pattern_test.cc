#include "tools/logsend/file_pattern.h"

#include <doctest/doctest.h>

using logsend::FilePattern;

namespace {

std::tm noon() {
  std::tm time{};
  time.tm_year = 126;
  time.tm_mon = 10;
  time.tm_mday = 28;
  time.tm_hour = 12;
  return time;
}

std::string name(std::string_view pattern, const codec::Event& event = {}) {
  const auto compiled = FilePattern::compile(pattern);
  REQUIRE(compiled);
  std::string out;
  compiled->append_name(out, event, noon());
  return out;
}

std::string name_for(std::string_view hostname) {
  codec::Event event;
  event.hostname = hostname;
  return name("/var/log/%{hostname}/x", event);
}

std::string refusal(std::string_view pattern) {
  const auto compiled = FilePattern::compile(pattern);
  REQUIRE_FALSE(compiled);
  CHECK(compiled.error().kind == base::Kind::usage);
  return compiled.error().why;
}

}  // namespace

TEST_CASE("file pattern: the fixed part ends before the first component with a conversion") {
  CHECK(FilePattern::compile("/var/log/%{hostname}/%Y.json")->fixed() == "/var/log/");
  CHECK(FilePattern::compile("/var/log/app-%Y/x")->fixed() == "/var/log/");
  CHECK(FilePattern::compile("app-%Y")->fixed().empty());
  CHECK(FilePattern::compile("/%Y")->fixed() == "/");
  CHECK(FilePattern::compile("a/../b/c")->fixed() == "a/../b/");
}

TEST_CASE("file pattern: times and fields are put in, and nothing else is changed") {
  codec::Event event;
  event.hostname = "web1";
  event.appname = "shop";
  CHECK(name("/l/%{hostname}/%Y/%m/%d-%{appname}.json", event) == "web1/2026/11/28-shop.json");
  CHECK(name("/l/plain.log") == "plain.log");
  CHECK(name("100%%{x}-%H") == "100%{x}-12");
}

TEST_CASE("file pattern: only a name with conversions varies, only one with fields needs messages") {
  CHECK_FALSE(FilePattern::compile("a/b")->varies());
  CHECK(FilePattern::compile("a/%Y")->varies());
  CHECK_FALSE(FilePattern::compile("a/%Y%%{b}")->has_fields());
  CHECK(FilePattern::compile("a/%Y%{msgid}")->has_fields());
}

TEST_CASE("file pattern: a field is one component below the fixed part, whatever it holds") {
  CHECK(name_for("") == "_/x");
  CHECK(name_for(".") == "_/x");
  CHECK(name_for("..") == "_./x");
  CHECK(name_for(".hidden") == "_hidden/x");
  CHECK(name_for("../../etc") == "_._.._etc/x");
  CHECK(name_for("/etc/passwd") == "_etc_passwd/x");
  CHECK(name_for(std::string_view("a\0b\nc\x1b\x7f", 7)) == "a_b_c__/x");
  CHECK(name_for("b\xc3\xbc"
                 "cher.example") ==
        "b\xc3\xbc"
        "cher.example/x");
}

TEST_CASE("file pattern: what is in a field is no conversion") {
  CHECK(name_for("%Y%{appname}") == "%Y%{appname}/x");
}

TEST_CASE("file pattern: dots in the text and in fields do not add up to ..") {
  codec::Event event;
  event.hostname = ".";
  CHECK(name("l/.%{hostname}", event) == "._");
  CHECK(name("l/%{hostname}%{hostname}", event) == "__");
}

TEST_CASE("file pattern: a component is never longer than a file's name may be") {
  const std::string long_text(5000, 'x');
  codec::Event event;
  event.hostname = long_text;
  CHECK(name("l/%{hostname}.log", event) == std::string(128, 'x') + ".log");
  CHECK(name("l/%{hostname}%{hostname}/y%{hostname}", event) == std::string(255, 'x') + "/y" + std::string(128, 'x'));
}

TEST_CASE("file pattern: a parameter of the structured data is a field too") {
  codec::Event event;
  event.structured_data = R"([origin ip="::1/\"x"])";
  CHECK(name("l/%{structured_data[origin].ip}", event) == "::1_\"x");
}

TEST_CASE("file pattern: what cannot be meant is refused before any message") {
  CHECK(refusal("l/%{hots[}").starts_with("no field is named \"hots[\"; there are timestamp, "));
  CHECK(refusal("l/%{hostname") == "%{ has no }");
  CHECK(refusal("l/%{hostname}/") == "it names no file");
  CHECK(refusal("l/%{hostname}/../x") == "no . and .. can follow a conversion");
  CHECK(refusal("l/%Y/./x") == "no . and .. can follow a conversion");
}

#include "base/units.h"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace base;

namespace {

std::uint64_t bytes(std::string_view text) {
  const auto parsed = parse_bytes(text);
  REQUIRE(parsed);
  return parsed->count;
}

Duration duration(std::string_view text) {
  const auto parsed = parse_duration(text);
  REQUIRE(parsed);
  return *parsed;
}

template <class T>
std::string refusal(const Result<T>& result) {
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == Kind::usage);
  return result.error().text();
}

}  // namespace

TEST_CASE("a size without a unit counts bytes") {
  CHECK(bytes("0") == 0);
  CHECK(bytes("512") == 512);
  CHECK(bytes("512B") == 512);
  CHECK(bytes("18446744073709551615") == 18446744073709551615u);
}

TEST_CASE("single letters and the iB units are powers of 1024") {
  CHECK(bytes("64k") == 65536);
  CHECK(bytes("64KiB") == 65536);
  CHECK(bytes("8MiB") == 8u << 20);
  CHECK(bytes("1.5G") == 3ull << 29);
  CHECK(bytes("2T") == 2ull << 40);
}

TEST_CASE("kB, MB, GB and TB are powers of 1000") {
  CHECK(bytes("64kB") == 64000);
  CHECK(bytes("1.5MB") == 1500000);
  CHECK(bytes("2GB") == 2000000000);
  CHECK(bytes("1TB") == 1000000000000);
}

TEST_CASE("a formatted size can be parsed again") {
  CHECK(bytes(format_bytes(1536_KiB)) == 1536u << 10);
}

TEST_CASE("what is not a size is refused") {
  CHECK(refusal(parse_bytes("12x")) == "read size '12x': not a size, such as 64MiB");
  CHECK(refusal(parse_bytes("")) == "read size '': not a size, such as 64MiB");
  CHECK(refusal(parse_bytes("-1")) == "read size '-1': not a size, such as 64MiB");
  CHECK(refusal(parse_bytes("k")) == "read size 'k': not a size, such as 64MiB");
  CHECK(refusal(parse_bytes("1.")) == "read size '1.': not a size, such as 64MiB");
  CHECK(refusal(parse_bytes("1 ")) == "read size '1 ': not a size, such as 64MiB");
  CHECK(refusal(parse_bytes(" 1")) == "read size ' 1': not a size, such as 64MiB");
  CHECK(refusal(parse_bytes("1  k")) == "read size '1  k': not a size, such as 64MiB");
}

TEST_CASE("a size beyond 64 bits is refused") {
  CHECK(refusal(parse_bytes("18446744073709551616")) == "read size '18446744073709551616': too large");
  CHECK(refusal(parse_bytes("16777216T")) == "read size '16777216T': too large");
  CHECK(refusal(parse_bytes("99999999999999999999999G")) == "read size '99999999999999999999999G': too large");
}

TEST_CASE("durations have a unit or are seconds") {
  CHECK(duration("250ms") == 250ms);
  CHECK(duration("2s") == 2s);
  CHECK(duration("2") == 2s);
  CHECK(duration("0.5") == 500ms);
  CHECK(duration("1.5h") == 90min);
  CHECK(duration("10min") == 10min);
  CHECK(duration("7d") == 168h);
  CHECK(duration("1w") == 168h);
  CHECK(duration("3us") == 3us);
  CHECK(duration("7ns") == 7ns);
}

TEST_CASE("what is not a duration is refused") {
  CHECK(refusal(parse_duration("5y")) == "read duration '5y': not a duration, such as 250ms, 2s or 10min");
  CHECK(refusal(parse_duration("-5s")) == "read duration '-5s': not a duration, such as 250ms, 2s or 10min");
  CHECK(refusal(parse_duration("300000w")) == "read duration '300000w': too large");
}

TEST_CASE("a number is decimal digits and nothing else") {
  CHECK(parse_number("0") == 0u);
  CHECK(parse_number("18446744073709551615") == 18446744073709551615u);
  CHECK(refusal(parse_number("18446744073709551616")) == "read number '18446744073709551616': too large");
  CHECK(refusal(parse_number("")) == "read number '': not a whole number");
  CHECK(refusal(parse_number("+1")) == "read number '+1': not a whole number");
  CHECK(refusal(parse_number("1 ")) == "read number '1 ': not a whole number");
}

TEST_CASE("sizes are shown in the largest unit with one digit after the point") {
  CHECK(format_bytes({0}) == "0 B");
  CHECK(format_bytes({1023}) == "1023 B");
  CHECK(format_bytes(1_KiB) == "1 KiB");
  CHECK(format_bytes(1536_KiB) == "1.5 MiB");
  CHECK(format_bytes({(1u << 20) - 1}) == "1 MiB");
  CHECK(format_bytes({18446744073709551615u}) == "16777216 TiB");
}

TEST_CASE("durations are shown in the largest unit with one digit after the point") {
  CHECK(format_duration(0s) == "0 s");
  CHECK(format_duration(350ms) == "350 ms");
  CHECK(format_duration(120s) == "2 min");
  CHECK(format_duration(90min) == "1.5 h");
  CHECK(format_duration(59999ms) == "1 min");
  CHECK(format_duration(720h) == "30 d");
  CHECK(format_duration(-90s) == "-1.5 min");
}

TEST_CASE("a count stands before its noun, which is plural but for one") {
  CHECK(base::count_of(0, "message") == "0 messages");
  CHECK(base::count_of(1, "message") == "1 message");
  CHECK(base::count_of(12, "message") == "12 messages");
}

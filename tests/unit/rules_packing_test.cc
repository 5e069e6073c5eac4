#include "rules/packing.h"

#include <doctest/doctest.h>

#include <vector>

#include "rules/language/program.h"
#include "tests/unit/codec_fixture.h"

namespace {

using rules::language::Flow;
using std::chrono::milliseconds;
using Strings = std::vector<std::string>;

constexpr char kByFormat[] = R"(if message == "none" { drop } merge_by_format("^START", queue_max_age=1000))";
constexpr char kByTime[] = R"(merge_by_time(merge_event_window="250ms", queue_max_age=1000))";

// A packer, the clock of which the tests set, and which gives message number n the id 10 * n.
struct Packer {
  explicit Packer(const std::string& rules, rules::PackingLimits limits = {})
      : program(compile(rules)),
        packing(limits, false, [](std::string& out, const codec::Event& event) { codec::append_json(out, event); }) {}

  static std::unique_ptr<rules::language::Program> compile(const std::string& rules) {
    const rules::language::Source source{"merge.rules", rules};
    return rules::language::Program::compile({&source, 1}, {}).value();
  }
  static base::Instant at(int time) { return base::Instant(milliseconds(time)); }

  void feed(std::string_view line) {
    codec::Event event = codec_test::parsed(line);
    packing.set_clock({.now = base::WallTime(milliseconds(now)), .zone = &codec::LocalClock::kUtc});
    ++position;
    if (program->run(event, nullptr) == Flow::drop)
      (void)packing.skip(position);
    else
      packing.add(position, std::to_string(10 * position), program->joining(), event, at(now));
    take();
  }
  // Messages by host: "h1 START a".
  void feed_texts(const Strings& texts) {
    for (const std::string& text : texts)
      feed("<13>1 - " + text.substr(0, text.find(' ')) + " app - - - " + text.substr(text.find(' ') + 1));
  }
  void close_all() {
    packing.close_all();
    take();
  }
  void close_due(int time) {
    now = time;
    packing.close_due(at(now));
    take();
  }
  void take() {
    rules::Packed packed;
    while (packing.take(packed)) {
      went.push_back(packed.text);
      accounts.push_back(packed.id + "/" + std::to_string(packed.covers));
    }
  }
  // The messages that went on.
  [[nodiscard]] Strings messages() const {
    Strings all;
    for (const std::string& text : went) all.emplace_back(codec_test::parsed(text).message);
    return all;
  }

  std::unique_ptr<rules::language::Program> program;
  rules::Packing packing;
  int now = 0;
  std::uint64_t position = 0;
  Strings went;
  Strings accounts;
};

Strings merged(const std::string& rules, const Strings& texts, rules::PackingLimits limits = {}) {
  Packer packer(rules, limits);
  packer.feed_texts(texts);
  packer.close_all();
  return packer.messages();
}

// The one event that becomes of these.
std::string event_of(const std::string& rules, const Strings& lines) {
  Packer packer(rules);
  for (const std::string& line : lines) packer.feed(line);
  packer.close_all();
  REQUIRE(packer.went.size() == 1);
  return packer.went.front();
}

// Lines of one host at these milliseconds, each with its text.
std::string timed(int time, std::string_view text, std::string_view priority = "13") {
  std::string fraction = std::to_string(1000 + time % 1000).substr(1);
  return "<" + std::string(priority) + ">1 2024-03-01T12:00:0" + std::to_string(time / 1000) + "." + fraction +
         "Z h1 app - - - " + std::string(text);
}

Strings merged_lines(const std::string& rules, const Strings& lines) {
  Packer packer(rules);
  for (const std::string& line : lines) packer.feed(line);
  packer.close_all();
  return packer.messages();
}

}  // namespace

TEST_CASE("merge_by_format begins a group where a start matches") {
  struct Row {
    Strings texts;
    Strings expected;
  };
  const Row kRows[] = {
      {{"h1 START a", "h1 b", "h1 c"}, {"START a\nb\nc"}},
      {{"h1 START a", "h1 b", "h1 START c"}, {"START a\nb", "START c"}},
      {{"h1 a", "h1 b", "h1 START c", "h1 d"}, {"a", "b", "START c\nd"}},
      {{"h1 START a", "h2 START b", "h1 c", "h2 d"}, {"START a\nc", "START b\nd"}},
      {{"h1 START a", "h2 b", "h1 c"}, {"START a\nc", "b"}},
      {{"h1 START a", "h1 b", "h1 b", "h1 b"}, {"START a\nb\nb\nb"}},
      {{"h1 START a", "h1 none", "h1 b"}, {"START a\nb"}},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.texts);
    CHECK(merged(kByFormat, row.texts) == row.expected);
  }
}

TEST_CASE("events of another application are in another group") {
  const Strings lines{"<13>1 - h1 one - - - START a", "<13>1 - h1 two - - - START b", "<13>1 - h1 one - - - c"};
  CHECK(merged_lines(kByFormat, lines) == Strings{"START a\nc", "START b"});
}

TEST_CASE("merge_by_time merges what is near the first one in time") {
  struct Row {
    Strings lines;
    Strings expected;
  };
  const Row kRows[] = {
      {{timed(0, "a"), timed(249, "b")}, {"a\nb"}},
      {{timed(0, "a"), timed(250, "b")}, {"a", "b"}},
      {{timed(0, "a"), timed(200, "b"), timed(300, "c")}, {"a\nb", "c"}},
      {{timed(900, "a"), timed(1100, "b")}, {"a\nb"}},
      {{timed(200, "b"), timed(100, "a"), timed(300, "c")}, {"a\nb\nc"}},
      {{timed(300, "b"), timed(0, "a")}, {"b", "a"}},
      {{timed(100, "a"), timed(100, "a"), timed(101, "a")}, {"a\na"}},
      {{timed(0, "a", "13"), timed(0, "b", "35")}, {"a", "b"}},
      {{"<13>1 - h1 app - - - a", "<13>1 - h1 app - - - a"}, {"a\na"}},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.lines);
    CHECK(merged_lines(kByTime, row.lines) == row.expected);
  }
}

TEST_CASE("events without a time are as far apart as they were received") {
  Packer packer(kByTime);
  packer.feed("<13>1 - h1 app - - - a");
  packer.now = 249;
  packer.feed("<13>1 - h1 app - - - b");
  packer.now = 250;
  packer.feed("<13>1 - h1 app - - - c");
  packer.close_all();
  CHECK(packer.messages() == Strings{"a\nb", "c"});
}

TEST_CASE("in a group of merge_by_format the start stays first, whatever its time") {
  CHECK(merged_lines(kByFormat, {timed(500, "START"), timed(200, "b"), timed(100, "a")}) == Strings{"START\na\nb"});
}

TEST_CASE("the merged event has the most severe severity, and all structured data, fields and tags") {
  CHECK(event_of(kByTime, {R"(<13>1 - h1 app 7 ID [a x="1"] one)",
                           R"(<11>1 - h1 app 8 - [a x="2" x="1"][b y="\""] two)", "<14>1 - h1 app - - - three"}) ==
        R"({"hostname":"h1","appname":"app","procid":"7","msgid":"ID","facility":"user","severity":"err",)"
        R"("structured_data":{"a":{"x":["1","2"]},"b":{"y":"\""}},"message":"one\ntwo\nthree"})");
  CHECK(event_of(kByTime, {R"({"hostname":"h1","message":"one","n":1,"tags":["a","b"]})",
                           R"({"hostname":"h1","message":"two","n":2,"o":{"p":[1]},"tags":["b","c"]})",
                           R"({"hostname":"h1","message":"three","o":3,"tags":"d"})"}) ==
        R"({"hostname":"h1","message":"one\ntwo\nthree","n":1,"tags":["a","b","c","d"],"o":{"p":[1]}})");
}

TEST_CASE("an event that is alone in its group goes on as it is") {
  CHECK(event_of(kByTime, {R"({"hostname":"h1","message":{"a":1},"n":1})"}) ==
        R"({"hostname":"h1","message":{"a":1},"n":1})");
  CHECK(event_of(kByTime, {R"({"level":"info","n":1})"}) == R"({"level":"info","n":1})");
}

TEST_CASE("the uuid is that of the merged event, and a signature without a key is taken away") {
  const std::string rules = std::string("uuid() ") + kByTime;
  const std::string merged = event_of(rules, {R"({"message":"a"})", R"({"message":"b"})"});
  CHECK(merged == event_of(rules, {R"({"message":"a\nb"})"}));
  CHECK(event_of(kByTime, {R"({"message":"a","hmac":"x","timehmac":"y"})", R"({"message":"b"})"}) ==
        R"({"message":"a\nb"})");
}

TEST_CASE("a start tags its event, and its captures set fields") {
  const std::string rules = R"--(merge_by_format("^(?<severity>ERROR|INFO) (?<code>\d+)"))--";
  CHECK(
      event_of(rules, {R"({"message":"ERROR 7 x"})", R"({"message":"  y"})"}) ==
      R"--({"severity":"err","message":"ERROR 7 x\n  y","code":"7","grok_pattern":"^(?<severity>ERROR|INFO) (?<code>\\d+)","tags":["formatted"]})--");
}

TEST_CASE("an event joins the first packer whose statement runs") {
  const std::string rules = R"(if hostname == "h1" { merge_by_format("^START") } merge_by_time())";
  CHECK(merged(rules, {"h1 START a", "h2 b", "h1 c", "h2 d", "h1 START e"}) ==
        Strings{"START a\nc", "b\nd", "START e"});
}

TEST_CASE("what went on covers all before what still waits, in the order of the first messages") {
  Packer packer(kByFormat);
  packer.feed_texts({"h0 a", "h1 START b", "h2 START c", "h1 d", "h3 e", "h2 START f"});
  CHECK(packer.accounts == Strings{"10/1"});
  packer.feed_texts({"h1 START g"});
  CHECK(packer.messages() == Strings{"a", "START b\nd", "START c", "e"});
  CHECK(packer.accounts == Strings{"10/1", "20/2", "40/4", "50/5"});
  packer.feed_texts({"h1 none"});
  packer.close_all();
  CHECK(packer.messages() == Strings{"a", "START b\nd", "START c", "e", "START f", "START g"});
  CHECK(packer.accounts == Strings{"10/1", "20/2", "40/4", "50/5", "60/6", "70/8"});
}

TEST_CASE("a dropped message is covered by what waits before it, or by nobody") {
  Packer packer(kByFormat);
  CHECK_FALSE(packer.packing.skip(1));
  packer.position = 1;
  packer.feed_texts({"h1 START a"});
  CHECK(packer.packing.skip(3));
}

TEST_CASE("a group is closed when its first message has the age") {
  Packer packer(kByFormat);
  packer.now = 100;
  packer.feed_texts({"h1 START a"});
  packer.now = 900;
  packer.feed_texts({"h1 b", "h2 START c"});
  CHECK(packer.packing.next_due() == Packer::at(1100));
  packer.close_due(1099);
  CHECK(packer.went.empty());
  packer.close_due(1100);
  CHECK(packer.messages() == Strings{"START a\nb"});
  CHECK(packer.packing.next_due() == Packer::at(1900));
  packer.close_due(1900);
  CHECK(packer.messages() == Strings{"START a\nb", "START c"});
  CHECK_FALSE(packer.packing.next_due());
}

TEST_CASE("where too much is open, the oldest group is closed") {
  const Strings texts{"h1 START a", "h2 START b", "h3 c", "h1 d", "h4 START e"};
  const auto at_once = [&](rules::PackingLimits limits) {
    Packer packer(kByFormat, limits);
    packer.feed_texts(texts);
    return packer.messages();
  };
  CHECK(at_once({}).empty());
  CHECK(at_once({.groups = 2}) == Strings{"START a\nd"});
  CHECK(at_once({.messages = 4}) == Strings{"START a\nd"});
  CHECK(at_once({.messages = 1}) == Strings{"START a", "START b", "c", "d"});
  CHECK(at_once({.bytes = 1}) == Strings{"START a", "START b", "c", "d", "START e"});
}

TEST_CASE("a group that would be too large is closed, and what comes then goes on by itself") {
  CHECK(merged(kByFormat, {"h1 START a", "h1 b", "h1 c"}, {.group_bytes = 500}) == Strings{"START a\nb", "c"});
  CHECK(merged(kByTime, {"h1 a", "h1 b", "h1 c"}, {.group_bytes = 500}) == Strings{"a\nb", "c"});
}

TEST_CASE("packers that are wrong are refused, with the place") {
  const auto error_of = [](std::string_view rules) {
    const rules::language::Source source{"m.rules", std::string(rules)};
    const auto program = rules::language::Program::compile({&source, 1}, {});
    return program ? "" : program.error().text();
  };
  CHECK(error_of("merge_by_format()") == "rules m.rules:1:1: merge_by_format(): an argument is missing");
  CHECK(error_of("  merge_by_time(window=3)") ==
        "rules m.rules:1:3: merge_by_time(): it has no option \"window\"; there are merge_event_window, queue_max_age");
  CHECK(error_of("merge_by_time(queue_max_age=\"soon\")") ==
        "rules m.rules:1:1: merge_by_time(): queue_max_age is \"soon\"; expected milliseconds or a time such as "
        "\"250ms\", more than 0");
  CHECK(error_of("if merge_by_time() { drop }") ==
        "rules m.rules:1:4: expected a condition; merge_by_time is a statement");
  CHECK(error_of("merge_by_format(\"(\")") ==
        "rules m.rules:1:1: pattern \"(\": column 2: missing closing parenthesis");
}

TEST_CASE("a line that names no host is one of its sender's") {
  Packer packer(kByFormat);
  codec::Event start = codec_test::parsed("<13>1 - h1 - - - - START a");
  codec::Event line = codec_test::parsed("b");
  (void)packer.program->run(start, nullptr);
  rules::Joining joining = packer.program->joining();
  packer.packing.add(1, "", joining, start, {});
  joining.starts = false;
  joining.sender = "h1";
  packer.packing.add(2, "", joining, line, {});
  packer.close_all();
  CHECK(packer.messages() == Strings{"START a\nb"});
}

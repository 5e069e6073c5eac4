#include "codec/assignment.h"
#include "codec/format.h"
#include "codec_fixture.h"

using codec::Event;
using codec_test::json;
using codec_test::parsed;
using namespace std::string_view_literals;

namespace {

constexpr auto kLine =
    "<165>1 2003-10-11T22:14:15.123456789+02:00 host evntslog 7 ID47 [a@1 x=\"1\"] a\tmessage\nof two lines"sv;

std::string rendered(std::string_view format, const Event& event) {
  std::string text;
  codec::Format::compile(format)->append(text, event);
  return text;
}

std::string why_not(std::string_view format) {
  const auto compiled = codec::Format::compile(format);
  return compiled ? "" : compiled.error().text();
}

}  // namespace

TEST_CASE("raw gives back the bytes that came") {
  CHECK(rendered("raw", parsed("<13>Oct 11 22:14:15 h a: b\n"sv)) == "<13>Oct 11 22:14:15 h a: b\n");
}

TEST_CASE("RFC 5424 goes out with microseconds and the message as it is") {
  CHECK(rendered("rfc5424", parsed(kLine)) ==
        "<165>1 2003-10-11T22:14:15.123456+02:00 host evntslog 7 ID47 [a@1 x=\"1\"] a\tmessage\nof two lines");
}

TEST_CASE("an RFC 3164 message goes out as RFC 5424") {
  CHECK(rendered("rfc5424", parsed("<34>Oct 11 22:14:15 mymachine su: failed")) ==
        "<34>1 2023-10-11T22:14:15+01:00 mymachine su - - - failed");
}

TEST_CASE("RFC 5424 header fields are printable ASCII of bounded length") {
  Event event = parsed("m");
  const std::string longer(100, 'x');
  event.hostname = "h \xc3\xa9";
  event.appname = longer;
  CHECK(rendered("rfc5424", event) == "<13>1 - h??? " + std::string(48, 'x') + " - - - m");
}

TEST_CASE("RFC 3164 goes out on one line") {
  CHECK(rendered("rfc3164", parsed(kLine)) == "<165>Oct 11 22:14:15 host evntslog[7]: a#011message#012of two lines");
}

TEST_CASE("RFC 3164 without a tag is read back without a tag") {
  const std::string line = rendered("rfc3164", parsed("<13>1 2003-10-01T22:14:15Z host - - - - some words"));
  CHECK(line == "<13>Oct  1 22:14:15 host -: some words");
  CHECK(parsed(line).message == "some words");
}

TEST_CASE("an event without anything still goes out as syslog") {
  Event event;
  event.message = "m";
  CHECK(rendered("rfc5424", event) == "<13>1 - - - - - - m");
  CHECK(rendered("rfc3164", event) == "<13>-: m");
  CHECK(json(event) == R"({"message":"m"})");
}

TEST_CASE("JSON has what is known of the sender") {
  Event event = codec::parse("m", codec::Mode::none, codec_test::context());
  event.peer_address = "10.0.0.1";
  event.local_port = 514;
  event.protocol = "tcp";
  CHECK(json(event) == R"({"message":"m","peer_address":"10.0.0.1","local_port":514,"protocol":"tcp"})");
}

TEST_CASE("bytes that are no UTF-8 come back from JSON") {
  const auto message = "caf\xe9 \xff\xfe \xed\xa0\x80 \xc0\xaf \xf4\x90\x80\x80"sv;
  const std::string text = json(codec::parse(message, codec::Mode::none, codec_test::context()));
  CHECK(codec::parse(text, codec::Mode::json, codec_test::context()).message == message);
}

TEST_CASE("structured data with very many parameters is rendered in time") {
  std::string line = "<13>1 - - - - - ";
  for (int i = 0; i < 50000; ++i) line += "[a n" + std::to_string(i % 1000) + "=\"x\"]";
  CHECK(json(parsed(line)).size() > 200000);
}

TEST_CASE("JSON nested very deeply is not read in depth") {
  const std::string line = R"({"message":"m","x":)" + std::string(500000, '[') + std::string(500000, ']') + "}";
  CHECK(json(parsed(line)) == line);
}

TEST_CASE("a template names fields") {
  const Event event = parsed("<34>Oct 11 22:14:15 mymachine su[9]: failed");
  CHECK(rendered("%{timestamp} %{hostname} %{message}", event) == "2023-10-11T22:14:15+01:00 mymachine failed");
  CHECK(rendered("<%{pri}> %{facility}.%{severity} 100%%%{msgid}.", event) == "<34> auth.crit 100%.");
}

TEST_CASE("a format that is none is refused with a reason") {
  CHECK(why_not("jsno") ==
        "choose format \"jsno\": neither raw, json, rfc5424, rfc3164 nor a template with %{FIELD} in it");
  CHECK(why_not("%{message") == "compile template \"%{message\": column 1: %{ has no }");
  CHECK(why_not("a %d") == "compile template \"a %d\": column 3: % starts neither %{FIELD} nor %%");
  CHECK(why_not("%{host[}").find("column 3: no field is named \"host[\"; there are timestamp, hostname") !=
        std::string::npos);
}

TEST_CASE("assignments set fields from templates") {
  Event event = parsed("<34>Oct 11 22:14:15 mymachine su[9]: failed");
  REQUIRE(codec::Assignment::compile("message=%{appname}: %{message}")->apply(event));
  REQUIRE(codec::Assignment::compile("severity=warn")->apply(event));
  REQUIRE(codec::Assignment::compile("procid=")->apply(event));
  REQUIRE(codec::Assignment::compile("timestamp=2024-01-01T00:00:00Z")->apply(event));
  CHECK(json(event) == R"({"timestamp":"2024-01-01T00:00:00Z","hostname":"mymachine","appname":"su",)"
                       R"("facility":"auth","severity":"warning","message":"su: failed"})");
}

TEST_CASE("a template names parameters of structured data") {
  const Event event = parsed(R"(<34>1 - - - - - [a.b@1 x.y="1" q="\"\\\]\n" e="" x.y="2"][b][a.b@1 z="3"] m)");
  CHECK(rendered("%{structured_data[a.b@1].x.y}", event) == "1");
  CHECK(rendered("%{structured_data[a.b@1].q}", event) == R"("\]\n)");
  CHECK(rendered("%{structured_data[a.b@1].z}", event) == "3");
  CHECK(rendered("<%{structured_data[a.b@1].e}%{structured_data[b].z}%{structured_data[c].z}>", event) == "<>");
  CHECK(rendered("<%{structured_data[c].z}>", parsed("no structured data")) == "<>");
}

TEST_CASE("a parameter's name that is none is refused") {
  for (const std::string name : {"[]", "[].x", "[a].", "[a]x", "[a.x", "[a b].x", "[a].x y", "[a].x]", "[a]", ".a.x"}) {
    CAPTURE(name);
    CHECK(why_not("%{structured_data" + name + "}").find("no field is named") != std::string::npos);
  }
  CHECK(why_not("%{message[a].x}")
            .ends_with("structured_data, message, peer_address, local_port, protocol, pri, "
                       "unparsed, raw, structured_data[ID].NAME and open fields, whose names have no brackets"));
}

TEST_CASE("assignments set parameters of structured data, escaped, and take them away") {
  const auto after = [](std::string_view data, std::string_view assignment) {
    const std::string line = "<34>1 - - - - - " + std::string(data) + " m";
    Event event = parsed(line);
    REQUIRE(codec::Assignment::compile(assignment)->apply(event));
    return rendered("%{structured_data}", event);
  };
  CHECK(after("-", "structured_data[a@1].x=1") == R"([a@1 x="1"])");
  CHECK(after(R"([b y="2"])", "structured_data[a].x=1") == R"([b y="2"][a x="1"])");
  CHECK(after(R"([a y="\""][b])", "structured_data[a].x=\"]\\ %{message}") == R"([a y="\"" x="\"\]\\ m"][b])");
  CHECK(after(R"([a x="1" y="2" x="3"][a x="4" z="5"])", "structured_data[a].x=6") == R"([a x="6" y="2"][a z="5"])");
  CHECK(after(R"([a x="1" y="2" x="3"][a x="4"][b x="5"])", "structured_data[a].x=") == R"([a y="2"][a][b x="5"])");
  CHECK(after("-", "structured_data[a].x=") == "");
  CHECK_FALSE(codec::Assignment::compile("structured_data[a=b].x=1"));
}

TEST_CASE("an assignment's error counts columns from its start") {
  CHECK(codec::Assignment::compile("message=%{nope[}").error().why.starts_with("column 11: no field is named"));
}

TEST_CASE("a message that was an object is text when it is set") {
  Event event = parsed(R"({"message":{"level": 1}})");
  CHECK(rendered("%{message}", event) == R"({"level": 1})");
  REQUIRE(codec::Assignment::compile("message=now: %{message}")->apply(event));
  CHECK(json(event) == R"({"message":"now: {\"level\": 1}"})");
}

TEST_CASE("an assignment that can never be right is refused at once, another leaves the field alone") {
  CHECK_FALSE(codec::Assignment::compile("severity=loud"));
  CHECK_FALSE(codec::Assignment::compile("timestamp=yesterday"));
  CHECK_FALSE(codec::Assignment::compile("structured_data=[a"));
  CHECK_FALSE(codec::Assignment::compile("raw=x"));
  CHECK_FALSE(codec::Assignment::compile("nothing[]=x"));
  CHECK_FALSE(codec::Assignment::compile("severity"));
  Event event = parsed("<34>Oct 11 22:14:15 mymachine su[9]: failed");
  CHECK_FALSE(codec::Assignment::compile("severity=%{message}")->apply(event));
  CHECK(event.severity == 2);
}

TEST_CASE("defaults fill only what is missing") {
  Event defaults;
  defaults.hostname = "here";
  defaults.appname = "logger";
  defaults.facility = 3;
  Event event = parsed("<34>1 - there - - - - m");
  codec::fill_missing(event, defaults);
  CHECK(rendered("rfc5424", event) == "<34>1 - there logger - - - m");
}

#include <array>

#include "codec_fixture.h"

using codec::Form;
using codec_test::check_rows;
using codec_test::Row;
using namespace std::string_view_literals;

namespace {

// A part of a header, and what has to come of it.
struct Part {
  std::string_view text;
  std::string_view value;
};

struct Time {
  std::string_view text;
  std::string_view timestamp;
  std::string_view uptime;  // hundredths of seconds
};

constexpr std::array kSequences = {Part{"", ""}, Part{"29: ", "29"}};
constexpr std::array kOrigins = {Part{"", "peer.example"}, Part{"R1: ", "R1"}, Part{"10.0.0.1: ", "10.0.0.1"},
                                 Part{"2001:DB8::1: ", "2001:DB8::1"},
                                 Part{"edge-1.example.org: ", "edge-1.example.org"}};
constexpr std::array kInnerSequences = {Part{"", ""}, Part{"000028: ", "000028"}};
constexpr std::string_view kReception = "2024-03-15T13:00:00.000000+01:00";
constexpr std::array kTimes = {Time{"", kReception, ""},
                               Time{"Mar  1 18:46:11 Z: ", "2024-03-01T18:46:11Z", ""},
                               Time{"*Mar  1 18:46:11.123: ", "2024-03-01T18:46:11.123+01:00", ""},
                               Time{".Mar  1 18:46:11 UTC: ", "2024-03-01T18:46:11Z", ""},
                               Time{"Mar  1 2023 18:46:11 CET: ", "2023-03-01T18:46:11+01:00", ""},
                               Time{"Mar 1 18:46:11.1 AEDT: ", "2024-03-01T18:46:11.1+01:00", ""},
                               Time{"2024 Mar  1 18:46:11 UTC: ", "2024-03-01T18:46:11Z", ""},
                               Time{"00:20:10: ", kReception, "121000"},
                               Time{"1d02h: ", kReception, "9360000"},
                               Time{"3w4d: ", kReception, "216000000"},
                               Time{"1y2w: ", kReception, "3274560000"}};

std::string sequence_member(const Part& outer, const Part& inner) {
  if (outer.value.empty() && inner.value.empty()) return {};
  const std::string first = "\"" + std::string(outer.value) + "\"";
  const std::string second = "\"" + std::string(inner.value) + "\"";
  if (outer.value.empty()) return "\"sequenceId\":" + second;
  if (inner.value.empty()) return "\"sequenceId\":" + first;
  return "\"sequenceId\":[" + first + "," + second + "]";
}

std::string structured_data(const Part& outer, const Part& inner, const Time& time) {
  std::string members = sequence_member(outer, inner);
  if (!time.uptime.empty()) {
    if (!members.empty()) members += ',';
    members += "\"sysUpTime\":\"" + std::string(time.uptime) + "\"";
  }
  return members.empty() ? "" : R"("structured_data":{"meta":{)" + members + "}},";
}

void check(const Part& outer, const Part& origin, const Part& inner, const Time& time) {
  const std::string line = "<189>" + std::string(outer.text) + std::string(origin.text) + std::string(inner.text) +
                           std::string(time.text) + "%SYS-5-CONFIG_I: Configured";
  CAPTURE(line);
  CHECK(codec_test::json(codec_test::parsed(line)) ==
        "{\"timestamp\":\"" + std::string(time.timestamp) + "\",\"hostname\":\"" + std::string(origin.value) +
            R"(","appname":"%SYS-5-CONFIG_I","facility":"local7","severity":"notice",)" +
            structured_data(outer, inner, time) + R"("message":"Configured"})");
}

}  // namespace

TEST_CASE("every combination of the parts of a Cisco header is understood") {
  for (const Part& outer : kSequences)
    for (const Part& origin : kOrigins)
      for (const Part& inner : kInnerSequences)
        for (const Time& time : kTimes) check(outer, origin, inner, time);
}

TEST_CASE("IOS-XR, NX-OS and ASA have headers of their own") {
  static constexpr Row kRows[] = {
      {R"(<189>2468: RP/0/RSP0/CPU0:Mar  1 12:00:00.123 UTC: config[65743]: %MGBL-SYS-5-CONFIG_I : Configured from console by admin)"sv,
       Form::rfc3164,
       R"({"timestamp":"2024-03-01T12:00:00.123Z","hostname":"peer.example","appname":"config","procid":"65743","facility":"local7","severity":"notice","structured_data":{"meta":{"sequenceId":"2468"},"cisco@9":{"node":"RP/0/RSP0/CPU0"}},"message":"%MGBL-SYS-5-CONFIG_I : Configured from console by admin"})"sv},
      {R"(<189>2469: router1 RP/0/RSP0/CPU0:Mar  1 12:00:00.123 : ifmgr[190]: %PKT_INFRA-LINK-3-UPDOWN : Interface GigabitEthernet0/0/0/1, changed state to Down)"sv,
       Form::rfc3164,
       R"({"timestamp":"2024-03-01T12:00:00.123+01:00","hostname":"router1","appname":"ifmgr","procid":"190","facility":"local7","severity":"notice","structured_data":{"meta":{"sequenceId":"2469"},"cisco@9":{"node":"RP/0/RSP0/CPU0"}},"message":"%PKT_INFRA-LINK-3-UPDOWN : Interface GigabitEthernet0/0/0/1, changed state to Down"})"sv},
      {R"(<189>LC/0/3/CPU0:2024 Mar  1 12:00:00.123 JST: ifmgr[190]: %PKT_INFRA-LINK-3-UPDOWN : down)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-01T12:00:00.123+01:00","hostname":"peer.example","appname":"ifmgr","procid":"190","facility":"local7","severity":"notice","structured_data":{"cisco@9":{"node":"LC/0/3/CPU0"}},"message":"%PKT_INFRA-LINK-3-UPDOWN : down"})"sv},
      {R"(<187>7: 10.0.0.1: RP/0/RP0/CPU0:Mar  1 12:00:00 UTC: bgp[1051]: %ROUTING-BGP-5-ADJCHANGE : neighbor 10.0.0.2 Up)"sv,
       Form::rfc3164,
       R"({"timestamp":"2024-03-01T12:00:00Z","hostname":"10.0.0.1","appname":"bgp","procid":"1051","facility":"local7","severity":"err","structured_data":{"meta":{"sequenceId":"7"},"cisco@9":{"node":"RP/0/RP0/CPU0"}},"message":"%ROUTING-BGP-5-ADJCHANGE : neighbor 10.0.0.2 Up"})"sv},
      {R"(<189>: switch1: 2024 Mar  1 12:34:56.789 CET: %VSHD-5-VSHD_SYSLOG_CONFIG_I: Configured from vty by admin on 10.0.0.9@pts/0)"sv,
       Form::rfc3164,
       R"({"timestamp":"2024-03-01T12:34:56.789+01:00","hostname":"switch1","appname":"%VSHD-5-VSHD_SYSLOG_CONFIG_I","facility":"local7","severity":"notice","message":"Configured from vty by admin on 10.0.0.9@pts/0"})"sv},
      {R"(<189>2024 Mar  1 12:34:56 switch1 %ETHPORT-5-IF_UP: Interface Ethernet1/1 is up)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-01T12:34:56+01:00","hostname":"switch1","appname":"%ETHPORT-5-IF_UP","facility":"local7","severity":"notice","message":"Interface Ethernet1/1 is up"})"sv},
      {R"(<166>:Sep 12 06:50:15 UTC: %ASA-session-6-305012: Teardown dynamic TCP translation)"sv, Form::rfc3164,
       R"({"timestamp":"2023-09-12T06:50:15Z","hostname":"peer.example","appname":"%ASA-session-6-305012","facility":"local4","severity":"info","message":"Teardown dynamic TCP translation"})"sv},
      {R"(<166>:Sep 12 06:50:15 EDT: %ASA-6-106015: Deny TCP (no connection))"sv, Form::rfc3164,
       R"~({"timestamp":"2023-09-12T06:50:15+01:00","hostname":"peer.example","appname":"%ASA-6-106015","facility":"local4","severity":"info","message":"Deny TCP (no connection)"})~"sv},
      {R"(<166>:%ASA-6-106015: Deny TCP)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-15T13:00:00.000000+01:00","hostname":"peer.example","appname":"%ASA-6-106015","facility":"local4","severity":"info","message":"Deny TCP"})"sv},
      {R"(<166>Mar 01 2024 12:34:56 fw01: %ASA-6-302013: Built outbound TCP connection)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-01T12:34:56+01:00","hostname":"fw01","appname":"%ASA-6-302013","facility":"local4","severity":"info","message":"Built outbound TCP connection"})"sv},
      {R"(<166>Mar 01 2024 12:34:56 EST: %ASA-6-302013: Built outbound TCP connection)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-01T12:34:56+01:00","hostname":"peer.example","appname":"%ASA-6-302013","facility":"local4","severity":"info","message":"Built outbound TCP connection"})"sv},
      {R"(<164>2024-03-01T12:34:56Z fw01 : %FTD-4-106023: Deny tcp src inside:10.0.0.1/80)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-01T12:34:56Z","hostname":"fw01","appname":"%FTD-4-106023","facility":"local4","severity":"warning","message":"Deny tcp src inside:10.0.0.1/80"})"sv},
  };
  check_rows(kRows);
}

TEST_CASE("what only resembles a Cisco header is read as before") {
  static constexpr Row kRows[] = {
      {R"(<190>345: no: time)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-15T13:00:00.000000+01:00","hostname":"peer.example","appname":"345","facility":"local7","severity":"info","message":"no: time"})"sv},
      {R"(<14>backup: 00:20:10: done)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-15T13:00:00.000000+01:00","hostname":"peer.example","appname":"backup","facility":"user","severity":"info","message":"00:20:10: done"})"sv},
      {R"(<14>backup: %d items)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-15T13:00:00.000000+01:00","hostname":"peer.example","appname":"backup","facility":"user","severity":"info","message":"%d items"})"sv},
      {R"(<14>Mar  1 12:00:00 12345 app: a number is no host)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-01T12:00:00+01:00","hostname":"peer.example","appname":"12345","facility":"user","severity":"info","message":"app: a number is no host"})"sv},
  };
  check_rows(kRows);
}

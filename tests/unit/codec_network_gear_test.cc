#include "codec_fixture.h"

using codec::Form;
using codec_test::check_rows;
using codec_test::Row;
using namespace std::string_view_literals;

TEST_CASE("what network gear and appliances send is taken apart") {
  static constexpr Row kRows[] =
      {
          {R"(<189>123: *Mar  1 18:46:11.123: %SYS-5-CONFIG_I: Configured from console by vty0 (10.0.0.1))"sv,
           Form::rfc3164,
           R"~({"timestamp":"2024-03-01T18:46:11.123+01:00","hostname":"peer.example","appname":"%SYS-5-CONFIG_I","facility":"local7","severity":"notice","structured_data":{"meta":{"sequenceId":"123"}},"message":"Configured from console by vty0 (10.0.0.1)"})~"sv},
          {R"(<189>29: router1: *Apr 29 13:58:40.411: %SYS-5-CONFIG_I: Configured from console)"sv, Form::rfc3164,
           R"({"timestamp":"2023-04-29T13:58:40.411+01:00","hostname":"router1","appname":"%SYS-5-CONFIG_I","facility":"local7","severity":"notice","structured_data":{"meta":{"sequenceId":"29"}},"message":"Configured from console"})"sv},
          {R"(<187>154: Mar  1 18:46:11.123 UTC: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up)"sv,
           Form::rfc3164,
           R"({"timestamp":"2024-03-01T18:46:11.123Z","hostname":"peer.example","appname":"%LINK-3-UPDOWN","facility":"local7","severity":"err","structured_data":{"meta":{"sequenceId":"154"}},"message":"Interface Gi0/1, changed state to up"})"sv},
          {R"(<187>155: .Mar  1 18:46:11 CET: %LINK-3-UPDOWN: Interface Gi0/1, changed state to down)"sv, Form::rfc3164,
           R"({"timestamp":"2024-03-01T18:46:11+01:00","hostname":"peer.example","appname":"%LINK-3-UPDOWN","facility":"local7","severity":"err","structured_data":{"meta":{"sequenceId":"155"}},"message":"Interface Gi0/1, changed state to down"})"sv},
          {R"(<189>: 2024 Mar  1 12:34:56 UTC: %ETHPORT-5-IF_UP: Interface Ethernet1/1 is up)"sv, Form::rfc3164,
           R"({"timestamp":"2024-03-01T12:34:56Z","hostname":"peer.example","appname":"%ETHPORT-5-IF_UP","facility":"local7","severity":"notice","message":"Interface Ethernet1/1 is up"})"sv},
          {R"(<166>Mar 01 2024 12:34:56: %ASA-6-302013: Built outbound TCP connection)"sv, Form::rfc3164,
           R"({"timestamp":"2024-03-01T12:34:56+01:00","hostname":"peer.example","appname":"%ASA-6-302013","facility":"local4","severity":"info","message":"Built outbound TCP connection"})"sv},
          {R"(<166>Mar 01 2024 12:34:56 fw01 : %ASA-6-302015: Built inbound UDP connection)"sv, Form::rfc3164,
           R"({"timestamp":"2024-03-01T12:34:56+01:00","hostname":"fw01","appname":"%ASA-6-302015","facility":"local4","severity":"info","message":"Built inbound UDP connection"})"sv},
          {R"(<166>%ASA-6-302015: no time)"sv, Form::rfc3164,
           R"({"timestamp":"2024-03-15T13:00:00.000000+01:00","hostname":"peer.example","appname":"%ASA-6-302015","facility":"local4","severity":"info","message":"no time"})"sv},
          {R"(<189>346: %SYS-5-RESTART: no time)"sv, Form::rfc3164,
           R"({"timestamp":"2024-03-15T13:00:00.000000+01:00","hostname":"peer.example","appname":"%SYS-5-RESTART","facility":"local7","severity":"notice","structured_data":{"meta":{"sequenceId":"346"}},"message":"no time"})"sv},
          {R"(<190>345: no: time)"sv, Form::rfc3164,
           R"({"timestamp":"2024-03-15T13:00:00.000000+01:00","hostname":"peer.example","appname":"345","facility":"local7","severity":"info","message":"no: time"})"sv},
          {R"(<30>Mar  1 12:00:00 U7PG2,f09fc2000000,v4.3.20: hostapd: ath0: STA authenticated)"sv, Form::rfc3164,
           R"({"timestamp":"2024-03-01T12:00:00+01:00","hostname":"peer.example","appname":"U7PG2,f09fc2000000,v4.3.20","facility":"daemon","severity":"info","message":"hostapd: ath0: STA authenticated"})"sv},
          {R"(<30>Mar  1 12:00:00 MikroTik dhcp,info dhcp1 assigned 10.0.0.9 to 00:11:22:33:44:55)"sv, Form::rfc3164,
           R"({"timestamp":"2024-03-01T12:00:00+01:00","hostname":"MikroTik","appname":"dhcp,info","facility":"daemon","severity":"info","message":"dhcp1 assigned 10.0.0.9 to 00:11:22:33:44:55"})"sv},
          {R"(<14> Mar  1 12:00:00 10.0.0.5 00077 ports: port 1 is now on-line)"sv, Form::rfc3164,
           R"({"timestamp":"2024-03-01T12:00:00+01:00","hostname":"10.0.0.5","appname":"00077","facility":"user","severity":"info","message":"ports: port 1 is now on-line"})"sv},
          {R"(<14>Mar  1 12:00:00 PA-220 1,2024/03/01 12:00:00,0123,TRAFFIC,end)"sv, Form::rfc3164,
           R"({"timestamp":"2024-03-01T12:00:00+01:00","hostname":"PA-220","appname":"1,2024/03/01","facility":"user","severity":"info","message":"12:00:00,0123,TRAFFIC,end"})"sv},
          {R"(<134>Mar  1 12:00:00 fw CEF:0|Vendor|Product|1.0|100|name|5|src=10.0.0.1)"sv, Form::rfc3164,
           R"({"timestamp":"2024-03-01T12:00:00+01:00","hostname":"fw","appname":"CEF","facility":"local0","severity":"info","message":"0|Vendor|Product|1.0|100|name|5|src=10.0.0.1"})"sv},
          {"<13>Mar  1 12:00:00 WIN-DC1 MSWinEventLog\t1\tSecurity\t4624"sv, Form::rfc3164,
           R"({"timestamp":"2024-03-01T12:00:00+01:00","hostname":"WIN-DC1","appname":"MSWinEventLog","facility":"user","severity":"notice","message":"\t1\tSecurity\t4624"})"sv},
          {R"(<165>1 2024-03-01T12:34:56.789+01:00 router mgd 4153 UI_CMDLINE_READ_LINE [junos@2636.1.1.1.2.18 username="root" command="show \"x\""] User 'root')"sv,
           Form::rfc5424, R"({"timestamp":"2024-03-01T12:34:56.789+01:00","hostname":"router","appname":"mgd","procid":"4153","msgid":"UI_CMDLINE_READ_LINE","facility":"local4","severity":"notice","structured_data":{"junos@2636.1.1.1.2.18":{"username":"root","command":"show \"x\""}},"message":"User 'root'"})"sv},
          {R"(<134>Mar  1 12:00:00 lb haproxy[14387]: 10.0.1.2:33313 [06/Feb/2009:12:12:51.443] fnt bck/srv1 0/0/5007/0/5020 200 2750)"sv,
           Form::rfc3164,
           R"({"timestamp":"2024-03-01T12:00:00+01:00","hostname":"lb","appname":"haproxy","procid":"14387","facility":"local0","severity":"info","message":"10.0.1.2:33313 [06/Feb/2009:12:12:51.443] fnt bck/srv1 0/0/5007/0/5020 200 2750"})"sv},
          {R"(<38>Mar  1 12:00:00 mx1 sshd[51234]: Failed password for root from 192.0.2.7 port 52514 ssh2)"sv,
           Form::rfc3164,
           R"({"timestamp":"2024-03-01T12:00:00+01:00","hostname":"mx1","appname":"sshd","procid":"51234","facility":"auth","severity":"info","message":"Failed password for root from 192.0.2.7 port 52514 ssh2"})"sv},
          {R"(<188>date=2024-03-01 time=12:34:56 devname="FGT60F" devid="FGT60FTK19000000" logid="0100032002" type="event" level="alert")"sv,
           Form::rfc3164,
           R"({"timestamp":"2024-03-15T13:00:00.000000+01:00","hostname":"peer.example","facility":"local7","severity":"warning","message":"date=2024-03-01 time=12:34:56 devname=\"FGT60F\" devid=\"FGT60FTK19000000\" logid=\"0100032002\" type=\"event\" level=\"alert\""})"sv},
          {R"(<14>1 2024-03-01T12:00:00+01:00 PA-220 - - - - 1,2024/03/01 12:00:00,012801000000,SYSTEM,general,0)"sv,
           Form::rfc5424,
           R"({"timestamp":"2024-03-01T12:00:00+01:00","hostname":"PA-220","facility":"user","severity":"info","message":"1,2024/03/01 12:00:00,012801000000,SYSTEM,general,0"})"sv},
      };
  check_rows(kRows);
}

TEST_CASE("byte order marks and trailers go, other bytes stay") {
  static constexpr Row kRows[] = {
      {"\xef\xbb\xbf<13>Oct 11 22:14:15 host app: byte order mark in front"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"byte order mark in front"})"sv},
      {"<13>Oct 11 22:14:15 host app: \xef\xbb\xbf"
       "byte order mark inside"sv,
       Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"byte order mark inside"})"sv},
      {"<13>Oct 11 22:14:15 host app: trailer\n\x00\x00"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"trailer"})"sv},
      {"<13>Oct 11 22:14:15 host app: carriage return\r\n"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"carriage return\r"})"sv},
      {"<13>Oct 11 22:14:15 host app: \x1b[31mred\x7f \"quoted\" back\\slash"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"\u001b[31mred \"quoted\" back\\slash"})"sv},
      {R"(<13>Oct 11 22:14:15 host été[7]: grüß dich)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"été","procid":"7","facility":"user","severity":"notice","message":"grüß dich"})"sv},
      {R"()"sv, Form::unparsed, R"({"message":"","unparsed":"empty"})"sv},
      {"\n"sv, Form::unparsed, R"({"message":"\n","unparsed":"empty"})"sv},
      {"\x00"sv, Form::unparsed, R"({"message":"\u0000","unparsed":"empty"})"sv},
  };
  check_rows(kRows);
}

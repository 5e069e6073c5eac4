#include "codec_fixture.h"

using codec::Form;
using codec_test::check_rows;
using codec_test::Row;
using namespace std::string_view_literals;

TEST_CASE("RFC 3164's own examples are read") {
  static constexpr Row kRows[] = {
      {R"(<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"mymachine","appname":"su","facility":"auth","severity":"crit","message":"'su root' failed for lonvick on /dev/pts/8"})"sv},
      {R"(Use the BFG!)"sv, Form::unparsed,
       R"({"message":"Use the BFG!","unparsed":"neither a priority nor a time at the start"})"sv},
      {R"(<165>Aug 24 05:34:00 CST 1987 mymachine myproc[10]: %% It's time to make the do-nuts.  %%  Ingredients: Mix=OK, Jelly=OK #)"sv,
       Form::rfc3164,
       R"({"timestamp":"1987-08-24T05:34:00+01:00","hostname":"mymachine","appname":"myproc","procid":"10","facility":"local4","severity":"notice","message":"%% It's time to make the do-nuts.  %%  Ingredients: Mix=OK, Jelly=OK #"})"sv},
      {R"(<0>1990 Oct 22 10:52:01 TZ-6 scapegoat.dmz.example.org 10.1.2.3 sched[0]: That's All Folks!)"sv,
       Form::rfc3164,
       R"({"timestamp":"1990-10-22T10:52:01+01:00","hostname":"TZ-6","appname":"scapegoat.dmz.example.org","facility":"kern","severity":"emerg","message":"10.1.2.3 sched[0]: That's All Folks!"})"sv},
  };
  check_rows(kRows);
}

TEST_CASE("a message without a good priority is user.notice or not parsed") {
  static constexpr Row kRows[] = {
      {R"(<191>Oct 11 22:14:15 host app: highest)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"app","facility":"local7","severity":"debug","message":"highest"})"sv},
      {R"(<13 Oct 11 22:14:15 host app: not closed)"sv, Form::unparsed,
       R"({"message":"<13 Oct 11 22:14:15 host app: not closed","unparsed":"neither a priority nor a time at the start"})"sv},
      {R"(<013>Oct 11 22:14:15 host app: leading zero)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"leading zero"})"sv},
      {R"(Oct 11 22:14:15 host app: none)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"none"})"sv},
      {R"(<13>)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-15T13:00:00.000000+01:00","hostname":"peer.example","facility":"user","severity":"notice","message":""})"sv},
      {R"(<)"sv, Form::unparsed, R"({"message":"<","unparsed":"neither a priority nor a time at the start"})"sv},
  };
  check_rows(kRows);
}

TEST_CASE("RFC 3164 times are completed, and found with a year or in ISO form") {
  static constexpr Row kRows[] = {
      {R"(<13>Oct  1 22:14:15 host app: padded day)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-01T22:14:15+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"padded day"})"sv},
      {R"(<13>Oct 1 22:14:15 host app: short day)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-01T22:14:15+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"short day"})"sv},
      {R"(<13>oct 11 22:14:15 host app: lower case month)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"lower case month"})"sv},
      {R"(<13>Oct 11 22:14:15.123456 host app: fraction)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15.123456+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"fraction"})"sv},
      {R"(<13>Oct 11 22:14:15 2021 host app: year after)"sv, Form::rfc3164,
       R"({"timestamp":"2021-10-11T22:14:15+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"year after"})"sv},
      {R"(<13>Oct 11 2021 22:14:15 host app: year inside)"sv, Form::rfc3164,
       R"({"timestamp":"2021-10-11T22:14:15+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"year inside"})"sv},
      {R"(<13>2021 Oct 11 22:14:15 host app: year before)"sv, Form::rfc3164,
       R"({"timestamp":"2021-10-11T22:14:15+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"year before"})"sv},
      {R"(<13>Dec 31 23:59:59 host app: last year)"sv, Form::rfc3164,
       R"({"timestamp":"2023-12-31T23:59:59+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"last year"})"sv},
      {R"(<13>Mar 15 13:30:00 host app: a little in the future)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-15T13:30:00+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"a little in the future"})"sv},
      {R"(<13>Feb 29 10:00:00 host app: leap day)"sv, Form::rfc3164,
       R"({"timestamp":"2024-02-29T10:00:00+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"leap day"})"sv},
      {R"(<13>2024-03-01T12:34:56.789Z esx01.example.org Hostd: info hostd[2099] [Originator@6876 sub=Vimsvc] event)"sv,
       Form::rfc3164,
       R"({"timestamp":"2024-03-01T12:34:56.789Z","hostname":"esx01.example.org","appname":"Hostd","facility":"user","severity":"notice","message":"info hostd[2099] [Originator@6876 sub=Vimsvc] event"})"sv},
      {R"(<13>2024-03-01T12:34:56+01:00 host app[1]: RSYSLOG_ForwardFormat)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-01T12:34:56+01:00","hostname":"host","appname":"app","procid":"1","facility":"user","severity":"notice","message":"RSYSLOG_ForwardFormat"})"sv},
      {R"(<13>2024-03-01T12:34:56+0100 host app: offset without a colon)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-01T12:34:56+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"offset without a colon"})"sv},
      {R"(<13>2024-03-01T12:34:56 host app: no offset)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-01T12:34:56+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"no offset"})"sv},
      {R"(2024-03-01T12:34:56.789012+01:00 host app[1]: from a file that rsyslog wrote)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-01T12:34:56.789012+01:00","hostname":"host","appname":"app","procid":"1","facility":"user","severity":"notice","message":"from a file that rsyslog wrote"})"sv},
  };
  check_rows(kRows);
}

TEST_CASE("host name, application and process id are told apart") {
  static constexpr Row kRows[] = {
      {R"(<13>Oct 11 22:14:15 user: logger on /dev/log, where no host is named)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"peer.example","appname":"user","facility":"user","severity":"notice","message":"logger on /dev/log, where no host is named"})"sv},
      {R"(<30>Oct 11 22:14:15 systemd[1]: Started Daily apt upgrade and clean activities.)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"peer.example","appname":"systemd","procid":"1","facility":"daemon","severity":"info","message":"Started Daily apt upgrade and clean activities."})"sv},
      {R"(<13>Oct 11 22:14:15 10.1.2.3 app: IPv4)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"10.1.2.3","appname":"app","facility":"user","severity":"notice","message":"IPv4"})"sv},
      {R"(<13>Oct 11 22:14:15 2001:db8::1 app: IPv6)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"2001:db8::1","appname":"app","facility":"user","severity":"notice","message":"IPv6"})"sv},
      {R"(<13>Oct 11 22:14:15 [10.1.2.3] app: brackets)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"peer.example","facility":"user","severity":"notice","message":"[10.1.2.3] app: brackets"})"sv},
      {R"(<13>Oct 11 22:14:15 src@relay/host app: a chain of syslog-ng)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"peer.example","appname":"src@relay/host","facility":"user","severity":"notice","message":"app: a chain of syslog-ng"})"sv},
      {R"(<22>Oct 11 22:14:15 mx1 postfix/smtpd[2342]: connect from unknown[192.0.2.7])"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"mx1","appname":"postfix/smtpd","procid":"2342","facility":"mail","severity":"info","message":"connect from unknown[192.0.2.7]"})"sv},
      {R"(<78>Oct 11 22:14:15 host CRON[31337]: (root) CMD (run-parts /etc/cron.hourly))"sv, Form::rfc3164,
       R"~({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"CRON","procid":"31337","facility":"cron","severity":"info","message":"(root) CMD (run-parts /etc/cron.hourly)"})~"sv},
      {R"(<13>Oct 11 22:14:15 host app[]: no process id)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"no process id"})"sv},
      {R"(<13>Oct 11 22:14:15 host app[12 34]: space in brackets)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"app[12","facility":"user","severity":"notice","message":"34]: space in brackets"})"sv},
      {R"(<13>Oct 11 22:14:15 host app[1234] no colon)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"app","procid":"1234","facility":"user","severity":"notice","message":"no colon"})"sv},
      {R"(<13>Oct 11 22:14:15 host app no colon)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"no colon"})"sv},
      {R"(<13>Oct 11 22:14:15 host app : colon after a space)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"colon after a space"})"sv},
      {R"(<13>Oct 11 22:14:15 host app:no space)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"no space"})"sv},
      {R"(<13>Oct 11 22:14:15 host app:   three spaces)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"  three spaces"})"sv},
      {R"(<13>Oct 11 22:14:15 host)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","facility":"user","severity":"notice","message":""})"sv},
      {R"(<13>Oct 11 22:14:15 host app:)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":""})"sv},
      {R"(<13>Oct 11 22:14:15)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"peer.example","facility":"user","severity":"notice","message":""})"sv},
      {R"(<13>Oct 11 22:14:15 host -: no tag)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","facility":"user","severity":"notice","message":"no tag"})"sv},
      {R"(<13>Oct 11 22:14:15 host last message repeated 3 times)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","facility":"user","severity":"notice","message":"last message repeated 3 times"})"sv},
      {R"(<13>Oct 11 22:14:15 host message repeated 2 times: [ disk full])"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","facility":"user","severity":"notice","message":"message repeated 2 times: [ disk full]"})"sv},
      {R"(<46>Oct 11 22:14:15 host -- MARK --)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","facility":"syslog","severity":"info","message":"-- MARK --"})"sv},
      {R"(<13>Message forwarded from aix1: sshd[5]: no time)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-15T13:00:00.000000+01:00","hostname":"peer.example","facility":"user","severity":"notice","message":"Message forwarded from aix1: sshd[5]: no time"})"sv},
      {R"(<13>Oct 11 22:14:15 Message forwarded from aix1: sshd[5]: Accepted)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"aix1","appname":"sshd","procid":"5","facility":"user","severity":"notice","message":"Accepted"})"sv},
  };
  check_rows(kRows);
}

TEST_CASE("a message without a time is content, and a tag only where it shows") {
  static constexpr Row kRows[] = {
      {R"(<6>[12345.678901] usb 1-1: new high-speed USB device number 2)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-15T13:00:00.000000+01:00","hostname":"peer.example","facility":"kern","severity":"info","message":"[12345.678901] usb 1-1: new high-speed USB device number 2"})"sv},
      {R"(<4>Oct 11 22:14:15 host kernel: [12345.678901] Out of memory: Killed process 1)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"kernel","facility":"kern","severity":"warning","message":"[12345.678901] Out of memory: Killed process 1"})"sv},
      {R"(<13>hello world)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-15T13:00:00.000000+01:00","hostname":"peer.example","facility":"user","severity":"notice","message":"hello world"})"sv},
      {R"(<13>app[12]: no time)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-15T13:00:00.000000+01:00","hostname":"peer.example","appname":"app","procid":"12","facility":"user","severity":"notice","message":"no time"})"sv},
      {R"(<13>su: no time)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-15T13:00:00.000000+01:00","hostname":"peer.example","appname":"su","facility":"user","severity":"notice","message":"no time"})"sv},
      {R"(<189>date=2024-03-01 time=12:34:56 devname="FG100" logid="0000000013" msg="traffic")"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-15T13:00:00.000000+01:00","hostname":"peer.example","facility":"local7","severity":"notice","message":"date=2024-03-01 time=12:34:56 devname=\"FG100\" logid=\"0000000013\" msg=\"traffic\""})"sv},
  };
  check_rows(kRows);
}

TEST_CASE("on /dev/log a first word is a tag, not a host name") {
  codec::Context local = codec_test::context();
  local.hostnames_expected = false;
  CHECK(codec_test::json(codec::parse("<13>Oct 11 22:14:15 app message", codec::Mode::automatic, local)) ==
        R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"peer.example","appname":"app",)"
        R"("facility":"user","severity":"notice","message":"message"})");
}

TEST_CASE("asked for RFC 3164, text alone is a message of user.notice") {
  const auto text = "hello world"sv;
  const codec::Event event = codec::parse(text, codec::Mode::rfc3164, codec_test::context());
  CHECK(event.form == Form::rfc3164);
  CHECK(codec::priority(event) == 13);
  CHECK(event.message == text);
}

TEST_CASE("the year is the latest that puts the time at most two days ahead of now") {
  codec::Context january = codec_test::context();
  january.clock.now = base::WallTime(std::chrono::seconds(1704067230));  // 2024-01-01 01:00:30 +01:00
  const auto year_of = [&](std::string_view line) {
    return codec_test::json(codec::parse(line, codec::Mode::automatic, january)).substr(14, 4);
  };
  CHECK(year_of("<13>Dec 31 23:59:59 h a: m") == "2023");
  CHECK(year_of("<13>Jan  1 01:00:29 h a: m") == "2024");
  CHECK(year_of("<13>Jan  3 01:00:30 h a: m") == "2024");
  CHECK(year_of("<13>Jan  3 01:00:31 h a: m") == "2023");
  CHECK(year_of("<13>Jan 31 00:00:00 h a: m") == "2023");
  CHECK(year_of("<13>Feb 29 00:00:00 h a: m") == "2020");
  january.clock.now -= std::chrono::hours(24);
  CHECK(year_of("<13>Jan  2 00:00:00 h a: m") == "2024");
}

TEST_CASE("a December that was read in November is of last year") {
  codec::Context november = codec_test::context();
  november.clock.now = base::WallTime(std::chrono::seconds(1795867200));  // 2026-11-28 12:00:00 UTC
  const codec::Event event = codec::parse("<13>Dec 10 00:00:00 h a: m", codec::Mode::automatic, november);
  CHECK(codec_test::json(event).substr(14, 10) == "2025-12-10");
}

TEST_CASE("zone names of the local zone, UTC and GMT count, others only as Cisco and date(1) write them") {
  static constexpr Row kRows[] = {
      {R"(<13>Oct 11 22:14:15 CET host app: local)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"local"})"sv},
      {R"(<13>Oct 11 22:14:15 UTC host app: UTC)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15Z","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"UTC"})"sv},
      {R"(<13>Oct 11 22:14:15 GMT 2021 host app: with a year)"sv, Form::rfc3164,
       R"({"timestamp":"2021-10-11T22:14:15Z","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"with a year"})"sv},
      {R"(<13>2024-03-01 12:34:56 GMT host app: ISO)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-01T12:34:56Z","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"ISO"})"sv},
      {R"(<13>Oct 11 22:14:15 MAIL app: a host)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"MAIL","appname":"app","facility":"user","severity":"notice","message":"a host"})"sv},
  };
  check_rows(kRows);
}

TEST_CASE("seconds since 1970 and the end of a day are times") {
  static constexpr Row kRows[] = {
      {R"(<13>1709290000 host app: seconds)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-01T10:46:40Z","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"seconds"})"sv},
      {R"(<13>1709290000.25 host app: fraction)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-01T10:46:40.25Z","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"fraction"})"sv},
      {R"(<13>Oct 11 24:00:00 host app: end of the day)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-12T00:00:00+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"end of the day"})"sv},
      {R"(1709290000 items processed)"sv, Form::unparsed,
       R"({"message":"1709290000 items processed","unparsed":"neither a priority nor a time at the start"})"sv},
  };
  check_rows(kRows);
}

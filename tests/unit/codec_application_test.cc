#include "codec_fixture.h"

using codec::Form;
using codec_test::check_rows;
using codec_test::Row;
using namespace std::string_view_literals;

TEST_CASE("application logs have a time and a message, and their level may be the severity") {
  static constexpr Row kRows[] = {
      {R"(2026-11-28T10:00:00Z ERROR something failed: disk)"sv, Form::timed,
       R"({"timestamp":"2026-11-28T10:00:00Z","hostname":"peer.example","severity":"err","message":"ERROR something failed: disk"})"sv},
      // log4j: "%d %-5p [%t] %c - %m", "%d [%t] %-5p %c - %m"
      {R"(2024-03-01 12:34:56,789 WARN  [http-nio-8080-exec-1] com.example.App - slow query: 1203 ms)"sv, Form::timed,
       R"({"timestamp":"2024-03-01T12:34:56.789+01:00","hostname":"peer.example","severity":"warning","message":"WARN  [http-nio-8080-exec-1] com.example.App - slow query: 1203 ms"})"sv},
      {R"(2024-03-01 12:34:56,789 [main worker] FATAL com.example.App - out of memory)"sv, Form::timed,
       R"({"timestamp":"2024-03-01T12:34:56.789+01:00","hostname":"peer.example","severity":"crit","message":"[main worker] FATAL com.example.App - out of memory"})"sv},
      // Spring Boot 2 and 3
      {R"(2024-03-01 12:34:56.789  INFO 12345 --- [           main] c.e.Application : Started Application in 2.3 seconds)"sv,
       Form::timed,
       R"({"timestamp":"2024-03-01T12:34:56.789+01:00","hostname":"peer.example","severity":"info","message":"INFO 12345 --- [           main] c.e.Application : Started Application in 2.3 seconds"})"sv},
      {R"(2024-03-01T12:34:56.789+01:00 DEBUG 1 --- [demo] [main] o.s.w.s.DispatcherServlet : GET "/")"sv, Form::timed,
       R"({"timestamp":"2024-03-01T12:34:56.789+01:00","hostname":"peer.example","severity":"debug","message":"DEBUG 1 --- [demo] [main] o.s.w.s.DispatcherServlet : GET \"/\""})"sv},
      // Python's logging: "%(asctime)s - %(name)s - %(levelname)s - %(message)s"
      {R"(2024-03-01 12:34:56,789 - app.db - ERROR - connection refused: 10.0.0.1)"sv, Form::timed,
       R"({"timestamp":"2024-03-01T12:34:56.789+01:00","hostname":"peer.example","severity":"err","message":"- app.db - ERROR - connection refused: 10.0.0.1"})"sv},
      // nginx's error log
      {R"(2024/03/01 12:34:56 [error] 1234#1234: *1 open() "/var/www/x" failed (2: No such file or directory))"sv,
       Form::timed,
       R"~({"timestamp":"2024-03-01T12:34:56+01:00","hostname":"peer.example","severity":"err","message":"[error] 1234#1234: *1 open() \"/var/www/x\" failed (2: No such file or directory)"})~"sv},
      {R"(2024/03/01 12:34:56 [emerg] 1#1: bind() to 0.0.0.0:80 failed)"sv, Form::timed,
       R"({"timestamp":"2024-03-01T12:34:56+01:00","hostname":"peer.example","severity":"emerg","message":"[emerg] 1#1: bind() to 0.0.0.0:80 failed"})"sv},
      // Go's log, with and without a file name; zap's development logger
      {R"(2024/03/01 12:34:56 http: TLS handshake error from 10.0.0.1:4711: EOF)"sv, Form::timed,
       R"({"timestamp":"2024-03-01T12:34:56+01:00","hostname":"peer.example","message":"http: TLS handshake error from 10.0.0.1:4711: EOF"})"sv},
      {R"(2024/03/01 12:34:56.123456 main.go:23: listening on: 8080)"sv, Form::timed,
       R"({"timestamp":"2024-03-01T12:34:56.123456+01:00","hostname":"peer.example","message":"main.go:23: listening on: 8080"})"sv},
      {"2024-03-01T12:34:56.789+0100\tWARN\tserver/main.go:12\tslow\t{\"ms\": 12}"sv, Form::timed,
       R"({"timestamp":"2024-03-01T12:34:56.789+01:00","hostname":"peer.example","severity":"warning","message":"WARN\tserver/main.go:12\tslow\t{\"ms\": 12}"})"sv},
      // PostgreSQL: "%m [%p] %q%u@%d "
      {R"(2024-03-01 12:34:56.789 UTC [123] ERROR:  relation "x" does not exist at character 15)"sv, Form::timed,
       R"({"timestamp":"2024-03-01T12:34:56.789Z","hostname":"peer.example","severity":"err","message":"[123] ERROR:  relation \"x\" does not exist at character 15"})"sv},
      {R"(2024-03-01 12:34:56.789 CET [124] app@db FATAL:  role "app" does not exist)"sv, Form::timed,
       R"({"timestamp":"2024-03-01T12:34:56.789+01:00","hostname":"peer.example","severity":"crit","message":"[124] app@db FATAL:  role \"app\" does not exist"})"sv},
      {R"(2024-03-01 12:34:56.789 +03 [125] LOG:  checkpoint starting: time)"sv, Form::timed,
       R"({"timestamp":"2024-03-01T12:34:56.789+03:00","hostname":"peer.example","message":"[125] LOG:  checkpoint starting: time"})"sv},
      // containerd, docker logs --timestamps
      {R"(2024-03-01T12:34:56.789012345Z stderr F panic: runtime error: index out of range)"sv, Form::timed,
       R"({"timestamp":"2024-03-01T12:34:56.789012345Z","hostname":"peer.example","severity":"emerg","message":"stderr F panic: runtime error: index out of range"})"sv},
      {R"(2024-03-01T12:34:56.789012345Z info: server started)"sv, Form::timed,
       R"({"timestamp":"2024-03-01T12:34:56.789012345Z","hostname":"peer.example","severity":"info","message":"info: server started"})"sv},
      // squid
      {R"(1709290000.123    200 10.0.0.1 TCP_MISS/200 1024 GET http://example.org/ - DIRECT/192.0.2.1 text/html)"sv,
       Form::timed,
       R"({"timestamp":"2024-03-01T10:46:40.123Z","hostname":"peer.example","message":"200 10.0.0.1 TCP_MISS/200 1024 GET http://example.org/ - DIRECT/192.0.2.1 text/html"})"sv},
      {R"(Oct 11 22:14:15 WARNING low memory: 12 MiB left)"sv, Form::timed,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"peer.example","severity":"warning","message":"WARNING low memory: 12 MiB left"})"sv},
      {R"(2024-03-01 12:34:56 +0100 done)"sv, Form::timed,
       R"({"timestamp":"2024-03-01T12:34:56+01:00","hostname":"peer.example","message":"done"})"sv},
  };
  check_rows(kRows);
}

TEST_CASE("a word of a sentence is no level") {
  static constexpr Row kRows[] = {
      {R"(2024-03-01T12:34:56Z Alert the operators)"sv, Form::timed,
       R"({"timestamp":"2024-03-01T12:34:56Z","hostname":"peer.example","message":"Alert the operators"})"sv},
      {R"(2024-03-01T12:34:56Z there was an error in it)"sv, Form::timed,
       R"({"timestamp":"2024-03-01T12:34:56Z","hostname":"peer.example","message":"there was an error in it"})"sv},
      {R"(2024-03-01T12:34:56Z GET /a /b /c /d ERROR)"sv, Form::timed,
       R"({"timestamp":"2024-03-01T12:34:56Z","hostname":"peer.example","message":"GET /a /b /c /d ERROR"})"sv},
  };
  check_rows(kRows);
}

TEST_CASE("lines that syslog daemons and journalctl wrote have their host and tag") {
  static constexpr Row kRows[] = {
      // rsyslog: RSYSLOG_TraditionalFileFormat, RSYSLOG_FileFormat
      {R"(Oct 11 22:14:15 mail postfix/smtpd[2342]: connect from unknown[192.0.2.7])"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"mail","appname":"postfix/smtpd","procid":"2342","facility":"user","severity":"notice","message":"connect from unknown[192.0.2.7]"})"sv},
      {R"(2024-03-01T12:34:56.789012+01:00 db1 kernel: [12345.678901] Out of memory: Killed process 1)"sv,
       Form::rfc3164,
       R"({"timestamp":"2024-03-01T12:34:56.789012+01:00","hostname":"db1","appname":"kernel","facility":"user","severity":"notice","message":"[12345.678901] Out of memory: Killed process 1"})"sv},
      {R"(Oct 11 22:14:15 db1 last message repeated 3 times)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"db1","facility":"user","severity":"notice","message":"last message repeated 3 times"})"sv},
      {R"(Oct 11 22:14:15 db1 -- MARK --)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"db1","facility":"user","severity":"notice","message":"-- MARK --"})"sv},
      {R"(Oct 11 22:14:15 fw CEF:0|Vendor|Product|1.0|100|name|5|src=10.0.0.1)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"fw","appname":"CEF","facility":"user","severity":"notice","message":"0|Vendor|Product|1.0|100|name|5|src=10.0.0.1"})"sv},
      // syslog-ng, with ts-format(iso)
      {R"(2024-03-01T12:34:56+01:00 db1 syslog-ng[612]: syslog-ng starting up; version='3.38.1')"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-01T12:34:56+01:00","hostname":"db1","appname":"syslog-ng","procid":"612","facility":"user","severity":"notice","message":"syslog-ng starting up; version='3.38.1'"})"sv},
      // journalctl -o short-precise, short-iso, short-unix
      {R"(Mar 01 12:34:56.789012 db1 systemd[1]: Started session-3.scope - Session 3 of User root.)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-01T12:34:56.789012+01:00","hostname":"db1","appname":"systemd","procid":"1","facility":"user","severity":"notice","message":"Started session-3.scope - Session 3 of User root."})"sv},
      {R"(2024-03-01T12:34:56+0100 db1 systemd[1]: Reached target Basic System.)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-01T12:34:56+01:00","hostname":"db1","appname":"systemd","procid":"1","facility":"user","severity":"notice","message":"Reached target Basic System."})"sv},
      {R"(1709290000.123456 db1 sshd[812]: Accepted publickey for root)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-01T10:46:40.123456Z","hostname":"db1","appname":"sshd","procid":"812","facility":"user","severity":"notice","message":"Accepted publickey for root"})"sv},
      {R"(Oct 11 22:14:15 sshd[812]: no host)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"peer.example","appname":"sshd","procid":"812","facility":"user","severity":"notice","message":"no host"})"sv},
  };
  check_rows(kRows);
}

TEST_CASE("senders with a priority: a level is neither a host nor a tag, and the priority stays") {
  static constexpr Row kRows[] = {
      {R"(<14>2026-11-28T10:00:00Z ERROR something failed: disk)"sv, Form::rfc3164,
       R"({"timestamp":"2026-11-28T10:00:00Z","hostname":"peer.example","facility":"user","severity":"info","message":"ERROR something failed: disk"})"sv},
      {R"(<14>Oct 11 22:14:15 host WARN low memory)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","facility":"user","severity":"info","message":"WARN low memory"})"sv},
      // Docker's syslog driver
      {R"(<30>Mar  1 12:00:00 docker1 a1b2c3d4e5f6[1402]: 10.0.0.1 - - "GET / HTTP/1.1" 200)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-01T12:00:00+01:00","hostname":"docker1","appname":"a1b2c3d4e5f6","procid":"1402","facility":"daemon","severity":"info","message":"10.0.0.1 - - \"GET / HTTP/1.1\" 200"})"sv},
      // nginx: error_log syslog:server=...
      {R"(<187>Mar  1 12:00:00 web1 nginx: 2024/03/01 12:00:00 [error] 7#7: *1 connect() failed)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-01T12:00:00+01:00","hostname":"web1","appname":"nginx","facility":"local7","severity":"err","message":"2024/03/01 12:00:00 [error] 7#7: *1 connect() failed"})"sv},
      // PostgreSQL: log_destination = syslog
      {R"(<131>Mar  1 12:00:00 db1 postgres[812]: [3-1] ERROR:  relation "x" does not exist)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-01T12:00:00+01:00","hostname":"db1","appname":"postgres","procid":"812","facility":"local0","severity":"err","message":"[3-1] ERROR:  relation \"x\" does not exist"})"sv},
      // Python's SysLogHandler
      {"<11>app: disk full\0"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-15T13:00:00.000000+01:00","hostname":"peer.example","appname":"app","facility":"user","severity":"err","message":"disk full"})"sv},
  };
  check_rows(kRows);
}

TEST_CASE("zap's production logger and Docker's files are JSON objects, whose members are fields") {
  static constexpr Row kRows[] = {
      {R"({"level":"info","ts":1709290000.123,"caller":"server/main.go:12","msg":"started"})"sv, Form::json,
       R"({"level":"info","ts":1709290000.123,"caller":"server/main.go:12","msg":"started"})"sv},
      {R"({"log":"started\n","stream":"stdout","time":"2024-03-01T12:34:56.789012345Z"})"sv, Form::json,
       R"({"log":"started\n","stream":"stdout","time":"2024-03-01T12:34:56.789012345Z"})"sv},
  };
  check_rows(kRows);
}

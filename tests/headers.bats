# Headers as real senders write them, through the tools: what was understood is kept, the rest is text.
#
# shellcheck shell=bash

load helper

# FIELD... of the events that logcat makes of stdin, with spaces between them; "-" where one is missing.
fields() { logcat --format json | jq -r "[$(printf '.%s // "-",' "$@" | sed 's/,$//')] | join(\" \")"; }

@test "an alert whose header has one odd field is found by its severity" {
  echo '<187>1 1563249630.774247467 MX84 security_event ids_alerted priority=1' >input
  assert_equal "$(logcat --where 'severity <= err' --format '%{facility} %{hostname} %{message}' input)" \
    "local7 MX84 ids_alerted priority=1"
}

@test "a priority is kept where nothing else can be read" {
  assert_equal "$(logcat --where 'severity <= err' <<<'<187>1 what is this')" '<187>1 what is this'
}

@test "local times have the offset of their own time of the year" {
  export TZ=Europe/Berlin
  year=$(date +%Y)
  assert_equal "$(fields timestamp <<<"<13>$((year - 1))-07-15T12:00:00 h a: m")" "$((year - 1))-07-15T12:00:00+02:00"
  assert_equal "$(fields timestamp <<<"<13>$((year - 1))-01-15T12:00:00 h a: m")" "$((year - 1))-01-15T12:00:00+01:00"
  assert_equal "$(fields timestamp <<<'<13>Jul 15 12:00:00 2021 h a: m')" "2021-07-15T12:00:00+02:00"
}

@test "the zone's own names are offsets" {
  export TZ=America/New_York
  assert_equal "$(fields timestamp hostname <<<'<13>Jul 15 12:00:00 EDT 2021 h a: m')" "2021-07-15T12:00:00-04:00 h"
  assert_equal "$(fields timestamp <<<'2021-07-15 12:00:00.5 EST [12] LOG:  done')" "2021-07-15T12:00:00.5-05:00"
}

@test "a time without a year is at most two days ahead" {
  export TZ=UTC
  near=$(date -d '47 hours' +%s)
  far=$(date -d '49 hours' +%s)
  assert_equal "$(fields timestamp <<<"$(date -d "@$near" '+%b %e %T') h a: m")" "$(date -d "@$near" +%FT%TZ)"
  read_as=$(fields timestamp <<<"$(date -d "@$far" '+%b %e %T') h a: m")
  assert_equal "$((${read_as%%-*} < $(date -d "@$far" +%Y)))" 1
}

@test "an application's log has no host in it, and logsend fills what is missing" {
  echo '2026-11-28T10:00:00Z ERROR something failed: disk' >input
  assert_equal "$(fields severity appname message <input)" "err - ERROR something failed: disk"
  logsend --format rfc5424 --host web1 --app shop "file:$T/output" <input
  assert_equal "$(cat output)" "<11>1 2026-11-28T10:00:00Z web1 shop - - - ERROR something failed: disk"
}

@test "logsend --parse none takes all of a line for a text, --parse rfc3164 any words for a header" {
  echo '2026-11-28T10:00:00Z host app text' >input
  logsend --format '%{hostname}|%{appname}|%{message}' --host h --app a --parse none "file:$T/none" <input
  logsend --format '%{hostname}|%{appname}|%{message}' --host h --app a --parse rfc3164 "file:$T/rfc3164" <input
  logsend --format '%{hostname}|%{appname}|%{message}' --host h --app a "file:$T/auto" <input
  assert_equal "$(cat none)" 'h|a|2026-11-28T10:00:00Z host app text'
  assert_equal "$(cat rfc3164)" 'host|app|text'
  assert_equal "$(cat auto)" 'h|a|host app text'
}

@test "logsend --parse is about --format, and takes the known forms only" {
  quietly logsend --parse auto "file:$T/output" </dev/null
  assert_status 64
  quietly logsend --format json --parse xml "file:$T/output" </dev/null
  assert_status 64
  assert_complaint logsend "xml"
}

@test "lines with CR LF have no CR in a field" {
  printf '<34>1 2003-10-11T22:14:15Z h a p ID47\r\n<13>Oct 11 22:14:15 host\r\n' >input
  assert_equal "$(logcat --format '%{hostname}|%{msgid}|%{message}' input)" $'h|ID47|\nhost||'
}

@test "one = in --where: the error says what was meant" {
  quietly logcat --where 'appname = b' </dev/null
  assert_status 64
  assert_complaint logcat '--where: column 9: "=" is no operator; did you mean ==?'
  quietly logcat --where 'a = b' </dev/null
  assert_complaint logcat 'did you mean ==?'
}

# Sessions and tails of a hub.
#
# shellcheck shell=bash

load helper
load http
load hub

# session JSON: $session is the URL of a new one of channel c with these members.
session() {
  api 201 POST /v2/sessions "{\"channel_id\":\"c\"${1:+,$1}}"
  session=$(jq -r .url answer)
}
shown() { curl -sSN "$session"; }
line() { printf '2012-12-10T03:00:48Z web[%s]: %s\n' "${2:-web.1}" "$1"; }

# follow NAME ARGUMENT...: curl at the session, in the background.
# Events with the numbers of their messages alone: on Redis an id has the time before it.
numbers() { sed -E 's/^id: [0-9]+-/id: /' "$1"; }
follow() { start "$1" curl -sSN "${@:2}" "$session"; }
has_line() { grep -qF -- "$2" "$1.out"; }

@test "a session shows the last messages" {
  setup_channel
  for i in 1 2 3; do say "m$i"; done
  session '"num":"2"'
  shown >got
  diff <(line m2 && line m3) got
}

@test "without a number it shows the last 100" {
  setup_channel
  for i in {1..120}; do frames "$(message "m$i")"; done >all
  logs 204 "token:${token[web]}" all
  session
  shown >got
  assert_equal "$(wc -l <got)" 100
  assert_equal "$(head -n 1 got)" "$(line m21)"
}

@test "num counts what matches" {
  setup_channel
  say first job.1
  say second job.2
  for i in {1..30}; do say "other$i"; done
  session '"num":"2","ps":"job"'
  shown >got
  diff <(line first job.1 && line second job.2) got
  session '"num":"5","source":"nobody"'
  assert_equal "$(shown)" ""
}

@test "golden: the forms of sessions" {
  setup_channel
  say hi
  api 201 POST /sessions '{"channel_id":"c","num":"1"}'
  assert_equal "$(golden)" "$url/sessions/UUID"
  session=$(cat answer)
  assert_equal "$(shown)" "2012-12-10T03:00:48Z web[web.1]: hi"
  api 201 POST /v2/canary-sessions '{"channel_id":"c"}'
  assert_equal "$(golden)" "{\"url\":\"$url/sessions/UUID\"}"
  api 201 POST /v3/sessions '{"channel_id":"c"}'
  assert_equal "$(golden)" "{\"url\":\"$url/sessions/UUID\"}"
  grep -qi "^location: $(jq -r .url answer)" head
}

@test "what is refused: no JSON, no channel, unknown channels and sessions, no credential" {
  setup_channel
  api 400 POST /v2/sessions 'no JSON'
  api 400 POST /v2/sessions '{"num":"1"}'
  api 400 POST /sessions '{"channel_id":"c","num":"many"}'
  api 400 POST /v3/sessions '{"channel_id":7}'
  api 422 POST /v3/sessions '{"channel_id":"unknown"}'
  api 404 GET /sessions/none
  CREDENTIAL=nobody:pw api 401 POST /v2/sessions '{"channel_id":"c"}'
  api 201 POST /v2/sessions '{"channel_id":"unknown"}'
  session=$(jq -r .url answer)
  asks 404 "$session"
}

@test "a tail goes on with what comes, with neither a gap nor a repetition" {
  setup_channel
  say 0
  session '"num":"1","tail":true'
  follow tail
  eventually has_line tail ': 0'
  for i in {1..20}; do say "$i"; done
  eventually has_line tail ': 20'
  for i in {0..20}; do line "$i"; done >expected
  diff expected tail.out
}

@test "a tail that begins while messages come misses none and repeats none" {
  setup_channel
  for i in {1..50}; do frames "$(message "$i")"; done >many
  start sender bash -c "for i in {1..200}; do cat many; done | split -b $(stat -c %s many) --filter 'curl -sS -u token:${token[web]} -H Content-Type:application/logplex-1 --data-binary @- $url/logs'"
  session '"num":"100000","tail":true'
  follow early
  under_way() { (($(messages c | wc -l) > 1000)); }
  eventually under_way
  follow late
  finish sender
  assert_equal "$status" 0
  say end
  DEADLINE=60 eventually has_line early ': end'
  DEADLINE=60 eventually has_line late ': end'
  assert_equal "$(wc -l <early.out)" 10001
  assert_equal "$(wc -l <late.out)" 10001
  sed -n 's/.*: //p' early.out | head -n 10000 | awk '$1 != (NR - 1) % 50 + 1 { exit 1 }'
}

@test "a tail shows what passes its filter" {
  setup_channel
  session '"tail":"1","source":"web","ps":"job"'
  follow tail
  eventually tails 1
  say no
  say yes job.1
  eventually has_line tail yes
  assert_equal "$(cat tail.out)" "$(line yes job.1)"
}

tails() { kill -USR1 "${pid[hub]}" && grep -q "; $1 tails\?;" hub.err; }

@test "a tail that is false is none" {
  setup_channel
  say one
  session '"tail":false'
  assert_equal "$(timeout 20 curl -sS "$session")" "$(line one)"
}

@test "a client that goes leaves nothing behind" {
  setup_channel
  session '"tail":true'
  follow tail
  eventually tails 1
  stop tail KILL
  eventually tails 0
}

@test "events have ids, and Last-Event-ID resumes without a gap" {
  setup_channel
  for i in 1 2 3 4; do say "m$i"; done
  session '"num":"2","tail":true'
  follow events -H 'Accept: text/event-stream'
  eventually has_line events m4
  printf 'id: 3\ndata: %s\n\nid: 4\ndata: %s\n\n' "$(line m3)" "$(line m4)" | diff - <(numbers events.out)
  last=$(sed -n 's/^id: //p' events.out | tail -n 1)
  stop events KILL
  say m5
  say m6
  follow again -H 'Accept: text/event-stream' -H "Last-Event-ID: $last"
  eventually has_line again m6
  printf 'id: 5\ndata: %s\n\nid: 6\ndata: %s\n\n' "$(line m5)" "$(line m6)" | diff - <(numbers again.out)
  asks 200 -I -H 'Accept: text/event-stream' "$session"
  grep -qi '^content-type: text/event-stream' head
}

@test "hostile text is text" {
  setup_channel
  say $'<script>alert(1)</script>\nid: 77\n\ndata: forged'
  session '"num":"1"'
  asks 200 "$session"
  grep -qi '^content-type: text/plain' head
  grep -qi '^x-content-type-options: nosniff' head
  assert_equal "$(cat answer)" "$(line '<script>alert(1)</script>#012id: 77#012#012data: forged')"
  asks 200 -H 'Accept: text/event-stream' "$session"
  assert_equal "$(grep -c '^id:' answer)" 1
}

@test "a channel with no_tail shows what is there, and says L20" {
  setup_channel
  say one
  session '"tail":true'
  edit c '. + {flags: ["no_tail"]}'
  ends() { timeout 1 curl -sS "$session" >got; }
  eventually ends
  assert_equal "$(head -n 1 got)" "$(line one)"
  assert_regex "$(tail -n 1 got)" '^[0-9T:-]+\+00:00 Logplex: Error L20 \(Tail sessions forbidden\) Tail sessions for this app are forbidden due to log volume\.$'
}

@test "a client that reads gets all of a large request" {
  setup_channel "${roomy[@]}"
  session '"tail":true'
  start tail curl -sSN "$session"
  eventually tails 1
  local head one
  head=$(message '')
  for i in {1..9000}; do
    one=$head$i
    printf '%d %s' "${#one}" "$one"
  done >many
  logs 204 "token:${token[web]}" many
  eventually has_line tail ': 9000'
  assert_equal "$(grep -c 'web\[web.1\]' tail.out)" 9000
}

@test "a client that does not read is bounded, and told how much it has missed" {
  setup_channel "${roomy[@]}"
  session '"tail":true'
  start slow python3 "$ROOT/tests/tail_clients.py" late "$session"
  eventually tails 1
  for _ in {1..500}; do frames "$(message "$(printf '%02000d' 0)")"; done >many
  for _ in {1..20}; do logs 204 "token:${token[web]}" many; done
  touch read
  say end
  eventually has_line slow ': end'
  dropped=$(sed -En 's/.* logplex\[1\]: Error L11 \(Tail buffer overflow\) -> This tail session dropped ([0-9]+) messages since .*/\1/p' slow.out | awk '{ sum += $1 } END { print sum }')
  ((dropped > 0))
  assert_equal "$(($(grep -c 'web\[web.1\]' slow.out) + dropped))" 10001
  assert_memory_below 150000 hub
}

@test "a stopping hub ends tails in order" {
  setup_channel
  session '"tail":true'
  follow tail
  eventually tails 1
  stop hub
  assert_equal "$status" 0
  finish tail
  assert_equal "$status" 0
}

@test "GET logs: the last messages as frames" {
  setup_channel
  for i in 1 2 3; do say "m$i"; done
  api 200 GET '/v3/channels/c/logs?num=2'
  grep -qi '^content-type: application/logplex-1' head
  grep -qi '^logplex-msg-count: 2' head
  printf '47 <190>1 2012-12-10T03:00:48Z h web web.1 - m2\n47 <190>1 2012-12-10T03:00:48Z h web web.1 - m3\n' | sed 's/^47/45/' >expected
  assert_equal "$(cat answer)" "$(cat expected)"
  api 200 GET '/v3/channels/c/logs?num=nonsense'
  grep -qi '^logplex-msg-count: 3' head
  api 404 GET /v3/channels/unknown/logs
  CREDENTIAL=nobody:pw api 401 GET /v3/channels/c/logs
}

@test "sessions can be shut off" {
  setup_channel --session-mode disabled
  api 503 POST /v2/sessions '{"channel_id":"c"}'
}

@test "1,000 tails of one channel at once, and one that never reads" {
  setup_channel --max-connections 2000
  session '"tail":true'
  start many python3 "$ROOT/tests/tail_clients.py" many "$session" 1000
  eventually tails 1000
  say hello
  finish many
  assert_equal "$status" 0
  assert_equal "$(cat many.out)" "999 have seen it"
  assert_memory_below 150000 hub
}

@test "thousands of sessions of many channels, each with its own tail" {
  sessions=${LOGPIPE_SESSIONS:-2000}
  setup_channel --max-connections $((sessions + 1))
  start crowd python3 -B "$ROOT/tests/tail_clients.py" sessions "$url" "$sessions" "$sessions"
  finish crowd
  assert_equal "$status" 0
  assert_equal "$(cat crowd.out)" "$sessions have seen it, then $sessions"
  eventually tails 0
  assert_memory_below $((100000 + 10 * sessions)) hub
}

#!/usr/bin/env bats
# merge_by_time and merge_by_format: logpipe-rules(5), MERGING MESSAGES.
# shellcheck disable=SC2154

load helper

java() {
  cat <<'TRACE'
ERROR [main] com.example.Shop: order failed
java.lang.IllegalStateException: no stock
	at com.example.Shop.order(Shop.java:42)
	at com.example.Shop.order(Shop.java:42)
Caused by: java.io.IOException: disk
	... 1 more
TRACE
}

python() {
  cat <<'TRACE'
ERROR:root:order failed
Traceback (most recent call last):
  File "/srv/shop.py", line 7, in order
    raise ValueError("no stock")

During handling of the above exception, another exception occurred:

ValueError: no stock
TRACE
}

go() {
  cat <<'TRACE'
panic: runtime error: index out of range [5] with length 3

goroutine 1 [running]:
main.order(...)
	/srv/shop.go:7
main.main()
	/srv/shop.go:3 +0x1d
exit status 2
TRACE
}

# What the functions named write, from a host each, line by line in turn; twice.
interleaved() {
  local name
  for name in "$@"; do
    { "$name"; "$name"; } | sed "s/^/<13>1 - $name app - - - /" >"part.$name"
  done
  paste -d '\n' "${@/#/part.}" | grep .
}

make_rules() {
  cat >trace.rules <<'RULES'
merge_by_format("^(ERROR|WARN|INFO) ", "^[A-Z]+:\w+:", "^panic: ")
RULES
}

# Each of the traces is one event, and there are two of each.
assert_traces() {
  local name
  assert_equal "$(wc -l <"$1")" $((2 * ($# - 1)))
  for name in "${@:2}"; do
    "$name" >expected
    jq -rj "select(.hostname == \"$name\") | .message + \"\n\"" "$1" >found
    assert_same_lines found <(cat expected expected)
  done
}

signal_state() { kill -USR1 "${pid[$1]}" && grep -q "$2" "$1.err"; }

@test "stack traces of Java, Python and Go come out as one event each, though their hosts write at once" {
  make_rules
  interleaved java python go >input
  logcat --rules trace.rules input >output
  assert_traces output java python go
  assert_equal "$(jq -c .tags output | sort -u)" '["formatted"]'
  logcat --rules trace.rules - <input >output
  assert_traces output java python go
}

@test "a trace in a log whose lines have only a time is one event" {
  java | sed '1s/^/2026-11-28 10:00:00,123 /' >input
  echo "2026-11-28 10:00:01,000 INFO next" >>input
  run -0 --separate-stderr logcat --rule 'merge_by_format("^%{LOGLEVEL} ")' --format '%{severity} %{message}' input
  assert_output $'err '"$(java | paste -sd@ | sed 's/@/#012/g')"$'\ninfo INFO next'
}

@test "a listener merges what its clients send, and ends with what is open" {
  make_rules
  echo 'merge_by_time(merge_event_window="1h", queue_max_age="1h")' >>trace.rules
  sed -i 's/"^panic: "/&, queue_max_age="1h"/' trace.rules
  interleaved java python go >input
  start_server in logcat --print-address tcp://127.0.0.1:0 --rules trace.rules -- logbuf push q
  logsend "tcp://127.0.0.1:$(port_of in)" <input
  eventually signal_state in "3 open groups"
  stop in
  assert_status 0
  logbuf cat q >output
  assert_traces output java python go
}

@test "SIGTERM sends on what is open, also in the middle of a chain" {
  printf '<13>1 - h app - - - %s\n' START one two | logbuf push q
  start peek logbuf peek -f q -- logcat --rule 'merge_by_format("^START", queue_max_age="1h")' -- logbuf push p
  eventually eval '[[ $(logbuf stat q --json | jq .consumers[0].ready) == 0 ]]'
  stop peek
  assert_status 0
  assert_equal "$(logbuf cat p | jq -r .message)" $'START\none\ntwo'
  assert_equal "$(logbuf stat q --json | jq .consumers[0].acknowledged)" 3
}

@test "a group goes on when its first message has the age, without another message" {
  start feed bash -c 'printf "<13>1 - h app - - - %s\n" START one; exec tail -f /dev/null'
  start merge bash -c 'tail -n +1 -f --pid="$0" feed.out | exec logcat --rule "merge_by_format(\"^START\", queue_max_age=100)" - -- logbuf push q' "${pid[feed]}"
  eventually eval '[[ $(logbuf cat q 2>/dev/null | jq -r .message) == $'"'START\none'"' ]]'
}

# The group never ends by itself, and no message waits for longer than the age of the group.
@test "a steady stream gets its receipts while it goes on" {
  start_server in logcat --print-address relp://127.0.0.1:0 \
    --rule '[hostname] := "h" merge_by_time(merge_event_window="1h", queue_max_age=200)' -- logbuf push q
  start client bash -c 'seq 1000000000 | logcat -i --rate 300 - | logsend -i -r "$0" >receipts' "relp://127.0.0.1:$(port_of in)"
  eventually eval '(($(wc -l <receipts) > 2 && $(tail -n 1 receipts) > 100))'
  kill -0 "${pid[client]}"
  stop client
  stop in
  logbuf cat q | jq -r .message >output
  assert_same_lines output <(seq "$(wc -l <output)")
  (($(wc -l <output) >= $(tail -n 1 receipts)))
}

@test "from buffer to buffer: what is merged has its receipt, and what is dropped too" {
  make_rules
  interleaved java python go | logbuf push q
  logbuf consumer add q again
  logbuf peek q -- logcat --rules trace.rules --rule 'if message == "ValueError: no stock" { drop }' -- logbuf push p
  assert_equal "$(logbuf cat p | wc -l)" 6
  logbuf peek --consumer again --rules trace.rules q -- logbuf push other
  assert_equal "$(logbuf cat other | wc -l)" 6
  assert_equal "$(logbuf stat q --json | jq -c '[.consumers[].backlog]')" "[0,0]"
}

# The first message of the second event is 2, of the third 13, and of the last 18.
@test "an id says that everything up to it went on, so that a plain pipe acknowledges no more" {
  make_rules
  interleaved java go | logbuf push q
  logbuf peek -i q | logcat --input-ids -i --rules trace.rules --format '%{hostname}' >output
  assert_equal "$(cat output)" $'1\tjava\n12\tgo\n17\tjava\n28\tgo'
}

@test "a destination that takes messages apart itself refuses to merge them, and says what to do" {
  quietly logsend --rule 'merge_by_time()' http://127.0.0.1:1/ <<<x
  assert_status 64
  assert_complaint "logsend: --rules" "merge them before"
}

@test "SIGHUP reads packers again, and what is open goes on" {
  make_rules
  start_server in logcat --print-address tcp://127.0.0.1:0 tcp://127.0.0.1:0 --rules trace.rules -- logbuf push q
  printf '<13>1 - h app - - - %s\n' 'INFO one' two | logsend "tcp://127.0.0.1:$(port_of in)"
  eventually signal_state in "1 open group"
  sed -i 's/INFO/START/' trace.rules
  kill -HUP "${pid[in]}"
  eventually eval '[[ $(logbuf cat q | jq -r .message) == $'"'INFO one\ntwo'"' ]]'
  echo '[x] := "1"' >trace.rules
  kill -HUP "${pid[in]}"
  eventually grep -q "cannot change; run again" in.err
}

@test "--explain says what was merged" {
  run -0 logcat --explain --rule 'merge_by_format("^START")' --format '%{message}' - <<<$'START\none'
  assert_output --partial 'message 2: --rule:1: merge_by_format("^START"): joins a group that is open'
  assert_output --partial '2 messages are merged: "START\x0aone"'
}

@test "memory stays bounded when each message begins a group that nothing ends, and when one group never ends" {
  start_server in logcat --print-address tcp://127.0.0.1:0 --rule 'merge_by_format("^START", queue_max_age="1h")' -- logbuf push q
  seq -f '<13>1 - h%.0f app - - - START x' 100000 | logsend "tcp://127.0.0.1:$(port_of in)"
  eventually eval '(($(logbuf stat q --json | jq .messages) >= 99000))'
  { echo '<13>1 - h app - - - START'; yes '<13>1 - h app - - -   at x' | head -n 100000; } | logsend "tcp://127.0.0.1:$(port_of in)"
  eventually eval '(($(logbuf stat q --json | jq .messages) >= 150000))'
  assert_memory_below 65536 in
}

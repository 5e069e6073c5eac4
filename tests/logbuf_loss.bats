# logbuf peek --report-loss: what a consumer missed is a message of its own, in its place.
#
# shellcheck shell=bash

load helper

# 6,000 lines into a buffer that has no room for them, and does not wait for its consumer.
overflow() {
  lines 6000 >input
  logbuf push --full drop-oldest --max-size 256KiB q <input 2>/dev/null
  dropped=$(($(logbuf cat -i q | head -n 1 | cut -f 1) - 1))
  ((dropped > 1000))
}

# A consumer that has read the first line and tells its losses from now on.
begin() {
  echo first | logbuf push q
  run -0 logbuf pop --report-loss q
  assert_output first
}

told() { grep -oP '(?<=<44>1 ).*' "$1" | sed -E 's/^[^ ]* - logbuf - loss - ([0-9]+) messages? w(as|ere) dropped since [^ ]* before .*/\1/'; }

@test "a message says how many were dropped, where they are missing, once" {
  begin
  overflow
  logbuf pop --report-loss q >output
  assert_equal "$(head -n 1 output | told /dev/stdin)" "$((dropped - 1))"
  tail -n +2 output >rest
  tail -n "$(wc -l <rest)" input >expected
  assert_same_lines expected rest
  assert_equal "$(wc -l <rest)" "$((6001 - dropped))"
  echo later | logbuf push q
  assert_equal "$(logbuf pop --report-loss q)" later
}

@test "it has the id of the last message that was dropped, and its receipt covers all of them" {
  begin
  overflow
  logbuf peek -n 1 -i --report-loss q >output
  assert_equal "$(cut -f 1 output)" "$dropped"
  echo "$dropped" | logbuf ack q
  assert_equal "$(logbuf peek -n 1 -i --report-loss q | cut -f 1)" "$((dropped + 1))"
}

@test "it is told again when nobody acknowledged it, and counts what was dropped meanwhile" {
  begin
  overflow
  logbuf peek -n 1 --report-loss q >first
  logbuf rewind q
  lines 1000 3 | logbuf push q 2>/dev/null
  local now
  now=$(($(logbuf cat -i q | head -n 1 | cut -f 1) - 1))
  ((now > dropped))
  logbuf peek -n 1 --report-loss q >second
  assert_equal "$(told first) $(told second)" "$((dropped - 1)) $((now - 1))"
}

@test "it says since when" {
  begin
  overflow
  run -0 logbuf peek -n 1 --report-loss q
  assert_line --regexp "dropped since $(date -u +%Y-%m-%dT)[0-9:.]*Z before they were acknowledged$"
}

@test "without the option nothing is told, also not of what was dropped before it was given" {
  begin
  overflow
  logbuf pop q >output
  assert_equal "$(told output)" ''
  assert_equal "$(wc -l <output)" "$((6001 - dropped))"
  logbuf consumer add q other
  overflow
  logbuf pop --consumer other --report-loss q >output
  assert_equal "$(told output)" ''
}

@test "what a follower holds when it is dropped is told when it dies, and what it delivered is not" {
  begin
  start hop logbuf peek -f --report-loss q -- logbuf push p
  lines 10 5 | logbuf push q
  delivered() { [[ $(logbuf cat p 2>/dev/null | wc -l) -eq 10 ]]; }
  eventually delivered
  acknowledged() { [[ $(logbuf consumer ls q | cut -f 2,3) == $'0\t0' ]]; }
  eventually acknowledged
  kill -STOP "${pid[hop]}"
  overflow
  stop hop KILL
  start hop logbuf peek -f --report-loss q -- logbuf push p
  eventually acknowledged
  logbuf cat p >output
  assert_equal "$(told output)" "$((dropped - 11))"
  assert_equal "$(grep -vc ' - logbuf - loss - ' output)" "$((6011 - dropped + 10))"
}

@test "with --loss-form logplex it is told as logplex's error L10" {
  begin
  overflow
  run -0 logbuf pop --report-loss --loss-form logplex -n 1 q
  assert_regex "$output" '^<172>1 [0-9T:-]+\+00:00 host heroku logplex - - Error L10 \(output buffer overflow\): '"$((dropped - 1))"' messages dropped since [0-9T:-]+\+00:00\.$'
}

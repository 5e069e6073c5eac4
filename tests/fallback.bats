# --fallback: while the sink is down, another one takes what has no receipt; together they have everything.

load helper

# A sink that is on a full disk as long as `limit` says so: a size in units of 512 bytes, or unlimited.
primary_with_limit() {
  echo "$1" >limit
  printf '%s\n' '#!/bin/sh' 'echo $$ >>pids' 'ulimit -f "$(cat limit)"' 'exec logbuf push p' >primary
  chmod +x primary
}
says() { grep -q "$2" "$1.err"; }
in_buffer() { (($(logbuf cat "$1" 2>/dev/null | wc -l) >= $2)); }
acknowledged() { [[ $(logbuf consumer ls q | awk '$1 == "default" { print $2, $3, $4 }') == "0 0 $1" ]]; }
both() { logbuf cat p 2>/dev/null && logbuf cat rescue; }
kill_primary() { kill -KILL "$(tail -n 1 pids)" 2>/dev/null || true; }
started_times() { (($(wc -l <pids) >= $1)); }

@test "a sink with a full disk: the fallback takes all, and a collector brings it home" {
  lines 20000 >input
  primary_with_limit 200
  logcat --fallback 'logbuf push rescue' --fallback-after 300ms input -- ./primary 2>err
  grep -q "down for 300 ms.* go to fallback 'logbuf push rescue'" err
  logbuf peek rescue -- logbuf push p
  logbuf cat p >output
  assert_same_set output input
}

@test "a sink whose disk has room again takes new messages" {
  lines 5000 >input
  primary_with_limit 200
  start_server in logcat --print-address --fallback 'logbuf push rescue' --fallback-after 300ms tcp://127.0.0.1:0 -- ./primary
  logsend "tcp://127.0.0.1:$(port_of in)" <input
  eventually in_buffer rescue 5000
  echo unlimited >limit
  comes_back() {
    echo more | tee -a input | logsend "tcp://127.0.0.1:$(port_of in)"
    says in "hop './primary' is back; new messages go to it again"
  }
  DEADLINE=60 eventually comes_back
  local kept
  kept=$(logbuf cat rescue | wc -l)
  lines 3000 2 | tee -a input | logsend "tcp://127.0.0.1:$(port_of in)"
  eventually in_buffer p 3000
  stop in
  assert_status 0
  assert_equal "$(logbuf cat rescue | wc -l)" "$kept"
  both >output
  assert_same_set output input
}

@test "a sink that is killed again and again: nothing is missing in both together" {
  lines 30000 >input
  logbuf push q <input
  primary_with_limit unlimited
  logbuf push p </dev/null # where machines are slow, it may never live long enough to make it
  start peek logbuf peek -f --rate 20000 --fallback 'logbuf push rescue' --fallback-after 100ms q -- ./primary
  eventually test -s pids
  for _ in {1..40}; do
    pause 0.03
    kill_primary
  done
  DEADLINE=60 eventually acknowledged 30000
  stop peek
  assert_status 0
  says peek "go to fallback"
  both | sort -u >output
  assert_same_lines output <(sort -u input)
}

@test "sources and sinks that are killed: nothing is missing in both together" {
  lines 20000 >input
  logbuf push q <input
  primary_with_limit unlimited
  logbuf push p </dev/null # where machines are slow, it may never live long enough to make it
  for n in {1..10}; do
    start "$n" logbuf peek -f --rate 20000 --fallback 'logbuf push rescue' --fallback-after 50ms q -- ./primary
    eventually started_times "$n"
    for _ in {1..4}; do
      pause 0.02
      kill_primary
    done
    kill_at_random 60 "$n"
    finish "$n"
  done
  logbuf peek --fallback 'logbuf push rescue' q -- ./primary
  acknowledged 20000
  both | sort -u >output
  assert_same_lines output <(sort -u input)
}

@test "each buffer has each message of an origin once, whoever is killed" {
  seq 20000 | logbuf push q
  primary_with_limit unlimited
  logbuf push p </dev/null # where machines are slow, it may never live long enough to make it
  start peek logbuf peek -f --rate 20000 --fallback 'logbuf push rescue' --fallback-after 50ms q -- ./primary
  eventually test -s pids
  for _ in {1..30}; do
    pause 0.03
    kill_primary
  done
  DEADLINE=60 eventually acknowledged 20000
  stop peek
  assert_equal "$(logbuf cat p 2>/dev/null | sort -n | uniq -d)" ""
  assert_equal "$(logbuf cat rescue | sort -n | uniq -d)" ""
  logbuf cat p >output
  sort -nc output
}

@test "a sink that lives and waits is not down" {
  lines 2000 >input
  start hop logcat --fallback 'logbuf push rescue' --fallback-after 100ms input -- logbuf push --max-size 64KiB p
  eventually says hop "it is full"
  drained() { logbuf pop p >>output && in_output; }
  in_output() { (($(wc -l <output) == 2000)); }
  eventually drained
  finish hop
  assert_status 0
  assert_same_lines output input
  assert_equal "$(logbuf cat rescue)" ""
}

@test "SIGTERM delivers through the fallback, and ends both" {
  lines 1000 >input
  primary_with_limit 100
  start_server in logcat --print-address --fallback 'logbuf push rescue' --fallback-after 100ms tcp://127.0.0.1:0 -- ./primary
  logsend "tcp://127.0.0.1:$(port_of in)" <input
  eventually in_buffer rescue 1000
  local group=${pid[in]}
  stop in
  assert_status 0
  none_left() { ! pgrep -g "$group" >/dev/null; }
  eventually none_left
  logbuf cat rescue >output
  assert_same_lines output input
}

@test "a line about the switch, a line about the return, and what goes on for SIGUSR1" {
  primary_with_limit 100
  start_server in logcat --print-address --fallback 'logbuf push rescue' --fallback-after 100ms tcp://127.0.0.1:0 -- ./primary
  lines 1000 | logsend "tcp://127.0.0.1:$(port_of in)"
  eventually in_buffer rescue 1000
  kill -USR1 "${pid[in]}"
  eventually says in "fallback 'logbuf push rescue' is running .* 0 messages unconfirmed"
  stop in
  assert_equal "$(grep -c 'has been down' in.err)" 1
}

@test "a fallback that cannot be is an error at the start" {
  echo a >input
  quietly logcat --fallback 'no-such-command push' input -- logbuf push p
  assert_status 69
  [[ $stderr == *"logcat: start no-such-command: "* ]] || fail "$stderr" # the other sink may complain, too
  quietly logcat --fallback cat input -- logbuf push p
  assert_status 76
  quietly logcat --fallback 'logbuf push rescue | cat' input -- logbuf push p
  assert_status 64 && assert_complaint logcat "no shell runs"
}

@test "--fallback is for hops with a handshake" {
  echo a >input
  quietly logcat --fallback 'logbuf push rescue' input
  assert_status 64
  assert_complaint logcat "--fallback: needs a command"
  quietly logcat --fallback 'logbuf push rescue' --plain input -- cat
  assert_status 64
  assert_complaint logcat "--fallback: cannot be combined with --plain"
  quietly logcat --fallback 'logbuf push rescue' --batch 5 input -- cat
  assert_status 64
  assert_complaint logcat "--fallback: cannot be combined with --batch"
  quietly logcat --fallback-after 5s input -- logbuf push p
  assert_status 64 && assert_complaint logcat "--fallback-after: needs --fallback"
}

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

# shellcheck disable=SC2317 # eventually calls it
# One more message is sent at each try, since the primary comes back on trial.
comes_back() {
  echo more | tee -a input | logsend "tcp://127.0.0.1:$(port_of in)"
  says in "hop './primary' is back; new messages go to it again"
}

@test "a sink whose disk has room again takes new messages" {
  lines 5000 >input
  primary_with_limit 200
  start_server in logcat --print-address --fallback 'logbuf push rescue' --fallback-after 300ms tcp://127.0.0.1:0 -- ./primary
  logsend "tcp://127.0.0.1:$(port_of in)" <input
  eventually in_buffer rescue 5000
  echo unlimited >limit
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

@test "a first sink that fails at its start is down: the fallback takes all" {
  lines 50 >input
  for first in 'logbuf push missing/q' 'no-such-command push' 'cat' 'sh -c "exit 78"'; do
    rm -rf rescue
    # shellcheck disable=SC2086
    eval "logcat --fallback 'logbuf push rescue' --fallback-after 200ms input -- $first" 2>err || fail "$first: $(cat err)"
    logbuf cat rescue >output
    assert_same_lines output input
  done
}

@test "a first sink that can start later is used then" {
  primary_with_limit unlimited
  sed -i 's/logbuf push p/logbuf push later\/p/' primary
  start_server in logcat --print-address --fallback 'logbuf push rescue' --fallback-after 200ms tcp://127.0.0.1:0 -- ./primary
  lines 50 | logsend "tcp://127.0.0.1:$(port_of in)"
  eventually in_buffer rescue 50
  mkdir later
  DEADLINE=60 eventually comes_back
  stop in
  assert_status 0
}

@test "a fallback that cannot start is no failure while the first sink works, and is told" {
  lines 50 >input
  for spare in 'logbuf push missing/q' 'no-such-command push' 'cat'; do
    rm -rf p
    logcat --fallback "$spare" input -- logbuf push p 2>err || fail "$spare: $(cat err)"
    logbuf cat p >output
    assert_same_lines output input
  done
}

@test "two sinks of which none can ever start are an error at once" {
  echo a >input
  quietly logcat --fallback 'no-such-command push' input -- logbuf push missing/q
  ((status == 73 || status == 69)) || fail "exit status $status: $stderr"
  quietly logcat --fallback 'logbuf push rescue | cat' input -- logbuf push p
  assert_status 64 && assert_complaint logcat "no shell runs"
}

@test "a logsend whose server is away is down, and the fallback takes all until it is there" {
  local port
  port=$(free_port)
  for scheme in tcp relp logd; do
    rm -rf rescue
    start_server in logcat --print-address --fallback 'logbuf push rescue' --fallback-after 300ms tcp://127.0.0.1:0 -- \
      logsend "$scheme://127.0.0.1:$port"
    lines 50 | logsend "tcp://127.0.0.1:$(port_of in)"
    eventually in_buffer rescue 50
    says in "go to fallback"
    stop in
    assert_status 0
  done
  start_server in logcat --print-address --fallback 'logbuf push rescue' --fallback-after 300ms tcp://127.0.0.1:0 -- \
    logsend "relp://127.0.0.1:$port"
  lines 50 | logsend "tcp://127.0.0.1:$(port_of in)"
  eventually in_buffer rescue 100
  start server logcat "relp://127.0.0.1:$port" -- logbuf push p
  comes_back() {
    echo more | logsend "tcp://127.0.0.1:$(port_of in)"
    says in "is back; new messages go to it again"
  }
  DEADLINE=90 eventually comes_back
  eventually in_buffer p 1
}

@test "a logsend whose server goes away in the middle is down" {
  local port
  port=$(free_port)
  start server logcat "relp://127.0.0.1:$port" -- logbuf push p
  start_server in logcat --print-address --fallback 'logbuf push rescue' --fallback-after 300ms tcp://127.0.0.1:0 -- \
    logsend "relp://127.0.0.1:$port"
  lines 50 | tee input | logsend "tcp://127.0.0.1:$(port_of in)"
  eventually in_buffer p 50
  stop server KILL
  lines 50 2 | tee -a input | logsend "tcp://127.0.0.1:$(port_of in)"
  eventually in_buffer rescue 50
  stop in
  assert_status 0
  both >output
  assert_same_set output input
}

@test "by default the fallback delivers before --drain-time is over" {
  lines 50 >input
  start_server in logcat --print-address --fallback 'logbuf push rescue' tcp://127.0.0.1:0 -- logbuf push missing/q
  logsend "tcp://127.0.0.1:$(port_of in)" <input
  eventually says in "exited with status 73"
  stop in
  assert_status 0
  logbuf cat rescue >output
  assert_same_lines output input
}

@test "logsend --retry-time gives up what is away with 75, while its input is open" {
  local port
  port=$(free_port)
  mkfifo messages
  exec 7<>messages
  start send sh -c "exec logsend --retry-time 300ms tcp://127.0.0.1:$port <messages 7>&-"
  echo hello >messages
  finish send
  exec 7>&-
  assert_status 75
  grep -q "nothing could be delivered for 300 ms" send.err
}

@test "logsend --retry-time waits for messages before it gives up" {
  local port
  port=$(free_port)
  mkfifo messages
  exec 7<>messages
  start send sh -c "exec logsend --retry-time 1s tcp://127.0.0.1:$port <messages 7>&-"
  eventually says send "Connection refused"
  start server logcat "tcp://127.0.0.1:$port" -- logbuf push p 7>&-
  echo hello >messages
  eventually in_buffer p 1
  exec 7>&-
  finish send
  assert_status 0
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

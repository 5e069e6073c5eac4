# Signals and limits that a parent hands down, and how work that is under way ends.

load helper

# With every signal blocked that can be.
WITH_BLOCKED_SIGNALS=(python3 -c 'import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
os.execvp(sys.argv[1], sys.argv[1:])')

# A zombie does not: who inherited it may never ask for its status.
runs() { grep -q '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$(cat "$1")/status" 2>/dev/null; }
ends() { ! kill -0 "${pid[$1]}" 2>/dev/null; }

@test "a file that may not grow is a full disk: an error, no death" {
  lines 20000 >input
  limited() { (ulimit -f 256 && "$@" <input >output); }
  quietly limited logbuf push q
  assert_status 74
  assert_complaint logbuf "write buffer q"
  quietly limited logcat
  assert_status 74
  assert_complaint logcat "File too large"
  quietly limited logsend file:sent
  assert_status 74
  assert_complaint logsend "File too large"
}

@test "what was receipted before a file may not grow is there" {
  lines 60000 >input
  local status=0
  (ulimit -f 3072 && logcat -i input 2>/dev/null | logbuf push -i -r q >receipts 2>err) || status=$?
  ((status == 74)) || fail "exit status $status: $(cat err)"
  [[ -s receipts ]]
  logbuf cat q >stored
  (($(wc -l <stored) >= $(tail -n 1 receipts))) || fail "$(wc -l <stored) are stored, $(tail -n 1 receipts) receipted"
}

@test "signals that the parent has blocked arrive" {
  echo one >input
  start follow "${WITH_BLOCKED_SIGNALS[@]}" logtail -f input
  eventually grep -q one follow.out
  kill -USR1 "${pid[follow]}"
  eventually grep -q "1 message" follow.err
  stop follow
  assert_status 0
}

@test "a batch command within the drain time is waited for, and its batch is acknowledged" {
  lines 3 | logbuf push q
  mkfifo gate
  start peek logbuf peek -f --batch 3 q -- sh -c 'cat >got; echo $$ >started; read -r go <gate'
  eventually test -s started
  kill -TERM "${pid[peek]}"
  echo go >gate
  finish peek
  assert_status 0
  assert_equal "$(logbuf consumer ls q)" $'default\t0\t0\t3'
}

@test "a batch command that takes longer than --drain-time is ended with all it started, and offered again" {
  lines 3 | logbuf push q
  start peek logbuf peek -f --drain-time 300ms --batch 3 q -- sh -c 'cat >>got; sleep 1000 & echo $! >sleeper; wait'
  eventually test -s sleeper
  stop peek
  assert_status 75
  run ! runs sleeper
  grep -q "takes too long; ending it" peek.err
  [[ $(logbuf peek --batch 3 q -- cat | wc -l) == 3 ]]
}

@test "a batch command that ignores SIGTERM is killed" {
  lines 3 | logbuf push q
  start peek logbuf peek -f --drain-time 100ms --batch 3 q -- sh -c 'trap "" TERM; cat >>got; echo $$ >shell; sleep 1000'
  eventually test -s shell
  stop peek
  assert_status 75
  run ! runs shell
}

@test "a reader of receipts that hangs does not keep a sink from ending" {
  mkfifo receipts
  exec 7<>receipts
  python3 -c 'import fcntl, os
fcntl.fcntl(7, fcntl.F_SETPIPE_SZ if hasattr(fcntl, "F_SETPIPE_SZ") else 1031, 1 << 20)
os.set_blocking(7, False)
try:
    while True: os.write(7, b"x" * 4096)
except BlockingIOError:
    os.set_blocking(7, True)'
  lines 3 | logcat -i >input
  start send sh -c 'exec logsend -i -r --drain-time 300ms file:sent <input >receipts 7>&-'
  eventually test -s sent
  kill -TERM "${pid[send]}"
  eventually ends send
  finish send
  exec 7>&-
  assert_status 75
  grep -q "their reader does not take them" send.err
}

@test "SIGTERM cuts a pause before the next try short" {
  lines 3 >input
  start hop logcat --drain-time 60s --retry-time 1h --batch 3 input -- sh -c 'echo try >>tries; cat >/dev/null; test -e repaired'
  many_tries() { (($(wc -l <tries) >= 5)); }
  eventually many_tries # so that the pause is from 0.8 s on
  touch repaired
  stop hop
  assert_status 0
}

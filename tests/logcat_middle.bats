# logcat between a source and a sink: in a hop, and in a plain pipe with -i -r. Kills: crash_middle.bats.

load helper

counts() { logbuf consumer ls q | awk '$1 == "default" { print $2, $3, $4 }'; }
assert_counts() { assert_equal "$(counts)" "$1"; } # what is ready, in the backlog, acknowledged
acknowledged() { [[ $(counts) == "0 0 $1" ]]; }
in_buffer() { (($(logbuf cat "$1" 2>/dev/null | wc -l) >= $2)); }
greeting_of() { bash -c 'export LOGPIPE="1 pid=$BASHPID max=1000 $0"; exec "$@"' "$@" </dev/null; }
line_for() { grep -c "$1" <<<"$stderr"; }

# ---- in a hop

@test "buffer, logcat, buffer: all messages, in order, and acknowledged" {
  lines 5000 >input
  logbuf push q <input
  logbuf peek q -- logcat -- logbuf push p
  logbuf cat p >output
  assert_same_lines output input
  assert_counts "0 0 5000"
}

@test "ids and the origin go through: the buffer at the end has the last id of the first one" {
  seq 100 | logbuf push q
  logbuf peek q -- logcat --where 'message != 100' -- logcat --where 'message != 1' -- logbuf push p
  uuid=$(logbuf stat --json q | jq -r .uuid)
  assert_equal "$(logbuf stat --json p | jq -r '.origins[] | "\(.origin) \(.last_id)"')" "$uuid/1/1 99"
}

@test "messages that hold newlines, NULs and nothing go through three logcats unchanged" {
  printf 'one\nmore\0two\0\0\n\0#012\0' >input
  logcat --input-framing nul input -- logbuf push q
  logbuf peek q -- logcat -- logcat -- logcat -- logbuf push p
  logbuf cat -0 p | cmp - input
}

@test "each of three logcats does its part" {
  seq 30 | logbuf push q
  logbuf peek q -- logcat --where 'message !~ [02468]$' -- logcat --set 'appname=a%{message}' --format json -- \
    logcat --parse json --where 'message !~ [13]$' --format '%{appname} %{message}' -- logbuf push p
  assert_equal "$(logbuf cat p | paste -sd,)" "a5 5,a7 7,a9 9,a15 15,a17 17,a19 19,a25 25,a27 27,a29 29"
  assert_counts "0 0 30"
}

@test "every format goes through a logcat in the middle as it comes out of one" {
  lines 200 >input
  logbuf push q <input
  for format in raw json rfc5424 rfc3164 '%{severity}: %{message}'; do
    rm -rf p
    logbuf cat q -- logcat --parse auto --format "$format" -- logbuf push p
    logbuf cat p >output
    logcat --parse auto --format "$format" input >expected
    assert_same_lines output expected
  done
}

@test "what the rules leave out is acknowledged, at the start, at the end and in between" {
  seq 1000 | logbuf push q
  logbuf peek q -- logcat --where 'message =~ "^(500|501|600)$"' -- logbuf push p
  assert_equal "$(logbuf cat p | paste -sd,)" 500,501,600
  assert_counts "0 0 1000"
}

@test "when all is left out, all is acknowledged while the chain runs, and nothing goes on" {
  seq 1000 | logbuf push q
  start peek logbuf peek -f q -- logcat --where 'message == none' -- logbuf push p
  eventually acknowledged 1000
  seq 10 | logbuf push q
  eventually acknowledged 1010
  stop peek
  assert_status 0
  assert_equal "$(logbuf cat p)" ""
}

@test "what is left out behind a message that is not safe yet waits for it" {
  printf '%s\n' kept left | logbuf push q
  start peek logbuf peek -f q -- logcat --where 'message != left' -- \
    bash -c 'echo logpipe 1 stored; read -rd " " n; read -rn "$n" id message; echo got >got; read -r go <gate; echo 1; cat'
  mkfifo gate
  eventually test -e got
  assert_counts "0 2 0"
  echo go >gate
  eventually acknowledged 2
}

@test "a message that the format makes longer than the source may send goes through" {
  printf '%s\n' abc def >input
  logcat --max-message 3 input -- logcat --format '%{message}%{message}%{message}' -- logcat -- logbuf push p
  assert_equal "$(logbuf cat p | paste -sd,)" abcabcabc,defdefdef
}

@test "a RELP client has its answers when the end of a chain has its messages" {
  lines 1000 >input
  start_server in logcat --print-address relp://127.0.0.1:0 -- logcat -- logcat --where 'message != nothing' -- logbuf push p
  logsend "relp://127.0.0.1:$(port_of in)" <input
  logbuf cat p >output
  assert_same_lines output input
}

@test "a chain that is run again after it was cut off delivers each message once" {
  seq 3000 | logbuf push q
  logbuf consumer add q default
  cp -a q before
  logbuf peek q -- logcat --where 'message !~ 7' --format 'n%{message}' -- logbuf push p
  rm -r q
  mv before q
  quietly logbuf peek q -- logcat --where 'message !~ 7' --format 'n%{message}' -- logbuf push p
  assert_status 0
  assert_equal "$stderr" ""
  logbuf cat p >output
  assert_same_lines output <(seq 3000 | grep -v 7 | sed s/^/n/)
}

# What is behind logcat says what it has; only the source can tell that this is of another history.
@test "a restored source loses nothing through a chain, and says so once" {
  for rules in "--where 'message != 3'" "--format '<%{message}>'"; do
    rm -rf q p
    seq 50 | logbuf push q
    logbuf consumer add q default
    cp -a q backup
    seq 51 100 | logbuf push q
    eval "logbuf peek q -- logcat $rules -- logbuf push p"
    before=$(logbuf cat p | wc -l)
    rm -r q
    mv backup q
    seq 1051 1120 | logbuf push q
    eval "quietly logbuf peek q -- logcat $rules -- logbuf push p"
    assert_status 0
    assert_complaint logbuf "of another history"
    logbuf cat p | tail -n "+$((before + 1))" | tr -d '<>' >output
    assert_same_lines <(grep -v '^3$' output) <({ seq 50 && seq 1051 1120; } | grep -v '^3$')
  done
}

@test "a sink that is killed is started again by logcat, and all is there once" {
  lines 5000 >input
  logbuf push q <input
  start peek logbuf peek -f --rate 20000 q -- logcat -- sh -c 'echo $$ >>pids; exec logbuf push p'
  eventually in_buffer p 1
  kill -KILL "$(tail -n 1 pids)"
  eventually acknowledged 5000
  stop peek
  assert_status 0
  assert_equal "$(wc -l <pids)" 2
  grep -q "^logcat: hop 'sh -c .*' was killed by signal 9; starting it again in" peek.err
  logbuf cat p >output
  assert_same_lines output input
}

# ---- what it tells the source

@test "the greeting has the strength of the last hop" {
  assert_equal "$(greeting_of "" logcat -- logbuf push p)" "logpipe 1 stored"
  assert_equal "$(greeting_of "" logcat -- logcat -- logbuf push p)" "logpipe 1 stored"
  assert_equal "$(greeting_of "" logcat -- logcat -- logbuf push --sync os p)" "logpipe 1 sent"
  assert_equal "$(greeting_of "" logcat -- logcat --plain -- cat)" "logpipe 1 sent"
  assert_equal "$(greeting_of "" logcat --batch 5 -- cat)" "logpipe 1 sent"
  assert_equal "$(greeting_of "" logcat --fallback 'logsend file:/dev/null' -- logbuf push p)" "logpipe 1 sent"
}

@test "the greeting has the sink's last id, where ids go through" {
  printf '3 1\ta3 7\tb' | bash -c 'export LOGPIPE="1 pid=$BASHPID max=1000 origin=o"; exec logbuf push p' >said
  assert_regex "$(greeting_of origin=o logcat -- logbuf push p)" '^logpipe 1 stored last=7 fingerprint=[0-9]+ taken=[0-9]+$'
  assert_regex "$(greeting_of origin=o logcat --format json -- logbuf push p)" '^logpipe 1 stored last=7 taken=[0-9]+$'
  assert_regex "$(greeting_of origin=o logcat -- logcat -- logbuf push p)" '^logpipe 1 stored last=7 fing'
  assert_equal "$(greeting_of origin=o logcat --filter cat -- logbuf push p)" "logpipe 1 stored"
  assert_equal "$(greeting_of origin=other logcat -- logbuf push p)" "logpipe 1 stored"
}

@test "it greets only when its sink has greeted" {
  mkfifo gate
  start logcat bash -c 'export LOGPIPE="1 pid=$BASHPID max=1000"; exec logcat -- bash -c "echo up >up; read -r <gate; echo logpipe 1 peer"'
  eventually test -e up
  assert_equal "$(<logcat.out)" ""
  echo go >gate
  eventually grep -q "logpipe 1 peer" logcat.out
}

# ---- a chain that does not start

@test "of a chain that does not start, each part names the one behind it, and the status goes through" {
  echo a | logbuf push q
  quietly logbuf peek q -- logcat -- logcat --where 'x >' -- logbuf push p
  assert_status 64
  assert_equal "$(line_for '^logcat: --where: ')" 1
  assert_equal "$(line_for "^logcat: hop 'logcat --where x > -- logbuf push p': exited with status 64 before it was ready$")" 1
  assert_equal "$(line_for "^logbuf peek: hop 'logcat -- logcat --where x > -- logbuf push p': exited with status 64 before")" 1
  assert_equal "${#stderr_lines[@]}" 3
  quietly logbuf peek q -- logcat -- logbuf push missing/p
  assert_status 73
  quietly logbuf peek q -- logcat -- sh -c 'exit 66'
  assert_status 66
  logbuf rewind q
  assert_counts "1 0 0"
}

@test "a command that is not there ends a chain at once, as it ends a hop" {
  echo a | logbuf push q
  for how in "" "--batch 5" "--plain"; do
    # shellcheck disable=SC2086
    quietly logbuf peek -f q -- logcat -- logcat $how -- no-such-command
    assert_status 69
    assert_equal "$(line_for '^logcat: start no-such-command: ')" 1
  done
}

@test "of a chain whose end does not greet, that end is named and not a part before it" {
  echo a | logbuf push q
  quietly logbuf peek q -- logcat -- logcat -- sh -c 'echo hello; exec cat'
  assert_status 76
  assert_equal "$(line_for "^logcat: start hop 'sh -c .*': it answered")" 1
}

@test "a sink that can start later is tried again by the first source" {
  echo a | logbuf push q
  start peek logbuf peek -f q -- logcat -- sh -c 'mkdir once 2>/dev/null && exit 75; exec logbuf push p'
  eventually acknowledged 1
  stop peek
  assert_status 0
  grep -q "^logcat: hop 'sh -c .*': exited with status 75 before it was ready" peek.err
  grep -q "^logbuf: hop 'logcat -- sh -c .*' exited with status 75; starting it again in" peek.err
}

@test "a source that ends by itself gives up, with 75, when the end of the chain stays down" {
  seq 10 | logbuf push q
  quietly logbuf peek --retry-time 0 q -- logcat --retry-time 0 -- sh -c 'echo logpipe 1 stored; exit 75'
  assert_status 75
  logbuf rewind q
  assert_counts "10 0 0"
}

@test "in a hop, logcat has no source of its own and needs a sink" {
  echo a | logbuf push q
  quietly logbuf peek q -- logcat input -- logbuf push p
  assert_status 64
  assert_equal "$(line_for '^logcat: read input: .* name no SOURCE$')" 1
  quietly logbuf peek q -- logcat
  assert_status 64
  assert_equal "$(line_for "^logcat: pass messages on: .* add '-- COMMAND'$")" 1
}

# ---- other sinks behind it

@test "a batch command in the middle gets its batches with their ids, and what it writes is no receipt" {
  seq 25 | logbuf push q
  quietly logbuf peek q -- logcat --where 'message != 10' --batch 10 -- sh -c 'cat >>output; echo 25'
  assert_status 0
  assert_equal "$(paste -sd, output)" "$(seq 25 | grep -vx 10 | paste -sd,)"
  assert_equal "$(line_for '^25$')" 3
  assert_counts "0 0 25"
}

@test "a batch command that fails leaves its batch in the first buffer" {
  seq 25 | logbuf push q
  quietly logbuf peek --retry-time 0 q -- logcat --retry-time 0 --batch 10 -- sh -c 'echo 25; grep -vx 15'
  assert_status 0
  logbuf push q <<<x
  quietly logbuf peek --retry-time 0 q -- logcat --retry-time 0 --batch 10 -- sh -c 'echo 26; exit 1'
  assert_status 75
  logbuf rewind q
  assert_counts "1 0 25"
}

@test "a batch command is told the ids of its batch" {
  seq 25 | logbuf push q
  logbuf peek q -- logcat --where 'message !~ ^[1-5]$' --batch 10 -- sh -c 'echo $LOGPIPE_ORIGIN $LOGPIPE_FIRST $LOGPIPE_LAST >>keys'
  uuid=$(logbuf stat --json q | jq -r .uuid)
  assert_equal "$(head -n 1 keys)" "$uuid/1/1 6 15"
}

@test "a filter in the middle: all that it leaves is delivered, and all is acknowledged" {
  lines 1000 >input
  logbuf push q <input
  logbuf peek q -- logcat --filter 'grep GET' --filter-status 0,1 -- logbuf push p
  logbuf cat p >output
  assert_same_lines output <(grep GET input)
  assert_counts "0 0 1000"
}

@test "a plain hop in the middle keeps the ids" {
  seq 5 | logbuf push q
  logbuf peek q -- logcat --where 'message != 3' --plain -- awk '{ print >"got"; print $1; fflush() }'
  assert_equal "$(tr '\t' : <got | paste -sd,)" 1:1,2:2,4:4,5:5
  assert_counts "0 0 5"
}

@test "a fallback in the middle takes what its first sink does not" {
  seq 100 | logbuf push q
  logbuf peek q -- logcat --fallback 'logbuf push rescue' --fallback-after 100ms -- logbuf push missing/p
  assert_equal "$(logbuf cat rescue)" "$(seq 100)"
  assert_counts "0 0 100"
}

@test "a fallback before a chain takes over when the end of the chain is away" {
  local port
  port=$(free_port)
  seq 50 | logbuf push q
  start peek logbuf peek -f --fallback 'logbuf push rescue' --fallback-after 300ms q -- \
    logcat -- logcat -- logsend "relp://127.0.0.1:$port"
  eventually in_buffer rescue 50
  eventually acknowledged 50
  start server logcat "relp://127.0.0.1:$port" -- logbuf push p
  comes_back() {
    echo more | logbuf push q
    grep -q "is back; new messages go to it again" peek.err
  }
  DEADLINE=90 eventually comes_back
  eventually in_buffer p 1
  # And when it goes away in the middle.
  eventually drained
  stop server KILL
  rescued=$(logbuf cat rescue | wc -l)
  seq 50 | logbuf push q
  eventually in_buffer rescue $((rescued + 50))
}
drained() { [[ $(counts) == "0 0 "* ]]; }

# ---- signals

@test "SIGTERM to a whole chain at once delivers what was taken, and all end with 0" {
  seq 20000 | logbuf push q
  start peek logbuf peek -f q -- logcat --window-messages 500 -- logcat --window-messages 500 -- logbuf push p
  eventually in_buffer p 1
  kill -TERM -- "-${pid[peek]}"
  finish peek
  assert_status 0
  taken=$(counts | cut -d ' ' -f 3)
  assert_equal "$(counts)" "$((20000 - taken)) 0 $taken"
  assert_equal "$(logbuf cat p)" "$(seq "$taken")"
}

@test "SIGTERM to the one in the middle alone costs a restart and no message" {
  seq 20000 | logbuf push q
  start peek logbuf peek -f q -- logcat --drain-time 1s --window-messages 500 -- logbuf push p
  eventually in_buffer p 1
  pkill -TERM -P "${pid[peek]}" -x logcat
  eventually grep -q "^logbuf: hop 'logcat .*; starting it again in" peek.err
  eventually acknowledged 20000
  stop peek
  assert_status 0
  assert_equal "$(logbuf cat p)" "$(seq 20000)"
}

# ---- in a plain pipe

@test "-i -r: receipts come back on standard output, also for what is left out" {
  seq 3000 | logbuf push q
  logbuf peek -i q | logcat -i -r --where 'message !~ 7' --format 'n%{message}' -- logbuf push p | logbuf ack q
  logbuf cat p >output
  assert_same_lines output <(seq 3000 | grep -v 7 | sed s/^/n/)
  assert_counts "0 0 3000"
}

@test "-i -r: an id is whatever the source writes" {
  printf '9-1\ta\n8-x\tb\n' | logcat -i -r -- logbuf push p >receipts
  assert_equal "$(tail -n 1 receipts)" 8-x
}

@test "-i -r: frames may be in any framing" {
  printf '8 1\tone\ntw3 2\to' | logcat -i -r --input-framing octet -- logbuf push p >receipts
  assert_equal "$(tail -n 1 receipts)" 2
  assert_equal "$(logbuf cat -0 p | tr '\0\n' '|/')" "one/tw|o|"
}

@test "-i -r: the output of a batch command is no receipt" {
  printf '1\ta\n2\tb\n' | logcat -i -r --batch 5 -- sh -c 'cat >output; echo 1' >receipts 2>err
  assert_equal "$(<receipts)" 2
  assert_equal "$(<err)" 1
  assert_equal "$(paste -sd, output)" a,b
}

@test "-i -r with --filter: the receipts are of what was read" {
  printf '1\ta\n2\tb\n5\tc\n' | logcat -i -r --filter 'grep b' -- logbuf push p >receipts
  assert_equal "$(tail -n 1 receipts)" 5
  assert_equal "$(logbuf cat p)" b
}

@test "-i -r: a message longer than --max-message is an error, and those before it have receipts" {
  printf '1\tabc\n2\tabcdef\n' >frames
  run --separate-stderr logcat -i -r --max-message 5 -- logbuf push p <frames
  assert_status 65
  assert_equal "${lines[-1]}" 1
  assert_equal "$(logbuf cat p)" abc
}

@test "-r is refused where receipts would be wrong" {
  quietly logcat -i -r </dev/null
  assert_status 64
  assert_complaint logcat "standard output cannot have both messages and receipts"
  quietly logcat -r -- logbuf push p </dev/null
  assert_status 64
  assert_complaint logcat "needs ids"
  quietly logcat -i -r input -- logbuf push p
  assert_status 64
  assert_complaint logcat "name no SOURCE"
}

@test "--input-ids keeps ids for a sink further down the pipe" {
  seq 20 | logbuf push q
  logbuf peek -i q | logcat --input-ids -i --where 'message !~ 1' | logsend -i -r "file:$T/output" | logbuf ack q
  assert_equal "$(paste -sd, output)" "$(seq 20 | grep -v 1 | paste -sd,)"
  assert_counts "0 0 20"
}

@test "--input-ids without -i takes the ids off" {
  printf '4\ta\n7\tb\n' >frames
  assert_equal "$(logcat --input-ids <frames | paste -sd,)" a,b
  quietly logcat --input-ids <<<'no id'
  assert_status 65
}

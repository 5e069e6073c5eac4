# SOURCE -- SINK: what is confirmed is forgotten, what is not stays, and buffer to buffer nothing comes twice.

load helper

counts() { logbuf consumer ls q | awk '$1 == "default" { print $2, $3, $4 }'; }
assert_counts() { assert_equal "$(counts)" "$1"; } # what is ready, in the backlog, acknowledged
says() { grep -q "$2" "$1.err"; }
acknowledged() { [[ $(counts) == "0 0 $1" ]]; }
started_times() { (($(wc -l <pids) == $1)); }
have_lines() { [[ -e $1 ]] && (($(wc -l <"$1") >= $2)); }
in_buffer() { (($(logbuf cat "$1" 2>/dev/null | wc -l) >= $2)); }

# ---- a sink that speaks the protocol

@test "logcat into a buffer: every line, in order" {
  lines 20000 >input
  logcat input -- logbuf push q
  logbuf cat q >output
  assert_same_lines output input
}

@test "a hop keeps newlines and NULs in messages" {
  printf 'one\nmore\0two\0\0' >input
  logcat --input-framing nul input -- logbuf push q
  logbuf cat -0 q | cmp - input
}

@test "peek acknowledges what its sink confirmed" {
  lines 5000 >input
  logbuf push q <input
  logbuf peek q -- logsend "file:$T/output"
  assert_same_lines output input
  assert_counts "0 0 5000"
}

@test "peek -n through a hop moves the first n" {
  lines 100 >input
  logbuf push q <input
  logbuf peek -n 10 q -- logsend "file:$T/output"
  assert_same_lines output <(head -n 10 input)
  assert_counts "90 0 10"
}

@test "cat through a hop touches no consumer" {
  lines 100 >input
  logbuf push q <input
  logbuf cat --from 11 --to 20 q -- logbuf push r
  assert_equal "$(logbuf cat r)" "$(sed -n 11,20p input)"
  assert_equal "$(logbuf consumer ls q)" ""
}

@test "peek -f through a hop goes on, and SIGTERM leaves nothing unacknowledged" {
  lines 100 | logbuf push q
  start peek logbuf peek -f q -- logsend "file:$T/output"
  eventually acknowledged 100
  lines 100 2 | logbuf push q
  eventually acknowledged 200
  stop peek
  assert_status 0
  assert_equal "$(wc -l <output)" 200
}

@test "a sink that is killed is started again, and nothing is lost" {
  lines 5000 >input
  logbuf push q <input
  start peek logbuf peek -f --rate 20000 q -- sh -c 'echo $$ >>pids; exec logbuf push r'
  eventually in_buffer r 1
  kill -KILL "$(tail -n 1 pids)"
  eventually started_times 2
  eventually acknowledged 5000
  stop peek
  assert_status 0
  logbuf cat r >output
  assert_same_lines output input
}

@test "peek gives up after --retry-time with 75, and everything stays" {
  lines 100 >input
  logbuf push q <input
  quietly logbuf peek --retry-time 0.3s q -- sh -c 'exit 75'
  assert_status 75
  logbuf rewind q
  logbuf pop q >output
  assert_same_lines output input
}

@test "a sink that ends well and confirms nothing has failed: 75 after --retry-time" {
  lines 100 >input
  quietly logcat --retry-time 0.3s input -- sh -c 'echo logpipe 1 stored'
  assert_status 75
  [[ $stderr == *"100 messages are not confirmed; run again"* ]]
  quietly logcat --retry-time 0.3s -- sh -c 'echo logpipe 1 stored; cat >/dev/null' <input
  assert_status 75
  [[ $stderr == *"exited with status 0 before it had confirmed everything"* ]]
}

# ---- a command that does not

@test "an ordinary command is a protocol error that suggests --batch and --plain" {
  echo a | logbuf push q
  quietly logbuf peek q -- sh -c 'echo hello; exec cat'
  assert_status 76
  assert_complaint logbuf "use --batch or --plain for ordinary commands"
  quietly logbuf peek q -- true
  assert_status 76
  assert_complaint logbuf "use --batch or --plain"
  logbuf rewind q
  assert_counts "1 0 0"
}

@test "a command that is not there is unavailable" {
  echo a | logbuf push q
  quietly logbuf peek q -- no-such-command
  assert_status 69
  assert_complaint logbuf "no-such-command"
  quietly logbuf peek --batch 5 q -- no-such-command
  assert_status 69
  assert_complaint logbuf "no-such-command"
  quietly logbuf peek --plain q -- no-such-command
  assert_status 69
  assert_complaint logbuf "no-such-command"
  logbuf rewind q
  assert_counts "1 0 0"
}

@test "a sink that is wrong at its start ends the source with the sink's status" {
  echo a | logbuf push q
  quietly logbuf peek q -- sh -c 'exit 66'
  assert_status 66
  quietly logbuf peek q -- logbuf push q/VERSION
  assert_status 65
  [[ ${stderr_lines[0]} == *"q/VERSION"* ]]
  quietly logbuf peek q -- logsend --no-such-option
  assert_status 64
  logbuf rewind q
  assert_counts "1 0 0"
}

@test "a hop without a command is a usage error" {
  echo a | logbuf push q
  quietly logbuf peek --plain q
  assert_status 64
  assert_complaint logbuf "COMMAND"
  quietly logbuf peek --batch 5 q
  assert_status 64
  assert_complaint logbuf "COMMAND"
  quietly logbuf peek --batch 5 --plain q -- cat
  assert_status 64
  assert_counts ""
}

# ---- --plain

@test "--plain through a filter: what it drops is covered by the next receipt" {
  awk 'BEGIN { for (i = 1; i <= 3000; i++) print (i % 3 ? "DEBUG " : "INFO ") i }' >input
  logcat input --plain -- sh -c 'grep -v DEBUG | logbuf push -i -r q'
  logbuf cat q >output
  assert_same_lines output <(grep -v DEBUG input)
}

@test "--plain through a filter: what it drops at the end has no receipt" {
  printf '%s\n' DEBUG INFO DEBUG | logbuf push q
  quietly logbuf peek --plain --retry-time 0 q -- sh -c 'grep -v DEBUG | logbuf push -i -r r'
  assert_status 75
  assert_equal "$(logbuf cat r)" INFO
  logbuf rewind q
  assert_counts "1 0 2"
}

@test "--plain with a filter that dies: only what has a receipt is acknowledged" {
  lines 300 >input
  logbuf push q <input
  quietly logbuf peek --plain --retry-time 0 q -- sh -c 'awk "NR == 100 { exit 1 } 1" | logbuf push -i -r r'
  assert_status 75
  logbuf cat r >output
  assert_same_lines output <(head -n 99 input)
  logbuf rewind q
  assert_counts "201 0 99"
}

@test "--plain with a filter that is killed: what it had goes to the next one" {
  lines 3000 >input
  logbuf push q <input
  # The first one passes on 100 lines, and has the rest when it is killed.
  cat >filter <<'END'
echo $$ >>pids
if [ "$(wc -l <pids)" -eq 1 ]; then
  sed -u 100q
  exec tail -f /dev/null
fi
exec grep --line-buffered -v DEBUG
END
  start peek logbuf peek -f --plain q -- sh -c 'sh filter | logbuf push -i -r r'
  eventually in_buffer r 100
  kill -KILL "$(tail -n 1 pids)"
  eventually started_times 2
  eventually acknowledged 3000
  stop peek
  assert_status 0
  assert_equal "$(logbuf cat r | sort -u)" "$(sort input)"
}

@test "--plain: a filter that ^C ends does not make its messages safe, whatever the shell's status" {
  lines 100 | logbuf push q
  # The filter takes everything, and dies of the signal; the sink, and so bash, end well.
  start peek env --default-signal=INT logbuf peek -f --plain q -- \
    bash -c 'trap : INT; sh -c "while read -r line; do echo >>read; done; tail -f /dev/null" | logbuf push -i -r r'
  eventually have_lines read 100
  kill -INT -- "-${pid[peek]}"
  finish peek
  assert_status 75
  logbuf rewind q
  assert_counts "100 0 0"
}

@test "--plain with a command that writes no receipts: nothing is acknowledged" {
  lines 100 >input
  logbuf push q <input
  quietly logbuf peek --plain --retry-time 0 q -- sh -c 'cut -f 2- >output'
  assert_status 75
  assert_complaint logbuf "use --filter for filters, and --batch for commands that write no receipts"
  assert_same_lines output input
  logbuf rewind q
  assert_counts "100 0 0"
}

@test "--plain with a command that fails leaves everything" {
  lines 100 | logbuf push q
  quietly logbuf peek --plain --retry-time 0 q -- sh -c 'cat >/dev/null; exit 1'
  assert_status 75
  logbuf rewind q
  assert_counts "100 0 0"
}

# ---- --batch

@test "--batch runs the command once per N messages, in the chosen framing without ids" {
  lines 25 >input
  logbuf push q <input
  logbuf peek --batch 10 q -- sh -c 'cat >>output; echo >>runs'
  assert_same_lines output input
  assert_equal "$(wc -l <runs)" 3
  assert_counts "0 0 25"
}

@test "a batch command that fails: 75, and what was not delivered is offered next time" {
  lines 25 >input
  logbuf push q <input
  quietly logbuf peek --batch 10 q -- sh -c 'cat >>tried; echo >>runs; test "$(wc -l <runs)" -ne 2'
  assert_status 75
  assert_equal "$(counts | cut -d ' ' -f 3)" 10
  logbuf peek --batch 10 q -- sh -c 'cat >>later'
  assert_same_lines later <(tail -n 15 input)
  assert_counts "0 0 25"
}

@test "a batch command that fails in a follower is run again with the same batch" {
  lines 5 >input
  logbuf push q <input
  start peek logbuf peek -f --batch 5 q -- sh -c 'cat >>output; echo >>runs; test "$(wc -l <runs)" -ge 3'
  eventually acknowledged 5
  stop peek
  assert_status 0
  assert_equal "$(wc -l <runs)" 3
  assert_same_lines output <(cat input input input)
}

@test "a batch command finds the batch's first and last id in its environment, the same ones when it is offered again" {
  lines 25 | logbuf push q
  cat >sink <<'END'
echo "$LOGPIPE_ORIGIN $LOGPIPE_FIRST-$LOGPIPE_LAST $LOGPIPE_MESSAGES" >>keys
test "$(wc -l <keys)" -ne 2
END
  quietly logbuf peek --batch 10 q -- sh sink
  assert_status 75
  logbuf peek --batch 10 q -- sh sink
  uuid=$(logbuf stat --json q | jq -r .uuid)
  assert_equal "$(<keys)" "$uuid 1-10 10
$uuid 11-20 10
$uuid 11-20 10
$uuid 21-25 5"
}

@test "a batch command of a follower gets the same ids again after a failure" {
  lines 5 | logbuf push q
  start peek logbuf peek -f --batch 5 q -- sh -c 'echo "$LOGPIPE_FIRST-$LOGPIPE_LAST" >>keys; test "$(wc -l <keys)" -ge 3'
  eventually acknowledged 5
  stop peek
  assert_equal "$(<keys)" "$(printf '%s\n' 1-5 1-5 1-5)"
}

@test "where ids do not last, a batch command is told none, nor those of another batch" {
  lines 3 >input
  export LOGPIPE_FIRST=1 LOGPIPE_LAST=2 LOGPIPE_ORIGIN=other
  logcat -i --batch 5 input -- sh -c 'env >env'
  quietly grep -E '^LOGPIPE_(MESSAGES|FIRST|LAST|ORIGIN)' env
  assert_output LOGPIPE_MESSAGES=3
}

@test "a smaller batch goes when --batch-time is over" {
  echo lone | logbuf push q
  start peek logbuf peek -f --batch 1000 --batch-time 50ms q -- sh -c 'cat >>output'
  eventually acknowledged 1
  stop peek
  assert_equal "$(<output)" lone
}

@test "a batch command that reads nothing and ends well has its batch" {
  lines 1000 | logbuf push q
  logbuf peek --batch 100 q -- true
  assert_counts "0 0 1000"
}

@test "logcat --batch fails with 75 when the command does" {
  lines 10 >input
  quietly logcat --retry-time 0 input --batch 5 -- false
  assert_status 75
}

# ---- by hand

@test "peek | logsend | ack: receipts travel through a shell pipe" {
  lines 3000 >input
  logbuf push q <input
  logbuf peek -i q | logsend -i -r "file:$T/output" | logbuf ack q
  assert_same_lines output input
  assert_counts "0 0 3000"
}

@test "peek | grep | logsend | ack: what the filter dropped is acknowledged with what follows" {
  printf '%s\n' DEBUG INFO DEBUG INFO DEBUG | logbuf push q
  logbuf peek -i q | grep -v DEBUG | logsend -i -r "file:$T/output" | logbuf ack q
  assert_equal "$(<output)" $'INFO\nINFO'
  assert_counts "0 1 4"
}

@test "peek | push | ack moves from buffer to buffer" {
  lines 3000 >input
  logbuf push q <input
  logbuf peek -i q | logbuf push -i -r r | logbuf ack q
  logbuf cat r >output
  assert_same_lines output input
  assert_counts "0 0 3000"
}

# ---- exactly once

@test "buffer to buffer: a run after a run sends nothing twice" {
  lines 1000 >input
  logbuf push q <input
  logbuf peek q -- logbuf push r
  logbuf peek q -- logbuf push r
  logbuf cat r >output
  assert_same_lines output input
}

@test "buffer to buffer: messages that were stored but not acknowledged do not come twice" {
  lines 2000 >input
  logbuf push q <input
  # The greeting passes, the receipts do not: all is stored, and all is still in B. Standard output stays open, since
  # its end would start another sink, whose greeting confirms what is stored.
  start peek logbuf peek -f --prefetch 2000 q -- bash -c "exec logbuf push r > >(sed -u '2,\$d')"
  eventually in_buffer r 2000
  stop peek KILL
  assert_counts "0 2000 0"
  logbuf peek q -- logbuf push r
  logbuf cat r >output
  assert_same_lines output input
  assert_counts "0 0 2000"
}

@test "buffer to buffer: ten killed predecessors make no duplicate and lose nothing" {
  lines 30000 >input
  logbuf push q <input
  for n in {1..10}; do
    start "$n" logbuf peek -f --rate 40000 q -- logbuf push r
    kill_at_random 60 "$n"
    finish "$n"
  done
  logbuf peek q -- logbuf push r
  logbuf cat r >output
  assert_same_lines output input
}

@test "buffer to buffer: a rewind is a replay, and the messages are sent again" {
  printf '%s\n' a b c | logbuf push --retain-size 1MiB q
  logbuf peek q -- logbuf push r
  logbuf rewind --to 2 q
  logbuf peek q -- logbuf push r
  assert_equal "$(logbuf cat r)" $'a\nb\nc\nb\nc'
}

@test "a rewind under a running hop makes it send again, under a new origin" {
  printf '%s\n' a b c | logbuf push --retain-size 1MiB q
  start peek logbuf peek -f q -- logbuf push r
  eventually acknowledged 3
  logbuf rewind --to 1 q
  eventually in_buffer r 6
  stop peek
  assert_equal "$(logbuf cat r)" $'a\nb\nc\na\nb\nc'
}

@test "an origin that was silent for --origin-ttl is forgotten" {
  printf '%s\n' a b | logbuf push q
  logbuf peek q -- logbuf push r
  run logbuf stat r
  assert_line --partial "taken to 2"
  logbuf push --origin-ttl 0s r </dev/null
  run logbuf stat r
  refute_line --partial "origin"
}

@test "a second sender of one consumer is warned of, and together they send everything" {
  echo a | logbuf push q
  start first logbuf peek -f q -- logbuf push r
  eventually in_buffer r 1
  start second logbuf peek -f q -- logbuf push r
  eventually says second "another process sends from consumer 'default' too"
  lines 1000 >input
  logbuf push q <input
  eventually in_buffer r 1001
  stop first
  stop second
  assert_same_set <(logbuf cat r) <(cat input && echo a)
}

@test "a last id that was never given out is an error, and acknowledges nothing" {
  lines 3 | logbuf push q
  quietly logbuf peek q -- sh -c 'echo logpipe 1 stored last=900; exec cat >/dev/null'
  assert_status 76
  [[ $stderr == *"says that it has messages up to 900: nothing was sent yet under this origin"* ]] || fail "$stderr"
  [[ $(logbuf peek --batch 9 q -- cat | wc -l) == 3 ]]
}

@test "a last id beyond logtail's checkpoint is an error" {
  lines 3 >input
  quietly logtail --checkpoint ck input -- sh -c 'echo logpipe 1 stored last=900; exec cat >/dev/null'
  assert_status 76
  assert_complaint logtail "says that it has messages up to 900: the last one that checkpoint ck knows of is"
  logtail --checkpoint ck input -- logbuf push q
  [[ $(logbuf cat q | wc -l) == 3 ]]
}

@test "a sink that floods receipts does not keep its source from signals" {
  start_server in logcat --print-address --drain-time 300ms tcp://127.0.0.1:0 -- sh -c 'echo logpipe 1 stored; exec yes 1'
  lines 3 | logsend "tcp://127.0.0.1:$(port_of in)"
  eventually grep -q "confirmed \"1\"" in.err
  kill -USR1 "${pid[in]}"
  eventually grep -q "is running" in.err
  stop in
  assert_status 75
}

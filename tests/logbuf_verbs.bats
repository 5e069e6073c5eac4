# What each verb of a buffer does to the log, to R (ready) and to B (the backlog).

load helper

store() { printf '%s\n' "$@" | logbuf push q; } # every argument a message
counts() { logbuf consumer ls q | awk '$1 == "default" { print $2, $3, $4 }'; }

# What is ready, what is in the backlog, what is acknowledged: "2 1 3".
assert_counts() { assert_equal "$(counts)" "$1"; }

written() { [[ -e $1.out ]] && (($(wc -l <"$1.out") >= $2)); } # so many lines by the process of that name
stored() { (($(logbuf cat q 2>/dev/null | wc -l) >= $1)); }

# In the background with a pipe for stdin; its other end is the descriptor $feed.
start_fed() {
  mkfifo in
  start "$1" bash -c 'exec "$@" <in' fed "${@:2}"
  exec {feed}>in
}

milliseconds() { echo $((${EPOCHREALTIME/./} / 1000)); }
json_of() { logbuf stat --json q | python3 -c "import json, sys; print(json.load(sys.stdin)$1)"; }

# ---- push

@test "push numbers messages from 1 on without gaps, over several runs" {
  store a b
  store c
  run logbuf cat -i q
  assert_output $'1\ta\n2\tb\n3\tc'
}

@test "push goes on numbering where it was when everything is acknowledged and deleted" {
  store a b
  logbuf pop q >/dev/null
  store c
  run logbuf cat -i q
  assert_output $'3\tc'
}

@test "push stores messages that come with ids under its own and confirms theirs" {
  quietly logbuf push -i -r q < <(printf 'x7\tfirst\nx9\tsecond\n')
  assert_status 0
  assert_line --index -1 x9
  run logbuf cat -i q
  assert_output $'1\tfirst\n2\tsecond'
}

@test "push --receipts writes a receipt while its input is still open" {
  start_fed push logbuf push -i -r q
  printf '5\tline\n' >&"$feed"
  eventually written push 1
  run logbuf cat q
  assert_output line
  exec {feed}>&-
  finish push
  assert_status 0
}

@test "push stores a lone line at once while its input is still open" {
  start_fed push logbuf push q
  printf 'lone\n' >&"$feed"
  DEADLINE=5 eventually stored 1
  exec {feed}>&-
  finish push
  assert_status 0
}

@test "push --rate bounds messages per second" {
  local began
  began=$(milliseconds)
  lines 40 | logbuf push --rate 100 q
  (($(milliseconds) - began >= 200))
  assert_equal "$(logbuf cat q | wc -l)" 40
}

@test "push --sync=os stores all the same" {
  lines 100 >input
  logbuf push --sync=os q <input
  logbuf cat q >output
  assert_same_lines output input
}

@test "push refuses a policy, a place or a size that it does not know" {
  quietly logbuf push --full=later q </dev/null
  assert_status 64
  assert_complaint "logbuf push" "'later' is not block, drop-newest or drop-oldest"
  quietly logbuf push --sync=never q </dev/null
  assert_status 64
  assert_complaint "logbuf push" "'never' is not disk or os"
  quietly logbuf push --max-size=big q </dev/null
  assert_status 64
  assert_complaint "logbuf push" big
  [[ ! -e q ]]
}

@test "SIGTERM ends push with what it took in stored" {
  start_fed push logbuf push q
  printf 'one\ntwo\n' >&"$feed"
  eventually stored 2
  stop push
  assert_status 0
  exec {feed}>&-
  assert_equal "$(logbuf cat q)" $'one\ntwo'
}

# ---- framings

@test "octet framing gives back any bytes" {
  printf '7 a\nb\0c\xff\n0 4 #0121 x' >input
  logbuf push -F octet q <input
  logbuf cat -F octet q >output
  cmp input output
}

@test "nul framing gives back messages with newlines" {
  printf 'one\nmore\0two\0\0' >input
  logbuf push -0 q <input
  logbuf cat -0 q >output
  cmp input output
}

@test "line framing shows a newline in a message as #012" {
  printf 'one\nmore\0two\0' | logbuf push -0 q
  run logbuf cat q
  assert_output $'one#012more\ntwo'
  assert_equal "$(logbuf peek -i q)" $'1\tone#012more\n2\ttwo'
}

@test "ids stand inside the frame of every framing" {
  store a bb
  assert_equal "$(logbuf cat -i -F octet q)" $'3 1\ta4 2\tbb'
  logbuf cat -i -0 q | cmp - <(printf '1\ta\0002\tbb\0')
}

# ---- peek and pop

@test "peek hands out from R's head, in order, and moves it to B" {
  store a b c
  run logbuf peek -n 2 q
  assert_output $'a\nb'
  assert_counts "1 2 0"
  run logbuf peek -i q
  assert_output $'3\tc'
  assert_counts "0 3 0"
}

@test "peek with nothing ready writes nothing, and --fail-empty asks" {
  store a
  logbuf peek q >/dev/null
  quietly logbuf peek q
  assert_status 0
  assert_output ""
  assert_equal "$stderr" ""
  quietly logbuf peek --fail-empty q
  assert_status 1
  assert_output ""
  assert_equal "$stderr" ""
  store b
  quietly logbuf peek --fail-empty q
  assert_status 0 && assert_output b
}

@test "peek and pop of no buffer are no input" {
  quietly logbuf peek q
  assert_status 66
  assert_complaint "logbuf" "there is no such buffer"
  quietly logbuf pop q
  assert_status 66
  assert_complaint "logbuf" "there is no such buffer"
  [[ ! -e q ]]
}

@test "peek of a large backlog keeps every line and the order" {
  lines 20000 >input
  logbuf push q <input
  logbuf peek q >output
  assert_same_lines output input
  assert_counts "0 20000 0"
}

@test "one-shot peek ends with what was there when it began" {
  lines 2000 | logbuf push q
  mkfifo out
  start peek bash -c 'exec logbuf peek q >out'
  exec {from_peek}<out
  read -r -u "$from_peek"
  lines 10 2 | logbuf push q
  assert_equal "$(wc -l <&"$from_peek")" 1999
  finish peek
  assert_status 0
  assert_counts "10 2000 0"
}

@test "peek -f hands out what is pushed later, at once" {
  local began
  store first
  start peek logbuf peek -f q
  eventually written peek 1
  store second
  began=$(milliseconds)
  eventually written peek 2
  (($(milliseconds) - began < 1000))
  stop peek
  assert_status 0
  assert_equal "$(<peek.out)" $'first\nsecond'
}

@test "peek -f -n ends after the n-th message" {
  store a
  start peek logbuf peek -f -n 2 q
  eventually written peek 1
  store b c
  finish peek
  assert_status 0
  assert_equal "$(<peek.out)" $'a\nb'
  assert_counts "1 2 0"
}

@test "peek --rate bounds messages per second, and what it did not reach stays ready" {
  lines 1000 | logbuf push q
  start peek logbuf peek --rate 20 q
  eventually written peek 1
  stop peek
  (($(wc -l <peek.out) < 500))
  assert_counts "$((1000 - $(wc -l <peek.out))) $(wc -l <peek.out) 0"
}

@test "peek into a reader that has gone fails, and rewind brings everything back" {
  lines 50000 >input
  logbuf push q <input
  quietly bash -c 'logbuf peek q | head -n 1 >/dev/null; exit "${PIPESTATUS[0]}"'
  assert_status 74
  [[ -z $stderr ]] || fail "$stderr"
  logbuf rewind q
  logbuf peek q >output
  assert_same_lines output input
}

@test "pop acknowledges what it wrote" {
  store a b c
  run logbuf pop -n 2 q
  assert_output $'a\nb'
  assert_counts "1 0 2"
  run logbuf pop q
  assert_output c
  assert_counts "0 0 3"
  run logbuf pop --fail-empty q
  assert_failure 1
}

@test "pop onto a full disk loses nothing: the next pop has it all" {
  lines 300 >input
  logbuf push q <input
  quietly bash -c 'logbuf pop q >/dev/full'
  assert_status 74
  assert_complaint logbuf "No space left on device"
  logbuf pop q >output
  assert_same_lines output input
}

@test "pop -f passes on what is pushed later" {
  store a
  start pop logbuf pop -f q
  eventually written pop 1
  store b
  eventually written pop 2
  stop pop
  assert_status 0
  assert_counts "0 0 2"
}

# ---- after a crash

@test "peek -f takes back what a killed predecessor left" {
  store a b c
  start first logbuf peek -f q
  eventually written first 3
  stop first KILL
  assert_counts "0 3 0"
  start second logbuf peek -f q
  eventually written second 3
  stop second
  assert_equal "$(<second.out)" $'a\nb\nc'
}

@test "one-shot peek does not take back what a killed peek left" {
  store a b c
  start first logbuf peek -f q
  eventually written first 3
  stop first KILL
  store d
  run logbuf peek q
  assert_output d
  assert_counts "0 4 0"
}

@test "peek -f leaves what a one-shot peek holds" {
  store a b c
  logbuf peek -n 2 q >/dev/null
  start peek logbuf peek -f q
  eventually written peek 1
  store d
  eventually written peek 2
  stop peek
  assert_equal "$(<peek.out)" $'c\nd'
}

together_written() { (($(cat first.out second.out | wc -l) >= $1)); }

@test "peek -f leaves what a living peek -f holds" {
  store a b
  start first logbuf peek -f q
  eventually written first 2
  start second logbuf peek -f q
  store c d e f
  eventually together_written 6
  cat first.out second.out >both # before one of them ends, and the other takes over what it held
  assert_same_set both <(printf '%s\n' a b c d e f)
}

# ---- ack

@test "a receipt on stdin acknowledges all that was handed out before it as well" {
  store a b c d
  logbuf peek q >/dev/null
  echo 3 | logbuf ack q
  assert_counts "0 1 3"
}

@test "ack of an id acknowledges that one only" {
  store a b c
  logbuf peek q >/dev/null
  logbuf ack q 2
  assert_counts "0 2 0"
  logbuf rewind q
  run logbuf peek q
  assert_output $'a\nc'
}

@test "ack takes several ids and ranges" {
  lines 30 | logbuf push q
  logbuf peek q >/dev/null
  logbuf ack q 1 5-10 20-20 30
  assert_counts "0 21 1"
}

@test "ack leaves out a receipt that is cut off, which is that of another message" {
  seq 1 60 | logbuf push q
  logbuf peek q >/dev/null
  quietly logbuf ack --each q < <(printf '50\n51\n5')
  assert_status 0
  assert_complaint logbuf "the last receipt has no LF"
  assert_equal "$(logbuf stat --json q | jq '.consumers[0].backlog')" 58
}

@test "ack --each takes ids and ranges on stdin for themselves" {
  store a b c d e
  logbuf peek q >/dev/null
  printf '2\n4-5\n' | logbuf ack --each q
  assert_counts "0 2 0"
}

@test "ack --upto and --all acknowledge what is in B and leave R" {
  store a b c d e
  logbuf peek -n 4 q >/dev/null
  logbuf ack --upto 2 q
  assert_counts "1 2 2"
  logbuf ack --all q
  assert_counts "1 0 4"
  run logbuf peek q
  assert_output e
}

@test "a receipt does not touch what a competing peek holds" {
  store a b c d
  logbuf peek -n 2 q >/dev/null
  logbuf peek -n 2 q >/dev/null
  echo 4 | logbuf ack q
  assert_counts "0 2 0"
  logbuf rewind q
  run logbuf peek q
  assert_output $'a\nb'
}

@test "ack --all with an id or --upto is a usage error, and nothing is forgotten" {
  store a b
  logbuf peek q >/dev/null
  quietly logbuf ack --all --upto 1 q
  assert_status 64
  assert_complaint "logbuf ack" "--upto cannot be combined with --all"
  quietly logbuf ack --all q 1
  assert_status 64
  assert_complaint "logbuf ack" "ID cannot be combined with --all"
  assert_counts "0 2 0"
}

@test "ack of an id that does not exist is bad data, and nothing is forgotten" {
  store a b
  logbuf peek q >/dev/null
  quietly logbuf ack q 1 3
  assert_status 65
  assert_complaint logbuf "acknowledge message 3: there is no such message; the newest is 2"
  quietly logbuf ack q < <(echo 3)
  assert_status 65
  assert_complaint logbuf "there is no such message"
  quietly logbuf ack --upto 3 q
  assert_status 65
  assert_complaint logbuf "there is no such message"
  assert_counts "0 2 0"
}

@test "ack of an id that was not handed out is bad data, and nothing is forgotten" {
  store a b c
  logbuf peek -n 1 q >/dev/null
  quietly logbuf ack q 1-2
  assert_status 65
  assert_complaint logbuf "acknowledge message 2: it was not handed out yet"
  assert_counts "2 1 0"
}

@test "ack of garbage is bad data, what stood before it counts, and nothing else is forgotten" {
  store a b c
  logbuf peek q >/dev/null
  quietly logbuf ack q < <(printf '1\nhello\n3\n')
  assert_status 65
  assert_complaint logbuf "'hello'"
  assert_counts "0 2 1"
  quietly logbuf ack q 3-2
  assert_status 65
  assert_complaint logbuf "'3-2'"
  quietly logbuf ack q 0
  assert_status 65
  assert_complaint logbuf "'0'"
  quietly logbuf ack q 18446744073709551616
  assert_status 65
  assert_complaint logbuf "'18446744073709551616'"
  assert_counts "0 2 1"
}

@test "a receipt that comes twice does nothing" {
  store a b
  logbuf peek q >/dev/null
  quietly logbuf ack q < <(printf '1\n1\n')
  assert_status 0
  quietly logbuf ack q < <(echo 1)
  assert_status 0
  assert_equal "$stderr" ""
  assert_counts "0 1 1"
}

@test "ack with empty input does nothing" {
  store a
  logbuf peek q >/dev/null
  quietly logbuf ack q </dev/null
  assert_status 0
  assert_counts "0 1 0"
}

# ---- rewind

@test "rewind returns all of B to R's head, in order, before what was never handed out" {
  store a b c d
  logbuf peek -n 2 q >/dev/null
  logbuf rewind q
  assert_counts "4 0 0"
  run logbuf peek q
  assert_output $'a\nb\nc\nd'
}

@test "rewind -n returns the newest of B only" {
  store a b c d
  logbuf peek -n 3 q >/dev/null
  logbuf rewind -n 2 q
  assert_counts "3 1 0"
  run logbuf peek q
  assert_output $'b\nc\nd'
}

@test "rewind --to returns acknowledged messages that retention kept" {
  store a b
  printf 'c\n' | logbuf push --retain-size 1MiB q
  logbuf pop q >/dev/null
  assert_counts "0 0 3"
  logbuf rewind --to 2 q
  run logbuf peek q
  assert_output $'b\nc'
}

@test "rewind --since returns what was accepted since then" {
  printf 'a\n' | logbuf push --retain-time 1h q
  local then=$EPOCHREALTIME
  store b c
  logbuf pop q >/dev/null
  logbuf rewind --since "@$then" q
  run logbuf pop q
  assert_output $'b\nc'
  logbuf rewind --since '10min ago' q
  run logbuf pop q
  assert_output $'a\nb\nc'
}

@test "rewind to what is deleted begins with the oldest and says so" {
  store a b
  logbuf pop q >/dev/null
  store c
  logbuf pop -n 0 q
  quietly logbuf rewind --to 1 q
  assert_status 0
  assert_complaint logbuf "the oldest is 3"
  run logbuf peek q
  assert_output c
}

@test "rewind to an id that does not exist is bad data" {
  store a
  quietly logbuf rewind --to 3 q
  assert_status 65 && assert_complaint logbuf "there is no such message; the newest is 1"
}

@test "rewind leaves what a running peek -f holds and says so" {
  store a b
  start peek logbuf peek -f q
  eventually written peek 2
  quietly logbuf rewind q
  assert_status 0
  assert_complaint logbuf "2 messages are with a running peek and stay there"
  assert_counts "0 2 0"
}

# ---- cat

@test "cat reads without touching a consumer" {
  store a b c
  logbuf peek -n 1 q >/dev/null
  run logbuf cat q
  assert_output $'a\nb\nc'
  assert_counts "2 1 0"
}

@test "cat makes no consumer" {
  store a
  logbuf cat q >/dev/null
  run logbuf consumer ls q
  assert_output ""
}

@test "cat --from and --to choose ids, both included" {
  store a b c d e
  assert_equal "$(logbuf cat --from 2 --to 4 q)" $'b\nc\nd'
  assert_equal "$(logbuf cat --from 4 q)" $'d\ne'
  assert_equal "$(logbuf cat --to 1 q)" a
  assert_equal "$(logbuf cat --from 9 q)" ""
}

@test "cat -n writes the first messages of the range" {
  store a b c
  assert_equal "$(logbuf cat -n 2 q)" $'a\nb'
  assert_equal "$(logbuf cat --from 2 -n 1 q)" b
  assert_equal "$(logbuf cat -n 0 q)" ""
}

@test "cat --since and --until take RFC 3339, epoch and relative times" {
  store a
  local epoch=$EPOCHREALTIME
  local rfc3339
  rfc3339=$(date -u -d "@$epoch" +%FT%T.%NZ)
  store b
  assert_equal "$(logbuf cat --since "@$epoch" q)" b
  assert_equal "$(logbuf cat --until "$epoch" q)" a
  assert_equal "$(logbuf cat --since "$rfc3339" q)" b
  assert_equal "$(logbuf cat --until "$rfc3339" q)" a
  assert_equal "$(logbuf cat --since '10min ago' q)" $'a\nb'
  assert_equal "$(logbuf cat --until '10min ago' q)" ""
}

@test "cat of a time that is none is a usage error" {
  store a
  quietly logbuf cat --since 'soonish' q
  assert_status 64 && assert_complaint "logbuf cat" soonish
}

@test "cat -f goes on with what is pushed later, and ends well on SIGTERM" {
  store a
  start cat logbuf cat -f q
  eventually written cat 1
  store b
  eventually written cat 2
  stop cat
  assert_status 0
  assert_equal "$(<cat.out)" $'a\nb'
}

@test "cat --fail-empty asks whether there is anything" {
  store a
  quietly logbuf cat --fail-empty q
  assert_status 0
  quietly logbuf cat --fail-empty --from 2 q
  assert_status 1 && assert_output "" && assert_equal "$stderr" ""
}

# ---- stat

@test "stat tells people what a buffer holds" {
  store a b c
  logbuf pop -n 1 q >/dev/null
  logbuf peek -n 1 q >/dev/null
  run logbuf stat q
  assert_line --index 0 --regexp '^q: 3 messages, .* of 1 ?GiB \(block when full\)'
  assert_line --partial "ids 1-3"
  assert_line --partial "consumer default: 1 ready, 1 in backlog, acknowledged to 1"
}

@test "stat --json is one object per buffer" {
  store a b
  logbuf peek -n 1 q >/dev/null
  echo x | logbuf push r
  assert_equal "$(json_of '["messages"]')" 2
  assert_equal "$(json_of '["next_id"]')" 3
  assert_equal "$(json_of '["consumers"][0]["ready"]')" 1
  assert_equal "$(json_of '["consumers"][0]["backlog"]')" 1
  run python3 -c 'import json, sys; print([json.loads(line)["buffer"] for line in sys.stdin])' < <(logbuf stat --json q r)
  assert_output "['q', 'r']"
}

@test "stat --prometheus has each metric's head once and a sample per buffer" {
  store a b
  logbuf peek -n 1 q >/dev/null
  echo x | logbuf push r
  run logbuf stat --prometheus q r
  assert_line 'logbuf_messages{buffer="q"} 2'
  assert_line 'logbuf_messages{buffer="r"} 1'
  assert_line 'logbuf_backlog_messages{buffer="q",consumer="default"} 1'
  assert_equal "$(grep -c '^# TYPE logbuf_messages ' <<<"$output")" 1
}

@test "stat shows the other buffers when one is missing" {
  store a
  quietly logbuf stat --json missing q
  assert_status 66
  assert_complaint logbuf "open buffer missing: there is no such buffer"
  assert_output --partial '"buffer":"q"'
}

@test "a buffer's name with a quote stays valid JSON and a valid label" {
  echo a | logbuf push 'q"\'
  logbuf stat --json 'q"\' | python3 -c 'import json, sys; assert json.load(sys.stdin)["buffer"] == "q\"\\"'
  run logbuf stat --prometheus 'q"\'
  assert_line 'logbuf_messages{buffer="q\"\\"} 1'
}

# ---- trim, verify, compact, salvage of a sound buffer

@test "trim deletes what is acknowledged and kept for replay only" {
  printf 'a\n' | logbuf push --retain-size 1MiB q
  store b
  store c
  logbuf pop -n 2 q >/dev/null
  run logbuf trim q
  assert_output "2 messages deleted"
  assert_equal "$(logbuf cat q)" c
  assert_counts "1 0 2"
}

@test "trim leaves what is not acknowledged, unless forced" {
  store a
  store b
  logbuf peek q >/dev/null
  quietly logbuf trim --upto 1 q
  assert_output "0 messages deleted"
  assert_complaint logbuf "message 1 is not acknowledged by every consumer"
  run logbuf trim --force --upto 1 q
  assert_output "1 message deleted"
  assert_equal "$(logbuf cat -i q)" $'2\tb'
  assert_equal "$(json_of '["dropped_oldest"]')" 1
  assert_equal "$(json_of '["consumers"][0]["lost"]')" 1
}

@test "trim --until deletes by time" {
  store a
  local then=$EPOCHREALTIME
  store b
  run logbuf trim --force --until "@$then" q
  assert_output "1 message deleted"
  assert_equal "$(logbuf cat q)" b
}

@test "trim --force without a limit is a usage error" {
  store a
  quietly logbuf trim --force q
  assert_status 64
  assert_complaint "logbuf trim" "needs --upto or --until"
  assert_equal "$(logbuf cat q)" a
}

@test "a forced trim under a peek is counted as lost, and peek goes on behind it" {
  store a
  store b
  logbuf trim --force --upto 1 q
  run logbuf peek q
  assert_output b
  logbuf verify q
}

@test "verify of a sound buffer counts its messages" {
  lines 5000 | logbuf push q
  logbuf pop -n 10 q >/dev/null
  run logbuf verify q
  assert_success
  assert_output "q: 5000 messages, all sound"
}

@test "salvage of a sound buffer copies every message with its id" {
  lines 3000 >input
  logbuf push q <input
  run logbuf salvage q fresh
  assert_output "3000 messages copied to fresh"
  logbuf cat -i fresh >output
  assert_same_lines output <(logbuf cat -i q)
  echo next | logbuf push fresh
  assert_equal "$(logbuf cat -i --from 3001 fresh)" $'3001\tnext'
}

@test "salvage --from leaves out what is below" {
  store a
  store b
  store c
  logbuf salvage --from 2 q fresh
  assert_equal "$(logbuf cat -i fresh)" $'2\tb\n3\tc'
}

@test "salvage does not write into a buffer that is there" {
  store a
  echo x | logbuf push other
  quietly logbuf salvage q other
  assert_status 73
  assert_complaint logbuf "there is one already"
  assert_equal "$(logbuf cat other)" x
}

# ---- what is not there yet, and what is the wrong way round

@test "peek -f of a buffer that is not there yet says so and waits for it" {
  start peek logbuf peek -f q
  eventually grep -q "wait for buffer q: it is not there yet" peek.err
  seq 3 | logbuf push q
  eventually grep -q 3 peek.out
  stop peek
  assert_status 0
}

@test "peek -f that waits for a buffer ends with SIGTERM" {
  start peek logbuf peek -f q
  eventually grep -q "not there yet" peek.err
  stop peek
  assert_status 0
  [[ ! -e q ]]
}

@test "peek without -f of a buffer that is not there is no input" {
  quietly logbuf peek q
  assert_status 66
}

@test "cat of a range that ends before it begins is an error" {
  seq 20 | logbuf push q
  quietly logbuf cat --from 10 --to 5 q
  assert_status 64
  assert_complaint logbuf "--to: it is before the beginning of the range"
  quietly logbuf cat --since now --until yesterday q
  assert_status 64
}

@test "trim says why it deletes nothing" {
  seq 10 | logbuf push q
  quietly logbuf trim --upto 5 --force q
  assert_output "0 messages deleted"
  assert_complaint logbuf "messages 1-10 are in one chunk, which is deleted as a whole or not at all"
  quietly logbuf trim --upto 10 q
  assert_output "0 messages deleted"
  assert_complaint logbuf "as long as there is no consumer"
  logbuf peek -n 3 q >/dev/null
  quietly logbuf trim --upto 10 q
  assert_complaint logbuf "messages 1-10 are not acknowledged by every consumer"
}

@test "cat --since takes times of day and days" {
  seq 3 | logbuf push q
  for when in yesterday 'yesterday 10:00' '1 hour ago' '2 days ago' '5m ago' 00:00 today; do
    assert_equal "$(logbuf cat --since "$when" q | xargs)" "1 2 3"
  done
  assert_equal "$(logbuf cat --since now q)" ""
}

# The verbs of logredis on a Redis stream: groups, pending entries, and what becomes of them when their owners are gone.

load helper
load redis

# A server, its URL in $U, and messages 1 to N in the stream s.
stream_with() {
  start_redis r
  U=$(url_of r)
  seq 1 "$1" | logredis push --stream "$U" s
}

pop() { logredis pop --stream "$@" "$U" s | tr '\n' ' '; }

# The ids of all entries, one on a line.
ids() { redis r --json xrange s - + | jq -r '.[][0]'; }

pending() { redis r --json xpending s default | jq '.[0]'; }

members() { redis r --json xinfo consumers s default | jq -r '.[].name'; }

has_pending() { [[ $(pending) -eq $1 ]]; }

wrote() { grep -qx "$2" "$1.out"; }

@test "an entry of another program is handed out whole: repeated fields, and bytes that are not UTF-8" {
  start_redis r
  redis r xadd s '*' tag a user $'caf\xe9' tag b >/dev/null
  logredis peek --stream "$(url_of r)" s >out
  assert_equal "$(jq -c .tag out)" '["a","b"]'
  assert_equal "$(jq -r .base64.user out | base64 -d)" $'caf\xe9'
}

@test "peek hands out entries with Redis' own ids, and they are pending" {
  stream_with 5
  quietly logredis peek --stream -i -n 3 "$U" s
  assert_status 0
  assert_equal "$(cut -f2 <<<"$output" | tr '\n' ' ')" "1 2 3 "
  assert_equal "$(cut -f1 <<<"$output")" "$(ids | head -n 3)"
  assert_equal "$(pending)" 3
  assert_equal "$(logredis peek --stream "$U" s | tr '\n' ' ')" "4 5 "
  quietly logredis peek --stream --fail-empty "$U" s
  assert_status 1
}

@test "a batch command finds Redis' own ids of its batch in its environment, the same ones when it is offered again" {
  stream_with 5
  quietly logredis peek --stream --batch 3 "$U" s -- sh -c 'echo "$LOGPIPE_FIRST $LOGPIPE_LAST" >>keys; test "$(wc -l <keys)" -ge 3'
  assert_status 75
  expected=$(ids | sed -n '1p;3p' | paste -sd ' ')
  quietly logredis peek --stream --batch 3 "$U" s -- sh -c 'echo "$LOGPIPE_FIRST $LOGPIPE_LAST" >>keys; test "$(wc -l <keys)" -ge 3'
  assert_status 75
  logredis peek --stream --batch 3 "$U" s -- sh -c 'echo "$LOGPIPE_FIRST $LOGPIPE_LAST" >>keys'
  assert_equal "$(head -n 3 keys)" "$(printf '%s\n' "$expected" "$expected" "$expected")"
}

@test "pop leaves an empty stream, and nobody in the group" {
  stream_with 3000
  logredis pop --stream "$U" s >popped
  seq 1 3000 | assert_same_lines popped /dev/stdin
  assert_equal "$(redis r xlen s)" 0
  assert_equal "$(members)" ""
}

@test "entries of other programs are read: a lone field m is the message, others are a JSON object" {
  stream_with 0
  redis r xadd s '*' m 'a message' >/dev/null
  redis r xadd s '*' host web1 text 'say "hi"' >/dev/null
  redis r xadd s '*' n 1 >/dev/null
  quietly logredis pop --stream "$U" s
  assert_output 'a message
{"host":"web1","text":"say \"hi\""}
{"n":"1"}'
}

@test "every consumer gets every message, and an entry goes when all have acknowledged it" {
  stream_with 10
  logredis peek --stream -c other -n 4 "$U" s >/dev/null
  assert_equal "$(pop)" "1 2 3 4 5 6 7 8 9 10 "
  assert_equal "$(redis r xlen s)" 10
  logredis ack --stream -c other --all "$U" s
  assert_equal "$(redis r xlen s)" 6
  assert_equal "$(pop -c other)" "5 6 7 8 9 10 "
  assert_equal "$(redis r xlen s)" 0
}

@test "--no-trim keeps what has been acknowledged" {
  stream_with 5
  assert_equal "$(pop --no-trim)" "1 2 3 4 5 "
  assert_equal "$(redis r xlen s)" 5
  assert_equal "$(logredis trim --stream "$U" s)" "5 messages deleted"
}

@test "--start newest begins after what is there" {
  stream_with 5
  assert_equal "$(pop --start newest)" ""
  echo 6 | logredis push --stream "$U" s
  assert_equal "$(pop)" "6 "
}

@test "ack with ids and ranges acknowledges these only" {
  stream_with 9
  logredis peek --stream -i -n 8 "$U" s | cut -f1 >id
  id() { sed -n "$1p" id; }
  logredis ack --stream "$U" s "$(id 2)" "$(id 4)..$(id 6)"
  assert_equal "$(pending)" 4
  quietly logredis ack --stream "$U" s "$(id 1)" "$(ids | tail -n 1)"
  assert_status 65
  assert_complaint logredis "it was not handed out yet"
  assert_equal "$(pending)" 4
  logredis ack --stream --upto "$(id 7)" "$U" s
  logredis rewind --stream "$U" s
  assert_equal "$(pop)" "8 9 "
}

@test "a receipt stands for what the same peek handed out before it, and for nothing else" {
  stream_with 9
  for each in a b c; do logredis peek --stream -i -n 3 "$U" s >$each; done
  sed -n 2p b | cut -f1 | logredis ack --stream "$U" s
  assert_equal "$(pending)" 7
  (cut -f1 c; sed -n 1p a | cut -f1; echo 17-3) | logredis ack --stream "$U" s
  logredis rewind --stream "$U" s
  assert_equal "$(pop)" "2 3 6 "
}

@test "ack --each takes ids on stdin for themselves" {
  stream_with 5
  logredis peek --stream -i "$U" s | sed -n '2p;4p' | cut -f1 | logredis ack --stream --each "$U" s
  logredis rewind --stream "$U" s
  assert_equal "$(pop)" "1 3 5 "
}

@test "rewind returns the newest n, or all, and they come first and in order" {
  stream_with 9
  logredis peek --stream -n 4 "$U" s >/dev/null
  logredis peek --stream -n 3 "$U" s >/dev/null
  logredis rewind --stream -n 4 "$U" s
  assert_equal "$(logredis peek --stream "$U" s | tr '\n' ' ')" "4 5 6 7 8 9 "
  logredis rewind --stream "$U" s
  assert_equal "$(pop)" "1 2 3 4 5 6 7 8 9 "
}

@test "rewind leaves a running peek what it has, and says so" {
  stream_with 10
  start peek logredis peek --stream -f -n 5 "$U" s -- sleep 600
  eventually has_pending 5
  quietly logredis rewind --stream "$U" s
  assert_status 0
  assert_complaint logredis "5 messages are with a running peek and stay there"
  assert_equal "$(pop)" "6 7 8 9 10 "
}

@test "a running peek hands out what was rewound, under another name, so that no receipt is for both" {
  stream_with 4
  logredis peek --stream -n 2 "$U" s >/dev/null
  start peek logredis peek --stream -f -i "$U" s
  eventually has_pending 4
  eventually_lines peek.out 2
  logredis rewind --stream "$U" s
  eventually_lines peek.out 4
  assert_equal "$(cut -f2 peek.out | tr '\n' ' ')" "3 4 1 2 "
  sed -n 2p peek.out | cut -f1 | logredis ack --stream "$U" s
  assert_equal "$(pending)" 2
}

eventually_lines() { eventually has_lines "$1" "$2"; }
has_lines() { [[ $(wc -l <"$1") -eq $2 ]]; }

@test "names under which a running peek has nothing left go from the group" {
  stream_with 6
  logredis peek --stream -n 5 "$U" s >/dev/null
  start peek logredis peek --stream -f -i "$U" s
  eventually_lines peek.out 1
  for i in 2 3 4 5 6; do
    tail -n 1 peek.out | cut -f1 | logredis ack --stream "$U" s
    logredis rewind --stream -n 1 "$U" s
    eventually_lines peek.out "$i"
  done
  (($(members | grep -c /) <= 2)) || fail "$(members)"
}

@test "competing consumers get different messages, all of them" {
  stream_with 20000
  for each in a b c d; do start $each logredis pop --stream --rate 100000 "$U" s; done
  for each in a b c d; do
    finish $each
    assert_status 0
  done
  cat {a,b,c,d}.out >all
  seq 1 20000 | assert_same_set all /dev/stdin
  assert_equal "$(redis r xlen s)" 0
}

@test "follow hands out what comes, at once, and without asking for it" {
  stream_with 0
  start peek logredis peek --stream -f "$U" s
  eventually is_waiting
  asked=$(calls)
  for i in 1 2 3; do
    echo "$i" | logredis push --stream "$U" s
    DEADLINE=2 eventually wrote peek "$i"
  done
  (($(calls) - asked <= 20)) || fail "$(($(calls) - asked)) calls for 3 messages"
  stop peek
  assert_status 0
}

is_waiting() { redis r client list | grep -q 'cmd=xread '; }

calls() { redis r info commandstats | sed -n 's/^cmdstat_evalsha:calls=\([0-9]*\).*/\1/p'; }

@test "a sink's receipts acknowledge, and what all have goes from the stream" {
  stream_with 5000
  logredis peek --stream "$U" s -- logbuf push b
  logbuf cat b >stored
  seq 1 5000 | assert_same_lines stored /dev/stdin
  assert_equal "$(redis r xlen s)" 0
}

@test "a pipe of peek, logsend and ack empties the stream" {
  stream_with 3000
  logredis peek --stream -i "$U" s | logsend -i -r file:out | logredis ack --stream "$U" s
  seq 1 3000 | assert_same_lines out /dev/stdin
  assert_equal "$(pending)" 0
  assert_equal "$(redis r xlen s)" 0
  assert_equal "$(members)" ""
}

@test "what a killed peek had comes back at once to the next one on the same machine" {
  stream_with 6
  start peek logredis peek --stream -f "$U" s
  eventually wrote peek 6
  kill -KILL "${pid[peek]}"
  finish peek
  assert_equal "$(pop)" "1 2 3 4 5 6 "
  assert_equal "$(members)" ""
}

@test "what another program has is taken over when it has been silent for --claim-after, and not before" {
  stream_with 3
  redis r xgroup create s default 0 >/dev/null
  redis r xreadgroup group default other count 2 streams s '>' >/dev/null
  assert_equal "$(pop)" "3 "
  start peek logredis peek --stream -f --claim-after 1s "$U" s
  eventually wrote peek 2
  assert_equal "$(tr '\n' ' ' <peek.out)" "1 2 "
}

@test "what was deleted while somebody had it is passed over, and is pending no more" {
  stream_with 3
  start peek logredis peek --stream -f "$U" s
  eventually wrote peek 3
  kill -KILL "${pid[peek]}"
  finish peek
  redis r xdel s "$(ids | sed -n 2p)" >/dev/null
  assert_equal "$(pop)" "1 3 "
  assert_equal "$(pending)" 0
}

@test "a peek that waits for its sink keeps what it has, however long" {
  stream_with 3
  start peek logredis peek --stream -f --claim-after 1s "$U" s -- sleep 600
  eventually has_pending 3
  start other logredis peek --stream -f --claim-after 1s "$U" s
  eventually has_renewed 6
  refute [ -s other.out ]
}

# Each reader shows that it lives three times in the time after which it would be taken for dead.
has_renewed() {
  local calls
  calls=$(redis r info commandstats | sed -n 's/^cmdstat_xreadgroup:calls=\([0-9]*\).*/\1/p')
  : "${first_calls:=$calls}"
  ((calls - first_calls >= 2 * $1))
}

@test "what a plain peek handed out stays pending for whoever reads its output" {
  stream_with 3
  logredis peek --stream -n 2 "$U" s >/dev/null
  assert_equal "$(pop)" "3 "
  assert_equal "$(pending)" 2
}

@test "what was taken ahead and not handed out goes back when a peek is stopped" {
  stream_with 1000
  start peek logredis peek --stream -f --rate 5 "$U" s
  eventually wrote peek 3
  stop peek
  assert_status 0
  assert_equal "$(logredis peek --stream -n 1 "$U" s)" "$(($(tail -n 1 peek.out) + 1))"
}

@test "what was too large to come along goes back when a peek is stopped" {
  stream_with 0
  for i in 1 2 3 4 5 6; do head -c 900000 /dev/zero | tr '\0' "$i" | logredis push --stream "$U" s; done
  start peek logredis peek --stream --rate 1 "$U" s
  eventually has_pending 6
  stop peek
  assert_equal "$(cut -c1 peek.out | tr '\n' ' ')" "1 "
  assert_equal "$(logredis peek --stream "$U" s | cut -c1 | tr '\n' ' ')" "2 3 4 5 6 "
}

@test "what was too large to come along is handed out, though something was rewound meanwhile" {
  stream_with 1
  logredis peek --stream "$U" s >/dev/null
  for i in 2 3 4 5 6 7; do head -c 900000 /dev/zero | tr '\0' "$i" | logredis push --stream "$U" s; done
  mkfifo out
  start peek sh -c 'exec logredis peek --stream -f --claim-after 1s "$0" s >out' "$U"
  exec {reader}<out
  eventually has_pending 7
  logredis rewind --stream "$U" s
  eventually has_renewed 4
  start_from out cat cat
  eventually_lines cat.out 7
  assert_equal "$(cut -c1 cat.out | tr '\n' ' ')" "2 3 4 5 6 7 1 "
  exec {reader}<&-
}

@test "a stream that has expired under a running peek is followed when it is there again" {
  stream_with 3
  start peek logredis peek --stream -f --claim-after 1s "$U" s
  eventually wrote peek 3
  redis r del s
  eventually is_made_again
  echo 4 | logredis push --stream "$U" s
  eventually wrote peek 4
  stop peek
  assert_status 0
  assert_equal "$(tr '\n' ' ' <peek.out)" "1 2 3 4 "
}

is_made_again() { redis r xinfo groups s | grep -qx default; }

@test "a stream that has gone has nothing to acknowledge, and nothing to give back" {
  stream_with 3
  start peek logredis peek --stream -f -i "$U" s
  eventually_lines peek.out 3
  redis r del s
  cut -f1 peek.out | logredis ack --stream "$U" s
  stop peek
  assert_status 0
}

@test "a server that is started again is found again, and nothing is missing or twice" {
  stream_with 200
  start hop logredis peek --stream -f --rate 200 "$U" s -- logbuf push b
  eventually stored 20
  stop r KILL
  start_redis r
  seq 201 300 | logredis push --stream "$U" s
  eventually stored 300
  stop hop
  assert_status 0
  logbuf cat b | sort -n >got
  seq 1 300 | assert_same_lines got /dev/stdin
}

stored() { (($(logbuf cat b 2>/dev/null | wc -l) >= $1)); }

@test "cat reads a range, by id or time, follows, and changes nothing" {
  stream_with 9
  cat_s() { logredis cat --stream "$@" "$U" s | tr '\n' ' '; }
  assert_equal "$(cat_s)" "1 2 3 4 5 6 7 8 9 "
  assert_equal "$(cat_s --from "$(ids | sed -n 3p)" --to "$(ids | sed -n 5p)")" "3 4 5 "
  assert_equal "$(cat_s -n 2)" "1 2 "
  assert_equal "$(cat_s --since '1h ago')" "1 2 3 4 5 6 7 8 9 "
  assert_equal "$(cat_s --until '1h ago')" ""
  assert_equal "$(logredis cat --stream -i -n 1 "$U" s)" "$(ids | head -n 1)	1"
  start follow logredis cat --stream -f "$U" s
  eventually wrote follow 9
  echo 10 | logredis push --stream "$U" s
  eventually wrote follow 10
  assert_equal "$(redis r xinfo groups s)" ""
}

@test "trim deletes what is acknowledged, and more only if one insists" {
  stream_with 9
  logredis peek --stream -n 5 "$U" s >/dev/null
  logredis ack --stream --no-trim --upto "$(ids | sed -n 3p)" "$U" s
  assert_equal "$(logredis trim --stream --upto "$(ids | sed -n 2p)" "$U" s)" "2 messages deleted"
  assert_equal "$(logredis trim --stream "$U" s)" "1 messages deleted"
  assert_equal "$(logredis trim --stream --upto "$(ids | tail -n 1)" "$U" s)" "0 messages deleted"
  assert_equal "$(logredis trim --stream --force --keep 4 "$U" s)" "2 messages deleted"
  assert_equal "$(logredis trim --stream --force --upto "$(ids | sed -n 3p)" "$U" s)" "3 messages deleted"
  assert_equal "$(stream_of r s)" 9
}

@test "a full server can be emptied" {
  stream_with 2000
  logredis peek --stream -n 1 "$U" s >/dev/null
  redis r config set maxmemory 1mb >/dev/null
  quietly redis r xadd s '*' m more
  assert_output --partial OOM
  assert_equal "$(logredis pop --stream "$U" s | tail -n 1)" 2000
}

@test "memory stays small, whatever the backlog" {
  stream_with 100
  head -c 200000000 /dev/zero | tr '\0' x | fold -w 2000000 | logredis push --stream --max-message 8M "$U" s
  lines 200000 | logredis push --stream "$U" s
  start peek logredis pop --stream "$U" s
  finish_with_peak peek
  assert_status 0
  assert_equal "$(wc -l <peek.out)" 200200
  ((peak < 64 * 1024)) || [[ ${MODE:-release} != release ]] || fail "$peak KiB"
}

# The verbs of logredis on a Redis list: what moves from R to B and back, and who may touch what.

load helper
load redis

# A server, its URL in $U, and messages 1 to N in the list q.
queue_of() {
  start_redis r
  U=$(url_of r)
  seq 1 "$1" | logredis push "$U" q
}

ready() { list_of r q | tr '\n' ' '; }

backlog() { list_of r "{q}:backlog:default:$1" | grep . | tr '\n' ' '; }

@test "stat of a list that was handed out whole shows it and its backlog" {
  start_redis r
  lines 5 | logredis push "$(url_of r)" q
  logredis peek "$(url_of r)" q >/dev/null
  run -0 logredis stat "$(url_of r)" q
  assert_line --partial "q: list of 0 messages, 5 in backlogs"
  assert_equal "$(logredis stat --json "$(url_of r)" q | jq -c '[.layout, .messages, .backlog]')" '["list",0,5]'
}

@test "peek hands out from the head, and what it handed out is in the backlog" {
  queue_of 5
  quietly logredis peek -i -n 3 "$U" q
  assert_status 0
  assert_output "1-1	1
1-2	2
1-3	3"
  assert_equal "$(ready)" "4 5 "
  assert_equal "$(backlog 1)" "1 2 3 "
}

@test "peek without -f ends at what was there at the start, and --fail-empty says when that was nothing" {
  queue_of 2
  assert_equal "$(logredis peek --fail-empty "$U" q | tr '\n' ' ')" "1 2 "
  quietly logredis peek --fail-empty "$U" q
  assert_status 1
  assert_output ""
}

@test "pop leaves nothing but the number of claims" {
  queue_of 1000
  logredis pop "$U" q >popped
  seq 1 1000 | assert_same_lines popped /dev/stdin
  assert_equal "$(redis r keys '*')" "{q}:consumer:default"
  assert_equal "$(redis r hgetall '{q}:consumer:default' | tr '\n' ' ')" "claims 1 "
}

@test "what other programs push is read, whatever bytes it has" {
  queue_of 0
  redis r rpush q 'one' '' 'two  words' >/dev/null
  printf 'a\nb\0c' | redis r -x rpush q >/dev/null
  logredis pop -F octet "$U" q >popped
  printf '3 one0 10 two  words5 a\nb\0c' | cmp - popped
}

@test "ack with an id acknowledges that message only, and a range all in it" {
  queue_of 10
  logredis peek "$U" q >/dev/null
  logredis ack "$U" q 1-3 1-5..1-7 1-1
  logredis rewind "$U" q
  assert_equal "$(ready)" "2 4 8 9 10 "
}

@test "ack of what was never handed out is an error, and acknowledges nothing" {
  queue_of 5
  logredis peek -n 3 "$U" q >/dev/null
  quietly logredis ack "$U" q 1-1 1-4
  assert_status 65
  assert_complaint logredis "acknowledge message 1-4: it was not handed out yet"
  quietly logredis ack "$U" q 9-1
  assert_status 65
  quietly logredis ack "$U" q 17
  assert_status 65
  assert_complaint logredis "it is no id and no range FIRST..LAST"
  assert_equal "$(backlog 1)" "1 2 3 "
}

@test "ack --upto and --all" {
  queue_of 9
  for _ in 1 2 3; do logredis peek -n 3 "$U" q >/dev/null; done
  logredis ack --upto 2-2 "$U" q
  assert_equal "$(backlog 1)$(backlog 2)$(backlog 3)" "6 7 8 9 "
  logredis ack --all "$U" q
  assert_equal "$(redis r keys '*')" "{q}:consumer:default"
}

@test "a receipt on stdin stands for what the same peek handed out before it, and for nothing else" {
  queue_of 9
  for _ in 1 2 3; do logredis peek -n 3 "$U" q >/dev/null; done
  printf '2-2\n' | logredis ack "$U" q
  assert_equal "$(backlog 1)" "1 2 3 "
  assert_equal "$(backlog 2)" "6 "
  printf '3-1\n3-3\n1-1\n77-5\n' | logredis ack "$U" q
  assert_equal "$(backlog 1)$(backlog 2)$(backlog 3)" "2 3 6 "
}

@test "ack leaves out a receipt that is cut off, which is that of another message" {
  queue_of 20
  logredis peek "$U" q >/dev/null
  quietly logredis ack --each "$U" q < <(printf '1-12\n1-1')
  assert_status 0
  assert_complaint logredis "the last receipt has no LF"
  logredis rewind "$U" q
  assert_equal "$(logredis cat "$U" q)" "$(seq 20 | grep -v 12)"
}

@test "ack --each takes ids on stdin for themselves" {
  queue_of 5
  logredis peek "$U" q >/dev/null
  printf '1-2\n1-4\n' | logredis ack --each "$U" q
  logredis rewind "$U" q
  assert_equal "$(ready)" "1 3 5 "
}

@test "rewind returns the newest n, or all, to the head in the original order" {
  queue_of 9
  logredis peek -n 4 "$U" q >/dev/null
  logredis peek -n 3 "$U" q >/dev/null
  logredis rewind -n 4 "$U" q
  assert_equal "$(ready)" "4 5 6 7 8 9 "
  logredis rewind "$U" q
  assert_equal "$(ready)" "1 2 3 4 5 6 7 8 9 "
}

@test "what was rewound is not acknowledged by the receipts of those who had it" {
  queue_of 4
  logredis peek "$U" q >/dev/null
  logredis rewind "$U" q
  printf '1-4\n' | logredis ack "$U" q
  assert_equal "$(ready)" "1 2 3 4 "
  assert_equal "$(logredis peek -i -n 1 "$U" q)" "2-1	1"
}

@test "rewind leaves a running peek what it has, and says so" {
  queue_of 10
  start peek logredis peek -f -n 5 --window-messages 5 "$U" q -- sleep 600
  eventually holds r q 5
  quietly logredis rewind "$U" q
  assert_status 0
  assert_complaint logredis "5 messages are with a running peek and stay there"
  assert_equal "$(ready)" "6 7 8 9 10 "
}

@test "a large backlog is rewound in order" {
  queue_of 12345
  logredis peek "$U" q | tail -n 1
  assert holds r q 0
  logredis rewind "$U" q
  list_of r q >rewound
  seq 1 12345 | assert_same_lines rewound /dev/stdin
}

@test "competing consumers get different messages, all of them" {
  queue_of 30000
  for each in a b c d; do start $each logredis pop --rate 100000 "$U" q; done
  for each in a b c d; do
    finish $each
    assert_status 0
  done
  cat {a,b,c,d}.out >all
  seq 1 30000 | assert_same_set all /dev/stdin
}

@test "follow hands out what comes, at once, and without asking for it" {
  queue_of 0
  start peek logredis peek -f "$U" q
  eventually is_waiting
  asked=$(redis r info commandstats | sed -n 's/^cmdstat_evalsha:calls=\([0-9]*\).*/\1/p')
  for i in 1 2 3; do
    echo "$i" | logredis push "$U" q
    DEADLINE=2 eventually wrote peek "$i"
  done
  run ! wrote peek 4
  now=$(redis r info commandstats | sed -n 's/^cmdstat_evalsha:calls=\([0-9]*\).*/\1/p')
  ((now - asked <= 20)) || fail "$((now - asked)) calls for 3 messages"
  stop peek
  assert_status 0
}

is_waiting() { [[ $(redis r client list | grep -c 'flags=b') -eq ${1:-1} ]]; }

wrote() { grep -qx "$2" "$1.out"; }

@test "a sink's receipts acknowledge" {
  queue_of 5000
  logredis peek "$U" q -- logbuf push b
  logbuf cat b >stored
  seq 1 5000 | assert_same_lines stored /dev/stdin
  assert_equal "$(redis r keys '*')" "{q}:consumer:default"
}

@test "a batch command of a list, whose ids change when messages come again, is told none" {
  queue_of 4
  logredis peek --batch 4 "$U" q -- sh -c 'echo "$LOGPIPE_MESSAGES $LOGPIPE_FIRST" >got'
  assert_equal "$(<got)" "4 "
}

@test "a batch command's exit status acknowledges" {
  queue_of 10
  quietly logredis peek --batch 4 "$U" q -- sh -c 'cat >>got; ! grep -qx 7 got'
  assert_status 75
  assert_equal "$(logredis pop "$U" q | tr '\n' ' ')" "5 6 7 8 9 10 "
}

@test "a pipe of peek, logsend and ack empties the queue" {
  queue_of 3000
  logredis peek -i "$U" q | logsend -i -r file:out | logredis ack "$U" q
  seq 1 3000 | assert_same_lines out /dev/stdin
  assert_equal "$(redis r keys '*')" "{q}:consumer:default"
}

@test "a pipe that follows does so too, and each step ends when the first is stopped" {
  queue_of 100
  mkfifo messages receipts
  start ack sh -c 'exec logredis ack "$0" q <receipts' "$U"
  start send sh -c 'exec logsend -i -r file:out <messages >receipts'
  start peek sh -c 'exec logredis peek -f -i "$0" q >messages' "$U"
  seq 101 200 | logredis push "$U" q
  eventually same_count out 200
  eventually holds r '{q}:backlog:default:1' 0
  kill "${pid[peek]}"
  for each in peek send ack; do
    finish $each
    assert_status 0
  done
  seq 1 200 | assert_same_lines out /dev/stdin
  assert_equal "$(redis r keys '*')" "{q}:consumer:default"
}

same_count() { [[ $(wc -l <"$1") -eq $2 ]]; }

@test "what a killed peek had comes back at once to the next one on the same machine" {
  queue_of 6
  start peek logredis peek -f "$U" q
  eventually wrote peek 6
  kill -KILL "${pid[peek]}"
  finish peek
  assert_equal "$(logredis pop "$U" q | tr '\n' ' ')" "1 2 3 4 5 6 "
}

@test "what a peek on another machine had comes back when its lease is over, and not before" {
  queue_of 3
  redis r hset '{q}:consumer:default' claims 1 claim:1 0 owner:1 far:1:1:abcdef01:1 >/dev/null
  redis r lmove q '{q}:backlog:default:1' left right >/dev/null
  redis r set '{q}:lease:default:1' '' px 3000 >/dev/null
  assert_equal "$(logredis pop -n 1 "$U" q)" 2
  start peek logredis peek -f --claim-after 1s "$U" q
  eventually wrote peek 1
  assert_equal "$(tr '\n' ' ' <peek.out)" "3 1 "
}

@test "what a plain peek handed out stays in the backlog for whoever reads its output" {
  queue_of 3
  logredis peek -n 2 "$U" q >/dev/null
  assert_equal "$(logredis pop "$U" q)" 3
  assert_equal "$(backlog 1)" "1 2 "
}

@test "a peek whose claim was taken away says so and goes on" {
  queue_of 3
  start peek logredis peek -f --claim-after 1s "$U" q
  eventually wrote peek 3
  kill -STOP "${pid[peek]}"
  eventually gone '{q}:lease:default:1'
  assert_equal "$(logredis pop "$U" q | tr '\n' ' ')" "1 2 3 "
  kill -CONT "${pid[peek]}"
  echo 4 | logredis push "$U" q
  eventually wrote peek 4
  assert_equal "$(tr '\n' ' ' <peek.out)" "1 2 3 4 "
}

gone() { [[ $(redis r exists "$1") == 0 ]]; }

@test "ack --all with an id or --upto is a usage error, and nothing is forgotten" {
  queue_of 2
  logredis peek "$U" q >/dev/null
  quietly logredis ack --all --upto 1-1 "$U" q
  assert_status 64
  assert_complaint "logredis ack" "--upto cannot be combined with --all"
  quietly logredis ack --all "$U" q 1-1
  assert_status 64
  assert_complaint "logredis ack" "ID cannot be combined with --all"
  assert_equal "$(backlog 1)" "1 2 "
}

@test "no id is used twice, also when the server has lost its data: old receipts do not touch new messages" {
  queue_of 3
  start peek logredis peek -f -i "$U" q
  eventually wrote peek '1-3	3'
  redis r flushall
  seq 4 6 | logredis push "$U" q
  eventually wrote peek '.*	6'
  echo 1-3 | logredis ack "$U" q
  assert_equal "$(backlog 2)" "4 5 6 "
}

@test "what a server has forgotten that it handed out is handed out under another id" {
  queue_of 3
  start peek logredis peek -f -i "$U" q
  eventually wrote peek '1-3	3'
  # As after a failover to a replica that was behind.
  redis r lmove '{q}:backlog:default:1' q right left
  eventually same_count peek.out 4
  assert_equal "$(tail -n 1 peek.out)" '2-1	3'
}

@test "a peek's receipts do not acknowledge what another one has under the same number" {
  queue_of 3
  mkfifo go
  start peek logredis peek -f --batch 3 "$U" q -- sh -c 'cat >got && read -r _ <go'
  eventually grep -sqx 3 got
  # As after a failover that has lost the claim.
  redis r hset '{q}:consumer:default' owner:1 other:1:1:abcdef01:1
  echo >go
  stop peek
  assert_equal "$(backlog 1)" "1 2 3 "
}

@test "what was taken ahead and not handed out goes back when a peek is stopped" {
  queue_of 1000
  start peek logredis peek -f --rate 5 "$U" q
  eventually wrote peek 3
  stop peek
  assert_status 0
  assert_equal "$(ready | cut -d' ' -f1)" "$(($(tail -n 1 peek.out) + 1))"
}

@test "a server that is started again is found again, and nothing is missing or twice" {
  queue_of 200
  start hop logredis peek -f --rate 200 "$U" q -- logbuf push b
  eventually stored_some
  stop r KILL
  start_redis r
  seq 201 300 | logredis push "$U" q
  eventually stored 300
  stop hop
  assert_status 0
  logbuf cat b | sort -n >got
  seq 1 300 | assert_same_lines got /dev/stdin
}

stored_some() { (($(logbuf cat b 2>/dev/null | wc -l) >= 20)); }

stored() { (($(logbuf cat b | wc -l) >= $1)); }

@test "a queue of another type is refused with one line" {
  queue_of 0
  redis r set q text >/dev/null
  for verb in peek pop ack rewind cat trim; do
    quietly logredis $verb "$U" q </dev/null
    assert_status 65
    assert_complaint logredis "string"
  done
}

@test "cat shows R and changes nothing" {
  queue_of 9
  logredis peek -n 2 "$U" q >/dev/null
  assert_equal "$(logredis cat "$U" q | tr '\n' ' ')" "3 4 5 6 7 8 9 "
  assert_equal "$(logredis cat -i --from 2 --to 4 "$U" q | tr '\n' ' ')" "0-2	4 0-3	5 0-4	6 "
  assert_equal "$(logredis cat -n 1 "$U" q)" "3"
  assert_equal "$(ready)" "3 4 5 6 7 8 9 "
  quietly logredis cat -f "$U" q
  assert_status 64
}

@test "trim deletes all but the newest, if one insists" {
  queue_of 9
  assert_equal "$(logredis trim "$U" q)" "0 messages deleted"
  quietly logredis trim --keep 3 "$U" q
  assert_status 64
  assert_equal "$(logredis trim --force --keep 3 "$U" q)" "6 messages deleted"
  assert_equal "$(ready)" "7 8 9 "
}

@test "a full server can be emptied" {
  queue_of 2000
  redis r config set maxmemory 1mb >/dev/null
  quietly redis r rpush q more
  assert_output --partial OOM
  assert_equal "$(logredis pop "$U" q | tail -n 1)" 2000
}

@test "memory stays small, whatever the backlog" {
  queue_of 0
  lines 400000 >log
  logredis push "$U" q <log
  head -c 300000000 /dev/zero | tr '\0' x | fold -w 5000000 | logredis push --max-message 8M "$U" q
  start peek logredis pop "$U" q
  finish_with_peak peek
  assert_status 0
  ((peak < 64 * 1024)) || [[ ${MODE:-release} != release ]] || fail "$peak KiB"
}

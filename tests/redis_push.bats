#!/usr/bin/env bats
# logredis push, stat and ls on one server.

load helper
load redis

@test "push appends the lines of stdin to a list, in order, and ends 0" {
  start_redis r
  lines 5000 >in
  logredis push "$(url_of r)" q <in
  list_of r q >out
  assert_same_lines in out
}

@test "push --stream adds the lines to a stream, in order" {
  start_redis r
  lines 3000 >in
  logredis push --stream "$(url_of r)" q <in
  stream_of r q >out
  assert_same_lines in out
}

@test "any bytes arrive as they are" {
  start_redis r
  random_bytes 100000 >in
  { printf '%d ' 100000; cat in; } | logredis push -F octet "$(url_of r)" q
  redis r --raw lrange q 0 -1 | head -c 100000 >out
  cmp in out
}

@test "empty messages are messages, and no input is none" {
  start_redis r
  printf '\n\n\n' | logredis push "$(url_of r)" q
  [[ $(redis r llen q) == 3 ]]
  logredis push "$(url_of r)" none </dev/null
  [[ $(redis r exists none) == 0 ]]
}

@test "a receipt comes for every message, the last one last" {
  start_redis r
  lines 2000 | awk '{ print NR "\t" $0 }' >in
  logredis push -i -r "$(url_of r)" q <in >receipts
  [[ $(tail -n 1 receipts) == 2000 ]]
  sort -n receipts | cmp - receipts
}

@test "a lone message gets its receipt at once, while more may come" {
  start_redis r
  mkfifo in
  start_from in push logredis push -i -r "$(url_of r)" q
  exec {writer}>in
  printf '7\thello\n' >&"$writer"
  eventually grep -qx 7 push.out
  [[ $(list_of r q) == hello ]]
  exec {writer}>&-
  finish push
  [[ $status == 0 ]]
}

@test "as the sink of a hop it says stored only where the server syncs before it answers" {
  start_redis always
  start_redis everysec --appendfsync everysec
  LOGPIPE="1 pid=0 max=100" run -0 greeting_of always
  [[ $output == "logpipe 1 stored" ]]
  run -0 greeting_of everysec
  [[ $output == "logpipe 1 peer" ]]
}

@test "where CONFIG is forbidden it says peer" {
  start_redis r --rename-command CONFIG ''
  run -0 greeting_of r
  [[ $output == "logpipe 1 peer" ]]
}

@test "a second run from the same buffer adds nothing, and the server remembers the buffer" {
  start_redis r
  lines 3000 >in
  logbuf push q <in
  logbuf peek q -- logredis push "$(url_of r)" q
  logbuf peek q -- logredis push "$(url_of r)" q
  list_of r q >out
  assert_same_lines in out
  [[ $(redis r --raw keys '*:origin:*' | wc -l) == 1 ]]
}

@test "what the server has forgotten after --origin-ttl is not called lost" {
  start_redis r
  echo one | logbuf push b
  start peek logbuf peek -f b -- logredis push --origin-ttl 1s "$(url_of r)" q
  eventually holds r q 1
  eventually has_only r q
  echo two | logbuf push b
  eventually holds r q 2
  stop peek
  assert_status 0
  assert_equal "$(cat peek.err)" ""
}

has_only() { [[ $(redis "$1" --raw keys '*') == "$2" ]]; }

@test "a server that is not there in time gives the weaker promise" {
  run -0 greeting_of nowhere
  assert_line "logpipe 1 peer"
}

@test "a hop to a server that is down at the start delivers when it is there" {
  lines 1000 >in
  logbuf push q <in
  start peek logbuf peek -f q -- logredis push "$(url_of r)" q
  eventually grep -q 'trying again' peek.err
  start_redis r
  eventually holds r q 1000
  stop peek
  list_of r q >out
  assert_same_lines in out
}

@test "a push that ends leaves nothing but the queue behind" {
  start_redis r
  lines 10 | logredis push "$(url_of r)" q
  has_only r q
}

@test "where the server turns out to know more, what waits behind much that is under way is sent again" {
  start_redis r
  mkfifo in
  start_from in push logredis push --max-message 8M -i -r "$(url_of r)" q
  exec {writer}>in
  printf '1\tone\n' >&"$writer"
  eventually grep -qx 1 push.out
  # As after a lost answer: it has the second message.
  redis r set "$(redis r --raw keys '*:origin:*')" 2
  kill -STOP "${pid[r]}"
  printf '2\t%s\n' "$(head -c 600000 /dev/zero | tr '\0' 2)" >&"$writer"
  printf '3\t%s\n' "$(head -c 4000000 /dev/zero | tr '\0' 3)" >&"$writer"
  printf '4\tfour\n' >&"$writer"
  exec {writer}>&-
  kill -CONT "${pid[r]}"
  finish push
  assert_status 0
  list_of r q | cut -c1-4 >out
  [[ $(tr "\n" " " <out) == "one 3333 four " ]]
  [[ $(tail -n 1 push.out) == 4 ]]
}

@test "the server is killed again and again while lines are pushed: all are there once, in order" {
  start_redis r
  lines 60000 >in
  start_from in push logredis push --rate 20000 "$(url_of r)" q
  for _ in 1 2 3 4 5; do
    kill_at_random 400 r
    wait "${pid[r]}" || true
    start_redis r
  done
  finish push
  assert_status 0
  list_of r q >out
  assert_same_lines in out
  [[ $(grep -c 'trying again' push.err) -le 5 ]]
}

@test "push is killed while a buffer is drained into Redis: all are there once, in order" {
  start_redis r
  lines 40000 >in
  logbuf push q <in
  for _ in 1 2 3 4 5; do
    start peek logbuf peek --rate 30000 q -- logredis push "$(url_of r)" q
    kill_at_random 500 peek
    wait "${pid[peek]}" || true
  done
  logbuf peek q -- logredis push "$(url_of r)" q
  logbuf peek q -- logredis push "$(url_of r)" q # what dead ones held
  list_of r q >out
  assert_same_lines in out
}

@test "--cap keeps the newest messages and says so" {
  start_redis r
  lines 1000 >in
  quietly logredis push --cap 100 "$(url_of r)" q <in
  assert_status 0
  assert_complaint logredis "oldest messages are dropped"
  tail -n 100 in >kept
  list_of r q >out
  assert_same_lines kept out
}

@test "--cap keeps about as many messages of a stream" {
  start_redis r
  lines 1000 | logredis push --stream --cap 200 "$(url_of r)" q 2>err
  (($(redis r xlen q) >= 200 && $(redis r xlen q) < 400))
}

@test "--ttl lets the queue end" {
  start_redis r
  lines 10 | logredis push --ttl 1h "$(url_of r)" q
  (($(redis r ttl q) > 3500 && $(redis r ttl q) <= 3600))
}

@test "--wait-replicas gives no receipt before the replica has it" {
  start_redis master --port "$(free_port)"
  lines 10 | awk '{ print NR "\t" $0 }' >in
  start_from in push logredis push -i -r --drain-time 60s --wait-replicas 1,100ms "$(url_of master)" q
  eventually grep -q '0 of 1 replica confirmed' push.err
  [[ ! -s push.out ]]
  start_redis replica --replicaof 127.0.0.1 "$(redis master --raw config get port | tail -n 1)"
  finish push
  assert_status 0
  [[ $(tail -n 1 push.out) == 10 ]]
  [[ $(redis replica llen q) == 10 ]]
}

@test "SIGTERM: what was taken is confirmed, the rest is left" {
  start_redis r
  mkfifo in
  start_from in push logredis push -i -r "$(url_of r)" q
  exec {writer}>in
  printf '1\tone\n' >&"$writer"
  eventually grep -qx 1 push.out
  stop push
  [[ $status == 0 ]]
  exec {writer}>&-
}

@test "stat tells what the queue holds and what receipts mean" {
  start_redis r
  lines 42 | logredis push "$(url_of r)" q
  run -0 logredis stat "$(url_of r)" q
  [[ $output == *"q: list of 42 messages"* ]]
  [[ $output == *"receipts mean stored; on disk: before each answer"* ]]
}

@test "stat --json is for jq, --prometheus for Prometheus" {
  start_redis r
  lines 42 | logredis push --stream "$(url_of r)" q
  redis r xgroup create q alerts 0
  redis r xreadgroup group alerts me count 2 streams q '>' >/dev/null
  logredis stat --json "$(url_of r)" q >json
  [[ $(jq -r '[.layout, .messages, .backlog, .strength, .consumers[0].name] | join(" ")' json) == "stream 42 2 stored alerts" ]]
  logredis stat --prometheus "$(url_of r)" q >metrics
  grep -q "^logredis_messages{server=\"$(url_of r)\",queue=\"q\"} 42$" metrics
  grep -q 'consumer="alerts"} 2$' metrics
}

@test "stat warns of a server that keeps nothing on disk" {
  start_redis r --appendonly no
  quietly logredis stat "$(url_of r)" q
  assert_status 0
  assert_complaint logredis "keeps nothing on disk"
}

@test "ls shows lists and streams and how many messages they hold" {
  start_redis r
  lines 3 | logredis push "$(url_of r)" app:one
  lines 2 | logredis push --stream "$(url_of r)" app:two
  redis r set app:three text
  run -0 logredis ls "$(url_of r)" 'app:*'
  [[ $output == $'app:one\tlist\t3\napp:two\tstream\t2' ]]
}

@test "--db and the address name the database" {
  start_redis r
  lines 3 | logredis push "$(url_of r)?db=3" q
  [[ $(redis r -n 3 llen q) == 3 ]]
  lines 3 | logredis push --db 4 "$(url_of r)" q
  [[ $(redis r -n 4 llen q) == 3 ]]
}

@test "push needs little memory, whatever comes" {
  start_redis r --appendonly no
  mkfifo in
  start_from in push logredis push "$(url_of r)" q
  exec {writer}>in
  lines 400000 >&"$writer"
  eventually holds r q 400000
  assert_memory_below 65536 push
  exec {writer}>&-
  finish push
  assert_status 0
}

# ---- vocabulary

# What a source that starts a hop would read first. The child is told by its own process id.
greeting_of() {
  sh -c 'LOGPIPE="1 pid=$$ max=1000" exec logredis push "$1" q' push "$(url_of "$1")" </dev/null
}

@test "in a hop with a fallback, a server that is away is down" {
  lines 50 >input
  logcat --fallback 'logbuf push rescue' --fallback-after 300ms input -- logredis push "unix:$T/nobody.sock" q 2>err || fail "$(cat err)"
  grep -q "exited with status 75.* go to fallback 'logbuf push rescue'" <(tr '\n' ' ' <err)
  logbuf cat rescue >output
  assert_same_lines output input
}

@test "push --retry-time gives up a server that went away with 75, while its input is open" {
  start_redis r
  mkfifo messages
  exec 7<>messages
  start_from messages push logredis push --retry-time 300ms "$(url_of r)" q
  echo one >messages
  eventually holds r q 1
  stop r KILL
  echo two >messages
  finish push
  exec 7>&-
  assert_status 75
  grep -q "nothing could be delivered for 300 ms" push.err
}

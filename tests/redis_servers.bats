#!/usr/bin/env bats
# logredis and servers that refuse, fail, move and change: each error has its handling.

load helper
load redis
load redis_groups

# ---- what no other try can mend

@test "a wrong password is one line and exit status 77, and does not show" {
  start_redis r --port "$(free_port)" --requirepass right
  quietly logredis push "redis://:wrongsecret@127.0.0.1:$(tcp_port r right)" q </dev/null
  assert_status 77
  assert_complaint logredis WRONGPASS
  [[ $stderr != *wrongsecret* ]]
}

@test "no password where one is wanted is exit status 77" {
  start_redis r --requirepass right
  quietly logredis push "$(url_of r)" q <<<line
  assert_status 77
  assert_complaint logredis NOAUTH
}

@test "a user who may not write is exit status 77" {
  start_redis r
  redis r acl setuser reader on '>secret' '~*' +@read +@connection +info +config +eval +evalsha +script
  echo reader:secret >file
  quietly logredis push --credentials file "$(url_of r)" q <<<line
  assert_status 77
  assert_complaint logredis 'q'
}

@test "user and password come from the address, from a file, or from systemd" {
  start_redis r --port "$(free_port)" --requirepass right
  port=$(tcp_port r right)
  logredis push "redis://default:right@127.0.0.1:$port" q <<<one
  echo right >file
  logredis push --credentials file "redis://127.0.0.1:$port" q <<<two
  mkdir dir
  echo default:right >dir/redis
  CREDENTIALS_DIRECTORY=$T/dir logredis push --credentials redis "redis://127.0.0.1:$port" q <<<three
  [[ $(redis r -a right --no-auth-warning --raw lrange q 0 -1 | tr '\n' ' ') == "one two three " ]]
}

@test "credentials that cannot be read are exit status 78" {
  quietly logredis push --credentials missing redis://127.0.0.1:1 q </dev/null
  assert_status 78
  assert_complaint logredis 'credentials missing'
}

@test "a key that holds something else is exit status 65, and the message says what" {
  start_redis r
  redis r hset q field value
  quietly logredis push "$(url_of r)" q <<<line
  assert_status 65
  assert_complaint logredis 'holds a hash, not a list'
}

@test "a stream is no list" {
  start_redis r
  logredis push --stream "$(url_of r)" q <<<line
  quietly logredis push "$(url_of r)" q <<<line
  assert_status 65
  assert_complaint logredis 'add --stream'
}

@test "a key that becomes something else while pushing is exit status 65" {
  start_redis r
  mkfifo in
  start_from in push logredis push -i -r "$(url_of r)" q
  exec {writer}>in
  printf '1\tone\n' >&"$writer"
  eventually grep -qx 1 push.out
  redis r del q
  redis r set q text
  printf '2\ttwo\n' >&"$writer"
  finish push
  exec {writer}>&-
  assert_status 65
  grep -q WRONGTYPE push.err
  [[ $(tail -n 1 push.out) == 1 ]]
}

@test "a server that lacks a command is too old: exit status 69" {
  start_redis r --rename-command EVAL '' --rename-command EVALSHA ''
  quietly logredis push "$(url_of r)" q <<<line
  assert_status 69
  assert_complaint logredis 'version 7'
}

@test "what is no Redis server is not taken for one" {
  start not socat UNIX-LISTEN:not.sock,fork SYSTEM:'echo HTTP/1.1 400 Bad Request; cat >/dev/null'
  eventually test -S not.sock
  quietly logredis stat "unix:$T/not.sock" q
  [[ $status != 0 ]]
  assert_complaint logredis 'Protocol error'
}

@test "no such database is exit status 78" {
  start_redis r
  quietly logredis push --db 99 "$(url_of r)" q <<<line
  assert_status 78
  assert_complaint logredis 'out of range'
}

@test "stat of a server that is down says so at once: exit status 69" {
  quietly logredis stat "redis://127.0.0.1:$(free_port)" q
  assert_status 69
  assert_complaint logredis 'Connection refused'
  quietly logredis stat unix:missing q
  assert_status 69 && assert_complaint logredis 'No such file or directory'
}

@test "a peek that gives up on a server that was never there ends with exit status 75" {
  quietly logredis peek --retry-time 200ms "redis://127.0.0.1:$(free_port)" q
  assert_status 75
  [[ $stderr == *'Connection refused; run again' ]]
}

# ---- what passes

@test "down at the start: waits, and goes on when the server is there" {
  lines 1000 >in
  start_from in push logredis push "$(url_of r)" q
  eventually grep -q 'trying again' push.err
  start_redis r
  assert_recovered
}

@test "input that has ended is not waited for without end: exit status 75" {
  quietly logredis push --drain-time 200ms "redis://127.0.0.1:$(free_port)" q <<<line
  assert_status 75
  [[ $stderr == *'1 message was not confirmed within'* ]]
}

@test "OOM: waits until there is memory" {
  start_redis r --maxmemory 2mb --maxmemory-policy noeviction
  lines 20000 >in
  start_from in push logredis push --drain-time 60s "$(url_of r)" q
  eventually grep -q OOM push.err
  redis r config set maxmemory 0
  assert_recovered
}

@test "READONLY: waits until the replica is a master" {
  start_redis r --replicaof 127.0.0.1 "$(free_port)"
  assert_waits READONLY
  redis r replicaof no one
  assert_recovered
}

@test "MASTERDOWN: waits until the replica serves" {
  start_redis r --replicaof 127.0.0.1 "$(free_port)" --replica-serve-stale-data no
  assert_waits MASTERDOWN
  redis r replicaof no one
  assert_recovered
}

@test "LOADING: waits until the server has read its data" {
  start_redis r --appendonly no
  redis r eval 'for i = 1, 3000 do redis.call("set", "k" .. i, string.rep("v" .. i, 200)) end' 0
  redis r save
  stop r
  start_redis r --appendonly no --key-load-delay 20000 --loading-process-events-interval-bytes 1024
  assert_waits LOADING
  redis r config set key-load-delay 0
  assert_recovered
}

@test "BUSY: waits until the script that blocks the server has ended" {
  start_redis r --busy-reply-threshold 50
  start endless redis-cli -s "$T/r.sock" eval 'while true do end' 0
  eventually is_busy r
  assert_waits BUSY
  redis r script kill
  assert_recovered
}

@test "MISCONF: waits until the server can write to its disk" {
  start_redis r --appendonly no --save '3600 1000000'
  rm -rf r.data
  redis r bgsave
  eventually cannot_save r
  assert_waits MISCONF
  redis r config set stop-writes-on-bgsave-error no
  assert_recovered
}

@test "NOREPLICAS: waits until there are as many as the server wants" {
  start_redis r --min-replicas-to-write 1
  assert_waits NOREPLICAS
  redis r config set min-replicas-to-write 0
  assert_recovered
}

@test "an outage in which some questions are answered is told of once" {
  demoted_with_a_dead_claim
  start peek logredis peek -f "$(url_of r)" q
  eventually has_refused r 5
  assert_equal "$(wc -l <peek.err)" 1
  stop peek
}

@test "a new peek at a replica tells of it once" {
  start_redis r --replicaof 127.0.0.1 "$(free_port)"
  start peek logredis peek -f "$(url_of r)" q
  eventually has_refused r 5
  assert_equal "$(wc -l <peek.err)" 1
  stop peek
}

@test "a server that lets in and refuses is away, for peek --retry-time" {
  start_redis r
  echo line | logredis push "$(url_of r)" q
  redis r replicaof 127.0.0.1 "$(free_port)"
  quietly timeout 7 logredis peek --retry-time 4s "$(url_of r)" q
  assert_status 75
}

@test "where several addresses were given, a server that refuses is passed over" {
  replica=$(free_port)
  start_redis replica --port "$replica" --replicaof 127.0.0.1 "$(free_port)"
  master=$(free_port)
  start_redis master --port "$master"
  lines 1000 >in
  logredis push "redis://127.0.0.1:$replica,127.0.0.1:$master" q <in
  list_of master q >out
  assert_same_lines in out
}

@test "a server that stands still is left after --timeout, and nothing is there twice" {
  start_redis r
  lines 1000 >in
  mkfifo fifo
  start_from fifo push logredis push -i -r --timeout 200ms "$(url_of r)" q
  exec {writer}>fifo
  printf '1\tone\n' >&"$writer"
  eventually grep -qx 1 push.out
  kill -STOP "${pid[r]}"
  printf '2\ttwo\n' >&"$writer"
  eventually grep -q 'no answer for 200 ms' push.err
  kill -CONT "${pid[r]}"
  eventually grep -qx 2 push.out
  exec {writer}>&-
  finish push
  assert_status 0
  [[ $(list_of r q | tr '\n' ' ') == "one two " ]]
}

@test "messages that a server had confirmed and lost are told of" {
  start_redis r --appendonly no
  mkfifo in
  start_from in push logredis push -i -r "$(url_of r)" q
  exec {writer}>in
  printf '1\tone\n' >&"$writer"
  eventually grep -qx 1 push.out
  redis r flushall
  printf '2\ttwo\n' >&"$writer"
  eventually grep -qx 2 push.out
  exec {writer}>&-
  finish push
  assert_status 0
  grep -q 'has lost messages that it had confirmed' push.err
}

# ---- TLS

@test "rediss:// pushes over TLS, and a server that is somebody else is not used" {
  "$ROOT/tests/tls_certs.sh" "$T"
  port=$(free_port)
  start_redis r --tls-port "$port" --tls-cert-file "$T/good.pem" --tls-key-file "$T/good.key" \
    --tls-ca-cert-file "$T/ca.pem" --tls-auth-clients no
  lines 20000 >in
  logredis push --tls-ca-file ca.pem "rediss://localhost:$port" q <in
  list_of r q >out
  assert_same_lines in out
  quietly logredis stat --tls-ca-file other-ca.pem "rediss://localhost:$port" q
  [[ $status != 0 ]]
  assert_complaint logredis 'certificate'
}

@test "redis:// to a port for TLS, and rediss:// to one without, say at once what is wrong" {
  "$ROOT/tests/tls_certs.sh" "$T"
  local plain tls
  plain=$(free_port)
  tls=$(free_port)
  start_redis r --port "$plain" --tls-port "$tls" --tls-cert-file "$T/good.pem" --tls-key-file "$T/good.key" \
    --tls-ca-cert-file "$T/ca.pem" --tls-auth-clients no
  quietly logredis stat "redis://127.0.0.1:$tls" q
  assert_status 69
  assert_complaint logredis "read redis://127.0.0.1:$tls: Connection reset by peer before it said anything; it seems to speak TLS"
  quietly logredis stat --connect-timeout 1h --tls-ca-file ca.pem "rediss://localhost:$plain" q
  assert_status 76
  assert_complaint logredis "connect to rediss://localhost:$plain: the server speaks Redis without TLS there; use redis://"
}

# ---- a cluster

@test "a cluster's directions are followed: MOVED" {
  start_cluster
  lines 5000 >in
  for key in alpha beta gamma delta; do
    logredis push "redis://127.0.0.1:${port[0]}" "$key" <in
    cluster_list "$key" >out
    assert_same_lines in out
  done
  run -0 logredis stat "redis://127.0.0.1:${port[1]}" alpha
  [[ $output == *"list of 5000 messages"* ]]
}

@test "a cluster takes queues with any braces in their names" {
  start_cluster
  lines 20 >in
  for key in 'logs:{}' 'odd}x' 'a{}{b}' '}' '{a}{}'; do
    logbuf push "source$key" <in
    logbuf peek "source$key" -- logredis push "redis://127.0.0.1:${port[0]}" "$key"
    logredis peek "redis://127.0.0.1:${port[0]}" "$key" -- logbuf push "target$key"
    assert_same_lines in <(logbuf cat "target$key")
    assert_equal "$(logredis stat --json "redis://127.0.0.1:${port[0]}" "$key" | jq .backlog)" 0
  done
}

@test "a slot that moves to another node while lines are pushed: all are there once, in order" {
  start_cluster
  lines 40000 >in
  start_from in push logredis push --rate 10000 --drain-time 60s "redis://127.0.0.1:${port[0]}" queue
  eventually cluster_holds queue 5000
  move_slot_of queue
  finish push
  assert_status 0
  cluster_list queue >out
  assert_same_lines in out
}

@test "a slot that is between two nodes: ASK is followed, and pushing goes on there" {
  start_cluster
  lines 20000 >in
  start_from in push logredis push --rate 5000 --drain-time 60s "redis://127.0.0.1:${port[0]}" queue
  eventually cluster_holds queue 5000
  open_slot_of queue
  move_keys
  here=$(asked_length queue)
  eventually asked_is_longer queue "$here"
  close_slot
  finish push
  assert_status 0
  cluster_list queue >out
  assert_same_lines in out
}

@test "a new queue in a slot that is between two nodes waits until it has moved" {
  start_cluster
  open_slot_of queue
  lines 1000 >in
  start_from in push logredis push --drain-time 60s "redis://127.0.0.1:${port[0]}" queue
  eventually grep -q 'TRYAGAIN.*trying again' push.err
  close_slot
  finish push
  assert_status 0
  cluster_list queue >out
  assert_same_lines in out
  [[ $(wc -l <push.err) == 2 ]]
}

@test "a node that dies while lines are pushed: what it had confirmed is at its replica" {
  start_cluster
  lines 30000 >in
  start_from in push logredis push --rate 10000 --drain-time 60s --wait-replicas 1 \
    "redis://127.0.0.1:${port[0]},127.0.0.1:${port[1]}" queue
  eventually cluster_holds queue 5000
  node=$(node_of queue)
  kill -KILL "${pid[$node]}"
  DEADLINE=60 eventually has_moved_from "$node" queue
  start_node "$node" # as a replica of the new master, for --wait-replicas
  finish push
  assert_status 0
  cluster_list queue >out
  assert_same_lines in out
}

# ---- Sentinels

@test "a Sentinel's master is used, and its successor after it was killed" {
  start_sentinels
  lines 30000 >in
  start_from in push logredis push --rate 10000 --drain-time 60s --wait-replicas 1 \
    "redis+sentinel://127.0.0.1:${port[s1]},127.0.0.1:${port[s2]},127.0.0.1:${port[s3]}/main" q
  eventually master_holds 5000
  kill -KILL "${pid[a]}"
  # One of the two replicas that were there must have it, so that it is still one replica that is waited for.
  DEADLINE=60 finish push
  assert_status 0
  redis "$(new_master)" --raw lrange q 0 -1 >out
  assert_same_lines in out
}

@test "Sentinels that know no such master are told of" {
  start_redis_sentinel s1 "$(free_port)" 1
  quietly logredis stat "redis+sentinel://127.0.0.1:${port[s1]}/other" q
  assert_status 69
  assert_complaint logredis "'other'"
}

# ---- vocabulary

declare -gA port=()

tcp_port() { redis "$1" -a "$2" --no-auth-warning --raw config get port | tail -n 1; }

assert_waits() {
  lines 1000 >in
  start_from in push logredis push --drain-time 60s "$(url_of r)" q
  eventually grep -q "$1.*trying again" push.err
}

# All of it arrives in the end, with one line about the outage and one about its end.
assert_recovered() {
  finish push
  assert_status 0
  list_of r q >out
  assert_same_lines in out
  [[ $(wc -l <push.err) == 2 ]] || fail "not two lines on stderr: $(cat push.err)"
  grep -q 'connected to' push.err
}

demoted_with_a_dead_claim() {
  start_redis r
  echo line | logredis push "$(url_of r)" q
  start dead logredis peek -f "$(url_of r)" q
  eventually grep -qx line dead.out
  kill -KILL "${pid[dead]}"
  finish dead
  redis r replicaof 127.0.0.1 "$(free_port)"
}

# Scripts, before they have run.
has_refused() { (($(redis "$1" info commandstats | sed -n 's/^cmdstat_eval:.*rejected_calls=\([0-9]*\).*/\1/p') >= $2)); }

is_busy() { redis "$1" get anything 2>&1 | grep -q BUSY; }

cannot_save() { redis "$1" info persistence | grep -q 'rdb_last_bgsave_status:err'; }

cluster_list() { cluster_cli --raw lrange "$1" 0 -1; }
cluster_holds() { is_at_least "$(cluster_cli llen "$1" 2>/dev/null)" "$2"; }
is_at_least() { [[ $1 =~ ^[0-9]+$ ]] && (($1 >= $2)); }

# At the node that imports its slot.
asked_length() { printf 'asking\nllen %s\n' "$1" | redis-cli -p "$target_port" | tail -n 1; }
asked_is_longer() { (($(asked_length "$1") > $2)); }

id_of() { redis-cli -p "$1" cluster myid; }

# The first half of a migration: the slot of a key is on its way from $source_port to $target_port.
open_slot_of() {
  local node other
  node=$(node_of "$1")
  slot=$(cluster_cli cluster keyslot "$1")
  source_port=${port[${node#node}]}
  for other in 0 1 2; do [[ $other == "${node#node}" ]] || target_port=${port[$other]}; done
  redis-cli -p "$target_port" cluster setslot "$slot" importing "$(id_of "$source_port")"
  redis-cli -p "$source_port" cluster setslot "$slot" migrating "$(id_of "$target_port")"
}

close_slot() {
  local i id
  id=$(id_of "$target_port")
  for i in "$target_port" "$source_port" "${port[@]}"; do
    redis-cli -p "$i" cluster setslot "$slot" node "$id" >/dev/null
  done
}

move_slot_of() {
  open_slot_of "$1"
  move_keys
  close_slot
}

# Key by key, so that the queue and what belongs to it are apart for a moment.
move_keys() {
  local key
  while read -r key; do
    [[ -z $key ]] || redis-cli -p "$source_port" migrate 127.0.0.1 "$target_port" "$key" 0 5000
  done < <(redis-cli -p "$source_port" --raw cluster getkeysinslot "$slot" 100)
}

master_holds() { [[ $(redis a llen q) -ge $1 ]]; }

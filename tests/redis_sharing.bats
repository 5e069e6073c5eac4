# Several readers of one queue on Redis: each holds no more than it can soon pass on.

load helper
load redis

backlog() { logredis stat --json "$(url_of r)" q | jq .backlog; }
has_backlog() { (($(backlog) == $1)); }
has_lines() { [[ -e $1 ]] && (($(wc -l <"$1") == $2)); }

# A reader whose command confirms its batch of 10 when it is told to.
start_slow() {
  mkfifo "$1.go"
  start "$1" logredis peek -f --batch 10 "${@:2}" "$(url_of r)" q -- sh -c 'cat >>"$0"; cat "$0.go"' "$1"
}

shared_by_two() {
  seq 1000 | logredis push "$@" "$(url_of r)" q
  start_slow one "$@"
  eventually has_lines one 10
  start_slow two "$@"
  eventually has_lines two 10
}

@test "a reader of a list with a slow command leaves messages to the next one" {
  start_redis r
  shared_by_two
  has_backlog 40 # two batches of each
}

@test "a reader of a stream with a slow command leaves messages to the next one" {
  start_redis r
  shared_by_two --stream
  has_backlog 40
}

@test "--prefetch says how many messages a reader holds" {
  start_redis r
  seq 100 | logredis push "$(url_of r)" q
  start_slow one --prefetch 10
  eventually has_lines one 10
  has_backlog 10
  echo >one.go
  eventually has_lines one 20
  has_backlog 10
}

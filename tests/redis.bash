# Real Redis servers for the tests; load it after helper. They live in folders of their own in $T and end with the test.
#
#   start_redis NAME [OPTION...]     a redis-server on the Unix socket $T/NAME.sock, as durable as it can be:
#                                    appendonly yes, appendfsync always. With "--port P" on that TCP port as well.
#                                    Waits until it answers. Starting it again, with the same options, finds its data;
#                                    where it was killed, its log is repaired before, as logredis(1), DURABILITY wants.
#   start_redis_sentinel NAME PORT QUORUM   a Sentinel of the master `main` on that port; its own port is ${port[NAME]}
#   is_replica NAME                  it is a replica with a link to its master (for eventually)
#   redis NAME COMMAND...            redis-cli on that socket
#   start_from FILE NAME COMMAND...  as start, with its stdin from a file or a FIFO
#   url_of NAME                      its URL: unix:$T/NAME.sock
#   list_of NAME KEY                 the messages of a list, one on a line
#   stream_of NAME KEY               the messages of a stream, one on a line
#   holds NAME KEY N                 the list has N elements (for eventually)
#   finish_with_peak NAME            as finish; $peak is the most anonymous memory it had, in KiB
#
# shellcheck shell=bash disable=SC2154

declare -gA port=()

start_redis() {
  local name=$1
  shift
  mkdir -p "$T/$name.data"
  local manifest=$T/$name.data/appendonlydir/appendonly.aof.manifest
  [[ ! -e $manifest ]] || redis-check-aof --fix "$manifest" <<<y >"$T/$name.repair" || fail "$(cat "$T/$name.repair")"
  start "$name" redis-server --port 0 --unixsocket "$T/$name.sock" --dir "$T/$name.data" \
    --appendonly yes --appendfsync always --aof-load-truncated no --save '' --daemonize no --enable-debug-command local "$@"
  eventually redis_answers "$name"
}

# An error is an answer as well: of a server that wants a password, or has no master yet.
redis_answers() {
  kill -0 "${pid[$1]}" || fail "redis-server $1 ended: $(tail -n 5 "$T/$1.out")"
  redis "$1" ping &>/dev/null
}

start_redis_sentinel() {
  port[$1]=$(free_port)
  cat >"$1.conf" <<EOF
port ${port[$1]}
dir $T
sentinel monitor main 127.0.0.1 $2 $3
sentinel down-after-milliseconds main 1000
sentinel failover-timeout main 5000
EOF
  start "$1" redis-server "$1.conf" --sentinel
  eventually redis-cli -p "${port[$1]}" ping
}

is_replica() { redis "$1" info replication | grep -q master_link_status:up; }

redis() {
  local name=$1
  shift
  redis-cli -s "$T/$name.sock" "$@"
}

start_from() {
  start "$2" bash -c 'from=$1 && shift && exec "$@" <"$from"' from "$1" "${@:3}"
}

url_of() { echo "unix:$T/$1.sock"; }

list_of() { redis "$1" --raw lrange "$2" 0 -1; }

stream_of() { redis "$1" --json xrange "$2" - + | jq -r '.[][1][1]'; }

holds() { [[ $(redis "$1" llen "$2" 2>/dev/null) == "$3" ]]; }

# Polls what the kernel counts, since the process is gone when it has ended.
finish_with_peak() {
  peak=0
  local now
  while now=$(sed -n 's/^RssAnon:[^0-9]*\([0-9]*\).*/\1/p' "/proc/${pid[$1]}/status" 2>/dev/null) && [[ -n $now ]]; do
    ((now <= peak)) || peak=$now
    pause 0.01
  done
  ((peak > 0)) || fail "it ended too early"
  finish "$1"
}

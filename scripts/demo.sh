#!/bin/bash
# The main job, with accidents: real log lines -> buffer -> TCP -> another buffer. Says what happened in about ten
# lines; exit status 0 means that every line arrived.
#
#   LOGPIPE_BIN=build/release scripts/demo.sh [LINES]
set -euo pipefail

PATH=${LOGPIPE_BIN:-$(dirname "$0")/../build/release}:$PATH
generator=$(realpath "$(dirname "$0")/../bench/lines")
count=${1:-40000}
export LC_ALL=C

work=$(mktemp -d "${TMPDIR:-/var/tmp}/logpipe-demo.XXXXXX")
cd "$work"
touch receiver.err sender.err
receiver="" sender="" redis=""
trap clean_up EXIT
trap 'exit 130' INT TERM

clean_up() {
  local status=$?
  { kill_all "$sender" && kill_all "$receiver" && kill_all "$redis"; } 2>/dev/null
  if ((status)); then tail -n 5 ./*.err >&2; fi
  cd / && rm -rf "$work"
}

# ---- vocabulary
say() { printf '%s\n' "$*"; }
number() { sed -E ':more; s/([0-9])([0-9]{3})($|,)/\1,\2\3/; t more' <<<"$1"; }
arrived() { logbuf cat there 2>/dev/null | wc -l; }
has_arrived() { (($(arrived) >= $1)); }
holds_all() { (($(logbuf cat there | sort -u | wc -l) >= $1)); }
children() { awk -v parent="$1" '$4 == parent { print $1 }' /proc/[0-9]*/stat 2>/dev/null || true; }

# A process and the sink that it started.
signal_all() { children "$2" | xargs kill "-$1" "$2"; }
kill_all() {
  [[ -z $1 ]] || {
    signal_all CONT "$1" && signal_all KILL "$1"
    wait "$1" || true
  } 2>/dev/null
}

# Bytes that the receiver's kernel holds and the receiver has not read.
unread() {
  awk -v port="$(printf ':%04X' "$port")" '$2 ~ port "$" && $4 == "01" { split($5, queue, ":"); print queue[2] }' \
    /proc/net/tcp | { read -r hex && echo $((16#$hex)) || echo 0; }
}
has_unread() { (($(unread) >= $1)); }

until_true() {
  local deadline=$((SECONDS + 60))
  until "$@"; do
    ((SECONDS < deadline)) || { say "gave up waiting for: $*" >&2 && exit 1; }
    read -r -t 0.02 -u "$never" || true
  done
}
exec {never}<> <(:)

start_receiver() {
  logcat --print-address "tcp://127.0.0.1:$1" -- logbuf push there 2>>receiver.err &
  receiver=$!
  until_true grep -q listening receiver.err
}
start_sender() {
  logbuf peek -f --rate "$((count / 3))" here -- logsend "tcp://127.0.0.1:$port" 2>>sender.err &
  sender=$!
}

start_redis() {
  redis-server --port 0 --unixsocket "$work/redis.sock" --save '' --appendonly yes --appendfsync always >redis.out &
  redis=$!
  until_true redis-cli -s "$work/redis.sock" llen queue &>redis.answer
}

# ---- numbered, so that each line is there once, and a line that is missing or out of order is seen
real_lines() {
  local files=() file
  for file in /var/log/{syslog,messages,auth.log,kern.log,dpkg.log,apt/history.log,apt/term.log}; do
    if [[ -s $file && -r $file ]]; then files+=("$file"); fi
  done
  { ((${#files[@]} == 0)) || cat "${files[@]}"; } >real
  { ! command -v journalctl >/dev/null || journalctl -q --no-pager -n 20000 2>/dev/null; } >>real
  origin="from ${files[*]:-the journal}"
  if (($(wc -l <real) < 500)); then
    "$generator" "$count" >real
    origin="made from a seed, since there are none in /var/log"
  fi
  # On a connection a line may also end with CR LF or NUL, which are no part of it then.
  tr -d '\000' <real | sed -E 's/\r+$//' >longer && mv longer real
  while (($(wc -l <real) < count)); do cat real real >longer && mv longer real; done
  awk -v count="$count" 'NR <= count { printf "%06d %s\n", NR, $0 }' real >lines
}

# ---- the story
real_lines
first=$((count * 3 / 4))
say "$(number "$count") log lines ($(number "$(wc -c <lines)") bytes), $origin."
head -n "$first" lines | logcat -- logbuf push here
say "FILL     logcat -- logbuf push here: the first $(number "$first") are on disk, fsynced."

start_receiver 0
port=$(sed -En '/listening/s/.*:([0-9]+)$/\1/p' receiver.err)
start_sender
say "DRAIN    logbuf peek -f here -- logsend tcp://127.0.0.1:$port  =>  logcat tcp://... -- logbuf push there"

until_true has_arrived $((count / 8))
signal_all STOP "$receiver"
until_true has_unread 100000
say "STOP     The receiver stands still after $(number "$(arrived)") lines, while TCP holds $(number "$(unread)") bytes for it; then it goes on."
signal_all CONT "$receiver"

until_true has_arrived $((count / 4))
children "$receiver" | xargs kill -KILL
until_true grep -q 'again' receiver.err
say "KILL -9  The receiver's logbuf push dies after $(number "$(arrived)") lines; its logcat starts another and sends again what had no receipt."

until_true has_arrived $((count / 2))
kill_all "$sender"
say "KILL -9  The sender dies, logbuf peek and logsend, after $(number "$(arrived)") lines. A new one takes back what was not acknowledged."
start_sender

until_true holds_all "$first"
kill_all "$receiver"
tail -n +"$((first + 1))" lines | logcat -- logbuf push here
until_true grep -q 'trying again' sender.err
say "KILL -9  The receiver dies as well. The last $(number $((count - first))) lines are logged meanwhile and wait in the sender's buffer."
start_receiver "$port"
until_true holds_all "$count"

if command -v redis-server >/dev/null && command -v redis-cli >/dev/null; then
  start_redis
  logbuf cat there -- logredis push "unix:$work/redis.sock" queue 2>>sender.err
  kill_all "$redis"
  start_redis
  logredis peek "unix:$work/redis.sock" queue -- logbuf push home 2>>receiver.err
  cmp -s <(logbuf cat there) <(logbuf cat home) || { say "LOST     The queue in Redis is not what was pushed." && exit 1; }
  say "REDIS    logredis push, kill -9 of the Redis server, logredis peek -- logbuf push home: what came out is what went in."
fi

logbuf cat there >arrived
awk '!seen[$0]++' arrived >unique
cmp -s lines unique && order="in order" || order="some out of order"
if ! cmp -s lines <(sort unique); then
  say "LOST     $(number "$(comm -23 lines <(sort unique) | wc -l)") lines did not arrive, or arrived changed."
  exit 1
fi
twice=$(($(wc -l <arrived) - count))
say "RESULT   All $(number "$count") lines are in the receiver's buffer, $order, none lost; $(number "$twice") arrived twice, since TCP alone"
say "         cannot tell how far a killed process had come. A killed receiver keeps all that it had stored; what only its"
say "         kernel had acknowledged is lost with it: see DURABILITY in man logsend. Took $SECONDS s."

#!/usr/bin/env bats
# What a source holds is bounded, however fast its senders are, however little the sink takes at a time.
# shellcheck disable=SC2154

load helper
load redis

LINE="<13>1 2026-01-01T00:00:00Z host app - - - $(printf '%157s' '' | tr ' ' x)"
MOST=24576 # KiB

# 30 MB, as fast as they can be sent: 150,000 messages, or so many of them longer ones.
flood() { start "$1" bash -c 'yes "$0" | head -c 30000000 | '"$2" "${3:-$LINE}"; }

assert_all_sent() {
  local name
  for name in "$@"; do
    finish "$name"
    assert_status 0
  done
}

has_lines() { [[ $(wc -l <"$1") -ge $2 ]]; }
stored() { stored_in q "$1"; }
stored_in() { [[ $(logbuf stat "$1" --json 2>/dev/null | jq .messages) -eq $2 ]]; }

# Receives at the addresses and with the options given; two fast senders know the first address.
flood_tcp() {
  start_server logcat logcat --print-address "$@"
  local port
  port=$(port_of logcat)
  flood one "socat -u - tcp:127.0.0.1:$port"
  flood two "socat -u - tcp:127.0.0.1:$port"
}

@test "memory of several tcp senders beside relp, into a buffer" {
  flood_tcp tcp://127.0.0.1:0 relp://127.0.0.1:0 -- logbuf push q
  assert_all_sent one two
  eventually stored 300000
  assert_memory_below "$MOST" logcat
}

@test "memory of several tcp senders into a hop with a window" {
  flood_tcp tcp://127.0.0.1:0 --window 256k -- logbuf push q
  assert_all_sent one two
  eventually stored 300000
  assert_memory_below "$MOST" logcat
}

# So slow that what was received is never all given.
@test "memory of several tcp senders at a rate" {
  flood_tcp tcp://127.0.0.1:0 --rate 40000
  eventually has_lines logcat.out 160000
  assert_memory_below "$MOST" logcat
}

@test "memory of several unix senders beside udp, into a hop with a window" {
  start_server logcat logcat --print-address unix:socket udp://127.0.0.1:0 --window 256k -- logbuf push q
  flood one "socat -u - unix-connect:socket"
  flood two "socat -u - unix-connect:socket"
  assert_all_sent one two
  eventually stored 300000
  assert_memory_below "$MOST" logcat
}

@test "memory of several senders whose messages are parsed, and some left out" {
  flood_tcp tcp://127.0.0.1:0 relp://127.0.0.1:0 --where 'severity <= notice' --format json -- logbuf push q
  assert_all_sent one two
  eventually stored 300000
  assert_memory_below "$MOST" logcat
}

@test "memory of several relp senders beside tcp, into a hop with a window" {
  local port
  port=$(free_port)
  start_server logcat logcat --print-address "relp://127.0.0.1:$port" tcp://127.0.0.1:0 --window 256k -- logbuf push q
  local long
  long=$LINE$(printf '%7800s' '' | tr ' ' x)
  flood one "logsend relp://127.0.0.1:$port" "$long"
  flood two "logsend relp://127.0.0.1:$port" "$long"
  assert_all_sent one two
  eventually stored 7500
  assert_memory_below "$MOST" logcat
}

# 64 MB of datagrams, of which the kernel drops those it has no room for.
@test "memory of a udp listener at a rate" {
  start_server logcat logcat --print-address udp://127.0.0.1:0 --rate 1000 --rcvbuf 1M
  flood one "socat -u -b 8000 - udp:127.0.0.1:$(port_of logcat)"
  assert_all_sent one
  eventually has_lines logcat.out 50
  # The buffers for 64 datagrams of the greatest length are there from the start.
  assert_memory_below "$MOST" logcat
}

# Runs CMD, which passes messages on, and measures it when all 300,000 are in the buffer out.
assert_bounded() {
  start source "$@"
  eventually stored_in out 300000
  assert_memory_below "$MOST" source
}

# Waits for its end of input with all messages passed on, so that it can still be measured.
@test "memory of logcat on a pipe, into a hop with a window" {
  mkfifo in
  start writer bash -c 'exec >in; yes "$0" | head -n 300000; exec sleep infinity' "$LINE"
  assert_bounded logcat in --window 1M -- logbuf push out
}

# 64 MB in 64 KB, one byte a message, which is the most that can become of what is read at once.
@test "memory of logcat on compressed messages, at a rate" {
  yes x | head -n 32000000 | gzip >in.gz
  start source logcat in.gz --rate 300000
  eventually has_lines source.out 600000
  assert_memory_below "$MOST" source
}

@test "memory of logtail, into a hop with a window" {
  yes "$LINE" | head -n 300000 >log
  assert_bounded logtail -f -n +1 log --window 1M -- logbuf push out
}

@test "memory of logbuf peek, into a hop with a window" {
  yes "$LINE" | head -n 300000 | logbuf push in
  # The pages of the buffer that are mapped count as well; they are the kernel's to take back.
  start source logbuf peek -f in --window 1M -- logbuf push out
  eventually stored_in out 300000
  assert_anonymous_below "$MOST" source
}

assert_anonymous_below() {
  local now
  now=$(awk '/RssAnon/ { print $2 }' "/proc/${pid[$2]}/status")
  ((now < $1)) || [[ ${MODE:-release} != release ]] || fail "$2 has $now KiB"
}

@test "memory of logredis peek, into a hop with a window" {
  start_redis r --appendonly no
  yes "$LINE" | head -n 100000 | logredis push "$(url_of r)" q
  start source logredis peek -f "$(url_of r)" q --window 1M -- logbuf push out
  eventually stored_in out 100000
  assert_memory_below "$MOST" source
}

# What is sent to logcat tcp://, tls:// and unix:, frame by frame, and clients that came to the wrong port.
#
# shellcheck shell=bash

load helper
load peers
load certificates

receive() { start_server logcat logcat "$@" --print-address; }

has_received() { [[ $(wc -l <logcat.out) -ge $1 ]]; }
has_said() { grep -q "$2" "$1.err"; }

answers_at() { : >"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null

# ADDRESS: three records by Python's own handler, as a list or a path in Python's words.
python_logs_to() {
  python3 - <<END
import logging, logging.handlers, socket
handler = logging.handlers.SysLogHandler(address=$1, socktype=socket.SOCK_STREAM)
logger = logging.getLogger("app")
logger.addHandler(handler)
for text in "one", "two", "three":
    logger.warning(text)
handler.close()
END
}

assert_three_of_python() {
  eventually has_received 3
  assert_equal "$(<logcat.out)" $'<12>one\n<12>two\n<12>three'
  (($(grep -vc listening logcat.err) == 0)) || fail "$(cat logcat.err)"
}

@test "Python's SysLogHandler over TCP, which ends messages with NUL" {
  receive tcp://127.0.0.1:0
  python_logs_to "('127.0.0.1', $(port_of logcat))"
  assert_three_of_python
}

@test "Python's SysLogHandler into a Unix stream socket" {
  receive "unix:$T/log"
  python_logs_to "'$T/log'"
  assert_three_of_python
}

@test "messages that end with NUL through TLS" {
  receive tls://127.0.0.1:0 --tls-cert-file "$CERTS/good.pem" --tls-key-file "$CERTS/good.key"
  printf '<12>one\0<12>two\0<12>three\0' | socat -u - "openssl:127.0.0.1:$(port_of logcat),verify=0"
  assert_three_of_python
}

@test "a relay that changes the framing within a connection is understood message by message" {
  receive tcp://127.0.0.1:0
  printf '<13>line\n8 <13>with\n7 <13>LF\n\n<13>crlf\r\n<13>nul\0' >"/dev/tcp/127.0.0.1/$(port_of logcat)"
  eventually has_received 5
  assert_equal "$(<logcat.out)" $'<13>line\n<13>with\n<13>LF#012\n<13>crlf\n<13>nul'
}

@test "logger with and without octet counting through one connection" {
  receive tcp://127.0.0.1:0 --format '%{message}'
  free_port >port
  start relay socat -u "tcp-listen:$(<port),bind=127.0.0.1,fork" open:relayed,creat,append
  eventually answers_at "$(<port)"
  logger -n 127.0.0.1 -P "$(<port)" -T --octet-count counted
  eventually grep -q counted relayed
  logger -n 127.0.0.1 -P "$(<port)" -T line
  eventually grep -q line relayed
  logger -n 127.0.0.1 -P "$(<port)" -T --octet-count again
  eventually grep -q again relayed
  socat -u open:relayed "tcp:127.0.0.1:$(port_of logcat)"
  eventually has_received 3
  assert_equal "$(<logcat.out)" $'counted\nline\nagain'
}

@test "lines that start with a number and no count are lines" {
  receive tcp://127.0.0.1:0
  printf '%s\n' '127.0.0.1 - - GET' '2026-11-28 x' '1764324000 y' '99999999 z' >"/dev/tcp/127.0.0.1/$(port_of logcat)"
  eventually has_received 4
  assert_equal "$(cut -d ' ' -f 1 logcat.out | tr '\n' ' ')" "127.0.0.1 2026-11-28 1764324000 99999999 "
}

# ---- the wrong port

# NAME PORT WHAT SERVED: TLS and HTTP there are each said in one line, counted, and closed at once.
assert_refuses_foreigners() {
  run ! timeout 10 openssl s_client -connect "127.0.0.1:$2" </dev/null
  eventually has_said "$1" "a TLS handshake came to a port for $3; the connection is closed"
  run ! timeout 10 curl -s "http://127.0.0.1:$2/metrics"
  eventually has_said "$1" "an HTTP request came to a port for $3; the connection is closed"
  (($(grep -vc listening "$1.err") == 2)) || fail "$(cat "$1.err")"
  kill -USR1 "${pid[$1]}"
  eventually has_said "$1" "connections: 0 now, 2 so far, 2 broken"
}

@test "TLS and HTTP to a tcp listener are said, counted and not stored" {
  receive tcp://127.0.0.1:0
  assert_refuses_foreigners logcat "$(port_of logcat)" "log messages"
  [[ ! -s logcat.out ]] || fail "$(cat logcat.out)"
}

@test "TLS and HTTP to a relp listener are said, counted and not stored" {
  receive relp://127.0.0.1:0
  assert_refuses_foreigners logcat "$(port_of logcat)" RELP
  [[ ! -s logcat.out ]] || fail "$(cat logcat.out)"
}

@test "TLS and HTTP to logbuf serve are said, counted and not stored" {
  start_server serve logbuf serve q --listen tcp://127.0.0.1:0 --print-address
  assert_refuses_foreigners serve "$(port_of serve)" "logd's protocol"
  assert_equal "$(logbuf stat q --json | jq .messages)" 0
}

# ADDRESS REASON: said in the first line, long before anything times out.
assert_said_at_once() {
  local tls=()
  [[ $1 != *s://* ]] || tls=(--tls-ca-file "$CERTS/ca.pem")
  echo message >message
  start logsend bash -c '"$@" <message' client logsend "${tls[@]}" "$1"
  eventually has_said logsend "$2"
  assert_equal "$(head -n 1 logsend.err | grep -c "$2")" 1
  kill -KILL -- "-${pid[logsend]}"
  finish logsend
}

@test "TLS to a port without it: the reason is said at once" {
  receive tcp://127.0.0.1:0
  assert_said_at_once "tls://localhost:$(port_of logcat)" "is it a port without TLS?"
  stop logcat
  receive relp://127.0.0.1:0
  assert_said_at_once "relps://localhost:$(port_of logcat)" "is it a port without TLS?"
  start_server serve logbuf serve q --listen tcp://127.0.0.1:0 --print-address
  assert_said_at_once "logds://localhost:$(port_of serve)" "is it a port without TLS?"
}

@test "no TLS to a port with it: the reason is said at once" {
  local tls=(--tls-cert-file "$CERTS/good.pem" --tls-key-file "$CERTS/good.key")
  receive relps://127.0.0.1:0 "${tls[@]}"
  assert_said_at_once "relp://localhost:$(port_of logcat)" "does it want TLS (relps://)?"
  start_server serve logbuf serve q --listen tls://127.0.0.1:0 --print-address "${tls[@]}"
  assert_said_at_once "logd://localhost:$(port_of serve)" "does it want TLS (logds://)?"
  stop logcat
  receive tls://127.0.0.1:0 "${tls[@]}"
  echo plain >"/dev/tcp/127.0.0.1/$(port_of logcat)"
  eventually has_said logcat "what the peer sends is not TLS; the connection is closed"
}

# logsend into syslog-ng, and what it does with connections that are quiet.
#
# shellcheck shell=bash

load helper
load peers

# DRIVER: syslog-ng that takes messages apart and writes their fields into "output".
syslog_ng_writes() {
  syslog_ng receiver <<END
options { keep-hostname(yes); log-fifo-size(100000); };
source s { $1; };
destination d { file("$T/output" template("\$PRI|\$HOST|\$PROGRAM|\$PID|\$MSG|\$SDATA\n")); };
log { source(s); destination(d); flags(flow-control); };
END
}

listens_on_udp() { ss -Hlun "sport = :$1" | grep -q .; }
has_written() { [[ $(wc -l 2>/dev/null <output) -ge $1 ]]; }
has_written_all() { sed -n 's/^13|box|tool||\(.*\)|$/\1/p' output 2>/dev/null | cmp -s - input; }

as_tool=(--pri local3.warning --host box --app tool --procid 42)
with_data=('--sd' '[a@1 k="v"]')

# FIELDS: they are what syslog-ng made of each of COUNT messages.
assert_written() {
  eventually has_written "$2"
  [[ $(sort -u output) == "$1" ]] || fail "not $1: $(cat output)"
}

@test "syslog-ng's syslog() driver over TCP: RFC 5424 with octet counting" {
  port=$(free_port)
  syslog_ng_writes "syslog(ip(\"127.0.0.1\") transport(tcp) port($port))"
  eventually listens "$port"
  printf 'it\nworks' | logsend -0 "tcp://127.0.0.1:$port" --wire octet --format rfc5424 "${as_tool[@]}" "${with_data[@]}"
  eventually has_written 2
  [[ $(cat output) == $'156|box|tool|42|it\nworks|[a@1 k="v"]' ]] || fail "$(cat output)"
}

@test "syslog-ng's syslog() driver over TCP: every message, in order" {
  lines 20000 | cut -c 1-500 | sed 's/^[<{]/_/' >input
  port=$(free_port)
  syslog_ng_writes "syslog(ip(\"127.0.0.1\") transport(tcp) port($port) log-iw-size(10000) flags(no-multi-line))"
  eventually listens "$port"
  sed 's/^/<13>1 - box tool - - - /' input | logsend "tcp://127.0.0.1:$port" --wire octet
  eventually has_written_all
}

@test "syslog-ng's network() driver over TCP: lines, RFC 3164 and RFC 5424" {
  port=$(free_port)
  syslog_ng_writes "network(ip(\"127.0.0.1\") transport(tcp) port($port))"
  eventually listens "$port"
  logsend "tcp://127.0.0.1:$port" --format rfc3164 "${as_tool[@]}" <<<"it works"
  assert_written '156|box|tool|42|it works|' 1
  stop receiver
  syslog_ng_writes "network(ip(\"127.0.0.1\") transport(tcp) port($port) flags(syslog-protocol))"
  eventually listens "$port"
  rm -f output
  logsend "tcp://127.0.0.1:$port" --format rfc5424 "${as_tool[@]}" "${with_data[@]}" <<<"it works"
  assert_written '156|box|tool|42|it works|[a@1 k="v"]' 1
}

@test "syslog-ng over UDP: both drivers" {
  port=$(free_port)
  syslog_ng_writes "syslog(ip(\"127.0.0.1\") transport(udp) port($port))"
  eventually listens_on_udp "$port"
  logsend "udp://127.0.0.1:$port" --format rfc5424 "${as_tool[@]}" <<<"it works"
  assert_written '156|box|tool|42|it works|' 1
  stop receiver
  syslog_ng_writes "network(ip(\"127.0.0.1\") transport(udp) port($port))"
  eventually listens_on_udp "$port"
  logsend "udp://127.0.0.1:$port" --format rfc3164 "${as_tool[@]}" <<<"it works"
  assert_written '156|box|tool|42|it works|' 2
}

# ---- connections that are quiet

# OPTION...: logsend that sends to a port, and reads messages from $messages.
logsend_from_pipe() {
  mkfifo frames
  start logsend sh -c 'exec logsend "$@" <frames' - "$@"
  exec {messages}>frames
}

# PORT: a connection to it is there.
is_connected() { ss -Htn state established "dport = :$1" | grep -q .; }
is_not_connected() { ! is_connected "$1"; }

@test "--idle-timeout closes a TCP connection, and the next message opens another" {
  port=$(free_port)
  start server socat -u "TCP-LISTEN:$port,bind=127.0.0.1,fork" "OPEN:$T/output,creat,append"
  eventually listens "$port"
  logsend_from_pipe "tcp://127.0.0.1:$port" --idle-timeout 200ms
  echo one >&"$messages"
  eventually has_written 1
  eventually is_not_connected "$port"
  echo two >&"$messages"
  eventually has_written 2
  exec {messages}>&-
  finish logsend
  assert_status 0
  [[ $(cat output) == $'one\ntwo' && ! -s logsend.err ]] || fail "$(cat output logsend.err)"
}

@test "--idle-timeout closes a RELP session, and the next message opens another" {
  port=$(free_port)
  start_server logcat logcat "relp://127.0.0.1:$port" --print-address
  logsend_from_pipe "relp://127.0.0.1:$port" --idle-timeout 200ms
  for count in 1 2; do
    echo "message $count" >&"$messages"
    eventually eval '(($(wc -l <logcat.out) == count))'
    eventually is_not_connected "$port"
  done
  exec {messages}>&-
  finish logsend
  assert_status 0
  [[ ! -s logsend.err ]] || fail "$(cat logsend.err)"
}

keepalive_seconds() { ss -Htno state established "dport = :$1" | grep -oE 'keepalive,[0-9]+' | cut -d , -f 2; }
is_kept_alive() { [[ -n $(keepalive_seconds "$1") ]]; }

@test "--keepalive says when a quiet peer is asked; 0 is never" {
  port=$(free_port)
  start server socat -u "TCP-LISTEN:$port,bind=127.0.0.1,fork" STDOUT
  eventually listens "$port"
  logsend_from_pipe "tcp://127.0.0.1:$port" --keepalive 40s
  eventually is_kept_alive "$port"
  seconds=$(keepalive_seconds "$port")
  ((seconds > 20 && seconds <= 40)) || fail "$(ss -Htno "dport = :$port")"
  exec {messages}>&-
  finish logsend
  rm frames
  logsend_from_pipe "tcp://127.0.0.1:$port" --keepalive 0
  eventually is_connected "$port"
  if is_kept_alive "$port"; then fail "$(ss -Htno "dport = :$port")"; fi
  exec {messages}>&-
}

@test "--keepalive counts in seconds" {
  quietly logsend tcp://127.0.0.1:1 --keepalive 100ms <<<"one"
  assert_status 64
  assert_complaint logsend "--keepalive"
}

# ---- options and schemes

@test "an option that the destination does not understand is a usage error that says where it belongs" {
  is_foreign logsend --relp-window 3 tcp://127.0.0.1:1 tcp:// "relp:// and relps://"
  is_foreign logsend --wire octet relp://a:1 relp:// "tcp://, tls://, unix: and files"
  quietly logsend --wire octet relp://a:1 relps://b:1 </dev/null
  assert_status 64
  assert_complaint logsend "option --wire does not belong to relp:// and relps://; it belongs to"
  is_foreign logsend --on-reject drop file:x files "relp://, relps://, logd://, logds://, amqp:// and amqps://"
  is_foreign logsend --window 1M udp://127.0.0.1:1 udp:// "tcp://, tls://, unix:, relp://, relps://, logd://, logds://, amqp:// and amqps://"
  is_foreign logsend --tls-peer x logd://127.0.0.1 logd:// "tls://, relps://, logds:// and amqps://"
}

@test "an option that one of several destinations understands is none" {
  quietly logsend tcp://127.0.0.1:1 tls://127.0.0.1:1 --tls-peer x --retry-time 0 </dev/null
  assert_status 0
}

@test "--help lists the schemes of all destinations" {
  quietly logsend --help
  assert_status 0
  for scheme in tcp:// tls:// unix: relp:// relps:// logd:// logds:// udp:// unixgram: [file:]PATH; do
    [[ $output == *"$scheme"* ]] || fail "$scheme is not in: $output"
  done
}

# Syslog in and out: logcat and logsend with util-linux logger, rsyslog and syslog-ng, and with connections that
# misbehave.
#
# shellcheck shell=bash

load helper
load peers

# URL OPTION...
receive() { start_server logcat logcat "$@" --print-address; }

port_for() { sed -En "s|.*listening on $1:.*:([0-9]+)\$|\1|p" logcat.err; }

has_received() { [[ $(wc -l <logcat.out) -ge $1 ]]; }
has_received_all() { sort logcat.out | cmp -s - <(sort input); }
has_written() { [[ $(wc -l 2>/dev/null <output) -ge $1 ]]; }
has_complained() { grep -q "$1" logcat.err; }

# FILTER: jq says so of the first event.
assert_event() {
  eventually has_received 1
  jq -es ".[0] | $1" logcat.out >/dev/null || fail "not $1: $(cat logcat.out)"
}

assert_logged() { assert_event '.message == "it works" and .appname == "tool" and .facility == "local3" and .severity == "warning"'; }

log() { logger -p local3.warning -t tool "$@" "it works"; }

# ---- util-linux logger

@test "logger over TCP, RFC 5424" {
  receive tcp://127.0.0.1:0 --format json
  log -n 127.0.0.1 -P "$(port_of logcat)" -T --msgid M7 --sd-id demo@1 --sd-param 'k="v"' --id=42
  assert_logged
  assert_event '.procid == "42" and .msgid == "M7" and .structured_data."demo@1".k == "v" and (.timestamp | length > 19)'
}

@test "logger over TCP with octet counting" {
  receive tcp://127.0.0.1:0 --format json
  log -n 127.0.0.1 -P "$(port_of logcat)" -T --octet-count
  assert_logged
}

@test "logger over TCP, RFC 3164" {
  receive tcp://127.0.0.1:0 --format json
  log -n 127.0.0.1 -P "$(port_of logcat)" -T --rfc3164 --id=42
  assert_logged
  assert_event ".procid == \"42\" and .hostname == \"$(hostname -s)\""
}

@test "logger over UDP, RFC 5424 and RFC 3164" {
  receive udp://127.0.0.1:0 --format json
  log -n 127.0.0.1 -P "$(port_of logcat)" -d --rfc5424=notime,notq
  log -n 127.0.0.1 -P "$(port_of logcat)" -d --rfc3164
  eventually has_received 2
  assert_logged
  [[ $(jq -r .message logcat.out | sort -u) == "it works" && $(jq -r .appname logcat.out | sort -u) == tool ]]
  [[ $(jq -s 'map(has("timestamp")) | tostring' logcat.out) == '"[false,true]"' ]]
}

@test "logger into a Unix datagram socket" {
  receive "unixgram:$T/log" --format json
  log -u "$T/log" -d --socket-errors=on
  assert_logged
}

@test "logger into a Unix stream socket" {
  receive "unix:$T/log" --format json
  log -u "$T/log" -T --socket-errors=on
  assert_logged
}

@test "several listeners in one process; --add-peer tells them apart" {
  receive tcp://127.0.0.1:0 udp://127.0.0.1:0 "unixgram:$T/log" relp://127.0.0.1:0 --format json --add-peer \
    --rcvbuf 1M --idle-timeout 1h
  log -n 127.0.0.1 -P "$(port_for tcp)" -T
  log -n 127.0.0.1 -P "$(port_for udp)" -d
  log -u "$T/log" -d
  relp_client "$(port_for relp)" <<<"it works"
  eventually has_received 4
  [[ $(jq -r .protocol logcat.out | sort | paste -sd ' ') == "relp tcp udp unixgram" ]] || fail "$(cat logcat.out)"
  jq -es "any(.protocol == \"tcp\" and .local_port == $(port_for tcp) and .peer_address == \"127.0.0.1\")" logcat.out
}

# ---- rsyslog and syslog-ng

# PROTOCOL PORT [TEMPLATE]: rsyslog that sends the file "input".
omfwd() {
  rsyslog sender <<END
module(load="imfile")
input(type="imfile" file="$T/input" tag="t")
action(type="omfwd" protocol="$1" target="127.0.0.1" port="$2" template="${3:-line}" action.resumeRetryCount="-1")
END
}

@test "rsyslog's omfwd over TCP" {
  lines 20000 >input
  receive tcp://127.0.0.1:0
  omfwd tcp "$(port_of logcat)"
  eventually has_received 20000
  assert_same_lines logcat.out input
}

@test "rsyslog's omfwd over TCP, octet counted, in its RFC 5424 format" {
  printf '%s\n' one two >input
  receive tcp://127.0.0.1:0 --format '%{appname} %{facility}.%{severity} %{message}'
  rsyslog sender <<END
module(load="imfile")
input(type="imfile" file="$T/input" tag="tag" severity="err" facility="local7")
action(type="omfwd" protocol="tcp" target="127.0.0.1" port="$(port_of logcat)" template="RSYSLOG_SyslogProtocol23Format"
       tcp_framing="octet-counted")
END
  eventually has_received 2
  [[ $(cat logcat.out) == $'tag local7.err one\ntag local7.err two' ]] || fail "$(cat logcat.out)"
}

@test "rsyslog's omfwd over UDP" {
  lines 2000 >input
  receive udp://127.0.0.1:0
  omfwd udp "$(port_of logcat)" raw
  eventually has_received_all
}

# DRIVER: syslog-ng that sends each line of "input" as a message of "tool".
syslog_ng_sends() {
  syslog_ng sender <<END
source s { file("$T/input" flags(no-parse) program-override("tool") default-facility(local3) default-priority(warning)); };
destination d { $1; };
log { source(s); destination(d); };
END
}

@test "syslog-ng's network() driver, RFC 3164" {
  echo "it works" >input
  receive tcp://127.0.0.1:0 --format json
  syslog_ng_sends "network(\"127.0.0.1\" port($(port_of logcat)))"
  assert_logged
}

@test "syslog-ng's syslog() driver, RFC 5424 with octet counting" {
  yes "it works" | head -n 5000 >input
  receive tcp://127.0.0.1:0 --format json
  syslog_ng_sends "syslog(\"127.0.0.1\" transport(tcp) port($(port_of logcat)))"
  assert_logged
  eventually has_received 5000
}

@test "syslog-ng's syslog() driver over UDP" {
  echo "it works" >input
  receive udp://127.0.0.1:0 --format json
  syslog_ng_sends "syslog(\"127.0.0.1\" transport(udp) port($(port_of logcat)))"
  assert_logged
}

@test "loggen over TCP, both protocols: every message is parsed" {
  receive tcp://127.0.0.1:0 --parse auto --on-unparsed reject --format json
  peer loggen -i -S -n 2000 -r 100000 -Q 127.0.0.1 "$(port_of logcat)"
  peer loggen -i -S -P -n 2000 -r 100000 -Q 127.0.0.1 "$(port_of logcat)"
  eventually has_received 4000
  [[ $(jq -r .appname logcat.out | sort -u) == prg00000 ]]
}

# PROTOCOL PORT: rsyslog that takes messages apart and writes their fields into "output".
rsyslog_writes() {
  rsyslog receiver <<END
template(name="fields" type="string" string="%pri%|%hostname%|%programname%|%procid%|%msg%|%structured-data%\n")
module(load="im$1")
input(type="im$1" address="127.0.0.1" port="$2")
action(type="omfile" file="$T/output" template="fields" asyncWriting="off" flushOnTXEnd="on")
END
}

as_tool=(--pri local3.warning --host box --app tool --procid 42)

@test "logsend --format rfc5424 over TCP, in both framings, as rsyslog understands it" {
  port=$(free_port)
  rsyslog_writes tcp "$port"
  eventually listens "$port"
  for wire in lf octet; do
    logsend "tcp://127.0.0.1:$port" --wire $wire --format rfc5424 "${as_tool[@]}" --sd '[a@1 k="v"]' <<<"it works"
  done
  eventually has_written 2
  [[ $(sort -u output) == '156|box|tool|42|it works|[a@1 k="v"]' ]] || fail "$(cat output)"
}

@test "logsend --format rfc3164 over TCP and UDP, as rsyslog understands it" {
  port=$(free_port)
  rsyslog_writes tcp "$port"
  eventually listens "$port"
  logsend "tcp://127.0.0.1:$port" --format rfc3164 "${as_tool[@]}" <<<"it works"
  eventually has_written 1
  stop receiver
  rsyslog_writes udp "$port"
  eventually listens_on_udp "$port"
  logsend "udp://127.0.0.1:$port" --format rfc3164 "${as_tool[@]}" <<<"it works"
  eventually has_written 2
  [[ $(sort -u output) == '156|box|tool|42| it works|-' ]] || fail "$(cat output)"
}
listens_on_udp() { ss -Hlun "sport = :$1" | grep -q .; }

@test "logsend over UDP: what fits in the receiver's buffer arrives as it was" {
  lines 200 >input
  receive udp://127.0.0.1:0
  logsend "udp://127.0.0.1:$(port_of logcat)" <input
  eventually has_received_all
}

# ---- events

@test "errors in --where, --set and --format name the column" {
  quietly logcat --where 'severity <= warning and bogus[] == 1' </dev/null
  assert_status 64
  assert_complaint logcat '--where: column 25: no field is named "bogus[]"'
  quietly logcat --format '%{timestamp} %{nope[}' </dev/null
  assert_status 64
  assert_complaint logcat '--format: column 16: no field is named "nope["'
  quietly logcat --format json --set 'message=%{nope[}' </dev/null
  assert_status 64
  assert_complaint logcat '--set: column 11: no field is named "nope["'
}

@test "--where and --set work on what comes over the network" {
  receive tcp://127.0.0.1:0 --where 'severity <= err and appname == tool' --set 'msgid=%{severity}' --format json
  for severity in debug err crit; do
    logger -n 127.0.0.1 -P "$(port_of logcat)" -T -p "user.$severity" -t tool "$severity"
  done
  logger -n 127.0.0.1 -P "$(port_of logcat)" -T -p user.err -t other err
  eventually has_received 2
  stop logcat
  assert_status 0
  [[ $(jq -r '.message + .msgid' logcat.out | sort | paste -sd ' ') == "critcrit errerr" ]] || fail "$(cat logcat.out)"
}

@test "parameters of structured data are chosen, written and set by their names" {
  receive tcp://127.0.0.1:0 --where 'structured_data[demo@1].k =~ ^v' --set 'structured_data[demo@1].n="]\' \
    --format '%{structured_data[demo@1].k} %{structured_data[demo@1].n} %{structured_data}'
  for k in no v1; do log -n 127.0.0.1 -P "$(port_of logcat)" -T --rfc5424=notq --sd-id demo@1 --sd-param "k=\"$k\""; done
  eventually has_received 1
  stop logcat
  assert_equal "$(cat logcat.out)" 'v1 "]\ [demo@1 k="v1" n="\"\]\\"]'
}

@test "a parameter that --set makes is what syslog-ng reads by its name" {
  port=$(free_port)
  syslog_ng receiver <<END
source s { network(ip("127.0.0.1") port($port) flags(syslog-protocol)); };
destination d { file("$T/output" template("\${.SDATA.origin.ip}|\${.SDATA.demo@1.n}|\$MSG\n")); };
log { source(s); destination(d); };
END
  eventually listens "$port"
  echo '<13>1 - - - - - [origin ip="10.0.0.1"] it works' >input
  logcat --set 'structured_data[origin].ip=::1' --set 'structured_data[demo@1].n=a "b\" ]c' --format rfc5424 input |
    logsend "tcp://127.0.0.1:$port"
  eventually has_written 1
  assert_equal "$(cat output)" '::1|a "b\" ]c|it works'
}

@test "--on-unparsed keep, mark and reject" {
  printf '%s\n' '<13>1 - - - - - - good' plain >input
  [[ $(logcat --parse rfc5424 --format '%{message}' input) == $'good\nplain' ]]
  [[ $(logcat --parse rfc5424 --on-unparsed mark --format json input | jq -c 'has("unparsed")') == $'false\ntrue' ]]
  quietly logcat --parse rfc5424 --on-unparsed reject --format '%{message}' input
  [[ $output == good ]]
  assert_complaint logcat plain
}

# ---- peers that misbehave

@test "datagrams that the kernel dropped are counted and reported" {
  receive udp://127.0.0.1:0 --rcvbuf 1k
  kill -STOP "${pid[logcat]}"
  lines 200 | logsend "udp://127.0.0.1:$(port_of logcat)"
  kill -CONT "${pid[logcat]}"
  eventually has_received 1
  logger -n 127.0.0.1 -P "$(port_of logcat)" -d "one more" # the kernel says how many it dropped with the next one
  eventually has_complained "the kernel dropped"
  dropped=$(sed -En 's/.*the kernel dropped ([0-9]+).*/\1/p' logcat.err)
  ((dropped + $(wc -l <logcat.out) == 201)) || fail "$dropped dropped, $(wc -l <logcat.out) received"
}

@test "1,000 connections at once, each with a message" {
  receive tcp://127.0.0.1:0
  python3 - "$(port_of logcat)" <<'END'
import socket, sys
connections = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(1000)]
for number, connection in enumerate(connections):
    connection.sendall(b"<13>message %d\n" % number)
END
  eventually has_received 1000
  [[ $(sort -u logcat.out | wc -l) -eq 1000 ]]
  (($(grep -vc listening logcat.err) == 0)) || fail "$(cat logcat.err)"
}

@test "1,000 connections, each in the middle of a message, take little memory and leave room for another" {
  receive tcp://127.0.0.1:0 --max-connections 1001
  mkfifo go
  cat >crowd.py <<'END'
import resource, socket, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (1100, 1100))
crowd = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(1000)]
for one in crowd:
    one.sendall(b"<13>" + b"x" * 5000)
print("all there", flush=True)
open("go").read()
for one in crowd:
    one.sendall(b"\n")
END
  start crowd python3 crowd.py "$(port_of logcat)"
  eventually grep -q "all there" crowd.out
  echo "<13>another" >"/dev/tcp/127.0.0.1/$(port_of logcat)"
  eventually grep -qx "<13>another" logcat.out
  echo >go
  finish crowd
  assert_status 0
  eventually has_received 1001
  assert_memory_below 65536 logcat
}

@test "a message that comes one byte at a time is whole, and others are served in between" {
  receive tcp://127.0.0.1:0
  exec {slow}<>"/dev/tcp/127.0.0.1/$(port_of logcat)"
  local text='<13>slow but sure' i
  for ((i = 0; i < ${#text}; ++i)); do
    printf %s "${text:i:1}" >&"$slow"
    echo "other $i" >"/dev/tcp/127.0.0.1/$(port_of logcat)"
    eventually grep -qx "other $i" logcat.out
  done
  echo >&"$slow"
  eventually grep -qx "$text" logcat.out
  exec {slow}>&-
  (($(grep -vc listening logcat.err) == 0)) || fail "$(cat logcat.err)"
}

@test "half a frame is reported after --idle-timeout and its connection closed, others go on" {
  receive tcp://127.0.0.1:0 --idle-timeout 200ms
  exec {slow}<>"/dev/tcp/127.0.0.1/$(port_of logcat)"
  printf '40 <13>no en' >&"$slow"
  log -n 127.0.0.1 -P "$(port_of logcat)" -T
  run -0 timeout 10 cat <&"$slow"
  exec {slow}>&-
  eventually has_complained "the connection is closed"
  eventually has_received 1
  stop logcat
  grep -q "it works" logcat.out
  (($(wc -l <logcat.out) == 1)) || fail "$(cat logcat.out)"
}

@test "a line without its end is a message when --idle-timeout closes the connection" {
  receive tcp://127.0.0.1:0 --idle-timeout 200ms
  exec {slow}<>"/dev/tcp/127.0.0.1/$(port_of logcat)"
  printf '<13>no end' >&"$slow"
  run -0 timeout 10 cat <&"$slow"
  exec {slow}>&-
  eventually grep -qx '<13>no end' logcat.out
}

@test "an octet count of 10^12 ends its connection with one diagnostic and takes no memory" {
  receive tcp://127.0.0.1:0 --input-framing octet
  echo "1000000000000 <13>big" >"/dev/tcp/127.0.0.1/$(port_of logcat)"
  eventually has_complained 'the connection is closed'
  echo -n "5 hello" >"/dev/tcp/127.0.0.1/$(port_of logcat)"
  eventually has_received 1
  (($(grep -vc listening logcat.err) == 1)) || fail "$(cat logcat.err)"
  assert_memory_below 65536 logcat
}

@test "a peer that resets its connection is one diagnostic, others go on" {
  receive tcp://127.0.0.1:0
  python3 - "$(port_of logcat)" <<'END'
import socket, struct, sys
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
connection.sendall(b"<13>half a mess")
connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
connection.close()
END
  eventually has_complained "reset by peer"
  echo "still there" >"/dev/tcp/127.0.0.1/$(port_of logcat)"
  eventually grep -q "still there" logcat.out
  (($(grep -vc listening logcat.err) == 1)) || fail "$(cat logcat.err)"
}

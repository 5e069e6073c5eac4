# logcat relp:// and logsend relp://, against rsyslog and against peers that misbehave.
#
# shellcheck shell=bash

load helper
load peers

# omrelp PORT: rsyslog that sends the file "input".
omrelp() {
  rsyslog sender <<END
module(load="imfile")
module(load="omrelp")
input(type="imfile" file="$T/input" tag="t")
action(type="omrelp" target="127.0.0.1" port="$1" template="raw"
       action.resumeRetryCount="-1" action.resumeInterval="1")
END
}

# imrelp PORT: rsyslog that writes what it has answered for into "output".
imrelp() {
  rsyslog receiver <<END
module(load="imrelp")
input(type="imrelp" port="$1" address="127.0.0.1")
action(type="omfile" file="$T/output" template="line" asyncWriting="off" flushOnTXEnd="on")
END
  eventually listens "$1"
}

# PORT OPTION...: logcat into the buffer q.
receive() {
  start_server logcat logcat "relp://127.0.0.1:$1" --print-address "${@:2}" -- logbuf push q
}

holds() { [[ $(logbuf cat q 2>/dev/null | wc -l) -ge $1 ]]; }
holds_all() { logbuf cat q 2>/dev/null | sort -u | cmp -s - <(sort input); }
# COUNT: so many are in the buffer, and more to come.
is_mid_way() {
  eventually holds "$1"
  if holds 20000; then fail "too fast for this test"; fi
}
has_written() { [[ $(wc -l 2>/dev/null <output) -ge $1 ]]; }
has_written_all() { sort -u output 2>/dev/null | cmp -s - <(sort -u input); }

@test "what rsyslog's omrelp sends is in the buffer, in its order" {
  lines 20000 >input
  port=$(free_port)
  receive "$port"
  omrelp "$port"
  eventually holds 20000
  logbuf cat q >output
  assert_same_lines input output
}

@test "kill -9 of the push child: everything rsyslog sent is in the buffer" {
  lines 20000 >input
  port=$(free_port)
  receive "$port" --rate 10000
  omrelp "$port"
  for round in 1 2 3; do
    is_mid_way $((round * 4000))
    pkill -KILL -P "${pid[logcat]}"
    eventually pgrep -P "${pid[logcat]}" >/dev/null
  done
  eventually holds_all
}

@test "kill -9 of logcat: everything rsyslog sent is in the buffer" {
  lines 20000 >input
  port=$(free_port)
  receive "$port" --rate 10000
  omrelp "$port"
  for round in 1 2 3; do
    is_mid_way $((round * 4000))
    stop logcat KILL
    receive "$port" --rate 10000
  done
  eventually holds_all
}

@test "what logsend sends reaches rsyslog's imrelp, in its order" {
  lines 20000 >input
  port=$(free_port)
  imrelp "$port"
  quietly logsend "relp://127.0.0.1:$port" <input
  assert_status 0
  has_written 20000
  assert_same_lines input output
}

@test "kill -9 of logsend and of rsyslog: rsyslog has everything that the buffer let go" {
  lines 20000 >input
  logbuf push q <input
  port=$(free_port)
  imrelp "$port"
  start peek logbuf peek -f q --rate 8000 -- logsend "relp://127.0.0.1:$port"
  eventually has_written 3000
  pkill -KILL -P "${pid[peek]}"
  eventually has_written 7000
  stop receiver KILL
  imrelp "$port"
  eventually has_written 11000
  stop peek KILL
  start peek logbuf peek -f q -- logsend "relp://127.0.0.1:$port"
  eventually has_written_all
}

@test "a message that cannot be taken is answered with 500, the others with 200" {
  port=$(free_port)
  receive "$port" --parse rfc5424 --on-unparsed reject
  printf '%s\n' '<13>1 - - - - - - one' 'no event' '<13>1 - - - - - - three' >input
  quietly relp_client "$port" <input
  assert_status 0
  [[ $(sort <<<"$output" | cut -c 1-5) == $'1 200\n2 500\n3 200' ]] || fail "answers: $output"
  [[ $(logbuf cat q) == $'<13>1 - - - - - - one\n<13>1 - - - - - - three' ]]
}

@test "nonsense ends its connection with one diagnostic, others go on" {
  port=$(free_port)
  receive "$port"
  exec {other}<>"/dev/tcp/127.0.0.1/$port"
  printf '1 open 30 relp_version=0\ncommands=syslog\n' >&"$other"
  echo "GET / HTTP/1.0" >"/dev/tcp/127.0.0.1/$port"
  eventually complains
  relp_client "$port" <<<"still there"
  printf '2 syslog 5 hello\n' >&"$other"
  eventually holds 2
  (($(grep -vc listening logcat.err) == 1)) || fail "$(cat logcat.err)"
  exec {other}>&-
}
complains() { grep -v listening logcat.err | grep -q 127.0.0.1; }

# BYTES: a client that has opened a session says so, and logcat says TEXT of it, once; others are served.
assert_broken() {
  port=$(free_port)
  receive "$port"
  exec {other}<>"/dev/tcp/127.0.0.1/$port"
  printf '%s' "$OPEN" >&"$other"
  printf '%s' "$OPEN$1" >"/dev/tcp/127.0.0.1/$port"
  eventually grep -q "$2.*the connection is closed" logcat.err
  printf '2 syslog 5 hello\n' >&"$other"
  eventually holds 1
  (($(grep -vc listening logcat.err) == 1)) || fail "$(cat logcat.err)"
  exec {other}>&-
}
OPEN=$'1 open 30 relp_version=0\ncommands=syslog\n'

@test "a length of 10^12 ends its connection with one diagnostic" {
  assert_broken '2 syslog 1000000000000 x' 'a data length of one to nine digits is missing'
}

@test "an LF that is missing after a message ends its connection with one diagnostic" {
  assert_broken $'2 syslog 5 hello3 syslog 5 hello\n' 'no LF after 5 bytes of data'
}

@test "a message of which half came is none, and its client is not answered" {
  port=$(free_port)
  receive "$port"
  exec {client}<>"/dev/tcp/127.0.0.1/$port"
  printf '%s' "${OPEN}2 syslog 10 half" >&"$client"
  relp_client "$port" <<<whole
  stop logcat
  run timeout 10 cat <&"$client"
  [[ $output != *"2 rsp"* ]] || fail "answered: $output"
  assert_equal "$(logbuf cat q)" whole
}

@test "frames that come one byte at a time are answered, and others are served in between" {
  port=$(free_port)
  receive "$port"
  exec {slow}<>"/dev/tcp/127.0.0.1/$port"
  local text="${OPEN}"$'2 syslog 4 slow\n' i
  for ((i = 0; i < ${#text}; ++i)); do
    printf %s "${text:i:1}" >&"$slow"
    relp_client "$port" <<<"other $i" >>answers
  done
  eventually holds $((${#text} + 1))
  (($(grep -c '^1 200' answers) == ${#text}))
}

@test "a client that resets its connection does not disturb others" {
  port=$(free_port)
  receive "$port"
  python3 - "$port" "$OPEN" <<'END'
import socket, struct, sys
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
connection.sendall(sys.argv[2].encode() + b"2 syslog 10 half")
connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
connection.close()
END
  relp_client "$port" <<<"still there"
  eventually holds 1
}

@test "a message of 40 MB is split, answered once when all of it is stored, and takes little memory" {
  port=$(free_port)
  receive "$port"
  python3 -c 'print("0123456789" * 4000000)' >input
  quietly relp_client "$port" <input
  assert_status 0
  assert_equal "$output" "1 200 OK"
  logbuf cat q | tr -d '\n' | cmp - <(tr -d '\n' <input)
  assert_equal "$(logbuf cat q | wc -l)" 39
  eventually grep -q 'were cut into several: 1; see --max-message' logcat.err
  assert_memory_below 65536 logcat
}

# A stopped sink, and a client whose 100 messages logcat has passed on to it.
client_of_stopped_sink() {
  port=$(free_port)
  receive "$port"
  relp_client "$port" <<<"first"
  pkill -STOP -P "${pid[logcat]}"
  lines 100 >input
  start client bash -c 'exec python3 "$0" client "$1" <input' "$ROOT/tests/relp_peer.py" "$port"
  eventually holds_unconfirmed 100
}
holds_unconfirmed() {
  kill -USR1 "${pid[logcat]}"
  grep -q ", $1 messages unconfirmed" logcat.err
}

@test "the answer comes after the commit: all when the stopped sink goes on" {
  client_of_stopped_sink
  pkill -CONT -P "${pid[logcat]}"
  finish client
  assert_status 0
  (($(grep -c ' 200' client.out) == 100))
}

@test "the answer comes after the commit: a client whose logcat dies while the sink is stopped has none" {
  client_of_stopped_sink
  stop logcat KILL # what it had answered would be read before the end of the connection
  finish client
  assert_status 1
  assert_equal "$(<client.out)" ""
}

@test "--on-reject stop: logsend ends and says what the server refused" {
  port=$(free_port)
  relp_server server "$port"
  printf '%s\n' one 'bad two' three >input
  quietly logsend "relp://127.0.0.1:$port" --drain-time 1s <input
  assert_status 65
  [[ $stderr == *"bad message"* ]] || fail "stderr is: $stderr"
}

@test "--on-reject drop: logsend says what was refused and goes on" {
  port=$(free_port)
  relp_server server "$port"
  printf '%s\n' one 'bad two' three >input
  quietly logsend "relp://127.0.0.1:$port" --on-reject drop <input
  assert_status 0
  assert_complaint logsend "bad two"
  [[ $(cat server.out) == $'one\nthree' ]]
}

@test "a server that answers nonsense is named, and its messages are not safe" {
  port=$(free_port)
  start server socat "TCP-LISTEN:$port,bind=127.0.0.1,fork" SYSTEM:"echo HTTP/1.0 400 Bad Request; cat >/dev/null"
  eventually listens "$port"
  quietly logsend "relp://127.0.0.1:$port" --drain-time 300ms <<<"precious"
  assert_status 75
  [[ ${stderr_lines[0]} == *"HTTP/1.0"* ]] || fail "stderr is: $stderr"
}

@test "a server that never answers: --timeout, and the messages are not safe" {
  port=$(free_port)
  start server socat "TCP-LISTEN:$port,bind=127.0.0.1,fork" SYSTEM:"cat >/dev/null"
  eventually listens "$port"
  quietly logsend "relp://127.0.0.1:$port" --timeout 200ms --drain-time 500ms <<<"precious"
  assert_status 75
  [[ $stderr == *"200 ms"* ]] || fail "stderr is: $stderr"
}

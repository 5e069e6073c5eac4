# logbuf serve: logd's protocol to the byte, many clients, and clients that misbehave.
#
# shellcheck shell=bash disable=SC2034

load helper
load logd
load certificates

three() {
  serve q
  printf 'one\ntwo\nthree\n' | logbuf push q
}

# ---- the protocol, byte by byte

@test "MSG is answered with the id of its last message" {
  serve q
  answers 'MSG 1\r\n5 hello\r\nMSG 3\r\n1 a\r\n2 bc\r\n3 def\r\n' 'OK 1\r\nOK 4\r\n'
  assert_equal "$(messages q)" $'1\thello\n2\ta\n3\tbc\n4\tdef'
}

@test "lengths count: messages may hold CRLF, NUL and what looks like a request" {
  serve q
  answers 'MSG 3\r\n4 a\r\nb\r\n3 x\0y\r\n8 PING 0\r\n\r\nPING 0\r\n' 'OK 3\r\nOK\r\n'
  answers 'READ 2\r\n1 1\r\n1 9\r\n' 'OK\r\n+1 4 a\r\nb\r\n+2 3 x\0y\r\n+3 8 PING 0\r\n\r\n+EOF\r\n'
}

@test "MSG without messages, and with an empty one, is refused as a whole" {
  serve q
  answers 'MSG 0\r\n' 'ERR_CLIENT must supply an argument\r\n'
  answers 'MSG 3\r\n1 a\r\n0 \r\n1 b\r\nHEAD 0\r\n' 'ERR_CLIENT empty message not allowed\r\nOK\r\n'
}

@test "HEAD is the newest id" {
  serve q
  answers 'HEAD 0\r\n' 'OK\r\n'
  answers 'MSG 1\r\n1 a\r\nHEAD 0\r\n' 'OK 1\r\nOK 1\r\n'
}

@test "READ gives what is there, up to its limit, and closes" {
  three
  answers 'READ 2\r\n1 1\r\n1 2\r\nPING 0\r\n' 'OK\r\n+1 3 one\r\n+2 3 two\r\n+EOF\r\n'
  answers 'READ 2\r\n1 2\r\n2 10\r\n' 'OK\r\n+2 3 two\r\n+3 5 three\r\n+EOF\r\n'
  answers 'READ 2\r\n1 0\r\n1 1\r\n' 'OK\r\n+1 3 one\r\n+EOF\r\n'
}

@test "READ of an id above the head, or that was deleted, is an error" {
  three
  answers 'READ 2\r\n1 4\r\n1 1\r\n' 'ERR_CLIENT not found\r\n'
  answers 'READ 2\r\n1 5\r\n1 0\r\n' 'ERR_CLIENT not found\r\n'
  echo four | logbuf push q
  logbuf trim --force --upto 3 q
  answers 'READ 2\r\n1 3\r\n1 1\r\n' 'ERR not found\r\n'
  answers 'READ 2\r\n1 0\r\n1 9\r\n' 'OK\r\n+4 4 four\r\n+EOF\r\n'
}

@test "READ of an empty log gives nothing" {
  serve q
  answers 'READ 2\r\n1 0\r\n1 5\r\n' 'OK\r\n+EOF\r\n'
  answers 'READ 2\r\n1 1\r\n1 5\r\n' 'ERR_CLIENT not found\r\n'
}

@test "wrong counts and numbers are invalid requests, and the connection stays" {
  three
  local request
  for request in 'READ 1\r\n1 1\r\n' 'READ 2\r\n1 x\r\n1 1\r\n' 'READ 2\r\n1 1\r\n2 -1\r\n' 'READ 2\r\n0 \r\n1 1\r\n' \
    'HEAD 1\r\n1 x\r\n' 'PING 1\r\n1 x\r\n' 'CLOSE 1\r\n1 x\r\n' 'STATS 1\r\n1 x\r\n' 'ACCEPT 1\r\n1 x\r\n' \
    'REFUSE 1\r\n1 x\r\n' 'REPLICATE 0\r\n' 'REPLICATE 1\r\n1 0\r\n' 'REPLICATE 2\r\n1 1\r\n1 x\r\n'; do
    answers "${request}PING 0\r\n" 'ERR_CLIENT invalid request\r\nOK\r\n'
  done
}

@test "PING, CLOSE, and what is not known" {
  serve q
  answers 'PING 0\r\nSLEEP 1\r\n1 5\r\nNO_SUCH 0\r\nCLOSE 0\r\nPING 0\r\n' 'OK\r\nERR\r\nERR\r\nOK\r\n'
  stop q
  serve q --pong
  answers 'PING 0\r\n' 'PONG\r\n'
}

@test "STATS counts" {
  three
  answers 'MSG 2\r\n1 a\r\n1 b\r\nNO_SUCH 0\r\n' 'OK 5\r\nERR\r\n'
  talk q 'READ 2\r\n1 1\r\n1 1\r\n' >/dev/null
  talk q 'STATS 0\r\n' >got
  local log
  log=$(logbuf stat --json q | python3 -c 'import json, sys; print(json.load(sys.stdin)["uuid"])')
  printf '%s\r\n' 'command_errors: 1' 'connection_errors: 0' 'connections: 1' 'subscriptions: 0' 'total_bytes_read: 55' \
    'total_bytes_written: 31' 'total_connections: 3' 'total_reads: 1' 'total_subscriptions: 0' 'total_writes: 2' \
    'epoch: 1' 'head: 5' "log: $log" 'role: master' >body
  { printf 'OK %s ' "$(wc -c <body)"; cat body; printf '\r\n'; } >expected
  assert_same_lines got expected
}

@test "SHUTDOWN ends the server where that is allowed" {
  serve q
  answers 'SHUTDOWN 0\r\nPING 0\r\n' 'ERR\r\nOK\r\n'
  stop q
  serve q --allow-shutdown
  answers 'MSG 1\r\n1 a\r\nSHUTDOWN 0\r\n' 'OK 1\r\n'
  finish q
  assert_status 0
}

@test "one byte at a time is as good as all at once" {
  serve q
  answers 'MSG 2\r\n3 a\r\n\r\n1 b\r\nHEAD 0\r\nREAD 2\r\n1 1\r\n1 9\r\n' \
    'OK 2\r\nOK 2\r\nOK\r\n+1 3 a\r\n\r\n+2 1 b\r\n+EOF\r\n' --bytewise
}

@test "half a request is no request" {
  serve q
  answers 'PING 0\r\nMSG 1\r\n5 hel' 'OK\r\n'
  answers 'HEAD 0\r\n' 'OK\r\n'
  (($(complaints q) == 0))
}

@test "what is no request closes the connection without a word, and is told once" {
  serve q
  local count=0 request
  for request in 'GET / HTTP/1.1\r\n' 'ping 0\r\n' 'PING\r\n' 'PING 0\n' 'PING x\r\n' 'PING 0 \r\n' ' 0\r\n' \
    'MSG 1\r\n1 ab\r\n' 'MSG 1\r\nx a\r\n' 'MSG 1\r\n99999999999 a\r\n' 'ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH 0\r\n'; do
    count=$((count + 1))
    answers "PING 0\r\n$request" 'OK\r\n'
    ((count > 10)) || (($(complaints q) == count)) || fail "$(cat q.err)"
  done
  assert_equal "$(stats q connection_errors)" $count
  answers 'HEAD 0\r\n' 'OK\r\n'
}

@test "requests over a limit are answered, and the connection is closed" {
  serve q --max-message 100
  local long
  long=$(printf '%101s' x)
  answers "PING 0\r\nMSG 1\r\n101 $long\r\nPING 0\r\n" 'OK\r\nERR_CLIENT invalid request\r\n'
  answers 'MSG 65537\r\n1 a\r\n' 'ERR_CLIENT invalid request\r\n'
  answers "MSG 1\r\n100 ${long:1}\r\n" 'OK 1\r\n'
}

@test "a request that is too long as a whole is refused before it is read" {
  serve q
  python3 -c 'print("MSG 6\r\n" + ("1000000 " + "x" * 1000000 + "\r\n") * 6, end="")' >request
  client ask "$(at q)" <request >got
  printf 'ERR_CLIENT invalid request\r\n' >expected
  assert_same_lines got expected
  answers 'HEAD 0\r\n' 'OK\r\n'
}

@test "a message larger than the buffer is refused, and the server goes on" {
  logbuf push --max-size 64KiB q </dev/null
  serve q
  python3 -c 'print("MSG 1\r\n70000 " + "x" * 70000 + "\r\nMSG 1\r\n1 a\r\n", end="")' >request
  client ask "$(at q)" <request >got
  printf 'ERR_CLIENT message too large\r\nOK 1\r\n' >expected
  assert_same_lines got expected
}

@test "where the disk is full, MSG is answered with an error, and the server goes on" {
  trap '' XFSZ # so that writing fails
  serve q
  answers 'MSG 1\r\n1 a\r\n' 'OK 1\r\n'
  prlimit --pid "${pid[q]}" --fsize=20000:unlimited
  head -c 100000 /dev/zero | tr '\0' x >long
  answers "MSG 1\r\n100000 $(<long)\r\nMSG 1\r\n100000 $(<long)\r\nHEAD 0\r\n" 'ERR\r\nERR\r\nOK 1\r\n'
  has_said q 'write buffer q: '
  prlimit --pid "${pid[q]}" --fsize=unlimited
  answers "MSG 1\r\n100000 $(<long)\r\n" 'OK 2\r\n'
  eventually has_said q 'write buffer q: messages are stored again'
  answers 'READ 2\r\n1 1\r\n1 1\r\n' 'OK\r\n+1 1 a\r\n+EOF\r\n'
  logbuf verify q
}

# ---- following

# shellcheck disable=SC2059
has_got() { printf "$2" | cmp -s - "$1.out"; }

# NAME REQUESTS: a client that stays.
# shellcheck disable=SC2059
follow() {
  printf "$2" >"$1.in"
  start_with "$1.in" "$1" hold "$(at q)"
}

@test "READ without limit follows, also what another process pushes" {
  three
  follow reader 'READ 2\r\n1 3\r\n1 0\r\n'
  eventually has_got reader 'OK\r\n+3 5 three\r\n'
  answers 'MSG 1\r\n4 four\r\n' 'OK 4\r\n'
  eventually has_got reader 'OK\r\n+3 5 three\r\n+4 4 four\r\n'
  echo five | logbuf push q
  eventually has_got reader 'OK\r\n+3 5 three\r\n+4 4 four\r\n+5 4 five\r\n'
}

@test "READ may start with the message to come" {
  serve q
  follow reader 'READ 2\r\n1 1\r\n1 0\r\n'
  eventually has_got reader 'OK\r\n'
  echo one | logbuf push q
  eventually has_got reader 'OK\r\n+1 3 one\r\n'
}

@test "CLOSE ends a READ, and any other request is an error that does" {
  three
  follow reader 'READ 2\r\n1 3\r\n1 0\r\nCLOSE 0\r\nPING 0\r\n'
  finish reader
  has_got reader 'OK\r\n+3 5 three\r\nOK\r\n'
  follow reader 'READ 2\r\n1 3\r\n1 0\r\nMSG 1\r\n1 x\r\n'
  finish reader
  has_got reader 'OK\r\n+3 5 three\r\nERR_CLIENT invalid request\r\n'
  answers 'HEAD 0\r\n' 'OK 3\r\n'
}

@test "CLOSE is taken while much of the log is still to come" {
  serve q
  lines 500000 | logbuf push q
  assert_answered_soon() {
    (($(stat -c %s got) < 30000000)) || fail "$(stat -c %s got) bytes came"
    assert_equal "$(tail -c 6 got | od -An -c | tr -d ' ')" '\r\nOK\r\n'
  }
  talk q 'READ 2\r\n1 1\r\n1 0\r\nCLOSE 0\r\n' >got
  assert_answered_soon
  client leave "$(at q)" 1000 >got
  assert_answered_soon
}

@test "damage while following ends it" {
  three
  follow reader 'READ 2\r\n1 1\r\n1 0\r\n\r\n'
  finish reader
  has_got reader 'OK\r\n+1 3 one\r\n+2 3 two\r\n+3 5 three\r\n'
}

@test "a reader that does not read costs little and disturbs nobody" {
  serve q
  mkfifo gate
  exec 8<>gate
  start_with gate reader slow "$(at q)" 1000000
  eventually grep -q reading reader.out
  lines 1000000 | logbuf push q
  answers 'PING 0\r\nHEAD 0\r\n' 'OK\r\nOK 1000000\r\n'
  assert_memory_below 81920 q
  exec 8>&-
  DEADLINE=60 eventually grep -q complete reader.out
}

@test "a client that asks and does not read the answers costs little" {
  serve q
  start_with /dev/null flood flood "$(at q)"
  stands_still() {
    local before
    before=$(wc -l <flood.out)
    pause 0.3
    ((before > 0 && $(wc -l <flood.out) == before))
  }
  eventually stands_still
  answers 'PING 0\r\n' 'OK\r\n'
  assert_memory_below 40960 q
}

@test "clients that are silent now cost little, whatever they were sent" {
  logbuf push q < <(lines 2000)
  serve q
  mkfifo gate
  exec 8<>gate
  start_with gate clients silent "$(at q)" 400
  DEADLINE=60 eventually grep -q complete clients.out
  assert_memory_below 20480 q
  exec 8>&-
}

@test "two hundred clients write and read at once: all of it, in order, the same for all" {
  serve q
  client crowd "$(at q)" 180 20 200
  assert_equal "$(logbuf cat q | wc -l)" 36000
  assert_memory_below 131072 q
}

@test "many large batches at once are all taken" {
  serve q
  lines 100000 >input
  for i in {1..12}; do
    start_with input "writer$i" write --batch 20000 "$(at q)"
  done
  for i in {1..12}; do
    finish "writer$i"
    assert_status 0
    (($(grep -c '^OK' "writer$i.out") == 5))
  done
  assert_equal "$(stats q head)" 1200000
}

# ---- connections

@test "more connections than allowed wait" {
  serve q --max-connections 1
  follow first 'READ 2\r\n1 1\r\n1 0\r\n'
  eventually has_got first 'OK\r\n'
  follow second 'PING 0\r\n'
  echo one | logbuf push q
  eventually has_got first 'OK\r\n+1 3 one\r\n'
  [[ ! -s second.out ]]
  stop first
  eventually has_got second 'OK\r\n'
}

@test "idle connections are closed, those that read are not" {
  serve q --idle-timeout 200ms
  follow reader 'READ 2\r\n1 1\r\n1 0\r\n'
  follow idle 'PING 0\r\n'
  finish idle
  has_got idle 'OK\r\n'
  echo one | logbuf push q
  eventually has_got reader 'OK\r\n+1 3 one\r\n'
}

@test "a unix socket" {
  start_server q logbuf serve --print-address --listen "unix:$T/s" q
  printf 'MSG 1\r\n1 a\r\n' | client ask "$T/s" >got
  assert_equal "$(tr -d '\r' <got)" "OK 1"
}

@test "TLS, and a client without it" {
  start_server q logbuf serve --print-address --listen tls://127.0.0.1:0 --tls-cert-file "$CERTS/good.pem" \
    --tls-key-file "$CERTS/good.key" q
  port[q]=$(port_of q)
  lines 20000 | logbuf push q
  logbuf cat -i q | awk -F '\t' '{ printf "+%d %d %s\r\n", $1, length($2), $2 } END { printf "+EOF\r\n" }' >log
  printf 'OK 20001\r\nOK\r\n' | cat - log >expected
  sed -i '$d' expected
  printf '+20001 1 a\r\n+EOF\r\n' >>expected
  printf 'MSG 1\r\n1 a\r\nREAD 2\r\n1 1\r\n5 99999\r\n' |
    openssl s_client -connect "$(at q)" -CAfile "$CERTS/ca.pem" -verify_return_error -servername localhost -quiet \
      >got 2>said || fail "$(cat said)"
  assert_same_lines got expected
  answers 'PING 0\r\n' ''
  eventually has_said q 'not TLS\|TLS'
}

@test "sockets from a service manager" {
  start_server manager python3 "$ROOT/tests/service_manager.py" activate log=tcp:127.0.0.1:0 -- \
    logbuf serve --listen tcp://fd=log q
  port[q]=$(port_of manager)
  answers 'MSG 1\r\n1 a\r\n' 'OK 1\r\n'
  stop manager
  assert_status 0
}

@test "what cannot be listened on is a usage error" {
  quietly logbuf serve q
  assert_status 64
  quietly logbuf serve --listen udp://127.0.0.1:0 q
  assert_status 64
  assert_complaint "logbuf serve" "it is not tcp://, tls:// or unix:"
  quietly logbuf serve --listen tls://127.0.0.1:0 q
  assert_status 64
}

# ---- who may write

@test "REFUSE makes a replica, for everybody and after a restart; ACCEPT makes a master in the next epoch" {
  serve q
  answers 'MSG 1\r\n1 a\r\nREFUSE 2\r\n1 0\r\n3 ops\r\nMSG 1\r\n1 b\r\n' \
    'OK 1\r\nOK\r\nERR read only: "ops" asked it to refuse messages\r\n'
  quietly logbuf push q <<<c
  assert_status 69
  assert_complaint logbuf '"ops" asked it to refuse messages'
  eventually has_said q 'no more messages are taken'
  stop q
  assert_status 0
  serve q
  answers 'MSG 1\r\n1 b\r\nHEAD 0\r\n' 'ERR read only: "ops" asked it to refuse messages\r\nOK 1\r\n'
  talk q 'ACCEPT 0\r\nMSG 1\r\n1 b\r\nACCEPT 0\r\n' | tr -d '\r' >got
  local epoch
  epoch=$(stats q epoch)
  [[ $epoch == 1????????? ]] || fail "$epoch"
  assert_equal "$(<got)" "OK $epoch"$'\nOK 2\n'"OK $epoch"
  logbuf push q <<<c
  assert_equal "$(messages q | tr '\n\t' '; ')" "1 a;2 b;3 c;"
  eventually has_said q "it is the master now, in epoch $epoch"
}

@test "a higher epoch fences, and says who is ahead" {
  serve q
  answers 'REFUSE 2\r\n1 7\r\n5 other\r\nMSG 1\r\n1 a\r\n' 'OK\r\nERR read only: "other" is ahead, in epoch 7\r\n'
  assert_equal "$(stats q epoch) $(stats q role)" "7 replica"
  talk q 'ACCEPT 0\r\n' | grep -qE $'^OK 1[0-9]{9}\r$'
}

@test "an epoch beyond the last one is not taken, and none follows the last one" {
  serve q
  local request
  for request in 'REFUSE 1\r\n20 18446744073709551615\r\n' 'REPLICATE 2\r\n1 1\r\n19 4611686018427387905\r\n'; do
    answers "$request" 'ERR_CLIENT invalid request\r\n'
  done
  answers 'REFUSE 2\r\n19 4611686018427387904\r\n5 other\r\nACCEPT 0\r\n' \
    'OK\r\nERR no epoch can follow 4611686018427387904\r\n'
  answers 'MSG 1\r\n1 a\r\n' 'ERR read only: "other" is ahead, in epoch 4611686018427387904\r\n'
}

@test "servers of one buffer are of one mind" {
  serve q
  start_server second logbuf serve --print-address --listen tcp://127.0.0.1:0 q
  answers 'REFUSE 0\r\n' 'OK\r\n'
  port[q]=$(port_of second)
  eventually has_said second 'no more messages are taken'
  talk q 'MSG 1\r\n1 a\r\n' | grep -q '^ERR read only: '
}

@test "one that has not yet looked does not fence the master that another server of the buffer was made" {
  serve q
  talk q 'REFUSE 0\r\n' | grep -q OK
  start_server second logbuf serve --print-address --listen tcp://127.0.0.1:0 q
  local line answer epoch
  exec {line}<>"/dev/tcp/127.0.0.1/$(port_of second)"
  printf 'PING 0\r\n' >&"$line"
  read -r -u "$line" answer
  kill -STOP "${pid[second]}"
  epoch=$(talk q 'ACCEPT 0\r\n' | sed -En 's/^OK ([0-9]+)\r$/\1/p')
  printf 'REPLICATE 2\r\n1 1\r\n%s %s\r\n' "${#epoch}" "$epoch" >&"$line"
  kill -CONT "${pid[second]}"
  read -r -u "$line" answer
  [[ $answer == OK\ *\ $epoch\ 0$'\r' ]] || fail "$answer"
  exec {line}>&-
  answers 'MSG 1\r\n1 a\r\n' 'OK 1\r\n'
}

@test "a server that cannot store that it is no longer the master ends" {
  local request
  has_ended() { ! kill -0 "${pid[q]}" 2>/dev/null; }
  for request in 'REFUSE 0\r\n' 'REPLICATE 2\r\n1 1\r\n1 2\r\n'; do
    start_server q bash -c 'trap "" XFSZ; exec "$@"' serve logbuf serve --print-address --listen tcp://127.0.0.1:0 q
    port[q]=$(port_of q)
    prlimit --pid "${pid[q]}" --fsize=4096
    talk q "$request" | grep -q $'^ERR\r$'
    eventually has_ended
    finish q
    assert_status 74
  done
}

# ---- ending

@test "SIGTERM ends with what was taken answered" {
  lines 30000 >input
  serve q
  start_with input writer write "$(at q)"
  has_begun() { [[ -s writer.out ]]; }
  eventually has_begun
  stop q
  assert_status 0
  finish writer
  local answered stored
  answered=$(tail -n 1 writer.out | sed 's/^OK //')
  stored=$(logbuf cat q | wc -l)
  ((answered == stored)) || fail "answered $answered, stored $stored"
  logbuf cat q >output
  assert_same_lines output <(head -n "$stored" input)
}

@test "the service manager is told" {
  start_server manager python3 "$ROOT/tests/service_manager.py" notify "$T/notify"
  NOTIFY_SOCKET=$T/notify serve q
  eventually grep -q 'READY=1' manager.out
  stop q
  eventually grep -q 'STOPPING=1' manager.out
  grep -q 'STATUS=.*master in epoch 1' manager.out
}

# ---- those who read and those who do not

# 300 clients that ask for all of the log and read nothing of it, and one that does.
beside_idle_readers() {
  python3 - "$1" <<'END'
import socket, sys

def ask(limit):
    client = socket.socket(socket.AF_UNIX)
    client.connect("sock")
    client.sendall(b"READ 2\r\n1 1\r\n%d %s\r\n" % (len(limit), limit))
    assert client.recv(1, socket.MSG_PEEK) == b"O"
    return client

idle = [ask(b"0") for _ in range(300)]
file = ask(sys.argv[1].encode()).makefile("rb")
assert file.readline() == b"OK\r\n"
with open("got", "wb") as got:
    for _ in range(int(sys.argv[1])):
        head = file.read(1)
        while head.count(b" ") < 2:
            head += file.read(1)
        got.write(file.read(int(head.split()[1])) + b"\n")
        assert file.read(2) == b"\r\n"
assert file.readline() == b"+EOF\r\n"
END
}

@test "readers that do not read are bounded in all, and keep nobody from reading" {
  lines 60000 >input
  logbuf push q <input
  start_server q logbuf serve --print-address --listen unix:sock q
  beside_idle_readers 60000
  assert_same_lines got input
  assert_memory_below 100000 q
}

@test "messages larger than a reader's share of memory arrive whole" {
  for n in {1..6}; do head -c 3000000 /dev/zero | tr '\0' "$n"; echo; done >input
  logbuf push --max-message 4MiB q <input
  start_server q logbuf serve --print-address --listen unix:sock q
  beside_idle_readers 6
  assert_same_lines got input
  assert_memory_below 160000 q
}

# logbuf replicate, and logbuf serve with replicas: copies that are equal, and one master at a time.
#
# shellcheck shell=bash

load helper
load logd
load certificates

# MASTER REPLICA OPTION...: copies until it is stopped.
replicate() { start "to-$2" logbuf replicate "${@:3}" "$2" "logd://$(at "$1")"; }

# Ids and bytes of all messages, and when the first and the last were accepted.
dump() {
  logbuf cat -i -F octet "$1"
  logbuf stat --json "$1" | python3 -c 'import json, sys; s = json.load(sys.stdin); print(s["oldest"], s["newest"])'
}
is_copy() { cmp -s <(dump "$1") <(dump "$2"); }
lag() { logbuf stat --json "$1" | python3 -c "import json, sys; print(json.load(sys.stdin)['replicas'][0]['$2'])"; }
lags_by() { [[ $(lag q lag_messages 2>/dev/null) == "$1" ]]; }
mastership() { logbuf stat --json "$1" | python3 -c 'import json, sys; s = json.load(sys.stdin); print(s["role"], s["epoch"], s["log"])'; }
follows() { [[ $(mastership "$1") == "replica $2 "* ]]; }

# BUFFER: the master from now on, in the epoch after the one it has heard of; its number is in $epoch.
promote() {
  local before
  before=$(stats "$1" epoch)
  epoch=$(talk "$1" 'ACCEPT 0\r\n' | sed -En 's/^OK ([0-9]+)\r$/\1/p')
  ((epoch / 10 ** 9 == before / 10 ** 9 + 1)) || fail "epoch $epoch came after $before"
}
# BUFFER EPOCH
refuse() { talk "$1" "REFUSE 1\r\n${#2} $2\r\n" | grep -q OK; }
is_stored() { (($(stats "$1" head) == $2)); }

# q with something in it, and r, its copy.
pair() {
  serve q
  lines 1000 | logbuf push q
  replicate q r
  eventually is_copy q r
}

@test "a replica has the same bytes under the same ids and times" {
  serve q
  printf 'one\0two\nlines\0\0' | logbuf push -0 q
  random_bytes 700000 | tr -d '\n' | logbuf push q
  replicate q r
  eventually is_copy q r
  lines 50000 | logbuf push q
  eventually is_copy q r
  logbuf verify r
}

@test "times are equal to the nanosecond" {
  serve q
  lines 3000 | split -l 100 --filter 'logbuf push q'
  replicate q r
  eventually is_copy q r
  stop to-r
  serve r
  for buffer in q r; do client copy "$(at "$buffer")" 3000 >"$buffer.times"; done
  assert_same_lines q.times r.times
  (($(cut -d ' ' -f 2 q.times | sort -u | wc -l) >= 30))
}

@test "through TLS, with certificates of both sides" {
  start_server q logbuf serve --print-address --listen tls://127.0.0.1:0 --tls-cert-file "$CERTS/good.pem" \
    --tls-key-file "$CERTS/good.key" --tls-ca-file "$CERTS/ca.pem" q
  lines 50000 | logbuf push q
  local tls=(--tls-ca-file "$CERTS/ca.pem" --tls-cert-file "$CERTS/client.pem" --tls-key-file "$CERTS/client.key")
  start to-r logbuf replicate "${tls[@]}" r "logds://localhost:$(port_of q)"
  eventually is_copy q r
  start to-s logbuf replicate --tls-ca-file "$CERTS/ca.pem" s "logds://localhost:$(port_of q)"
  eventually has_said q 'certificate'
  [[ ! -e s ]] || assert_equal "$(messages s)" ""
}

@test "a replica takes no messages, and says whose it is" {
  pair
  quietly logbuf push r <<<x
  assert_status 69
  assert_complaint logbuf "it is a replica of logd://$(at q)"
  [[ $(mastership q) == master\ 1\ * ]]
  assert_equal "$(mastership r)" "$(mastership q | sed s/master/replica/)"
}

@test "a master that is started again is followed on" {
  pair
  stop q
  lines 2000 7 | logbuf push q
  serve q
  eventually is_copy q r
  echo more | logbuf push q
  eventually is_copy q r
}

@test "a replica that is started again goes on where it was" {
  pair
  stop to-r
  assert_status 0
  lines 2000 7 | logbuf push q
  replicate q r
  eventually is_copy q r
  assert_equal "$(stats q total_subscriptions)" 2
}

@test "a replica that is full waits for room" {
  serve q
  logbuf push --max-size 64KiB r </dev/null
  logbuf consumer add r default
  lines 2000 | logbuf push q
  replicate q r
  eventually has_said to-r 'it is full'
  : >popped
  while (($(wc -l <popped) < 2000)); do logbuf pop r >>popped; done
  logbuf cat q >expected
  assert_same_lines popped expected
}

@test "a replica begins with what the master still has" {
  serve q
  lines 3000 | split -l 1000 --filter 'logbuf push q'
  logbuf trim --force --upto 1000 q
  replicate q r
  eventually holds_same q r
  assert_equal "$(messages r | head -n 1 | cut -f 1)" 1001
}

@test "a replica that the master has left behind says so" {
  pair
  stop to-r
  lines 2000 7 | split -l 1000 --filter 'logbuf push q'
  logbuf trim --force --upto 2000 q
  quietly logbuf replicate r "logd://$(at q)"
  assert_status 65
  assert_complaint logbuf "it no longer has message 1001"
  assert_equal "$(messages r | wc -l)" 1000
}

@test "a replica of a replica" {
  pair
  serve r
  replicate r s
  eventually is_copy q s
  echo more | logbuf push q
  eventually is_copy q s
  [[ $(mastership s) == "$(mastership r)" ]]
}

@test "logs that have parted are not merged" {
  pair
  stop to-r
  serve r
  promote r
  echo here | logbuf push q
  echo there | logbuf push r
  messages q >before
  quietly logbuf replicate q "logd://$(at r)"
  assert_status 65
  assert_complaint logbuf "diverged: message 1001 is another one here"
  logbuf push q <<<more
  quietly logbuf replicate q "logd://$(at r)"
  assert_status 65
  assert_complaint logbuf "diverged: the head here is 1001"
  assert_same_lines <(messages q | head -n 1001) before
}

@test "where nothing is left to compare, logs of different epochs are taken for parted" {
  pair
  stop to-r
  serve r
  promote r
  echo there | logbuf push r
  logbuf trim --force --upto 1000 r
  quietly logbuf replicate q "logd://$(at r)"
  assert_status 65
  assert_complaint logbuf "message 1000 is of another epoch and cannot be compared"
}

@test "an epoch that was only heard of is none that a log is of" {
  pair
  stop to-r
  serve r
  promote r
  echo here | logbuf push q
  printf 'there\nmore\n' | logbuf push r
  refuse q "$epoch"
  logbuf trim --force --upto 1001 q
  quietly logbuf replicate q "logd://$(at r)"
  assert_status 65
  assert_complaint logbuf "message 1001 is of another epoch and cannot be compared"
  start to-r logbuf replicate r "logd://$(at q)"
  eventually has_said to-r "read only: .* is ahead, in epoch $epoch"
  assert_equal "$(messages r | tail -n 2)" $'1001\tthere\n1002\tmore'
}

# $high and $low, by their epochs: two copies, each made the master while it could not see the other. $epoch is high's.
two_masters() {
  pair
  replicate q s
  eventually is_copy q s
  stop to-r
  stop to-s
  stop q KILL
  serve r
  serve s
  promote r
  high=r low=s
  local first=$epoch
  promote s
  ((epoch != first)) || fail "both began epoch $epoch"
  if ((epoch > first)); then high=s low=r; else epoch=$first; fi
}

@test "logs of two masters of one time are not merged, also where nothing is left to compare" {
  two_masters
  echo here | logbuf push "$low"
  printf 'there\nmore\n' | logbuf push "$high"
  talk "$low" 'REFUSE 0\r\n' | grep -q OK
  logbuf trim --force --upto 1001 "$low"
  quietly logbuf replicate "$low" "logd://$(at "$high")"
  assert_status 65
  assert_complaint logbuf "message 1001 is of another epoch and cannot be compared"
}

@test "another log is refused" {
  serve q
  echo one | logbuf push q
  logbuf push r <<<one
  quietly logbuf replicate r "logd://$(at q)"
  assert_status 65
  assert_complaint logbuf "diverged"
  echo two | logbuf push q
  logbuf trim --force --upto 1 q
  quietly logbuf replicate r "logd://$(at q)"
  assert_status 65
  assert_complaint logbuf "it is another log"
  assert_equal "$(messages r)" $'1\tone'
}

@test "a replica of another log fences nobody, however high its epoch is" {
  serve q
  echo one | logbuf push q
  logbuf push r <<<one
  serve r
  refuse r 2
  promote r
  quietly logbuf replicate r "logd://$(at q)"
  assert_status 65
  assert_complaint logbuf "it is another log"
  talk q 'MSG 1\r\n1 x\r\n' | grep -q 'OK 2'
}

@test "a master is not made a replica by mistake" {
  serve q
  printf 'MSG 1\r\n1 a\r\n' | client ask "$(at q)" >/dev/null
  cp -r q r
  quietly logbuf replicate r "logd://$(at q)"
  assert_status 69
  assert_complaint logbuf "r is a master itself, in epoch 1"
}

@test "what was pushed here while the master was asked is not mixed with what it sends" {
  logbuf push r <<<one
  local log
  log=$(mastership r | cut -d ' ' -f 3)
  mkfifo gate
  # shellcheck disable=SC2016
  printf '%s\n' 'head -c 30 >asked' 'cat gate' 'exec cat >/dev/null' >master
  start socat socat TCP-LISTEN:"$(free_port | tee free)",reuseaddr,fork EXEC:'bash master'
  start to-r logbuf replicate r "logd://127.0.0.1:$(<free)"
  eventually test -s asked
  logbuf push r <<<two
  printf 'OK %s 2 2\r\n+2 1700000000000000000 5 other\r\n+3 1700000000000000000 5 three\r\n' "$log" >gate
  eventually has_said to-r 'has changed since the master was asked'
  assert_equal "$(messages r)" $'1\tone\n2\ttwo'
  assert_equal "$(mastership r)" "master 1 $log"
}

@test "copies of an old epoch are not mixed with those of a newer one" {
  pair
  replicate q s
  eventually is_copy q s
  stop to-r
  serve r
  promote r
  start second logbuf replicate s "logd://$(at r)"
  eventually follows s "$epoch"
  echo here | logbuf push q
  finish to-s
  assert_status 75
  has_said to-s "it is in epoch $epoch now"
  echo there | logbuf push r
  eventually is_copy r s
}

@test "a server that does not know REPLICATE is no master" {
  printf 'ERR\r\n' >answer
  start socat socat TCP-LISTEN:"$(free_port | tee free)",reuseaddr,fork EXEC:'cat answer -'
  quietly timeout 10 logbuf replicate r "logd://127.0.0.1:$(<free)"
  assert_status 76
  [[ $stderr == *"the server does not know REPLICATE"* ]] || fail "$stderr"
}

# ---- fencing

@test "an old master refuses messages once a replica of the new one was there" {
  pair
  stop to-r
  serve r
  promote r
  replicate r s
  eventually is_copy r s
  kill -KILL "${pid[to-s]}"
  finish to-s
  start to-s logbuf replicate s "logd://$(at q)"
  eventually has_said q 'no more messages are taken'
  talk q 'MSG 1\r\n1 x\r\n' >said
  grep -qE "^ERR read only: .* is ahead, in epoch $epoch" said || fail "$(<said)"
  quietly logbuf push q <<<x
  assert_status 69
  stop q
  serve q
  talk q 'MSG 1\r\n1 x\r\n' | grep -q "is ahead, in epoch $epoch"
}

@test "a fenced old master has not parted from a replica of the new one, which tries the next address" {
  pair
  stop to-r
  serve r
  promote r
  talk r 'MSG 1\r\n3 new\r\n' | grep -q OK
  replicate r s
  eventually is_copy r s
  stop to-s
  refuse q "$epoch"
  start to-s logbuf replicate s "logd://$(at q)" "logd://$(at r)"
  echo more | logbuf push r
  eventually is_copy r s
  has_said to-s 'read only'
}

@test "an old master that nobody missed follows the new one" {
  pair
  stop to-r
  stop q
  serve r
  printf 'ACCEPT 0\r\nMSG 1\r\n3 new\r\n' | client ask "$(at r)" | tr -d '\r' >said
  assert_equal "$(<said)" "OK $(stats r epoch)"$'\nOK 1001'
  start to-q logbuf replicate q "logd://$(at r)"
  eventually is_copy q r
  assert_equal "$(mastership q)" "$(mastership r | sed s/master/replica/)"
}

@test "ACCEPT ends the copying into it" {
  pair
  serve r
  promote r
  echo more | logbuf push q
  finish to-r
  assert_status 69
  has_said to-r 'it is a master'
}

@test "replicas of a replica learn that it is the master now" {
  pair
  serve r
  replicate r s
  eventually is_copy r s
  stop to-r
  promote r
  eventually follows s "$epoch"
}

# ---- asking peers

# BUFFER TEXT: how it answers MSG.
answers_msg() { talk "$1" 'MSG 1\r\n1 x\r\n' | grep -q -- "$2"; }

@test "an old master that comes back asks its peer, refuses messages and says who is ahead" {
  pair
  stop to-r
  stop q KILL
  serve r
  promote r
  serve q --peer "logd://$(at r)"
  eventually answers_msg q "^ERR read only: logd://$(at r) is ahead, in epoch $epoch"
  is_copy q r
  quietly logbuf push q <<<x
  assert_status 69
  stop q
  serve q
  answers_msg q "^ERR read only: logd://$(at r) is ahead, in epoch $epoch"
}

@test "a master whose peer is away takes no messages before it has answered, and works on when it dies" {
  pair
  stop q
  port[r]=$(free_port)
  serve q --peer "logd://$(at r)"
  eventually has_said q 'Connection refused.*no messages are taken before all peers have answered'
  answers_msg q "^ERR read only: waiting for peer logd://$(at r): connect .* Connection refused"
  assert_equal "$(stats q role)" master
  [[ $(stats q read_only) == "waiting for peer logd://$(at r): "* ]]
  [[ $(talk q 'PING 0\r\nHEAD 0\r\nREAD 2\r\n1 1\r\n1 1\r\n') == OK*OK\ 1000*+1\ *+EOF* ]]
  kill -USR1 "${pid[q]}"
  eventually has_said q 'master (waiting for peer'
  stop to-r
  replicate q s
  eventually is_copy q s
  serve r
  eventually answers_msg q '^OK'
  assert_equal "$(stats q read_only)" ""
  stop r KILL
  is_missed() { (($(grep -c 'trying again' q.err) >= 2)); }
  eventually is_missed
  answers_msg q '^OK'
}

@test "a master that runs hears of a new one from its peers, of which one is still empty" {
  pair
  stop to-r
  serve r
  serve s
  stop q
  serve q --peer "logd://$(at s)" --peer "logd://$(at r)"
  eventually answers_msg q '^OK'
  promote r
  eventually has_said q "no more messages are taken: logd://$(at r) is ahead, in epoch $epoch"
  answers_msg q '^ERR read only'
}

@test "a replica hears from its peers of the epoch that ACCEPT has to follow" {
  pair
  stop to-r
  serve r
  promote r
  talk q 'REFUSE 0\r\n' | grep -q OK
  stop q
  serve q --peer "logd://$(at r)"
  is_refused() { [[ $(stats q read_only) == "logd://$(at r) is ahead, in epoch $epoch" ]]; }
  eventually is_refused
  promote q
}

@test "of two masters that could not see each other exactly one goes on when they can" {
  two_masters
  stop r
  stop s
  serve r --peer "logd://$(at s)"
  serve s --peer "logd://$(at r)"
  eventually answers_msg "$low" "^ERR read only: logd://$(at "$high") is ahead, in epoch $epoch"
  eventually answers_msg "$high" '^OK'
  answers_msg "$low" '^ERR read only'
}

@test "a replica that has heard of an epoch leaves a master of an older one for the next" {
  pair
  stop to-r
  serve r
  replicate q s
  eventually is_copy q s
  stop to-s
  promote r
  serve s --peer "logd://$(at r)"
  is_told() { (($(stats s epoch) == epoch)); }
  eventually is_told
  echo new | logbuf push r
  start to-s logbuf replicate s "logd://$(at q)" "logd://$(at r)"
  eventually is_copy r s
  has_said to-s "its epoch is 1, and this buffer's $epoch"
}

@test "ACCEPT makes do without the answer of a peer" {
  pair
  stop q
  port[s]=$(free_port)
  serve q --peer "logd://$(at s)"
  answers_msg q '^ERR read only'
  talk q 'ACCEPT 0\r\n' | grep -q 'OK 1'
  answers_msg q '^OK'
  stop to-r
  serve r --peer "logd://$(at s)"
  answers_msg r '^ERR read only: it is a replica'
  promote r
  answers_msg r '^OK'
}

@test "a peer that has another log, or tells no epoch, answers nothing" {
  echo one | logbuf push r
  port[r]=$(free_port)
  serve q --peer "logd://$(at r)"
  eventually answers_msg q '^ERR read only: waiting for peer .*Connection refused'
  serve r
  eventually answers_msg q '^ERR read only: waiting for peer .*it has another log'
  stop q
  printf 'ERR\r\n' >answer
  start socat socat TCP-LISTEN:"$(free_port | tee free)",reuseaddr,fork EXEC:'cat answer -'
  serve q --peer "logd://127.0.0.1:$(<free)"
  eventually answers_msg q '^ERR read only: waiting for peer .*it does not tell its epoch'
  assert_equal "$(messages q)" ""
}

@test "a peer through TLS, by a certificate of the authorities that clients need as well" {
  local tls=(--tls-cert-file "$CERTS/good.pem" --tls-key-file "$CERTS/good.key" --tls-ca-file "$CERTS/ca.pem")
  start_server r logbuf serve --print-address --listen tls://127.0.0.1:0 "${tls[@]}" r
  serve q --peer "logds://localhost:$(port_of r)" "${tls[@]}"
  eventually answers_msg q '^OK'
  serve s --peer "logds://localhost:$(port_of r)"
  eventually answers_msg s '^ERR read only: waiting for peer .*certificate'
}

@test "logsend waits for a server that waits for its peer, and loses nothing" {
  pair
  stop q
  stop to-r
  port[r]=$(free_port)
  serve q --peer "logd://$(at r)"
  lines 5000 7 >input
  start logsend bash -c 'exec logsend "$1" <input' - "logd://$(at q)"
  eventually has_said logsend 'ERR read only: waiting for peer'
  serve r
  finish logsend
  assert_status 0
  assert_same_lines input <(logbuf cat q | tail -n +1001)
}

# ---- waiting for replicas

@test "with --sync-replicas MSG is answered when a replica has it, and not before" {
  serve q --sync-replicas 1
  printf 'MSG 1\r\n1 a\r\n' >request
  start_with request writer hold "$(at q)"
  eventually is_stored q 1
  [[ ! -s writer.out ]]
  replicate q r
  eventually grep -q '^OK 1' writer.out
  is_copy q r
}

@test "a replica that had it before its connection broke confirms it with its next one" {
  serve q --sync-replicas 1
  mkfifo gate
  exec 8<>gate
  start_with gate replica replicate "$(at q)" 1
  eventually grep -q '^OK' replica.out
  printf 'MSG 1\r\n1 a\r\n' >request
  start_with request writer hold "$(at q)"
  eventually grep -q 'got 1' replica.out
  stop replica KILL
  [[ ! -s writer.out ]]
  start_with gate replica replicate "$(at q)" 2
  eventually grep -q '^OK 1' writer.out
}

@test "clients that have gone while there was no replica do not keep it out" {
  serve q --sync-replicas 1 --max-connections 3
  for _ in {1..6}; do printf 'MSG 1\r\n1 a\r\n' >"/dev/tcp/127.0.0.1/${port[q]}"; done
  replicate q r
  holds_six() { (($(messages r | wc -l) == 6)); }
  eventually holds_six
  talk q 'MSG 1\r\n1 b\r\n' | grep -q '^OK 7'
}

@test "the same replica does not count twice" {
  serve q --sync-replicas 2
  mkfifo gate
  exec 8<>gate
  start_with gate first replicate "$(at q)" 1
  eventually grep -q '^OK' first.out
  start_with gate second replicate "$(at q)" 1
  eventually grep -q closed first.out
  assert_equal "$(talk q 'STATS 0\r\n' | grep -c '^replica: ')" 1
}

@test "a copied replica that comes from another place is told" {
  pair
  stop to-r
  cp -r r s
  replicate q r
  start socat socat TCP-LISTEN:"$(free_port | tee free)",reuseaddr,fork "TCP:$(at q),bind=127.0.0.2"
  start to-s logbuf replicate s "logd://127.0.0.1:$(<free)"
  eventually has_said q 'replica .* comes from 127.0.0.[12]:[0-9]* and from 127.0.0.[12]:.*; a copied buffer is no replica'
}

@test "answers are right where others have gone while all wait for a replica" {
  serve q --sync-replicas 1 --max-connections 3
  printf 'MSG 1\r\n1 a\r\n' >request
  start_with request first hold "$(at q)"
  eventually is_stored q 1
  echo pushed | logbuf push q
  printf 'MSG 1\r\n1 b\r\n' >"/dev/tcp/127.0.0.1/${port[q]}"
  eventually is_stored q 3
  echo pushed | logbuf push q
  printf 'MSG 2\r\n1 c\r\n1 d\r\n' >"/dev/tcp/127.0.0.1/${port[q]}"
  eventually is_stored q 6
  start_with request last hold "$(at q)"
  eventually is_stored q 7
  replicate q r
  eventually grep -q '^OK 7' last.out
  grep -q '^OK 1' first.out
}

@test "a replica cannot confirm what it was not sent" {
  serve q
  echo one | logbuf push q
  printf '2\n' >acks
  start_with acks replica replicate "$(at q)" 1
  finish replica
  grep -q "no message: b'ERR_CLIENT invalid request" replica.err || grep -q closed replica.out || fail "$(cat replica.*)"
  assert_equal "$(stats q command_errors)" 1
}

@test "what no replica has confirmed is refused when another master is ahead" {
  serve q --sync-replicas 1
  printf 'MSG 1\r\n1 a\r\n' >request
  start_with request writer hold "$(at q)"
  eventually is_stored q 1
  talk q 'REFUSE 0\r\n' >/dev/null
  [[ ! -s writer.out ]]
  talk q 'REFUSE 2\r\n1 2\r\n5 other\r\n' >/dev/null
  eventually grep -q '^ERR read only: "other" is ahead, in epoch 2' writer.out
}

@test "SIGTERM waits for the replicas that are there" {
  serve q --sync-replicas 1
  replicate q r
  lines 20000 >input
  start_with input writer write "$(at q)"
  has_begun() { [[ -s writer.out ]]; }
  eventually has_begun
  stop q
  assert_status 0
  finish writer
  assert_equal "OK $(logbuf cat q | wc -l)" "$(tail -n 1 writer.out)"
  is_copy q r
}

# ---- what people see

@test "stat shows the master and how far its replicas are behind" {
  pair
  eventually lags_by 0
  stop to-r
  printf 'a\nb\nc\n' | logbuf push q
  eventually lags_by 3
  python3 -c 'import sys; sys.exit(not 0 < float(sys.argv[1]) < 60)' "$(lag q lag_seconds)"
  run logbuf stat q
  assert_line --regexp "^  master in epoch 1 of log [0-9a-f-]{36}$"
  assert_line --regexp "^  replica [0-9a-f-]{36} \(127.0.0.1:[0-9]+\): confirmed to 1000, 3 messages and [0-9]+ .* behind; heard of at "
  run logbuf stat r
  assert_line --partial "replica in epoch 1 of log"
  assert_line --partial "takes no messages: it is a replica of logd://$(at q)"
  run logbuf stat --prometheus q
  assert_line 'logbuf_master{buffer="q"} 1'
  assert_line 'logbuf_epoch{buffer="q"} 1'
  assert_line --regexp '^logbuf_replica_lag_messages\{buffer="q",replica="[0-9a-f-]{36}"\} 3$'
  assert_line --regexp '^logbuf_replica_lag_seconds\{buffer="q",replica="[0-9a-f-]{36}"\} [0-9.]+$'
}

@test "usage errors of peers" {
  quietly logbuf serve --listen tcp://127.0.0.1:0 q --peer tcp://127.0.0.1:1
  assert_status 64
  assert_complaint "logbuf" "it is not logd:// or logds://"
  quietly logbuf serve --listen tcp://127.0.0.1:0 --peer logd://127.0.0.1:1 q --tls-ca-file "$CERTS/ca.pem"
  assert_status 64
  assert_complaint "logbuf" "no listener or peer uses TLS"
}

@test "usage errors of replicate" {
  quietly logbuf replicate r tcp://127.0.0.1:1
  assert_status 64
  assert_complaint "logbuf" "it is not logd:// or logds://"
  [[ ! -e r ]]
}

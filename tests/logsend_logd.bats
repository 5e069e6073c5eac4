# logsend logd://, against logbuf serve and against servers that misbehave.
#
# shellcheck shell=bash

load helper

# PORT [OPTION...]: logbuf serve on the buffer q.
serve() { start_server serve logbuf serve q --print-address --listen "tcp://127.0.0.1:$1" "${@:2}"; }

# ANSWER...: a logd server that answers so; the requests are in the file "requests", the messages in peer.out.
peer() {
  port=$(free_port)
  start_server peer python3 -B "$ROOT/tests/logd_peer.py" "$port" requests "$@"
}

logd() { quietly logsend "logd://127.0.0.1:$port" "$@"; }

# OPTION...: logsend in the background, which reads what is written to $writer.
begin() {
  mkfifo in
  start logsend bash -c 'exec logsend "$@" <in' - "$@" "logd://127.0.0.1:$port"
  exec {writer}>in
}

end() {
  exec {writer}>&-
  finish logsend
  assert_status 0
}

# NUMBER: so many are in the buffer.
holds() { [[ $(logbuf cat q 2>/dev/null | wc -l) -ge $1 ]]; }
taken() { [[ $(wc -l <peer.out) -ge $1 ]]; }
says() { grep -q -- "$1" "$2.err"; }
# Everything in the file "input" is in q, and nothing else is.
holds_all() { logbuf cat q 2>/dev/null | sort -u | cmp -s - <(sort -u input); }

@test "messages are MSG requests, byte for byte" {
  peer OK
  logd <<<$'one\ntwo\r\n\x01\xff'
  assert_status 0
  printf 'MSG 3\r\n3 one\r\n4 two\r\r\n2 \x01\xff\r\n' | cmp - requests
}

@test "messages that hold lines are one argument each" {
  peer OK
  logd -0 < <(printf 'a\r\nb\n\0c\0')
  assert_status 0
  printf 'MSG 2\r\n5 a\r\nb\n\r\n1 c\r\n' | cmp - requests
}

@test "what logbuf serve has answered is in its buffer, in order" {
  port=$(free_port)
  serve "$port"
  lines 50000 >input
  logd <input
  assert_status 0
  [[ -z $stderr ]] || fail "stderr is: $stderr"
  logbuf cat q >output
  assert_same_lines input output
}

@test "receipts come with the answers" {
  peer OK hang
  begin -i -r
  printf '7\tone\n' >&"$writer"
  eventually grep -qx 7 logsend.out
  printf '8\ttwo\n' >&"$writer"
  eventually grep -q two requests
  [[ $(cat logsend.out) == 7 ]]
}

@test "a server that is not there yet is waited for, and people are told once" {
  port=$(free_port)
  begin
  echo one >&"$writer"
  eventually says 'trying again' logsend
  serve "$port"
  eventually holds 1
  eventually says "connected to logd://127.0.0.1:$port" logsend
  [[ $(wc -l <logsend.err) -eq 2 ]] || fail "stderr is: $(cat logsend.err)"
}

@test "the unanswered are sent again, in order, when the server closes" {
  peer OK hang/ OK
  begin -i -r
  printf '1\tone\n' >&"$writer"
  eventually grep -qx 1 logsend.out
  printf '2\ttwo\n3\tthree\n' >&"$writer"
  end
  [[ $(cat peer.out) == $'one\ntwo\nthree' ]] || fail "it has $(cat peer.out)"
}

@test "a read-only server: the next one is tried, and nothing is lost" {
  start_server refuses python3 -B "$ROOT/tests/logd_peer.py" "${first:=$(free_port)}" refused 'ERR read only: it is a replica'
  peer OK
  seq 2500 >input
  quietly logsend "logd://127.0.0.1:$first" "logd://127.0.0.1:$port" <input
  assert_status 0
  [[ ${stderr_lines[0]} == *'the server answered "ERR read only: it is a replica"; trying the next, '*' waiting' ]] ||
    fail "stderr is: $stderr"
  [[ ${stderr_lines[1]} == *"connected to logd://127.0.0.1:$port" ]] || fail "stderr is: $stderr"
  ((${#stderr_lines[@]} == 2)) || fail "stderr is: $stderr"
  assert_same_lines input peer.out
}

@test "a read-only server alone is asked again until it takes messages" {
  peer 'ERR read only: it is a replica' 'ERR read only: it is a replica' OK
  logd <<<one
  assert_status 0
  [[ $(cat peer.out) == one ]]
  [[ $stderr == *'ERR read only: it is a replica"; trying again, 1 message is waiting'* ]] || fail "stderr is: $stderr"
}

@test "a server that refuses everything: status 75, and it is said why" {
  peer 'ERR buffer is full'
  logd --drain-time 500ms <<<one
  assert_status 75
  [[ $stderr == *'ERR buffer is full'*'1 message was not answered within 500 ms; run again'* ]] || fail "stderr is: $stderr"
}

@test "after ERR a request is sent again alone, and those stored meanwhile are not" {
  peer ERR OK
  seq 2500 >input
  logd <input
  assert_status 0
  [[ $stderr == *'answered "ERR"; trying again'* ]] || fail "stderr is: $stderr"
  assert_same_set input peer.out
}

@test "an empty message stops with status 65, after what came before it" {
  peer OK
  logd <<<$'one\n\ntwo'
  assert_status 65
  assert_complaint logsend "takes no empty message; see --on-reject"
  [[ $(cat peer.out) == one ]]
}

@test "empty messages are dropped and counted with --on-reject drop" {
  peer OK
  logd --on-reject drop <<<$'one\n\ntwo\n\n'
  assert_status 0
  [[ $(cat peer.out) == $'one\ntwo' ]]
  [[ ${stderr_lines[0]} == *"logd takes no empty messages; they are dropped"* ]] || fail "stderr is: $stderr"
  [[ ${stderr_lines[1]} == *"3 empty messages were dropped"* ]] || fail "stderr is: $stderr"
}

@test "empty messages are kept as dead letters" {
  peer OK
  logd --on-reject dead-letter:dead <<<$'one\n\ntwo'
  assert_status 0
  [[ $(cat peer.out) == $'one\ntwo' ]]
  [[ $(logbuf cat dead | wc -l) -eq 1 && -z $(logbuf cat dead) ]]
}

@test "the receipt for an empty message does not wait for anything else to happen" {
  peer OK
  begin -i -r --on-reject dead-letter:dead
  printf '7\tone\n' >&"$writer"
  eventually grep -qx 7 logsend.out
  printf '8\t\n' >&"$writer"
  DEADLINE=8 eventually grep -qx 8 logsend.out # people may be told more after ten seconds, which is an event
  end
}

@test "of a rejected request only the message at fault is a dead letter" {
  port=$(free_port)
  serve "$port" --max-message 100
  seq 1000 1999 >input
  { head -n 700 input; printf 'x%.0s' {1..101}; echo; tail -n 300 input; } >all
  logd --on-reject dead-letter:dead <all
  assert_status 0
  logbuf cat q >output
  assert_same_lines input output
  [[ $(logbuf cat dead) =~ ^x{101}$ ]]
}

@test "a message of megabytes that the server does not take is told apart from a lost connection" {
  port=$(free_port)
  serve "$port"
  head -c 6000000 /dev/zero | tr '\0' x >long
  quietly logsend --max-message 10M "logd://127.0.0.1:$port" <long
  assert_status 65
  assert_complaint logsend 'rejects a message: invalid request; see --on-reject'
}

@test "what is no logd server is told" {
  peer 'SSH-2.0-x'
  logd --drain-time 500ms <<<one
  assert_status 75
  [[ ${stderr_lines[0]} == *"it is none of logd's"* ]] || fail "stderr is: $stderr"
}

@test "a server that gives no answer is left after --timeout" {
  peer hang OK
  logd --timeout 200ms <<<one
  assert_status 0
  [[ ${stderr_lines[0]} == *"no answer within 200 ms"* ]] || fail "stderr is: $stderr"
}

@test "SIGHUP connects anew when all is answered" {
  port=$(free_port)
  serve "$port"
  begin
  echo one >&"$writer"
  eventually holds 1
  before=$(ss -Htno state established "dport = :$port" | awk '{ print $3 }')
  kill -HUP "${pid[logsend]}"
  eventually bash -c "ss -Htno state established 'dport = :$port' | awk '{ print \$3 }' | grep -vqx '$before'"
  echo two >&"$writer"
  eventually holds 2
  end
  [[ ! -s logsend.err ]] || fail "stderr is: $(cat logsend.err)"
}

@test "an idle connection is closed, by either side, without a word" {
  port=$(free_port)
  serve "$port" --idle-timeout 100ms
  begin
  for i in 1 2 3; do
    echo "$i" >&"$writer"
    eventually holds "$i"
    eventually bash -c "! ss -Htn state established 'dport = :$port' | grep -q ."
  done
  end
  [[ ! -s logsend.err ]] || fail "stderr is: $(cat logsend.err)"
}

@test "logsend closes an idle connection after --idle-timeout" {
  port=$(free_port)
  serve "$port"
  begin --idle-timeout 100ms
  echo one >&"$writer"
  eventually holds 1
  eventually bash -c "! ss -Htn state established 'dport = :$port' | grep -q ."
  [[ ! -s logsend.err ]] || fail "stderr is: $(cat logsend.err)"
}

@test "kill -9 of the server, again and again: everything receipted is in the buffer" {
  port=$(free_port)
  lines 30000 >input
  serve "$port"
  awk '{ print NR "\t" $0 }' input >numbered
  start logsend bash -c 'exec logsend "$@" <numbered' - -i -r --rate 20000 "logd://127.0.0.1:$port"
  for _ in {1..6}; do
    kill_at_random 200 serve
    finish serve
    receipted=$(tail -n 1 logsend.out)
    logbuf cat q 2>/dev/null | sort -u >held
    head -n "${receipted:-0}" input | sort -u | comm -23 - held >missing
    [[ ! -s missing ]] || fail "$(wc -l <missing) of $receipted receipted are lost"
    serve "$port"
  done
  DEADLINE=60 eventually holds_all
  finish logsend
  assert_status 0
  [[ $(tail -n 1 logsend.out) == 30000 ]]
}

@test "kill -9 of logsend behind a buffer: everything arrives, in order but for repetitions" {
  port=$(free_port)
  lines 30000 >input
  serve "$port"
  logbuf push source <input
  for _ in {1..6}; do
    start peek logbuf peek --rate 20000 source -- logsend "logd://127.0.0.1:$port"
    pause 0.1
    kill_at_random 200 peek
    pkill -KILL -P "${pid[peek]}" || true
    finish peek
  done
  start peek logbuf peek source -- logsend "logd://127.0.0.1:$port"
  finish peek
  assert_status 0
  holds_all
  logbuf cat q | awk '!seen[$0]++' >output
  assert_same_lines input output
}

# A sink that runs and is not the one that was killed last.
another_sink() {
  local found
  found=$(pgrep -r R,S,D -P "${pid[peek]}" -x logsend) && [[ $found != "$sink" ]] && sink=$found
}

@test "kill -9 of the sink alone: the hop starts it again" {
  local sink=
  port=$(free_port)
  lines 30000 >input
  serve "$port"
  logbuf push source <input
  start peek logbuf peek -f --rate 20000 source -- logsend "logd://127.0.0.1:$port"
  for round in 1 2 3; do
    eventually holds $((round * 5000))
    eventually another_sink
    kill -KILL "$sink"
  done
  eventually holds_all
  eventually another_sink
  stop peek
  assert_status 0
  logbuf cat q | awk '!seen[$0]++' >output
  assert_same_lines input output
}

@test "its memory is bounded while nothing is answered" {
  peer hang
  lines 200000 >input
  start logsend bash -c 'exec logsend "$@" <input' - --window 4M "logd://127.0.0.1:$port"
  eventually bash -c '[[ $(stat -c %s requests) -gt 3000000 ]]'
  assert_memory_below 40000 logsend
}

@test "destinations of logd cannot be mixed with others" {
  quietly logsend logd://127.0.0.1:1 tcp://127.0.0.1:1 </dev/null
  assert_status 64
  assert_complaint logsend "cannot stand in for other destinations"
}

@test "messages go over TLS, and only to a server with a good certificate" {
  "$BATS_TEST_DIRNAME/tls_certs.sh" .
  start_server serve logbuf serve q --print-address --listen tls://127.0.0.1:0 --tls-cert-file good.pem \
    --tls-key-file good.key
  lines 20000 >input
  quietly logsend --tls-ca-file ca.pem "logds://localhost:$(port_of serve)" <input
  assert_status 0
  logbuf cat q >output
  assert_same_lines input output
  quietly logsend --drain-time 300ms "logds://localhost:$(port_of serve)" <input
  assert_status 75
  [[ ${stderr_lines[0]} == *certificate* ]] || fail "stderr is: $stderr"
}

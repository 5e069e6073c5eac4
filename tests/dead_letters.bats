# logsend --on-reject dead-letter:BUFFER: what a RELP server rejects is kept, and no message is forgotten before it is.
#
# shellcheck shell=bash

load helper
load peers

# The server rejects what has "bad" in it.
setup_server() {
  port=$(free_port)
  relp_server server "$port"
}

dead_letters() { logbuf cat dead 2>/dev/null; }
has_dead() { [[ $(dead_letters | wc -l) -ge $1 ]]; }
has_accepted() { [[ $(wc -l <server.out) -ge $1 ]]; }
has_receipt() { grep -qx "$1" logsend.out; }
none_is_lost() { { cat server.out; dead_letters; } | sort -u | cmp -s - <(sort input); }
no_push_is_left() { ! pgrep -f "logbuf push -- $T/dead"; }
push_child() { pgrep -P "$1" -x logbuf; }

@test "a rejected message is in the buffer, the others at the server" {
  setup_server
  printf '%s\n' one 'bad two' three 'bad four' >input
  quietly logsend "relp://127.0.0.1:$port" --on-reject dead-letter:dead <input
  assert_status 0
  [[ $(cat server.out) == $'one\nthree' ]]
  [[ $(dead_letters) == $'bad two\nbad four' ]]
}

@test "the first rejection is told with its reason, the others are counted" {
  setup_server
  printf 'bad %s\n' 1 2 3 >input
  quietly logsend "relp://127.0.0.1:$port" --on-reject dead-letter:dead <input
  assert_status 0
  [[ ${stderr_lines[0]} == *'rejected "bad 1" ("500 bad message")'* ]] || fail "stderr is: $stderr"
  [[ ${stderr_lines[1]} == *"rejected 2 more messages"* ]] || fail "stderr is: $stderr"
  ((${#stderr_lines[@]} == 2)) || fail "stderr is: $stderr"
}

@test "a rejected message is kept with all its bytes" {
  setup_server
  printf "17 bad\nline\0one\twoé" >input
  logsend -F octet "relp://127.0.0.1:$port" --on-reject dead-letter:dead <input
  logbuf cat -F octet dead >output
  cmp input output
}

@test "what was rejected can be sent again when the cause is gone" {
  setup_server
  printf '%s\n' 'bad one' 'bad two' >input
  logsend "relp://127.0.0.1:$port" --on-reject dead-letter:dead <input
  logbuf peek dead -- logsend file:output
  assert_same_lines input output
}

@test "a buffer that cannot be used is an error before anything is sent" {
  setup_server
  quietly logsend "relp://127.0.0.1:$port" --on-reject "dead-letter:$T/no/such/folder" <<<"one"
  assert_status 73
  [[ $stderr == *"no/such/folder"* ]] || fail "stderr is: $stderr"
  [[ ! -s server.out ]]
}

@test "an --on-reject without a buffer's name is a usage error" {
  quietly logsend relp://127.0.0.1:1 --on-reject dead-letter: <<<"one"
  assert_status 64
  assert_complaint logsend "dead-letter:BUFFER"
}

@test "no receipt for a rejected message before it is in the buffer" {
  setup_server
  mkfifo frames
  start logsend sh -c 'exec logsend -i -r "$@" <frames' - "relp://127.0.0.1:$port" --on-reject dead-letter:dead
  exec {frames}>frames
  printf '1\tone\n' >&"$frames"
  eventually has_receipt 1
  eventually push_child "${pid[logsend]}"
  child=$(push_child "${pid[logsend]}")
  kill -STOP "$child"
  printf '2\tbad two\n3\tthree\n' >&"$frames"
  eventually grep -q rejected logsend.err
  eventually has_accepted 2
  if has_receipt '[23]'; then fail "receipts: $(cat logsend.out)"; fi
  kill -CONT "$child"
  eventually has_receipt 3
  exec {frames}>&-
  finish logsend
  assert_status 0
  [[ $(dead_letters) == "bad two" ]]
}

@test "what a full buffer does not take is not acknowledged" {
  setup_server
  logbuf push --max-size 64KiB dead </dev/null
  printf 'bad %060000d\n' 1 2 3 >input
  logbuf push q <input
  quietly logbuf peek q --retry-time 1s -- logsend "relp://127.0.0.1:$port" --drain-time 300ms \
    --on-reject "dead-letter:$T/dead"
  assert_status 75
  [[ $stderr == *"2 rejected messages are not yet safe"* ]] || fail "stderr is: $stderr"
  logbuf rewind q
  logbuf peek q >output
  tail -n 2 input >expected
  cmp output expected
  eventually no_push_is_left
}

@test "kill -9 of the dead letters' push: it is started again and nothing is lost" {
  setup_server
  lines 3000 | sed 's/^/bad /' >input
  logbuf push q <input
  start peek logbuf peek q --rate 3000 -- logsend "relp://127.0.0.1:$port" --on-reject dead-letter:dead
  eventually has_dead 500
  pkill -KILL -x logbuf -P "$(pgrep -P "${pid[peek]}" -x logsend)"
  finish peek
  assert_status 0
  none_is_lost
}

@test "kill -9 of logsend while rejections are pending: each message is at the server or in the buffer" {
  setup_server
  lines 8000 | awk 'NR % 2 { $0 = "bad " $0 } { print }' >input
  logbuf push q <input
  start peek logbuf peek -f q --rate 4000 -- logsend "relp://127.0.0.1:$port" --on-reject dead-letter:dead
  for round in 1 2 3; do
    eventually has_dead $((round * 800))
    logsend=$(pgrep -P "${pid[peek]}" -x logsend)
    push=$(push_child "$logsend")
    kill -STOP "$push"
    accepted=$(wc -l <server.out)
    eventually has_accepted $((accepted + 50)) # and about as many rejections wait
    kill -KILL "$logsend" "$push"
  done
  eventually none_is_lost
}

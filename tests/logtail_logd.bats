# logtail logd://, against logbuf serve and against a server that answers as a test wants it.
#
# shellcheck shell=bash

load helper
load certificates

# [OPTION...]: logbuf serve on the buffer q, at $port, the same for all of a test.
serve() {
  port=${port:-$(free_port)}
  start_server serve logbuf serve q --print-address --listen "tcp://127.0.0.1:$port" "$@"
}

# The buffer q with what "input" holds, served.
served() {
  logbuf push q <input
  serve
}

# Follows into follow.out.
follow() { start follow logtail -f "$@"; }

tail_of() { quietly logtail "$@" "logd://127.0.0.1:$port"; }
got() { [[ $(wc -l <follow.out) -ge $1 ]]; }
says() { grep -q -- "$1" follow.err; }
holds() { [[ $(logbuf cat "$2" 2>/dev/null | wc -l) -ge $1 ]]; }

@test "the last ten lines, or as many as asked, are those of tail" {
  lines 3000 >input
  served
  for how in '-n 10' '-n 3' '-n 0' '-n 2999' '-n 5000' '-n +2990' '-n +1' '-n +4000'; do
    # shellcheck disable=SC2086
    diff <(logtail $how "logd://127.0.0.1:$port") <(tail $how input) || fail "$how"
  done
  diff <(logtail "logd://127.0.0.1:$port") <(tail input)
}

@test "STATS, HEAD and READ are what is asked, byte for byte" {
  port=$(free_port)
  start_server peer python3 -B "$ROOT/tests/logd_peer.py" "$port" requests $'OK 10 log: one\r\n' 'OK 3' \
    $'OK \r\n+2 3 two\r\n+3 5 three\r\n+EOF/'
  tail_of -i -n 2
  assert_status 0
  assert_output $'2\ttwo\n3\tthree'
  printf 'STATS 0\r\nHEAD 0\r\nREAD 2\r\n1 2\r\n1 2\r\n' | cmp - requests
}

@test "a server that knows no STATS is read as well" {
  port=$(free_port)
  start_server peer python3 -B "$ROOT/tests/logd_peer.py" "$port" requests ERR 'OK 1' $'OK \r\n+1 3 one\r\n+EOF/'
  tail_of --checkpoint ck
  assert_output one
}

@test "messages keep any bytes" {
  printf 'a\nb\r\n\0c\0' >input
  logbuf push -0 q <input
  serve
  logtail -0 "logd://127.0.0.1:$port" | cmp - input
}

@test "--from begins with a message, and says what it does where that is not there" {
  seq 5 >input
  served
  tail_of -i --from 4
  assert_output $'4\t4\n5\t5'
  [[ -z $stderr ]]
  tail_of --from 6
  assert_status 0
  [[ -z $output && -z $stderr ]]
  tail_of --from 8
  assert_status 0
  assert_complaint logtail "--from 8 is past its end, at 5; beginning with 6"
  tail_of --from newest
  [[ -z $output && -z $stderr ]]
  tail_of --from oldest
  [[ ${#lines[@]} -eq 5 && -z $stderr ]]
}

@test "--from a message that was deleted begins with the oldest, and says so" {
  logbuf push q < <(seq 3)
  logbuf push q < <(seq 4 6)
  logbuf trim --force --upto 3 q
  serve
  tail_of -i --from 2
  assert_status 0
  assert_complaint logtail "2-3 is there no more; beginning with 4"
  assert_output $'4\t4\n5\t5\n6\t6'
  tail_of -n 5
  assert_output $'4\n5\n6'
  [[ -z $stderr ]]
}

@test "of an empty log there is nothing, and --from says that it is empty" {
  serve
  tail_of
  assert_status 0
  [[ -z $output && -z $stderr ]]
  tail_of --from 3
  assert_status 0
  assert_complaint logtail "--from 3: the log is empty; beginning with 1"
}

@test "--since and --until go by the messages' own time" {
  for hour in 10 11 12; do
    printf '<13>1 2026-01-01T%s:00:00Z h a - - - at %s\ncontinued %s\n' $hour $hour $hour
  done >input
  served
  tail_of --since 2026-01-01T11:00:00Z --until 2026-01-01T12:00:00Z
  assert_output "$(sed -n 3,4p input)"
}

@test "a server that is not there is status 75, and with -f it is waited for" {
  port=$(free_port)
  tail_of --connect-timeout 300ms
  assert_status 75
  [[ $stderr == *"read logd://127.0.0.1:$port: no answer within 300 ms"* ]] || fail "stderr is: $stderr"
  follow "logd://127.0.0.1:$port"
  eventually says 'trying again'
  logbuf push q <<<one
  serve
  eventually got 1
  eventually says "connected to"
}

@test "what is written is followed, through restarts of the server, each message once" {
  seq 1000 >input
  serve
  follow -n +1 "logd://127.0.0.1:$port"
  for part in 0 1 2 3 4; do
    sed -n "$((part * 200 + 1)),$((part * 200 + 100))p" input | logbuf push q
    eventually got $((part * 200 + 100))
    sed -n "$((part * 200 + 101)),$((part * 200 + 200))p" input | logbuf push q
    ((part % 2)) && stop serve TERM || stop serve KILL
    serve
    eventually got $((part * 200 + 200))
  done
  assert_same_lines input follow.out
}

@test "what was deleted while nobody looked is told" {
  seq 3 >input
  served
  follow -i -n +1 "logd://127.0.0.1:$port"
  eventually got 3
  stop serve KILL
  logbuf push q < <(seq 4 6)
  logbuf push q < <(seq 7 9)
  logbuf trim --force --upto 6 q
  serve
  eventually got 6
  says "4-6 is there no more; beginning with 7"
  [[ $(tail -n 1 follow.out) == $'9\t9' ]]
}

@test "another log at the same address is told, and read from its beginning" {
  seq 3 >input
  served
  follow -n +1 "logd://127.0.0.1:$port"
  eventually got 3
  stop serve KILL
  rm -r q
  seq 7 9 >input
  served
  eventually got 6
  says "another log than before"
  [[ $(tr '\n' ' ' <follow.out) == '1 2 3 7 8 9 ' ]]
}

# A log with 3 messages of 5 that were read.
lose_end() {
  seq 3 | logbuf push q
  cp -r q before
  seq 4 5 | logbuf push q
  serve
  logtail --checkpoint ck "logd://127.0.0.1:$port" >/dev/null
  stop serve
  rm -r q
  mv before q
}

@test "a log that lost its end is an error, and with -f it is waited for" {
  lose_end
  serve
  tail_of --checkpoint ck
  assert_status 65
  assert_complaint logtail "it ends at 3, and was read up to 5"
  follow --checkpoint ck "logd://127.0.0.1:$port"
  eventually says "it ends at 3, and was read up to 5; trying again"
  seq 4 6 | logbuf push q
  eventually got 1
  [[ $(cat follow.out) == 6 ]]
}

# A log as it was with 3 messages of 5 that were read, and then with others.
put_back() {
  lose_end
  seq 14 18 | logbuf push q
}

@test "a log that has given the ids anew is recognised by the last message that was read" {
  put_back
  serve
  tail_of --checkpoint ck
  assert_status 0
  [[ $stderr == *"it has gone back in time, as from a backup; message 5 is not the one that was read"* ]]
  assert_equal "$output" "$(logbuf cat q)"
  tail_of --checkpoint ck
  assert_equal "$stderr$output" ""
}

@test "a log that goes back in time while it is followed is read again, into a buffer under new ids" {
  seq 3 | logbuf push q
  cp -r q before
  seq 4 5 | logbuf push q
  serve
  start follow logtail -f --checkpoint ck "logd://127.0.0.1:$port" -- logbuf push copy
  eventually holds 5 copy
  stop serve KILL
  rm -r q
  mv before q
  seq 14 18 | logbuf push q
  serve
  eventually holds 13 copy
  logbuf cat copy | assert_same_lines - <(seq 5 && seq 3 && seq 14 18)
}

@test "a log whose last read message is deleted is read on" {
  seq 5 | logbuf push q
  serve
  tail_of --checkpoint ck
  logbuf pop q >/dev/null
  seq 6 7 | logbuf push q
  tail_of --checkpoint ck
  assert_status 0
  assert_equal "$stderr" ""
  assert_output $'6\n7'
}

@test "a checkpoint goes on where the last run ended, also at another address of the same log" {
  seq 5 >input
  served
  tail_of --checkpoint ck
  assert_output $'1\n2\n3\n4\n5'
  seq 6 8 | logbuf push q
  tail_of --checkpoint ck
  assert_output $'6\n7\n8'
  seq 9 10 | logbuf push q
  quietly logtail --checkpoint ck "logd://localhost:$port"
  assert_output $'9\n10'
}

@test "a checkpoint of another log is told, and read from its beginning" {
  seq 5 >input
  served
  tail_of --checkpoint ck
  stop serve
  rm -r q
  served
  tail_of --checkpoint ck
  assert_complaint logtail "it is another log than the remembered one; beginning anew"
  assert_output $'1\n2\n3\n4\n5'
}

@test "headers and prefixes name the log" {
  seq 2 >input
  served
  printf 'x\n' >file
  quietly logtail file "logd://127.0.0.1:$port"
  assert_output "$(printf '==> file <==\nx\n\n==> logd://127.0.0.1:%s <==\n1\n2' "$port")"
  quietly logtail --prefix "logd://127.0.0.1:$port"
  assert_output "$(printf 'logd://127.0.0.1:%s: 1\nlogd://127.0.0.1:%s: 2' "$port" "$port")"
}

@test "a log is read over TLS" {
  seq 5 >input
  logbuf push q <input
  start_server serve logbuf serve q --print-address --listen tls://127.0.0.1:0 \
    --tls-cert-file "$CERTS/good.pem" --tls-key-file "$CERTS/good.key"
  quietly logtail --tls-ca-file "$CERTS/ca.pem" "logds://localhost:$(port_of serve)"
  assert_status 0
  assert_output "$(cat input)"
  quietly logtail --connect-timeout 300ms "logds://localhost:$(port_of serve)"
  assert_status 75
}

@test "SIGHUP: new authorities are trusted from then on, and broken ones are one diagnostic" {
  seq 5 >input
  logbuf push q <input
  start_server serve logbuf serve q --print-address --listen tls://127.0.0.1:0 \
    --tls-cert-file "$CERTS/good.pem" --tls-key-file "$CERTS/good.key"
  cp "$CERTS/other-ca.pem" own-ca.pem
  follow --tls-ca-file own-ca.pem "logds://localhost:$(port_of serve)"
  eventually says "certificate verify failed"
  head -c 100 "$CERTS/ca.pem" >own-ca.pem
  kill -HUP "${pid[follow]}"
  eventually says "load certificate authorities own-ca.pem: .*; what was loaded before stays in use"
  [[ ! -s follow.out ]]
  cp "$CERTS/ca.pem" own-ca.pem
  kill -HUP "${pid[follow]}"
  eventually got 5
  assert_same_lines follow.out input
}

@test "a reader that does not read holds nobody up, and takes no memory" {
  lines 200000 >input
  served
  mkfifo out
  start follow bash -c 'exec logtail -n +1 "$1" >out' - "logd://127.0.0.1:$port"
  exec {reader}<out
  read -r -u "$reader" first
  [[ $first == "$(head -n 1 input)" ]]
  logbuf push q <<<more
  assert_memory_below 40000 follow
  cat <&"$reader" >rest
  exec {reader}<&-
  sed -n '2,200000p' input | cmp - rest
}

@test "kill -9 of logtail, its sink or the server: into a buffer, each message exactly once" {
  lines 20000 >input
  serve
  start writer bash -c 'logsend --rate 6000 "$1" <input' - "logd://127.0.0.1:$port"
  # shellcheck disable=SC2016
  start follow bash -c 'until logtail -f --checkpoint ck "$1" -- logbuf push copy; do :; done' - "logd://127.0.0.1:$port"
  for round in {1..12}; do
    pause "0.$((RANDOM % 3))$((RANDOM % 10))"
    case $((round % 4)) in
      0)
        stop serve KILL
        serve
        ;;
      1) pkill -KILL -P "${pid[follow]}" -x logtail || true ;;
      *) pkill -KILL -g "${pid[follow]}" -x logbuf || true ;;
    esac
  done
  finish writer
  assert_status 0
  logbuf cat q >all # what was sent twice is there twice
  DEADLINE=60 eventually holds "$(wc -l <all)" copy
  logbuf cat copy >output
  assert_same_lines all output
  sort -u all | cmp - <(sort -u input)
}

@test "two tails and a writer: a million messages, complete and in order" {
  seq -f 'message %07.0f' 1000000 >input
  serve --sync os
  start one bash -c 'logtail -f -n +1 "$1" | head -n 1000000' - "logd://127.0.0.1:$port"
  start two bash -c 'logtail -f -n +1 -i "$1" | head -n 1000000' - "logd://127.0.0.1:$port"
  quietly bash -c 'logsend "$1" <input' - "logd://127.0.0.1:$port"
  assert_status 0
  finish one
  finish two
  cmp input one.out
  awk '{ print NR "\t" $0 }' input | cmp - two.out
}

# logsend amqp:// and amqps://: what arrives, receipts and what failures mean, with a real RabbitMQ.
#
# shellcheck shell=bash disable=SC2154

load helper
load rabbitmq

setup_file() { start_rabbitmq; }
teardown_file() { end_rabbitmq; }

said() { grep -q "$1" logsend.err; }

@test "lines are persistent messages in a queue" {
  peer declare plain
  lines 5000 >input
  run -0 logsend "$(amqp '?queue=plain')" <input
  assert_output ""
  run -0 peer properties plain
  assert_line -n 0 -p '"content_type": "text/plain", "delivery_mode": 2'
  peer take plain >output
  assert_same_lines input output
}

@test "a message's properties are its fields, and its id is that of the buffer" {
  peer declare fields
  echo '<34>1 2003-10-11T22:14:15.003Z web.example su 77 ID47 - it failed' | logbuf push q
  logbuf consumer add q holds # what is acknowledged
  logbuf peek q -- logsend --format json "$(amqp '?queue=fields')"
  logbuf rewind --to 1 q
  logbuf peek q -- logsend --format json "$(amqp '?queue=fields')"
  peer properties fields >shown
  run -0 jq -c '[.app_id, .timestamp, .headers.hostname, .headers.facility, .headers.severity, .content_type]' shown
  assert_line -n 0 '["su",1065910455,"web.example","auth","crit","application/json"]'
  run -0 jq -r '.message_id' shown
  assert_line -n 0 "$(logbuf stat --json q | jq -r .uuid)/2:1"
  assert_equal "${lines[1]}" "${lines[0]}"
}

@test "what rules do is explained, and what --set cannot do is said" {
  peer declare explained
  quietly -0 logsend --rule '[a] := "b"' --explain --set 'severity=%{message}' "$(amqp '?queue=explained')" <<<one
  assert_equal "$stderr" 'logsend: set severity to "one": no severity has this name or number
logsend: message 1: "one"
logsend: message 1: --rule:1: [a] := "b": a = "b"'
  run -0 peer take explained
  assert_output -p '"message":"one","a":"b"}'
}

@test "--declare makes exchange, queue and binding, and routing keys have fields in them" {
  for type in quorum classic; do
    printf '<34>1 - web su - - - %s\n' first second >input
    run -0 logsend --declare "$type" --binding 'su.*' "$(amqp "?exchange=logs-$type&key=su.web&queue=all-$type")" <input
    run -0 logsend "$(amqp "?exchange=logs-$type&key=%{appname}.%{hostname}")" <input
    run -0 peer properties "all-$type"
    assert_line -n 3 -p '"key": "su.web"'
    peer take "all-$type" >output
    cat input input >expected
    assert_same_lines expected output
  done
  run -0 rabbitmqctl_ list_queues -p test name type durable
  assert_line $'all-quorum\tquorum\ttrue'
  assert_line $'all-classic\tclassic\ttrue'
}

@test "what no queue gets is rejected: it ends logsend, or goes to --on-reject, and the rest goes on" {
  peer declare routed
  for i in {1..50}; do
    if ((i == 13)); then echo '{"message":"lost","q":"nowhere"}'; else echo "{\"message\":\"m$i\",\"q\":\"routed\"}"; fi
  done >input
  quietly -65 logsend --parse json "$(amqp '?queue=%{q}')" <input
  assert_complaint logsend "the server rejects a message: 312 NO_ROUTE, exchange '', routing key 'nowhere'; see --on-reject"
  peer take routed >/dev/null
  run -0 logsend --parse json --format '%{message}' --on-reject dead-letter:letters "$(amqp '?queue=%{q}')" <input
  run -0 logbuf cat letters
  assert_output '{"message":"lost","q":"nowhere"}'
  run -0 peer take routed
  assert_equal "${#lines[@]}" 49
  assert_line -n 0 m1
}

@test "a message that the server never takes is found among others" {
  peer declare sizes
  lines 300 >small
  head -n 100 small >input
  printf '%0150000d\n' 7 >>input
  tail -n 200 small >>input
  quietly -0 logsend --on-reject dead-letter:letters "$(amqp '?queue=sizes')" <input
  assert_status 0
  [[ $stderr == *'406 PRECONDITION_FAILED - message size 150000 is larger than configured max size 100000'* ]] || fail "$stderr"
  run -0 bash -c 'logbuf cat letters | wc -c'
  assert_output 150001
  peer take sizes | sort -u >output
  sort -u small >expected
  assert_same_lines expected output
}

@test "a full queue refuses messages, which are sent again until there is room" {
  peer declare full x-max-length=10 x-overflow=reject-publish
  lines 25 >input
  start logsend bash -c 'exec logsend "$0" <input' "$(amqp '?queue=full')"
  eventually said 'the server refuses messages for now, a queue may be full; trying again'
  : >output
  eventually taken_all
  finish logsend
  assert_status 0
  peer take full >>output
  sort -u output >some
  sort -u input >all
  assert_same_lines all some
}

taken_all() {
  peer take full >>output
  (($(sort -u output | wc -l) == 25))
}

@test "a certificate must be for the server's name" {
  peer declare tls
  run -0 logsend --tls-ca-file "$CERTS/ca.pem" "$(amqps localhost '?queue=tls')" <<<one
  quietly -75 logsend --drain-time 1s "$(amqps localhost '?queue=tls')" <<<two
  [[ $stderr == *certificate* ]] || fail "$stderr"
  quietly -75 logsend --drain-time 1s --tls-ca-file "$CERTS/ca.pem" "$(amqps 127.0.0.2 '?queue=tls')" <<<three
  [[ $stderr == *certificate* ]] || fail "$stderr"
  quietly -75 logsend --drain-time 1s "amqp://127.0.0.1:$RABBIT_TLS_PORT?queue=tls" <<<four
  run -0 peer take tls
  assert_output one
}

@test "a wrong password and a wrong virtual host are said, and messages are kept" {
  echo guest:wrong >secret
  quietly -75 logsend --drain-time 1s --credentials secret "$(amqp '?queue=x')" <<<one
  [[ $stderr == *'the server closes the connection: 403 ACCESS_REFUSED - Login was refused'*'; trying again, 1 message is waiting'* ]] || fail "$stderr"
  [[ $stderr != *wrong* ]]
  quietly -75 logsend --drain-time 1s "amqp://127.0.0.1:$RABBIT_PORT/no%2Fwhere?queue=x" <<<one
  [[ $stderr == *"530 NOT_ALLOWED - vhost no/where not found"* ]] || fail "$stderr"
  rabbitmqctl_ add_user 'a@b' 'p:w'
  rabbitmqctl_ set_permissions -p test 'a@b' '.*' '.*' '.*'
  peer declare users
  run -0 logsend "amqp://a%40b:p%3Aw@127.0.0.1:$RABBIT_PORT/test?queue=users" <<<one
  run -0 peer take users
  assert_output one
}

@test "an exchange that is missing is waited for" {
  start logsend bash -c 'exec logsend "$0" <<<one' "$(amqp '?exchange=late&key=k')"
  eventually said "the server closes the channel: 404 NOT_FOUND - no exchange 'late' in vhost 'test'; trying again, 1 message is waiting"
  kill -STOP "${pid[logsend]}" # else it may try by itself between the exchange and its binding, and be rejected
  run -0 logsend --declare classic "$(amqp '?exchange=late&queue=late')" <<<two
  kill -CONT "${pid[logsend]}"
  kill -HUP "${pid[logsend]}" || true # it may have tried by itself
  finish logsend
  assert_status 0
  run -0 bash -c 'sort' < <(peer take late)
  assert_output $'one\ntwo'
}

@test "an alarm stops the flow, and neither signals nor memory" {
  peer declare alarm
  logsend "$(amqp '?queue=alarm')" <<<before
  rabbitmqctl_ set_vm_memory_high_watermark absolute 1MB
  for i in {1..2000}; do printf '%030000d\n' "$i"; done | logbuf push q
  start logsend logbuf peek -f --drain-time 500ms q -- logsend --drain-time 500ms "$(amqp '?queue=alarm')"
  eventually said 'the server takes nothing for now: low on memory'
  kill -USR1 -- "-${pid[logsend]}"
  eventually said 'it takes nothing for now: low on memory), [0-9]* messages waiting'
  assert_memory_below 65536 logsend
  stop logsend
  assert_status 75
  start logsend logbuf peek q -- logsend "$(amqp '?queue=alarm')"
  eventually said 'the server takes nothing for now: low on memory'
  rabbitmqctl_ set_vm_memory_high_watermark absolute 1GB
  DEADLINE=60 finish logsend
  assert_status 0
  grep -q 'the server takes messages again' logsend.err
  run -0 bash -c 'logbuf consumer ls q | cut -f 2,3'
  assert_output $'0\t0'
  peer delete alarm
}

@test "a server that is killed, is away at the start of another, and comes back loses nothing that was confirmed" {
  peer declare kept
  lines 8000 | logbuf push q
  start logsend logbuf peek -f q -- logsend "$(amqp '?queue=kept')"
  eventually some_confirmed
  kill_node
  lines 1000 2 | logbuf push early
  start early logbuf peek -f early -- logsend "$(amqp '?queue=kept')"
  eventually grep -q 'Connection refused; trying again' early.err
  revive_node
  kill -HUP -- "-${pid[logsend]}" "-${pid[early]}" # pauses have become long meanwhile
  eventually all_confirmed q
  eventually all_confirmed early
  for each in logsend early; do
    stop "$each"
    assert_status 0
  done
  peer take kept | sort -u >output
  sort -u <(lines 8000) <(lines 1000 2) >expected
  assert_same_lines expected output
}

some_confirmed() { logbuf consumer ls q | awk '{ exit !($2 + $3 < 8000) }'; }
all_confirmed() { [[ $(logbuf consumer ls "$1" | cut -f 2,3) == $'0\t0' ]]; }

@test "a server that is silent is left when --timeout is over" {
  peer declare silent
  printf 'one\n' | logbuf push q
  start logsend logbuf peek -f q -- logsend --timeout 1s "$(amqp '?queue=silent')"
  eventually all_confirmed q
  pause_node
  eventually said 'the server says nothing for 1 s; trying again'
  resume_node
  echo two | logbuf push q
  eventually all_confirmed q
  stop logsend
  assert_status 0
  run -0 peer take silent
  assert_output $'one\ntwo'
}

@test "SIGTERM while the server is away: no receipt, and the rest goes the next time" {
  peer declare later
  printf 'one\ntwo\n' | logbuf push q
  start logsend logbuf peek -f --drain-time 200ms q -- logsend --drain-time 200ms "amqp://127.0.0.1:$(free_port)?queue=later"
  eventually said 'Connection refused; trying again'
  stop logsend
  assert_status 75
  run -0 logbuf peek q -- logsend "$(amqp '?queue=later')"
  run -0 peer take later
  assert_output $'one\ntwo'
}

@test "usage errors are found before anything is sent" {
  quietly -64 logsend "$(amqp '')" <<<one
  assert_complaint logsend 'name where messages go: ?queue=NAME, or ?exchange=NAME&key=KEY'
  quietly -64 logsend "amqp://127.0.0.1/?queue=q" <<<one
  assert_complaint logsend "the virtual host"
  quietly -64 logsend "$(amqp '?queue=q&nonsense=1')" <<<one
  assert_complaint logsend 'there is no parameter "nonsense"'
  quietly -64 logsend "$(amqp '?exchange=e&queue=q')" <<<one
  quietly -64 logsend --declare quorum "$(amqp '?queue=%{appname}')" <<<one
  assert_complaint logsend 'what has fields in its name cannot be declared'
  quietly -64 logsend "$(amqp '?queue=q')" "amqp://127.0.0.1?queue=other" <<<one
  quietly -64 logsend --binding x "$(amqp '?queue=q')" <<<one
  is_foreign logsend --relp-window 3 "$(amqp '?queue=q')" "amqp://" "relp:// and relps://"
}

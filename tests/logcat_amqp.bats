# logcat amqp:// and amqps://: messages out of queues of a real RabbitMQ, acknowledged when they are safe.
#
# shellcheck shell=bash disable=SC2154

load helper
load rabbitmq

setup_file() { start_rabbitmq; }
teardown_file() { end_rabbitmq; }

said() { grep -qF "$1" logcat.err; }
holds() { (($(logbuf cat "${2:-q}" 2>/dev/null | wc -l) == $1)); }
try_again() { kill -HUP "${pid[logcat]}"; } # pauses may have become long

@test "a queue's messages go into a buffer in order, and are acknowledged then" {
  peer declare in
  lines 5000 >input
  logsend "$(amqp '?queue=in')" <input
  start logcat logcat --prefetch 100 "$(amqp '?queue=in')" -- logbuf push q
  eventually holds 5000
  stop logcat
  assert_status 0
  logbuf cat q >output
  assert_same_lines input output
  run -0 peer count in
  assert_output 0
}

@test "what the sink has not made safe stays in the queue, and what it has does not" {
  peer declare kept
  lines 50 >input
  logsend "$(amqp '?queue=kept')" <input
  # A sink that makes the first 20 messages safe, and then no more.
  start logcat logcat --drain-time 200ms "$(amqp '?queue=kept')" -- sh -c 'echo logpipe 1 stored; echo 20; exec cat >taken'
  eventually test -s taken
  eventually unacknowledged_is 30
  stop logcat
  assert_status 75
  eventually queued kept 30
  peer take kept >output
  tail -n 30 input >expected
  assert_same_lines expected output
}

unacknowledged_is() {
  kill -USR1 "${pid[logcat]}"
  said ", $1 messages unacknowledged"
}

@test "--prefetch leaves the rest to others" {
  peer declare shared
  lines 50 | logsend "$(amqp '?queue=shared')"
  start logcat logcat --drain-time 200ms --prefetch 7 "$(amqp '?queue=shared')" -- sh -c 'echo logpipe 1 stored; exec cat >taken'
  eventually test -s taken # from then on it takes signals
  eventually unacknowledged_is 7
  run -0 peer count shared
  assert_output 43
  stop logcat
  assert_status 75
}

@test "a server that is killed, is away at the start of another, and comes back: nothing is lost" {
  peer declare again
  lines 3000 >input
  logsend "$(amqp '?queue=again')" <input
  start logcat logcat --prefetch 50 "$(amqp '?queue=again')" -- logbuf push q
  eventually has_some
  kill_node
  start early logcat --prefetch 50 "$(amqp '?queue=again')" -- logbuf push early
  eventually grep -q 'Connection refused; trying again' early.err
  revive_node
  kill -HUP "${pid[logcat]}" "${pid[early]}"
  lines 100 2 >more
  logsend "$(amqp '?queue=again')" <more
  eventually has_all
  for each in logcat early; do
    stop "$each"
    assert_status 0
  done
  run -0 peer count again
  assert_output 0
}

has_some() { [[ -n $(logbuf cat q 2>/dev/null | head -n 1) ]]; }
has_all() { cmp -s <(for each in q early; do logbuf cat "$each" 2>/dev/null; done | sort -u) <(sort -u input more); }

@test "a server that is silent is left when --timeout is over" {
  peer declare silent
  start logcat logcat --timeout 1s --connect-timeout 1s "$(amqp '?queue=silent')" -- logbuf push q
  echo one | logsend "$(amqp '?queue=silent')"
  eventually holds 1
  pause_node
  eventually said 'the server says nothing for 1 s; trying again'
  resume_node
  echo two | logsend "$(amqp '?queue=silent')"
  eventually holds 2
  stop logcat
  assert_status 0
}

@test "a queue that is not there yet, or is deleted, is waited for" {
  start logcat logcat "$(amqp '?queue=gone')" -- logbuf push q
  eventually said "404 NOT_FOUND - no queue 'gone' in vhost 'test'; trying again"
  peer declare gone
  try_again
  logsend "$(amqp '?queue=gone')" <<<one
  eventually holds 1
  peer delete gone
  eventually said 'the server gives nothing more of the queue; was it deleted?; trying again'
  peer declare gone
  try_again
  logsend "$(amqp '?queue=gone')" <<<two
  eventually holds 2
  stop logcat
  assert_status 0
}

@test "a wrong password is said, and read again" {
  peer declare secret
  echo guest:wrong >password
  start logcat logcat --credentials password "$(amqp '?queue=secret')" -- logbuf push q
  eventually said '403 ACCESS_REFUSED - Login was refused'
  run -1 grep wrong logcat.err
  echo guest:guest >password
  try_again
  logsend "$(amqp '?queue=secret')" <<<one
  eventually holds 1
  stop logcat
  assert_status 0
}

@test "--declare makes queue, exchange and binding" {
  start logcat logcat --declare classic --binding 'su.*' --exchange-type topic "$(amqp '?exchange=made-x&queue=made')" -- logbuf push q
  printf '<34>1 - web %s - - - %s\n' su first cron second >input
  eventually is_bound made
  logsend --on-reject drop "$(amqp '?exchange=made-x&key=%{appname}.%{hostname}')" <input
  eventually holds 1
  stop logcat
  run -0 logbuf cat q
  assert_output '<34>1 - web su - - - first'
}
is_bound() { rabbitmqctl_ list_bindings -p test destination_name source_name | grep -qF "$1"$'\t'"$1-x"; }

@test "a certificate must be for the server's name" {
  peer declare tls
  logsend "$(amqp '?queue=tls')" <<<one
  start logcat logcat "$(amqps localhost '?queue=tls')" -- logbuf push q
  eventually said certificate
  stop logcat
  assert_status 0
  start logcat logcat --tls-ca-file "$CERTS/ca.pem" "$(amqps localhost '?queue=tls')" -- logbuf push q
  eventually holds 1
  stop logcat
  assert_status 0
}

@test "a long message is cut, said, acknowledged as one, and an empty one is a message" {
  peer declare long
  printf 'abcdefgh\n\nx\n' | logsend "$(amqp '?queue=long')"
  start logcat logcat --max-message 3 "$(amqp '?queue=long')" -- logbuf push q
  eventually holds 5
  stop logcat
  assert_status 0
  said 'messages over 3 bytes were cut into several: 1; see --max-message'
  run -0 logbuf cat q
  assert_output $'abc\ndef\ngh\n\nx'
  run -0 peer count long
  assert_output 0
}

@test "with --add-properties what logsend writes as properties is an event's fields again" {
  peer declare props
  # What is told of the message, its text, and its time in whole seconds.
  echo '<34>1 2003-10-11T22:14:15Z web.example su - - - it failed' >input
  logsend --format '%{message}' "$(amqp '?queue=props')" <input
  logsend --format json "$(amqp '?queue=props')" <input
  start logcat logcat --add-properties "$(amqp '?queue=props')" -- logbuf push q
  eventually holds 2
  stop logcat
  fields='{"timestamp":"2003-10-11T22:14:15Z","hostname":"web.example","appname":"su","facility":"auth","severity":"crit","message":"it failed"}'
  run -0 bash -c 'logbuf cat q | jq -c "del(.amqp)"'
  assert_output "$fields"$'\n'"$fields"
  run -0 bash -c 'logbuf cat q | jq -c ".amqp | .message_id = (.message_id | type)"'
  assert_line -n 0 '{"exchange":"","routing_key":"props","content_type":"text/plain","message_id":"string"}'
}

@test "what --on-unparsed rejects goes to the queue's dead letters, is reported, and the rest goes on" {
  peer declare dead
  peer declare letters x-dead-letter-exchange= x-dead-letter-routing-key=dead
  printf '{"a":1}\nno json\n{"a":2}\n' | logsend "$(amqp '?queue=letters')"
  start logcat logcat --parse json --on-unparsed reject "$(amqp '?queue=letters')" -- logbuf push q
  eventually holds 2
  eventually queued dead 1
  stop logcat
  assert_status 0
  said 'no json'
  run -0 peer take dead
  assert_output 'no json'
  run -0 peer count letters
  assert_output 0
}

@test "a sink that is full stops it with bounded memory, and SIGTERM ends it" {
  peer declare flood
  for i in {1..1000}; do printf '%090000d\n' "$i"; done | logsend "$(amqp '?queue=flood')"
  start logcat logcat --prefetch 65535 --drain-time 300ms --window 256KiB "$(amqp '?queue=flood')" -- sh -c 'echo logpipe 1 stored; echo >taken; exec sleep 1000'
  eventually test -s taken
  eventually takes_no_more
  assert_memory_below 65536 logcat
  stop logcat
  assert_status 75
  eventually queued flood 1000
  peer delete flood
}
# What the sink has no room for, and what waits before it.
takes_no_more() {
  kill -USR1 "${pid[logcat]}"
  [[ $(grep -oE '[1-9][0-9]* messages unacknowledged' logcat.err | tail -n 10 | uniq -c) == *" 10 "* ]]
}

@test "usage errors are found before anything is read" {
  quietly -64 logcat "$(amqp '')" -- logbuf push q
  assert_complaint logcat 'name the queue: ?queue=NAME'
  quietly -64 logcat "$(amqp '?queue=%{app}')" -- logbuf push q
  quietly -64 logcat "$(amqp '?queue=q&key=k')" -- logbuf push q
  quietly -64 logcat "$(amqp '?exchange=e&queue=q')" -- logbuf push q
  assert_complaint logcat 'an exchange beside it is for --declare'
  quietly -64 logcat --prefetch 65536 "$(amqp '?queue=q')" -- logbuf push q
  assert_complaint logcat 'must be at most 65535'
  quietly -78 logcat --credentials nowhere "$(amqp '?queue=q')" -- logbuf push q
}

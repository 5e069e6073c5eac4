# logsend kafka://: records, receipts and what failures mean, with clusters of librdkafka's mock.
#
# shellcheck shell=bash

load helper
load kafka
load certificates

said() { grep -qF "$1" logsend.err; }

@test "messages are records, in their order" {
  start_kafka cluster 3
  tell cluster topic logs 1
  lines 5000 >input
  run -0 logsend "$(kafka_of cluster logs)" <input
  assert_output ""
  consumed cluster logs >output
  assert_same_lines input output
}

@test "topic and key have fields, and headers say which message it is" {
  start_kafka cluster
  printf '%s\n' '<34>1 2003-10-11T22:14:15Z web.example su 77 - - failed' '<13>1 2003-10-11T22:14:15Z db a/b 1 - - x' >input
  logbuf push q <input
  run -0 logbuf peek q -- logsend --record-key '%{hostname}' --format '%{message}' "$(kafka_of cluster 'logs.%{appname}')"
  run -0 consumed cluster logs.su -f '%k|%h|%s\n'
  assert_output -e "^web.example\|logpipe-origin=[0-9a-f-]+/1,logpipe-id=1\|failed$"
  run -0 consumed cluster logs.a_b -f '%k|%s\n'
  assert_output 'db|x'
}

@test "records with the same key go to the same partition" {
  start_kafka cluster
  tell cluster topic logs 4
  lines 400 >input
  run -0 logsend --record-key '%{hostname}' "$(kafka_of cluster logs)" <input
  consumed cluster logs -f '%p %k\n' | sort -u >places
  run -0 awk '{ count[$2]++ } END { for (key in count) if (count[key] > 1) print key; print (length(count) > 1) }' places
  assert_output 1
}

@test "what rules do is explained, and what --set cannot do is said" {
  start_kafka cluster
  tell cluster topic logs 1
  quietly -0 logsend --rule '[a] := "b"' --explain --set 'severity=%{message}' "$(kafka_of cluster logs)" <<<one
  assert_equal "$stderr" 'logsend: set severity to "one": no severity has this name or number
logsend: message 1: "one"
logsend: message 1: --rule:1: [a] := "b": a = "b"'
  run -0 consumed cluster logs
  assert_output -p '"message":"one","a":"b"}'
}

@test "a message that is too large ends it, or goes to --on-reject; the others arrive" {
  start_kafka cluster
  tell cluster topic logs 1
  { lines 10; head -c 3000 /dev/zero | tr '\0' x; echo; lines 10 2; } >input
  quietly -65 logsend -X message.max.bytes=2000 "$(kafka_of cluster logs)" <input
  assert_complaint logsend 'the cluster rejects a message: Broker: Message size too large; see --on-reject'
  tell cluster topic again 1
  quietly -0 logsend -X message.max.bytes=2000 --on-reject dead-letter:letters "$(kafka_of cluster again)" <input
  logbuf cat letters >output
  consumed cluster again >>output
  run -0 wc -c <(logbuf cat letters)
  assert_output -p 3001
  assert_same_set input output
}

@test "a batch that the cluster refuses is sent in halves, and nothing of it is lost" {
  start_kafka cluster
  tell cluster topic logs 1
  for error in 10 87; do # too large, invalid record
    tell cluster fail 0 "$error" 1
    lines 500 "$error" >>input
    quietly -0 logsend "$(kafka_of cluster logs)" < <(lines 500 "$error")
    assert_equal "$stderr" ""
  done
  consumed cluster logs >output
  assert_same_set input output
}

@test "a record that is refused by itself is the guilty one" {
  start_kafka cluster
  tell cluster topic logs 1
  tell cluster fail 0 87 1
  quietly -0 logsend "$(kafka_of cluster logs)" <<<one
  tell cluster fail 0 87 2
  quietly -65 logsend "$(kafka_of cluster logs)" <<<two
  assert_complaint logsend 'the cluster rejects a message: Broker: Broker failed to validate record'
}

@test "after a fatal error another producer sends what is not stored" {
  start_kafka cluster
  tell cluster topic logs 1
  lines 2000 >input
  tell cluster fail 0 45 1 # out of order
  quietly -0 logsend "$(kafka_of cluster logs)" <input
  [[ ${stderr_lines[0]} == *'sequence desynchronization'*'; trying again, 2000 messages are waiting' ]] || fail "$stderr"
  [[ ${stderr_lines[1]} == *': the cluster takes messages again' ]] || fail "$stderr"
  consumed cluster logs >output
  assert_same_lines input output
}

@test "what librdkafka can mend by itself is not even said" {
  start_kafka cluster
  tell cluster topic logs 1
  tell cluster fail 0 6 2  # not the leader
  tell cluster fail 0 19 2 # not enough replicas
  tell cluster fail 22 15 2 # no coordinator for the producer's id
  lines 500 >input
  quietly -0 logsend "$(kafka_of cluster logs)" <input
  assert_equal "$stderr" ""
  consumed cluster logs >output
  assert_same_lines input output
}

@test "brokers that are away at the start, and go away, are waited for" {
  start_kafka cluster 2
  tell cluster topic logs 1
  tell cluster down
  lines 3000 | logbuf push q
  start logsend logbuf peek -f q -- logsend "$(kafka_of cluster logs)"
  eventually said 'Connection refused; trying again'
  tell cluster up
  DEADLINE=60 eventually records cluster logs 3000
  eventually said 'the cluster takes messages again'
  tell cluster down
  lines 2000 2 | logbuf push q
  tell cluster up
  DEADLINE=60 eventually records cluster logs 5000
  stop logsend
  assert_status 0
  consumed cluster logs >output
  { lines 3000; lines 2000 2; } >expected
  assert_same_set expected output
}

@test "a topic that is missing is waited for" {
  start_kafka cluster
  tell cluster topic logs 1
  tell cluster refuse logs 3
  logbuf push q <<<one
  start logsend logbuf peek -f q -- logsend "$(kafka_of cluster logs)"
  eventually said 'nknown topic'
  eventually said '; trying again now and then, 1 message is waiting'
  tell cluster refuse logs 0
  pkill -HUP -g "${pid[logsend]}" -x logsend-kafka
  eventually records cluster logs 1
  stop logsend
  assert_status 0
}

@test "SIGTERM while the cluster is away: a receipt for nothing, and the rest goes the next time" {
  start_kafka cluster
  tell cluster topic logs 1
  tell cluster down
  printf 'one\ntwo\n' | logbuf push q
  start logsend logbuf peek -f q -- logsend --drain-time 200ms "$(kafka_of cluster logs)"
  eventually said 'trying again'
  stop logsend
  assert_status 75
  tell cluster up
  run -0 logbuf peek q -- logsend "$(kafka_of cluster logs)"
  run -0 consumed cluster logs
  assert_output $'one\ntwo'
}

@test "SIGTERM while the cluster is slow: what it has taken is waited for" {
  start_kafka cluster
  tell cluster topic logs 1
  tell cluster rtt 500
  mkfifo input
  start logsend bash -c 'exec logsend -i -r "$0" <input' "$(kafka_of cluster logs)"
  exec 5>input
  printf '7\tone\n' >&5
  eventually holds_input
  stop logsend
  exec 5>&-
  assert_status 0
  run -0 cat logsend.out
  assert_output 7
  run -0 consumed cluster logs
  assert_output one
}

# It has read what stands in the pipe.
holds_input() { python3 -c 'import fcntl, sys, termios; sys.exit(fcntl.ioctl(5, termios.FIONREAD, b"\0" * 4) != b"\0" * 4)'; }

@test "a server with a certificate for another name gets nothing" {
  port=$(free_port)
  start server bash -c 'exec "$@" <> <(:)' endless openssl s_server -accept "127.0.0.1:$port" -cert "$CERTS/wrong-name.pem" -key "$CERTS/wrong-name.key"
  eventually port_is_open "$port"
  quietly -75 logsend --drain-time 1s --tls-ca-file "$CERTS/ca.pem" "kafkas://localhost:$port/logs" <<<one
  [[ $stderr == *'certificate verify failed'*'; trying again'* ]] || fail "$stderr"
  quietly -75 logsend --drain-time 1s "kafkas://localhost:$port/logs" <<<one
  [[ $stderr == *'certificate verify failed'* ]] || fail "$stderr"
}

port_is_open() { (exec 4<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

@test "a login that the cluster does not take is said, and the password does not show" {
  start_kafka cluster
  echo user:hidden >secret
  quietly -75 logsend --drain-time 1s --credentials secret "$(kafka_of cluster logs)" <<<one
  [[ $stderr == *'SASL Handshake not supported by broker (required by mechanism SCRAM-SHA-512); trying again now and then'* ]] || fail "$stderr"
  [[ $stderr != *hidden* ]] || fail "$stderr"
  echo hidden >secret
  quietly -78 logsend --credentials secret "$(kafka_of cluster logs)" <<<one
  assert_complaint logsend 'USER:PASSWORD is needed'
}

@test "-X and --property-file set properties, but none on which receipts stand, and no secret one on the command line" {
  start_kafka cluster
  tell cluster topic logs 1
  url=$(kafka_of cluster logs)
  run -0 logsend -X compression.codec=zstd -X linger.ms=0 "$url" <<<one
  run -0 consumed cluster logs
  assert_output one
  quietly -64 logsend -X acks=1 "$url" <<<one
  assert_complaint logsend '"acks" cannot be set: receipts would not be true with another value'
  quietly -64 logsend -X ssl.key.password=hidden "$url" <<<one
  assert_complaint logsend 'use --property-file'
  quietly -64 logsend -X nonsense=hidden "$url" <<<one
  assert_complaint logsend 'set property nonsense: librdkafka knows no such property'
  [[ $stderr != *hidden* ]] || fail "$stderr"
  printf '%s\n' '# ours' '' message.max.bytes=1000 >properties
  quietly -65 logsend --property-file properties "$url" < <(head -c 2000 /dev/zero | tr '\0' x)
  assert_complaint logsend 'Message size too large'
  echo enable.idempotence=false >properties
  quietly -78 logsend --property-file properties "$url" <<<one
  assert_complaint logsend '"enable.idempotence" cannot be set'
}

@test "addresses without a topic, or with a bad one, are usage errors" {
  quietly -64 logsend kafka://a/ <<<one
  assert_complaint logsend 'the topic is missing: kafka://HOST/TOPIC'
  quietly -64 logsend 'kafka://a/x y' <<<one
  assert_complaint logsend "topics are named with letters, digits, '.', '_' and '-'"
  quietly -64 logsend 'kafka://a/%{nonsense' <<<one
  quietly -64 logsend kafka://a/x kafka://b/x <<<one
  quietly -64 logsend --tls-peer b kafkas://a/x <<<one
  assert_complaint logsend 'each broker of Kafka has a name of its own'
}

@test "memory is bounded while the cluster is away" {
  start_kafka cluster
  tell cluster topic logs 1
  tell cluster down
  lines 200000 >input
  start logsend bash -c 'exec logsend --window 4MiB "$0" <input' "$(kafka_of cluster logs)"
  eventually said 'trying again'
  eventually has_read 4000000
  assert_memory_below 65536 logsend
  (($(place_in_input) < 12000000)) || fail "it has read all of $(place_in_input) bytes"
}

place_in_input() { awk '/^pos:/ { print $2 }' "/proc/${pid[logsend]}/fdinfo/0"; }
has_read() { (($(place_in_input) >= $1)); }

# Each round brings more messages, so that kills do not find an idle tool. Compressed, they fit into the mock.
@test "kill -9 at random: every message is a record" {
  start_kafka cluster 3
  tell cluster topic logs 40
  for ((round = 0; round < ${CRASH_ROUNDS:-15}; ++round)); do
    lines 20000 "$round" | tee -a input | logbuf push q
    start peek logbuf peek -f q -- logsend -X compression.codec=zstd --window-messages 200 "$(kafka_of cluster logs)"
    kill_at_random 300 peek
    finish peek
    logbuf consumer ls q >>left
  done
  run -0 awk '$2 + $3 > 0' left # kills while there was something to send
  (("${#lines[@]}" >= 3)) || [[ -v CRASH_ROUNDS ]] || fail "$(cat left)"
  run -0 logbuf peek q -- logsend -X compression.codec=zstd "$(kafka_of cluster logs)"
  consumed cluster logs | sort -u >output
  sort input >expected
  assert_same_lines expected output
}

# logcat http:// and https://, with curl and with clients that misbehave.
#
# shellcheck shell=bash

load helper
load peers
load certificates
load http

stored() { logbuf cat q; }
holds() { [[ $(logbuf cat q 2>/dev/null | wc -l) -eq $1 ]]; }

# The push child takes nothing until it may again.
stop_sink() { pkill -STOP -P "${pid[logcat]}" && eventually sink_is_stopped; }
sink_is_stopped() { [[ $(ps -o stat= --ppid "${pid[logcat]}") == T* ]]; }
continue_sink() { pkill -CONT -P "${pid[logcat]}"; }

@test "lines that curl posts are stored when it is answered" {
  lines 1000 >input
  receive
  posts 204 text/plain --data-binary @input "$url/"
  stored >output
  assert_same_lines input output
}

@test "JSON, NDJSON, one message and logplex frames, by content type and path" {
  receive
  posts 204 application/x-ndjson --data-binary $'{"a": 1}\n{"b":\t2}\n' "$url/in"
  posts 204 application/json --data-binary '[{"c":3}, {"d":[4, 5]}]' "$url/in"
  posts 204 application/octet-stream --data-binary 'one' "$url/in"
  posts 204 application/logplex-1 --data-binary '47 <190>1 2012-12-10T03:00:48Z host app web.1 - hi' "$url/logs"
  run -0 stored
  assert_output '{"a":1}
{"b":2}
{"c":3}
{"d":[4,5]}
one
<190>1 2012-12-10T03:00:48Z host app web.1 - - hi'
}

@test "a body without a known type is refused, or read as --api says" {
  receive
  posts 415 image/png --data-binary x "$url/"
  stop logcat
  receive --api lines
  posts 204 image/png --data-binary x "$url/"
  run -0 stored
  assert_output x
}

@test "a request is taken whole or not at all" {
  receive
  posts 400 application/x-ndjson --data-binary $'{}\n{\n' "$url/"
  posts 400 application/logplex-1 --data-binary '2 ab9 c' "$url/logs"
  posts 400 application/logplex-1 -H 'Logplex-Msg-Count: 2' --data-binary '2 ab' "$url/logs"
  posts 204 text/plain --data-binary last "$url/"
  run -0 stored
  assert_output last
}

@test "compressed bodies" {
  lines 2000 >input
  receive
  gzip -c input | posts 204 text/plain -H 'Content-Encoding: gzip' --data-binary @- "$url/"
  zstd -qc input | posts 204 text/plain -H 'Content-Encoding: zstd' --data-binary @- "$url/"
  python3 -c 'import sys, zlib; sys.stdout.buffer.write(zlib.compress(open("input", "rb").read()))' |
    posts 204 text/plain -H 'Content-Encoding: deflate' --data-binary @- "$url/"
  stored >output
  cat input input input >expected
  assert_same_lines expected output
}

@test "a bomb is refused before it fills the memory" {
  receive --max-body 1M
  head -c 1G /dev/zero | gzip -1 >bomb
  posts 413 text/plain -H 'Content-Encoding: gzip' --data-binary @bomb "$url/"
  posts 413 text/plain --data-binary @bomb "$url/"
  assert_memory_below 65536 logcat
}

@test "no answer before the messages are safe, and 503 when that takes too long" {
  receive --answer-timeout 300ms
  posts 204 text/plain --data-binary first "$url/"
  stop_sink
  posts 503 text/plain -D head --data-binary second "$url/"
  grep -qi '^retry-after: 1' head
  continue_sink
  eventually holds 2
}

@test "a request that is repeated with its id adds nothing" {
  receive --answer-timeout 300ms
  stop_sink
  posts 503 application/logplex-1 -H 'Logplex-Frame-Id: A' --data-binary '5 first' "$url/logs"
  start repeated curl -sS -o /dev/null -w '%{http_code}' -m 20 -H 'Logplex-Frame-Id: A' --retry 20 --retry-delay 1 \
    -H 'Content-Type: application/logplex-1' --data-binary '5 first' "$url/logs"
  continue_sink
  finish repeated
  [[ $(cat repeated.out) == *204 ]]
  posts 204 application/logplex-1 -H 'Logplex-Frame-Id: A' --data-binary '5 first' "$url/logs"
  posts 204 application/logplex-1 -H 'Logplex-Frame-Id: B' --data-binary '6 second' "$url/logs"
  run -0 stored
  assert_output 'first
second'
}

@test "clients of Elasticsearch and Splunk read refusals in their own words" {
  printf 'web t.1\n' >tokens
  receive --tokens tokens --answer-timeout 300ms
  local document=$'{"create":{}}\n{}\n'
  posts 401 application/json -D head --data-binary "$document" "$url/_bulk"
  grep -qi '^www-authenticate: basic' head
  assert_equal "$(python3 -c 'import json; print(json.load(open("answer"))["error"]["type"])')" security_exception
  posts 401 application/json --data-binary '{"event":"x"}' "$url/services/collector"
  assert_equal "$(cat answer)" '{"text":"Invalid authorization","code":3}'
  stop_sink
  posts 503 application/json -D head -u :t.1 --data-binary "$document" "$url/_bulk"
  grep -qi '^retry-after: 1' head
  assert_equal "$(python3 -c 'import json; print(json.load(open("answer"))["error"]["reason"])')" 'the messages are not safe yet'
  posts 503 application/json -u :t.1 --data-binary '{"event":"x"}' "$url/services/collector"
  assert_equal "$(cat answer)" '{"text":"Server is busy","code":9}'
}

@test "tokens: 401 without, in each scheme with; read again after SIGHUP" {
  printf 'web t.1\n' >tokens
  receive --tokens tokens --format '%{message}'
  posts 401 text/plain -D head --data-binary x "$url/"
  grep -qi '^www-authenticate: basic' head
  posts 401 text/plain -H 'Authorization: Bearer t.2' --data-binary x "$url/"
  posts 204 text/plain -H 'Authorization: Bearer t.1' --data-binary bearer "$url/"
  posts 204 text/plain -u token:t.1 --data-binary basic "$url/"
  printf 'web t.1\napp t.2\n' >new && mv new tokens
  kill -HUP "${pid[logcat]}"
  accepted() { [[ $(post text/plain -H 'Authorization: Splunk t.2' --data-binary splunk "$url/") == 204 ]]; }
  eventually accepted
  run -0 stored
  assert_output 'bearer
basic
splunk'
}

@test "tokens are read again when their file is replaced or written to" {
  printf 'web t.1\n' >tokens
  receive --tokens tokens
  answered() { [[ $(post text/plain -u ":$1" --data-binary x "$url/") == "$2" ]]; }
  eventually answered t.1 204
  printf 'app t.2\n' >new && mv new tokens
  eventually answered t.2 204
  eventually answered t.1 401
  printf 'app t.33\n' >tokens
  eventually answered t.33 204
  rm tokens
  complained() {
    answered t.33 204
    grep -q 'tokens: .*; what was read before stays in use' logcat.err
  }
  eventually complained
  answered t.33 204
}

@test "the name of the token is a field, and a proxy says where a request comes from" {
  printf 'web t.1\n' >tokens
  receive --tokens tokens --trust-proxy 127.0.0.1 --trust-proxy 10.0.0.9 --add-peer \
    --format '%{token_name} %{peer_identity} %{peer_address} %{message}'
  posts 204 text/plain -u :t.1 --data-binary direct "$url/"
  posts 204 text/plain -u :t.1 -H 'X-Forwarded-For: 1.1.1.1, 192.0.2.7, 10.0.0.9' --data-binary proxied "$url/"
  posts 204 text/plain -u :t.1 -H 'X-Forwarded-For: <script>' --data-binary nonsense "$url/"
  run -0 stored
  assert_output 'web web 127.0.0.1 direct
web web 192.0.2.7 proxied
web web 127.0.0.1 nonsense'
}

@test "a damaged file of tokens is reported, and the old ones stay in use" {
  printf 'web t.1\n' >tokens
  receive --tokens tokens
  echo 'web secret.2 more' >tokens
  kill -HUP "${pid[logcat]}"
  eventually grep -q 'tokens: line 1 is not NAME TOKEN' logcat.err
  posts 204 text/plain -u :t.1 --data-binary x "$url/"
  if grep -q secret logcat.err; then fail "a token is shown"; fi
  quietly logcat http://127.0.0.1:0 --tokens tokens
  assert_status 78
  assert_complaint logcat 'line 1 is not NAME TOKEN'
}

@test "health is 200, and 503 with the reason while the sink takes nothing" {
  receive --answer-timeout 60s
  [[ $(curl -sS "$url/health") == OK ]]
  [[ $(curl -sS "$url/healthcheck") == OK ]]
  [[ $(curl -sS "$url/ready") == ready ]]
  [[ $(curl -sS -o /dev/null -w '%{http_code}' -X DELETE "$url/health") == 405 ]]
  stop_sink
  lines 100000 >input
  start posting curl -sS -H 'Content-Type: text/plain' --data-binary @input "$url/"
  unhealthy() { [[ $(curl -sS -m 5 -o answer -w '%{http_code}' "$url/health") == 503 ]]; }
  eventually unhealthy
  grep -q 'the sink has taken no messages for' answer
  continue_sink
  finish posting
  healthy() { [[ $(curl -sS "$url/health") == OK ]]; }
  eventually healthy
  holds 100000
}

@test "methods: OPTIONS, HEAD and others" {
  receive
  curl -sS -D head -o /dev/null -X OPTIONS "$url/"
  grep -q '^HTTP/1.1 204' head
  grep -qi '^allow: POST, PUT, OPTIONS' head
  [[ $(curl -sS -o /dev/null -w '%{http_code}' "$url/other") == 405 ]]
  [[ $(curl -sS -I -o /dev/null -w '%{http_code}' "$url/health") == 200 ]]
  posts 204 text/plain -X PUT --data-binary x "$url/"
}

@test "requests on one connection are answered in their order" {
  receive
  {
    for i in 1 2 3; do
      printf 'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\n%s' $i
    done
    printf 'GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
  } | socat -t 20 - "TCP:127.0.0.1:$(port_of logcat)" >answers
  run -0 grep -a '^HTTP/1.1' answers
  assert_output $'HTTP/1.1 204 No Content\r\nHTTP/1.1 204 No Content\r\nHTTP/1.1 204 No Content\r\nHTTP/1.1 200 OK\r'
  run -0 stored
  assert_output $'1\n2\n3'
}

@test "a chunked upload, and one that waits for 100 Continue" {
  lines 20000 >input
  receive
  posts 204 text/plain -H 'Transfer-Encoding: chunked' --data-binary @input "$url/"
  posts 204 text/plain -H 'Expect: 100-continue' --data-binary @input "$url/"
  stored >output
  cat input input >expected
  assert_same_lines expected output
}

@test "another status than 204, and a note for each answer" {
  receive --response-status 200 --log-requests
  posts 200 text/plain --data-binary x "$url/some/path"
  eventually grep -q "127.0.0.1:[0-9]* \"POST /some/path\" 200" logcat.err
}

@test "SIGTERM: what was taken is answered, and the rest is not taken" {
  receive --answer-timeout 60s
  stop_sink
  start posting curl -sS -o /dev/null -w '%{http_code}' -H 'Content-Type: text/plain' --data-binary x "$url/"
  taken() { kill -USR1 "${pid[logcat]}" && grep -q '1 request unanswered' logcat.err; }
  eventually taken
  kill -TERM "${pid[logcat]}"
  continue_sink
  finish logcat
  assert_status 0
  finish posting
  [[ $(cat posting.out) == 204 ]]
  holds 1
}

@test "bytes that are no request are refused, and reported once" {
  receive
  run -0 bash -c "printf 'HELO there\r\n\r\n' | socat -t 20 - TCP:127.0.0.1:$(port_of logcat)"
  [[ ${lines[0]} == 'HTTP/1.1 400 Bad Request'* ]]
  eventually grep -q 'receive HTTP from 127.0.0.1:[0-9]*: this is no valid HTTP request' logcat.err
  posts 204 text/plain --data-binary x "$url/"
}

@test "a thousand slow clients neither stop the others nor fill the memory" {
  receive --request-timeout 2s --max-connections 2000
  cat >slow.py <<'END'
import socket, sys
clients = []
for i in range(1000):
    client = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 1000000\r\n\r\n" + b"x" * (i % 700))
    clients.append(client)
print("connected", flush=True)
statuses = {client.recv(12) for client in clients}
print(statuses, flush=True)
END
  ulimit -Sn 4096
  start slow python3 slow.py "$(port_of logcat)"
  eventually grep -q connected slow.out
  lines 1000 >input
  posts 204 text/plain --data-binary @input "$url/"
  finish slow
  grep -qF "{b'HTTP/1.1 408'}" slow.out
  holds 1000
  assert_memory_below 65536 logcat
}

@test "https, with a client's certificate, whose name is the sender's" {
  SCHEME=https receive --tls-cert-file "$CERTS/good.pem" --tls-key-file "$CERTS/good.key" --tls-ca-file "$CERTS/ca.pem"
  local port
  port=$(port_of logcat)
  posts 204 text/plain --cacert "$CERTS/ca.pem" --cert "$CERTS/client.pem" --key "$CERTS/client.key" --data-binary x \
    "https://localhost:$port/"
  run ! curl -sS --cacert "$CERTS/ca.pem" --data-binary x "https://localhost:$port/"
  run -0 stored
  assert_output x
}

# The APIs that logsend http:// speaks: with logcat http:// at the other end, and with servers that take only some.
#
# shellcheck shell=bash

load helper
load http

# Messages with what is hard to carry: bytes that are not UTF-8, NULs, quotes, a long one. In octet framing. Their
# structured data ends with $1.
hard_messages() {
  python3 - "${1-}" <<'END'
import sys
texts = [b"plain", b'"quoted" \\ and {"json":1}', b"tab\tand\x00NUL and\nline", b"caf\xe9 \xff\xfe", "caf\u00e9 \U0001f600".encode(),
         b"- [a b=\"c\"] dash", b"x" * ((1 << 20) - 4096), bytes(range(256)) * 4]
for number, text in enumerate(texts, 1):
    message = (b'<%d>1 2026-11-28T10:00:%02d.25%04dZ h app.%d %d m%d [x@1 y="z\\"\\]" e="\\\\"]%s %s'
               % (8 * number + number % 8, number, number, number % 2, number, number, sys.argv[1].encode(), text))
    sys.stdout.buffer.write(b"%d %s" % (len(message), message))
END
}

# All fields of the messages on stdin, in octet framing.
fields() {
  logcat --input-framing octet --max-message 8MiB --parse "$1" --format '%{hostname}|%{appname}|%{procid}|%{msgid}|%{facility}|%{severity}|%{structured_data}|%{message}' -
}

# What arrives at logcat http:// of the buffer "out".
send() {
  logbuf peek out -- logsend --parse rfc5424 --api "$1" --retry-time 60s "$url/" && logbuf rewind --to 1 out
}

arrive() { logbuf pop -F octet q | fields "$1"; }

prepare() {
  hard_messages "$@" | logbuf push -F octet --retain-size 1GiB out
  hard_messages "$@" | fields rfc5424 >sent
  receive --max-message 8MiB
}

@test "fields arrive as they were sent, odd bytes and a long message too, by each API that has fields" {
  prepare '[two]'
  for api in ndjson json bulk hec loki otlp; do
    send "$api"
    arrive json >arrived
    cmp <(sort sent) <(sort arrived) || fail "by $api"
  done
}

@test "logplex frames leave structured data out, and all else arrives as it was sent" {
  prepare
  send logplex
  arrive rfc5424 >arrived
  sed -i -E 's/\[x@1 y="z\\"\\]" e="\\\\"\]//' sent
  cmp <(sort sent) <(sort arrived)
}

@test "Heroku's example of a logplex frame, byte for byte" {
  start_server peer python3 "$ROOT/tests/web_service.py" body
  logsend --api logplex "http://127.0.0.1:$(port_of peer)/logs" <<<'<190>1 2012-12-10T03:00:48Z host app web.1 - - hi'
  assert_equal "$(cat body)" '47 <190>1 2012-12-10T03:00:48Z host app web.1 - hi'
}

@test "times arrive as they were sent" {
  printf '<13>1 2026-11-28T10:00:%sZ h a - - - x\n' 00 01.5 02.123456 >input
  receive
  for api in bulk hec loki otlp; do logsend --api "$api" "$url/" <input; done
  logbuf cat q | logcat --parse json --format '%{timestamp}' - | sed -E 's/(\.[0-9]*[1-9])0*Z/\1Z/; s/\.0+Z/Z/' | sort | uniq -c >times
  assert_equal "$(sed 's/^ *//' times)" "4 2026-11-28T10:00:00Z
4 2026-11-28T10:00:01.5Z
4 2026-11-28T10:00:02.123456Z"
}

@test "a document that is sent again has the same _id, which says whose message it is" {
  lines 100 | logbuf push out
  logbuf consumer add out holds # what is acknowledged
  receive
  ids() { logbuf cat q | grep -o '"_id":".*"'; }
  logbuf peek out -- logsend "$url/logs/_bulk"
  ids >first
  assert_equal "$(sort -u first | wc -l)" 100
  assert_equal "$(head -n 1 first)" "\"_id\":\"$(logbuf stat --json out | python3 -c 'import json, sys; print(json.load(sys.stdin)["uuid"])')/2:1\""
  logbuf rewind --to 1 out
  logbuf peek out -- logsend "$url/logs/_bulk"
  ids >both
  assert_equal "$(wc -l <both)" 200
  assert_equal "$(tail -n 100 both)" "$(cat first)"
}

@test "_index and _id of an event go where Elasticsearch has them" {
  receive
  logsend "$url/_bulk" <<<'{"message":"x","_index":"logs","_id":"7"}'
  run -0 logbuf cat q
  assert_line --partial '"message":"x","_index":"logs","_id":"7"}'
}

# ---- servers that take only some

peer() { start_server peer python3 "$ROOT/tests/http_apis_peer.py" "$@" && url=http://127.0.0.1:$(port_of peer); }

@test "bulk: each document has a fate of its own" {
  peer bulk
  printf '%s\n' one busy spoiled twice two 'busy too' >input
  quietly logsend --on-reject dead-letter:dead "$url/_bulk" <input
  assert_status 0
  assert_equal "$(sort taken)" $'busy\nbusy too\none\ntwice\ntwo'
  assert_equal "$(logbuf cat dead)" spoiled
  [[ $stderr == *'400 document_parsing_exception: it is spoiled'* ]]
}

@test "HEC: a message is safe when the server confirms it, and not when it has answered" {
  peer hec --confirm 3
  lines 100 >input
  logbuf push out <input
  logbuf peek out -- logsend "$url/services/collector/event"
  assert_equal "$(logbuf stat --json out | python3 -c 'import json, sys; print(json.load(sys.stdin)["consumers"][0]["acknowledged"])')" 100
  (($(grep -c /ack requests) >= 3))
  assert_equal "$(wc -l <taken)" 100
}

@test "HEC: what a server forgot before it confirmed it is sent again" {
  peer hec --confirm 0
  local at=${url##*:}
  echo message | logbuf push out
  start hop logbuf peek out -- logsend --ack-timeout 2s "$url/services/collector/event"
  eventually grep -qs /ack requests
  stop peer KILL
  start_server peer python3 "$ROOT/tests/http_apis_peer.py" hec --port "$at"
  finish hop
  assert_status 0
  assert_equal "$(cat taken)" message
  grep -q 'did not confirm messages within 2 s' hop.err
}

@test "OTLP: a rejected record is found, and the others are taken" {
  peer otlp
  lines 30 | sed 's/$/ good/' >input
  printf '<13>1 - - - - - - %s\n' 'spoiled one' >>input
  lines 30 2 | sed 's/$/ good/' >>input
  quietly logsend --on-reject dead-letter:dead "$url/v1/logs" <input
  assert_status 0
  assert_equal "$(logbuf cat dead)" '<13>1 - - - - - - spoiled one'
  assert_equal "$(sort -u taken | wc -l)" 60
}

@test "OTLP: traces of mulog are spans at the path of traces, and other events records at that of logs" {
  peer otlp
  local outer=5DlONZ7_ozYr6z-aZt9u7F---------- child=5DlONZ7_ozYr6z-aZt9u7F---------0
  {
    echo one
    echo "{\"mulog/event-name\":\"pay\",\"mulog/trace-id\":\"$child\",\"mulog/duration\":5,\"mulog/parent-trace\":\"$outer\",\"mulog/root-trace\":\"$outer\"}"
    echo two
    echo "{\"mulog/event-name\":\"shop\",\"mulog/trace-id\":\"$outer\",\"mulog/duration\":9,\"mulog/root-trace\":\"$outer\"}"
  } | logsend "$url/v1/logs"
  sort taken >sorted
  run cat sorted
  local id
  id=$(sed -n 's/.*shop in None, //p' taken)
  assert_output --regexp "^/v1/traces: pay in $id, [0-9a-f]{16}
/v1/traces: shop in None, [0-9a-f]{16}
one
two\$"
  assert_equal "$(cut -d ' ' -f 1 requests | sort | uniq -c | xargs)" "1 /v1/logs 1 /v1/traces"
}

@test "--labels chooses Loki's labels, and a field that is none, or too many, is a usage error" {
  receive
  logsend --labels procid "$url/loki/api/v1/push" <<<'<13>1 2026-11-28T10:00:00.000000Z h a 1 - - x'
  run -0 logbuf cat q
  assert_output --partial '"hostname":"h","appname":"a","procid":"1"'
  quietly logsend --labels 'hostname,pri[' "$url/loki/api/v1/push" </dev/null
  assert_status 64
  assert_complaint logsend 'no field has the name "pri["'
  quietly logsend --labels "$(seq -s, -f 'f%g' 16)" "$url/loki/api/v1/push" </dev/null
  assert_status 64
  assert_complaint logsend 'no more than 15'
}

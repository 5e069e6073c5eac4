# logsend http://: what it sends, and what answers mean to it. The peer is tests/http_peer.py; others are in
# http_out_peers.bats.
#
# shellcheck shell=bash

load helper
load http

acknowledged() { [[ $(logbuf consumer ls q | cut -f 2,3) == $'0\t0' ]]; }
said() { grep -q "$1" logsend.err; }

# Whoever waits is told to go on now: SIGHUP reaches the sink of the hop.
logbuf_reload() {
  eventually waiting
  pkill -HUP -P "${pid[logsend]}"
}
waiting() {
  pkill -USR1 -P "${pid[logsend]}"
  tail -n 1 logsend.err | grep -q 'logsend: .*waiting [0-9]* s'
}

is_full() {
  kill -USR1 "${pid[logsend]}"
  grep -Eq '[0-9]{5} messages waiting' logsend.err
}

@test "lines in requests of as many messages as asked for" {
  answer 200
  lines 25 >input
  run -0 logsend --batch-messages 10 --batch-time 1h "$url/in?x=1" <input
  assert_output ""
  assert_same_lines input taken
  run -0 sent '"\(.line) \(.headers["content-type"]) \(.body | split("\n") | length - 1)"'
  assert_output "POST /in?x=1 HTTP/1.1 text/plain; charset=utf-8 10
POST /in?x=1 HTTP/1.1 text/plain; charset=utf-8 10
POST /in?x=1 HTTP/1.1 text/plain; charset=utf-8 5"
}

@test "what rules do is explained, and what --set cannot do is said" {
  answer 200
  quietly -0 logsend --rule '[a] := "b"' --explain --set 'severity=%{message}' "$url" <<<one
  assert_equal "$stderr" 'logsend: set severity to "one": no severity has this name or number
logsend: message 1: "one"
logsend: message 1: --rule:1: [a] := "b": a = "b"'
  run -0 sent .body
  assert_output -p '"message":"one","a":"b"}'
}

@test "requests have as many bytes as asked for, and a longer message goes alone" {
  answer 200
  printf '%s\n' aaaa bbbb cccccccccccccccc dddd >input
  logsend --batch-bytes 10 --batch-time 1h "$url" <input
  assert_same_lines input taken
  run -0 sent '.body | length'
  assert_output $'10\n17\n5'
}

@test "a request waits for more messages as long as asked for" {
  answer 200
  mkfifo pipe
  exec 5<>pipe
  start logsend bash -c 'exec logsend --batch-time 300ms "$0" <pipe' "$url"
  echo one >&5
  echo two >&5
  eventually took 1
  exec 5>&-
  stop logsend
  run -0 sent .body
  assert_output $'one\ntwo'
}

@test "the API follows from the path, the content type, or --api" {
  answer 200
  echo '{"a":1}' | logsend "$url/logs"
  echo '{"a":1}' | logsend --content-type application/json "$url/in"
  echo '{"a":1}' | logsend --api ndjson "$url/logs"
  run -0 sent '"\(.headers["content-type"]) \(.headers["logplex-msg-count"]) \(.body)"'
  assert_line --index 0 --regexp '^application/logplex-1 1 [0-9]+ <13>1 .* - \{"a":1\}$'
  assert_line --index 1 'application/json null [{"a":1}]'
  assert_line --index 2 'application/x-ndjson null {"a":1}'
}

@test "what is no JSON becomes an event, and --format has the last word" {
  answer 200
  echo '<13>1 2024-03-01T12:00:00Z h app - - - hi' | logsend --api ndjson "$url"
  echo '<13>1 2024-03-01T12:00:00Z h app - - - hi' | logsend --api ndjson --format '"%{message}"' "$url"
  run -0 cat taken
  assert_output '{"timestamp":"2024-03-01T12:00:00Z","hostname":"h","appname":"app","facility":"user","severity":"notice","message":"hi"}
"hi"'
}

@test "messages that --where leaves out are as safe as those before them" {
  answer 200
  printf '<11>a: one\n<15>a: two\n<11>a: three\n' >input
  run -0 logsend -i -r --where 'severity <= err' "$url" < <(nl -w 1 input)
  assert_line 3
  assert_equal "$(cat taken)" $'<11>a: one\n<11>a: three'
}

@test "fields in the URL, percent-encoded, with requests of their own" {
  answer 200
  for name in a a/b .. 'ü%{x}' a; do echo "<13>1 - h $name - - - hi"; done >input
  logsend --format '%{message}' "$url/logs-%{appname}/_x?h=%{hostname}" --api lines <input
  run -0 sent '"\(.line) \(.body)"'
  assert_output --partial 'POST /logs-a/_x?h=h HTTP/1.1 hi
hi'
  assert_output --partial 'POST /logs-a%2Fb/_x?h=h HTTP/1.1 hi'
  assert_output --partial 'POST /logs-_./_x?h=h HTTP/1.1 hi'
  assert_output --partial 'POST /logs-%C3%BC%25%7Bx%7D/_x?h=h HTTP/1.1 hi'
  quietly logsend "$url/%{nonsense name}" <input
  assert_status 64
  assert_complaint logsend 'no field is named'
}

@test "headers, in the command line and in a file, instead of others of that name" {
  answer 200
  printf '# secret\nX-Key: k\n' >headers
  echo hi | logsend --header 'X-One: 1' --header 'content-type: a/b' --header-file headers --method PUT "$url"
  run -0 sent '"\(.line) \(.headers["x-one"]) \(.headers["x-key"]) \(.headers["content-type"])"'
  assert_output 'PUT / HTTP/1.1 1 k a/b'
  quietly logsend --header nonsense "$url" </dev/null
  assert_status 64
  assert_complaint logsend '--header'
  echo nonsense >headers
  quietly logsend --header-file headers "$url" </dev/null
  assert_status 78
  assert_complaint logsend 'read headers headers: a header is written NAME: VALUE'
}

@test "credentials: Basic, or a token" {
  answer 200
  echo 'user:pass' >both
  echo 'secret' >token
  echo a | logsend --credentials both "$url"
  echo b | logsend --credentials token "$url"
  echo c | logsend "http://u:p@127.0.0.1:$port"
  run -0 sent '.headers.authorization'
  assert_output "Basic $(printf user:pass | base64)
Bearer secret
Basic $(printf u:p | base64)"
}

@test "bodies are compressed as asked, also those that are made while another is under way" {
  answer 200
  lines 1000 >input
  logsend --compress gzip --batch-messages 100 "$url" <input
  assert_same_lines input taken
  assert_equal "$(sent '.headers["content-encoding"]' | uniq -c | xargs)" "10 gzip"
}

@test "through a proxy, as curl has it" {
  answer 200
  echo hi | http_proxy=$url logsend http://logs.invalid:81/in
  run -0 sent '"\(.line) \(.headers.host)"'
  assert_output 'POST http://logs.invalid:81/in HTTP/1.1 logs.invalid:81'
}

@test "through the proxy of --proxy, with its credentials, whatever the environment says" {
  answer 200
  echo user:secret >credentials
  echo hi | http_proxy=http://127.0.0.1:1 logsend --proxy "$url" --proxy-credentials credentials http://logs.invalid:81/in
  run -0 sent '"\(.line) \(.headers["proxy-authorization"])"'
  assert_output "POST http://logs.invalid:81/in HTTP/1.1 Basic $(printf user:secret | base64)"
}

@test "an empty --proxy is none, and hosts of no_proxy need none" {
  answer 200
  echo one | http_proxy=http://127.0.0.1:1 logsend --proxy '' "$url/in"
  echo two | no_proxy=127.0.0.1 logsend --proxy http://127.0.0.1:1 "$url/in"
  assert_equal "$(cat taken)" $'one\ntwo'
}

@test "a proxy's password is not taken from the command line, nor a proxy that is none" {
  quietly logsend --proxy http://user:secret@127.0.0.1:1 http://127.0.0.1:2 </dev/null
  assert_status 64
  assert_complaint logsend --proxy-credentials
  [[ $stderr != *secret* ]]
  quietly logsend --proxy ftp://127.0.0.1:1 http://127.0.0.1:2 </dev/null
  assert_status 64
  assert_complaint logsend socks5
}

@test "a proxy that refuses the credentials is for somebody to mend" {
  answer 407 200
  logbuf push q <<<hi
  echo user:old >credentials
  start logsend logbuf peek -f q -- logsend --proxy "$url" --proxy-credentials credentials http://logs.invalid/in
  eventually took 1
  echo user:new >credentials
  logbuf_reload
  eventually acknowledged
  run -0 sent '.headers["proxy-authorization"]'
  assert_output "Basic $(printf user:old | base64)
Basic $(printf user:new | base64)"
}

@test "--idle-timeout closes a connection that is not used, and the next request opens another" {
  answer 200
  mkfifo messages
  start logsend sh -c 'exec logsend --idle-timeout 100ms "$1" <messages' - "$url"
  exec 7>messages
  echo one >&7
  eventually took 1
  eventually has_no_connection
  echo two >&7
  eventually took 2
  exec 7>&-
  finish logsend
  assert_equal "$(cat taken)" $'one\ntwo'
}
has_no_connection() { [[ -z $(ss -Htn state established "dport = :$port") ]]; }

@test "503 and others: the same request again, with the same key, after Retry-After" {
  answer '503;Retry-After: 1' 429 408 500 200
  lines 10 >input
  logsend "$url" <input 2>logsend.err
  assert_same_lines input taken
  run -0 sent '.headers["idempotency-key"] + .body'
  assert_equal "$(sent '.headers["idempotency-key"] + (.body | @json)' | sort -u | wc -l)" 1
  assert_equal "$(grep -c 'trying again' logsend.err)" 1
  said 'the server takes messages again'
}

@test "an answer that is cut off, early, or does not come is no receipt" {
  answer cut close never early 200
  lines 60000 >input
  logsend --batch-bytes 64M --batch-messages 100000 --window 64M --batch-time 1h --timeout 1s "$url" <input
  assert_same_lines input taken
  run -0 sent .status
  assert_output $'0\n0\n0\n0\n200'
}

@test "an answer without an end is read as far as it is of use" {
  answer endless
  echo hi | logsend "$url"
  assert_equal "$(wc -l <requests)" 1
}

@test "401, 403, 404 and 3xx keep messages, with one warning, until that is mended" {
  answer 401 403 404 '302;Location: /other' 200
  echo old >token
  logbuf push q < <(lines 10 | tee input)
  start logsend logbuf peek -f q -- logsend --credentials token "$url"
  for try in 1 2 3 4; do
    eventually took "$try"
    echo "new$try" >token
    logbuf_reload
  done
  eventually acknowledged
  assert_same_lines input taken
  assert_equal "$(grep -c 'again now and then' logsend.err)" 1
  run -0 sent '.headers.authorization'
  assert_output $'Bearer old\nBearer new1\nBearer new2\nBearer new3\nBearer new4'
}

@test "413 divides requests, and later ones are smaller from the start" {
  answer over=20000
  lines 4000 >input
  logsend --batch-bytes 256k --batch-time 1h "$url" <input
  assert_same_lines input taken
  (($(sent 'select(.status == 413) | .status' | wc -l) < 12))
}

@test "a message that is too large alone is rejected" {
  answer over=100
  { echo one; head -c 200 /dev/zero | tr '\0' x; echo; echo two; } >input
  quietly logsend --on-reject drop --batch-time 1h "$url" <input
  assert_status 0
  assert_complaint logsend 'the server rejected "xxxx'
  assert_equal "$(cat taken)" $'one\ntwo'
}

@test "the guilty message is found, and those before it are safe" {
  answer guilty
  { lines 100; echo guilty; lines 100; } | nl -w 1 >input
  quietly logsend -i -r --batch-time 1h "$url" <input
  assert_status 65
  assert_complaint logsend 'the server rejects a message: 400'
  assert_equal "${lines[-1]}" 100
}

@test "guilty messages are dropped and said" {
  answer guilty=422
  { lines 50; echo guilty 1; lines 50; echo guilty 2; } >input
  quietly logsend --on-reject drop --batch-time 1h "$url" <input
  assert_status 0
  grep -v guilty input >expected
  assert_same_lines expected taken
  [[ ${#stderr_lines[@]} -eq 2 && $stderr == *'"guilty 1" ("422'*'"guilty 2" ("422'* ]]
}

@test "guilty messages go to the dead letters" {
  answer guilty
  { lines 50; echo guilty 1; lines 50; echo guilty 2; } >input
  logsend --on-reject dead-letter:dead --batch-time 1h "$url" <input
  grep -v guilty input >expected
  assert_same_lines expected taken
  run -0 logbuf cat dead
  assert_output $'guilty 1\nguilty 2'
}

@test "what can stand in no request is rejected in its place" {
  answer 200
  printf '{"a":1}\n\n{"b":2}\n' >input
  quietly logsend -0 --api ndjson --format '%{message}' --on-reject drop "$url" < <(tr '\n' '\0' <input)
  assert_status 0
  assert_equal "$(cat taken)" $'{"a":1}\n{"b":2}'
}

@test "--give-up drops after so many requests, and counts" {
  answer 500 500 200
  printf '1\n2\n' >input
  quietly logsend --give-up 2 --batch-time 1h "$url" <input
  assert_status 0
  [[ $stderr == *'after 2 requests, 2 messages are dropped'*'2 messages were dropped in all'* ]]
  [[ ! -s taken ]]
}

@test "several requests at the same time, with receipts that are true" {
  answer wait=0.3 wait=0.1 wait=0.2 wait=0.1
  lines 400 | nl -w 1 >input
  run -0 logsend -i -r --parallel 4 --batch-messages 20 --batch-time 1h "$url" <input
  assert_equal "${lines[-1]}" 400
  cut -f 2 input >expected
  assert_same_set expected taken
  (($(sent .busy | sort -n | tail -n 1) > 1))
}

@test "one request at a time keeps the order" {
  answer wait=0.02
  lines 400 >input
  logsend --batch-messages 20 "$url" <input
  assert_same_lines input taken
  assert_equal "$(sent .busy | sort -u)" 1
}

@test "the next server when one does not answer" {
  answer 503 200
  closed=$(free_port)
  echo hi | logsend "http://127.0.0.1:$closed" "$url/first" "$url/second"
  run -0 sent '"\(.line) \(.status)"'
  assert_output 'POST /first HTTP/1.1 503
POST /second HTTP/1.1 200'
}

@test "what is not answered in the time to drain is 75" {
  answer never
  quietly logsend --drain-time 300ms "$url" < <(lines 3)
  assert_status 75
  assert_complaint logsend '3 messages were not answered within 300 ms; run again'
}

@test "memory does not grow while a server takes nothing" {
  answer never
  lines 300000 >input
  start logsend bash -c 'exec logsend --timeout 1h "$0" <input' "$url"
  eventually took 1
  eventually is_full
  assert_memory_below 65536 logsend
}

@test "SIGTERM finishes what is under way" {
  answer wait=0.5
  logbuf push q < <(lines 5 | tee input)
  start logsend logbuf peek -f q -- logsend "$url"
  eventually took 1
  stop logsend
  assert_status 0
  acknowledged
  assert_same_lines input taken
}

@test "a hop goes to its fallback when no server is reached" {
  closed=$(free_port)
  logbuf push q < <(lines 5 | tee input)
  run -0 logbuf peek q --fallback 'logsend file:here' --fallback-after 100ms -- logsend "http://127.0.0.1:$closed"
  assert_same_lines input here
}

@test "the key of a request is the same after a restart, and another for other messages" {
  answer never 200
  logbuf push q < <(lines 5)
  quietly logbuf peek q -- logsend --drain-time 100ms "$url"
  assert_status 0
  [[ $stderr == *"exited with status 75"* ]]
  logbuf push q < <(lines 5)
  logbuf peek q -- logsend "$url"
  run -0 sent '.headers["idempotency-key"]'
  assert_equal "${lines[0]}" "${lines[1]}"
  [[ ${lines[2]} != "${lines[1]}" && ${#lines[2]} -eq 32 ]]
}

@test "logsend itself names http:// and has none of its options" {
  run -0 logsend --help
  assert_line --partial 'http://HOST[:PORT][/PATH], https://HOST[:PORT][/PATH]'
  refute_line --partial '--batch-bytes'
  run -0 logsend --help http://localhost
  assert_line --partial '--batch-bytes'
  quietly logsend --batch-bytes 1 tcp://127.0.0.1:1 </dev/null
  assert_status 64
  quietly logsend --relp-window 1 http://127.0.0.1:1 </dev/null
  assert_status 64
  assert_complaint logsend '--relp-window does not belong to http://'
  run -1 bash -c "ldd '$BIN/logsend' | grep curl"
}

has() { grep -qsx "$1" taken; }
has_new_rules() {
  echo '{"n":2}' >&5
  has '2 two'
}
@test "SIGHUP reads the rules again, and keeps them when there is a fault in them" {
  answer 200
  echo '[v] := "one"' >r.rules
  mkfifo input
  start logsend bash -c 'exec logsend --rules r.rules --format "%{n} %{v}" "$0" <input' "$url/in"
  exec 5>input
  echo '{"n":1}' >&5
  eventually has '1 one'
  echo '[v] := "two"' >r.rules
  kill -HUP "${pid[logsend]}"
  eventually has_new_rules
  echo '[v] ~ "three"' >r.rules
  kill -HUP "${pid[logsend]}"
  eventually said 'rules r.rules:1:5: expected :=.*what was loaded before stays in use'
  echo '{"n":3}' >&5
  eventually has '3 two'
  exec 5>&-
  finish logsend
  assert_status 0
}

# A hub: POST /logs and the API, with curl. The same tests are for every store: see hub.bash.
#
# shellcheck shell=bash

load helper
load http
load hub

M='<190>1 2012-12-10T03:00:48Z h'

# ---- in

@test "a message is stored in the channel of its token, under the token's name" {
  start_hub
  channel one app
  frames "$M ${token[app]} web.1 - - hi" >body
  logs 204 "token:${token[app]}" body
  assert_equal "$(messages one)" "$M app web.1 - - hi"
}

@test "with a channel's token all messages go to that channel, whatever they name" {
  start_hub
  channel one app
  channel two web
  frames "$M ${token[web]} web.1 - - hi" "$M other web.1 - hi" 'no syslog' >body
  logs 204 "token:${token[app]}" body -H 'Logplex-Msg-Count: 3'
  assert_equal "$(messages one)" "$M ${token[web]} web.1 - - hi
$M other web.1 - - hi
no syslog"
}

@test "a credential with any_channel writes each message to the channel of its token" {
  start_hub
  channel one app
  channel two web
  frames "$M ${token[app]} web.1 - - a" "$M ${token[web]} web.1 - - b" "$M ${token[app]} web.1 - - c" >body
  logs 204 router:pw body
  assert_equal "$(messages one)" "$M app web.1 - - a
$M app web.1 - - c"
  assert_equal "$(messages two)" "$M web web.1 - - b"
}

@test "messages without a channel are refused with a reason, and the others are taken" {
  start_hub
  channel one app
  frames "$M t.unknown web.1 - - a" "$M ${token[app]} web.1 - - b" 'no syslog' >body
  logs 422 router:pw body
  assert_equal "$(cat answer)" \
    '{"error":"2 messages had no token of a channel; all others were taken","malformed":[2],"unknown_token":[0]}'
  assert_equal "$(messages one)" "$M app web.1 - - b"
}

@test "what is refused, in the order of the checks" {
  start_hub
  channel one app
  frames "$M ${token[app]} web.1 - - hi" >body
  asks 405 "$url/logs"
  asks 401 -X POST "$url/logs"
  grep -qi '^www-authenticate: Basic realm=Logplex' head
  logs 401 token:t.unknown body
  logs 401 router:wrong body
  logs 403 nobody:pw body
  assert_equal "$(cat answer)" 'Credential not permitted to write to any channel.'
  asks 415 -u "token:${token[app]}" -H 'Content-Type: text/plain' --data-binary @body "$url/logs"
  printf '99 short' >short
  logs 400 "token:${token[app]}" short
  assert_equal "$(cut -c 1-22 answer)" 'Malformed log messages'
  logs 400 "token:${token[app]}" body -H 'Logplex-Msg-Count: 2'
  assert_equal "$(cat answer)" 'Message count mismatch'
  logs 400 "token:${token[app]}" body -H 'Logplex-Msg-Count: many'
  head -c 2000000 /dev/zero | tr '\0' x >long
  frames "$(cat long)" >longer
  logs 413 "token:${token[app]}" longer
  : >empty
  logs 204 "token:${token[app]}" empty
  holds one 0
}

@test "gzip, the other content type, and a slash at the end" {
  start_hub
  channel one app
  frames "$M ${token[app]} web.1 - - hi" | gzip >body.gz
  asks 204 -u "token:${token[app]}" -H 'Content-Type: application/x-logplex-1' -H 'Content-Encoding: gzip' \
    --data-binary @body.gz "$url/logs/"
  asks 400 -u "token:${token[app]}" -H 'Content-Type: application/logplex-1' -H 'Content-Encoding: gzip' \
    --data-binary 'no gzip' "$url/logs"
  holds one 1
}

@test "a request that is repeated with its frame id adds nothing" {
  start_hub
  channel one app
  channel two web
  frames "$M ${token[app]} web.1 - - a" "$M ${token[web]} web.1 - - b" >body
  logs 204 router:pw body -H 'Logplex-Frame-Id: A'
  logs 204 router:pw body -H 'Logplex-Frame-Id: A'
  logs 204 router:pw body -H 'Logplex-Frame-Id: B'
  holds one 2
  holds two 2
}

@test "syslog over TCP comes in through logcat and logsend" {
  start_hub
  channel one app
  channel two web
  start_server logcat logcat tcp://127.0.0.1:0 --print-address -- logsend --api logplex "http://router:pw@127.0.0.1:$port/logs"
  seq 1 500 | sed "s/.*/$M ${token[app]} web.1 - - a &/" >app
  seq 1 500 | sed "s/.*/$M ${token[web]} web.1 - - b &/" >web
  for name in app web; do
    python3 -c 'import sys; [sys.stdout.write(f"{len(line)} {line}") for line in open(sys.argv[1]).read().splitlines()]' "$name" |
      socat - "tcp:127.0.0.1:$(port_of logcat)"
  done
  eventually holds one 500
  eventually holds two 500
  messages one >stored
  sed "s/${token[app]}/app/" app >expected
  assert_same_lines expected stored
}

@test "logsend rejects the messages that have no channel, and sends no other twice" {
  start_hub
  channel one app
  seq 1 100 | sed "s/.*/$M ${token[app]} web.1 - - a &/; 30~30s/${token[app]}/t.unknown/" >input
  quietly logsend --api logplex --on-reject drop "http://router:pw@127.0.0.1:$port/logs" <input
  assert_status 0
  [[ $stderr == *'no channel has the token that it names'* ]]
  messages one >stored
  grep -v t.unknown input | sed "s/${token[app]}/app/" >expected
  assert_same_lines expected stored
}

# ---- the API, version 3

@test "v3: a channel is made, shown, changed and deleted" {
  start_hub
  api 201 PUT /v3/channels/one '{"tokens":["app","heroku"]}'
  assert_equal "$(golden)" '{"channel":"one","tokens":{"app":"t.UUID","heroku":"t.UUID"}}'
  cp answer made
  api 200 GET /v3/channels/one
  assert_same_lines made answer
  api 200 PUT /v3/channels/one '{"tokens":["app","new"]}'
  assert_equal "$(golden)" '{"channel":"one","tokens":{"app":"t.UUID","new":"t.UUID"}}'
  assert_equal "$(jq -r .tokens.app answer)" "$(jq -r .tokens.app made)"
  api 200 PUT /v3/channels/one '{}'
  assert_equal "$(golden)" '{"channel":"one"}'
  api 204 DELETE /v3/channels/one
  api 404 GET /v3/channels/one
  assert_equal "$(cat answer)" '{"error":"not found"}'
  api 404 DELETE /v3/channels/one
}

@test "v3: what is no payload, and no id" {
  start_hub
  for body in '{' '[]' '{"tokens":"app"}' '{"tokens":[1]}' '{"tokens":["two words"]}' '"x"'; do
    api 400 PUT /v3/channels/one "$body"
    [[ $(jq -r .error answer) == 'invalid payload'* ]]
  done
  for id in .hidden ..%2f..%2fetc a%20b -x "$(printf 'a%.0s' {1..129})"; do
    api 400 PUT "/v3/channels/$id" '{}'
  done
  api 404 PUT /v3/channels/%00 '{}'
  api 200 GET /v3/channels
  assert_equal "$(cat answer)" '{"channels":[]}'
}

@test "v3: tokens" {
  start_hub
  channel one app
  api 200 POST /v3/channels/one/tokens '{"name":"more"}'
  assert_equal "$(golden)" '{"token":"t.UUID","name":"more"}'
  api 400 POST /v3/channels/one/tokens '{}'
  api 404 POST /v3/channels/none/tokens '{"name":"more"}'
}

@test "v3: drains" {
  start_hub --max-drains 2
  channel one app
  api 201 POST /v3/channels/one/drains '{"url":"https://logs.example/x"}'
  assert_equal "$(golden)" '{"id":N,"token":"d.UUID","url":"https://logs.example/x"}'
  first=$(jq .id answer)
  grep -qi "^location: /v3/channels/one/drains/$first" head
  api 409 POST /v3/channels/one/drains '{"url":"https://logs.example/x"}'
  assert_equal "$(cat answer)" '{"error":"already exists"}'
  api 201 POST /v3/channels/one/drains '{}'
  assert_equal "$(golden)" '{"id":N,"token":"d.UUID"}'
  reserved=$(jq .id answer)
  api 422 POST /v3/channels/one/drains '{"url":"syslog://logs.example"}'
  assert_equal "$(cat answer)" '{"error":"maximum number of drains reached"}'
  api 200 GET /v3/channels/one
  assert_equal "$(jq -c '[.drains[].id]' answer)" "[$first]"
  api 200 PUT "/v3/channels/one/drains/$reserved" '{"url":"syslog+tls://logs.example:6514"}'
  assert_equal "$(golden)" '{"id":N,"token":"d.UUID","url":"syslog+tls://logs.example:6514"}'
  api 409 PUT "/v3/channels/one/drains/$reserved" '{"url":"https://logs.example/x"}'
  api 422 PUT "/v3/channels/one/drains/$reserved" '{"url":"file:///etc/passwd"}'
  api 400 PUT "/v3/channels/one/drains/$reserved" '{}'
  api 404 PUT /v3/channels/one/drains/7 '{"url":"https://logs.example/y"}'
  api 204 DELETE "/v3/channels/one/drains/$first"
  api 404 DELETE "/v3/channels/one/drains/$first"
  api 404 POST /v3/channels/none/drains '{}'
}

# ---- the API, versions 1 and 2

@test "v1 and v2: channels" {
  start_hub
  api 201 POST /channels '{"name":"my app","tokens":["app"]}'
  assert_equal "$(golden)" '{"channel_id":N,"tokens":{"app":"t.UUID"}}'
  id=$(jq -r .channel_id answer)
  for path in "/channels/$id/info" "/v2/channels/$id"; do
    api 200 GET "$path"
    assert_equal "$(golden)" '{"channel_id":N,"tokens":[{"name":"app","token":"t.UUID"}],"drains":[]}'
  done
  api 200 DELETE "/channels/$id"
  api 404 DELETE "/v2/channels/$id"
  assert_equal "$(cat answer)" 'Not found'
  api 404 GET "/v2/channels/$id"
}

@test "v1 and v2: tokens and drains" {
  start_hub --max-drains 2
  channel one app
  api 201 POST /channels/one/token '{"name":"a"}'
  assert_equal "$(golden)" t.UUID
  api 400 POST /channels/one/token '{}'
  api 201 POST /v2/channels/one/tokens '{"name":"b"}'
  assert_equal "$(golden)" '{"name":"b","token":"t.UUID"}'
  api 422 POST /v2/channels/one/tokens '{}'
  api 201 POST /channels/one/drains/tokens ''
  assert_equal "$(golden)" '{"id":N,"token":"d.UUID"}'
  reserved=$(jq .id answer)
  api 201 POST "/v2/channels/one/drains/$reserved" '{"url":"https://logs.example/"}'
  assert_equal "$(golden)" '{"id":N,"token":"d.UUID","url":"https://logs.example/"}'
  api 409 POST /v2/channels/one/drains '{"url":"https://logs.example/"}'
  api 201 POST /v2/channels/one/drains '{"url":"syslog://logs.example:514"}'
  api 422 POST /v2/channels/one/drains '{"url":"syslog://other.example:514"}'
  api 422 POST /v2/channels/one/drains '{}'
  api 404 POST /v2/channels/none/drains '{"url":"https://logs.example/"}'
  api 501 POST /channels/one/drains '{"host":"logs.example"}'
  api 200 DELETE "/v2/channels/one/drains/$reserved"
  api 404 DELETE "/v2/channels/one/drains/$reserved"
}

# ---- what it says of itself

@test "metrics for Prometheus, of the hub, of each channel and of each drain" {
  start_hub
  channel one app
  channel two web
  frames "$M ${token[app]} web.1 - - a" "$M ${token[app]} web.1 - - b" "$M t.unknown web.1 - - c" 'no syslog' >body
  logs 422 router:pw body
  api 200 GET /metrics
  grep -qi '^content-type: text/plain; version=0.0.4' head
  grep -v '^#' answer >metrics
  for line in 'hub_requests_total 1' 'hub_messages_total 2' 'hub_malformed_total 1' 'hub_unknown_token_total 1' \
    'hub_channel_received_total{channel="one"} 2' 'hub_channel_messages{channel="one"} 2' \
    'hub_channel_received_total{channel="two"} 0' 'hub_channel_messages{channel="two"} 0'; do
    grep -qxF "$line" metrics || fail "no line $line in $(cat metrics)"
  done
}

@test "statistics in the words of logplex, without zeros" {
  start_hub
  channel one app
  channel two web
  frames "$M ${token[app]} web.1 - - a" 'no syslog' >body
  logs 422 router:pw body
  api 200 GET /stats
  assert_equal "$(sed -E 's/ts=[0-9]{10}/ts=T/' answer)" 'm=logplex_stats ts=T message_received=1
m=logplex_stats ts=T message_malformed=1
m=logplex_stats ts=T channel_id=one message_received=1'
}

# ---- who may, and when

# routes_that_need PERMISSION: methods and paths, with channel "one".
routes_that_need() {
  grep -ohE "\{\"(GET|PUT|POST|DELETE)\", \"[^\"]+\", Part::[a-z_]+, Needs::$1" "$ROOT"/libcommon/hub/*.cc |
    sed -E 's/\{"([A-Z]+)", "([^"]+)".*/\1 \2/; s/\*/one/g'
}

@test "every route but the health checks and the page needs a credential with full_api or read_api" {
  start_hub
  channel one app
  routes_that_need '(full|read)_api' >routes
  (($(wc -l <routes) >= 30))
  while read -r method path; do
    asks 401 -X "$method" "$url$path"
    for wrong in nobody:pw router:pw admin:wrong "token:${token[app]}"; do
      asks 401 -u "$wrong" -X "$method" "$url$path"
    done
  done <routes
  asks 200 "$url/healthcheck"
  assert_equal "$(cat answer)" OK
  asks 200 "$url/v3/healthcheck"
  asks 404 "$url/v3/nothing"
  asks 200 "$url/"
  asks 404 "$url/nothing"
}

@test "a credential with read_api reads, and neither changes anything nor sees secrets" {
  start_hub
  channel one app
  drain 'https://user:hidden@logs.example/hidden' one
  routes_that_need full_api >changing
  routes_that_need read_api >reading
  (($(wc -l <changing) >= 20))
  (($(wc -l <reading) >= 10))
  while read -r method path; do
    CREDENTIAL=reader:pw api 403 "$method" "$path" '{"channel_id":"one"}'
  done <changing
  while read -r method path; do
    CREDENTIAL=reader:pw api "$([[ $method == GET ]] && echo 200 || echo 201)" "$method" "$path" '{"channel_id":"one"}'
    run grep -F -e hidden -e "${token[app]}" answer
    assert_failure 1
  done <reading
  CREDENTIAL=reader:pw api 200 GET /v3/channels/one/drains
  assert_equal "$(jq -r '.[].url' answer)" https://logs.example:443
  asks 403 -u reader:pw -H 'Content-Type: application/logplex-1' --data-binary '' "$url/logs"
}

@test "parts of it can be shut off, and made to change nothing" {
  start_hub --ingress disabled --api-mode read-only --legacy-api-mode disabled
  api 503 PUT /v3/channels/one '{}'
  api 404 GET /v3/channels/one
  api 503 GET /v2/channels/one
  asks 503 -u router:pw -X POST "$url/logs"
  asks 200 "$url/healthcheck"
}

@test "a request has an id, its own or a new one" {
  start_hub
  api 404 GET /v3/channels/one
  grep -qiE '^request-id: [0-9a-f-]{36}' head
  asks 404 -u admin:secret -H 'Request-Id: mine' "$url/v3/channels/one"
  grep -qi '^request-id: mine' head
}

@test "a token that was deleted stops working at once" {
  start_hub
  channel one app
  frames "$M ${token[app]} web.1 - - hi" >body
  logs 204 "token:${token[app]}" body
  api 200 PUT /v3/channels/one '{"tokens":["other"]}'
  logs 401 "token:${token[app]}" body
  logs 422 router:pw body
}

@test "credentials are private, and are read again when they change" {
  start_hub
  api 404 GET /v3/channels/one
  echo 'admin:changed full_api' >credentials.new
  chmod 600 credentials.new
  mv credentials.new credentials
  CREDENTIAL=admin:changed eventually api 404 GET /v3/channels/one
  api 401 GET /v3/channels/one
  stop hub
  chmod 644 credentials
  quietly "${hub_command[@]}" --credentials credentials
  assert_status 78
  assert_complaint "$hub_tool" "set its mode to 0600"
}

# Several nodes of a hub on one Redis server: what each does, the others know.
#
# shellcheck shell=bash disable=SC2034

HUB_STORE=redis
load helper
load http
load hub

# node NAME OPTION...: ${at[NAME]} is its URL; $url is that of the last one.
declare -gA at=()
node() {
  NAME=$1 start_hub --allow-local-drains "${@:2}"
  at[$1]=$url
}
on() { url=${at[$1]}; }
# How many nodes have processes for drains.
senders() {
  local name count=0
  for name in "${!at[@]}"; do
    ! pgrep -P "${pid[$name]}" >/dev/null || count=$((count + 1))
  done
  echo "$count"
}
one_sends() { [[ $(senders) == 1 ]]; }

@test "channels, tokens and messages are those of all nodes, and a deleted token works on none" {
  node a
  node b
  channel c web
  on a
  say one
  api 200 GET '/v3/channels/c/logs'
  on b
  api 200 GET '/v3/channels/c/logs'
  grep -q one answer
  api 200 PUT /v3/channels/c '{"tokens":[]}'
  for name in a b; do
    on "$name"
    logs 401 "token:${token[web]}" frame
  done
  api 204 DELETE /v3/channels/c
  on b
  api 404 GET /v3/channels/c
}

@test "any node answers a session, and a tail shows what every node takes" {
  node a
  node b
  channel c web
  say before
  api 201 POST /v2/sessions '{"channel_id":"c","tail":true}'
  session=$(jq -r .url answer)
  start tail curl -sSN "${at[a]}/sessions/${session##*/}"
  eventually grep -q before tail.out
  on b
  say 'from b'
  on a
  say 'from a'
  eventually grep -q 'from a' tail.out
  assert_equal "$(grep -o 'before\|from .' tail.out | paste -sd,)" 'before,from b,from a'
  on b
  api 204 DELETE /v3/channels/c
  finish tail
  assert_equal "$status" 0
}

@test "nodes that register drains at the same time keep to --max-drains" {
  node a --max-drains 3
  node b --max-drains 3
  channel c web
  for i in {1..12}; do
    name=$([[ $((i % 2)) == 0 ]] && echo a || echo b)
    start "drain$i" curl -sS -o "answer$i" -w '%{http_code}' -u admin:secret -X POST -d "{\"url\":\"https://logs.example/$i\"}" \
      "${at[$name]}/v3/channels/c/drains"
  done
  for i in {1..12}; do finish "drain$i"; done
  assert_equal "$(cat drain*.out | grep -o '201\|422' | sort | uniq -c | tr -s ' ' | paste -sd,)" ' 3 201, 9 422'
  api 200 GET /v3/channels/c
  assert_equal "$(jq '.drains | length' answer)" 3
}

@test "one node sends a drain, and another takes it over when that is killed" {
  node a
  node b
  node c
  channel c web
  receiver web
  api 201 POST /v3/channels/c/drains "{\"url\":\"$to/\"}"
  say m1
  eventually got web m1
  eventually one_sends
  for victim in "${!at[@]}"; do
    ! pgrep -P "${pid[$victim]}" >/dev/null || break
  done
  stop "$victim" KILL
  unset "at[$victim]"
  on "$(printf '%s\n' "${!at[@]}" | head -n 1)"
  for i in {2..9}; do say "m$i"; done
  eventually got web m9
  assert_equal "$(jq -j .body web.out | grep -o ' m[0-9]' | sort -u | wc -l)" 9
  eventually one_sends
}

@test "messages that a killed node's sender had are sent by the next one" {
  node a
  channel c web
  receiver silent silent
  api 201 POST /v3/channels/c/drains "{\"url\":\"$to/\"}"
  drain=$(jq .id answer)
  say m1
  lags() { redis store xpending '{hub}:log:c' "$(jq -r .token drain.json)" | grep -qx 1; }
  api 200 GET /v3/channels/c/drains
  jq '.[0]' answer >drain.json
  eventually lags
  kill -KILL -- $(pgrep -P "${pid[a]}") "${pid[a]}"
  stop silent KILL
  node b
  receiver web
  api 200 PUT "/v3/channels/c/drains/$drain" "{\"url\":\"$to/\"}"
  eventually got web m1
}

@test "a reader without the lease ends, and one that loses it dies with its sink" {
  start_redis store
  key='{hub}:log:c:sole:d'
  quietly logredis peek -f --stream -c d --lease mine "$(url_of store)" '{hub}:log:c' -- logbuf push q
  assert_status 75
  assert_complaint logredis 'another process has the lease'
  redis store set "$key" mine PX 6000
  start reader logredis peek -f --stream -c d --lease mine "$(url_of store)" '{hub}:log:c' -- logbuf push q
  renewed() { (($(redis store pttl "$key") > 5000)); }
  eventually pgrep -P "${pid[reader]}"
  sink=$(pgrep -P "${pid[reader]}")
  redis store pexpire "$key" 4000
  eventually renewed
  redis store set "$key" another PX 60000
  finish reader
  assert_equal "$status" 137
  is_dead() { [[ ! -e /proc/$sink || $(awk '{ print $3 }' "/proc/$sink/stat") == Z ]]; }
  eventually is_dead
  assert_equal "$(redis store get "$key")" another
}

@test "a reader that cannot reach the server is dead before its lease can be taken" {
  start_redis store
  key='{hub}:log:c:sole:d'
  redis store set "$key" mine PX 6000
  start reader logredis peek -f --stream -c d --lease mine "$(url_of store)" '{hub}:log:c' -- logbuf push q
  eventually pgrep -P "${pid[reader]}"
  kill -STOP "${pid[store]}"
  finish reader
  assert_equal "$status" 137
  grep -q 'is lost: the server could not be asked in time' reader.err
  kill -CONT "${pid[store]}"
  assert_equal "$(redis store get "$key")" mine
}

@test "what a drain has lost because of --cap is counted, and told once" {
  node a --cap 100
  channel c web
  receiver web
  stop web KILL
  api 201 POST /v3/channels/c/drains "{\"url\":\"$to/\"}"
  for i in {1..400}; do frames "$(message "$i")"; done >many
  logs 204 "token:${token[web]}" many
  say last
  api 200 GET /metrics
  kept=$(sed -n 's/^hub_channel_messages{channel="c"} //p' answer)
  ((kept >= 100 && kept < 401))
  lost=$(sed -n 's/^hub_drain_lost_total{.*} //p' answer)
  assert_equal "$((kept + lost))" 401
  start_server web python3 -B "$ROOT/tests/drain_receiver.py" "${to##*:}"
  eventually got web last
  assert_equal "$(bodies web | grep -o 'host web web.1' | wc -l)" "$kept"
  assert_equal "$(bodies web | grep -o 'Error L10 (output buffer overflow): [0-9]* messages')" \
    "Error L10 (output buffer overflow): $lost messages"
  all_told() { [[ $(redis store hkeys '{hub}:log:c:untold' | grep -vc ' told$') == 0 ]]; }
  eventually all_told
}

@test "what --cap has dropped before a tail goes on is told" {
  node a --cap 100
  channel c web
  say first
  api 201 POST /v2/sessions '{"channel_id":"c"}'
  last=$(curl -sS -H 'Accept: text/event-stream' "$(jq -r .url answer)" | sed -n 's/^id: //p')
  api 201 POST /v2/sessions '{"channel_id":"c","tail":true}'
  session=$(jq -r .url answer)
  for i in {1..400}; do frames "$(message "$i")"; done >many
  logs 204 "token:${token[web]}" many
  start tail curl -sSN -H 'Accept: text/event-stream' -H "Last-Event-ID: $last" "$session"
  eventually grep -q ': 400$' tail.out
  told=$(sed -En 's/.*Error L11 .* dropped ([0-9]+) messages.*/\1/p' tail.out)
  assert_equal "$((told + $(grep -c 'web\[web.1\]' tail.out)))" 400
}

@test "a server that is away is answered 503, and all goes on when it is back" {
  node a
  channel c web
  api 201 POST /v2/sessions '{"channel_id":"c","tail":true}'
  start tail curl -sSN "$(jq -r .url answer)"
  say one
  eventually grep -q one tail.out
  stop store KILL
  logs 503 "token:${token[web]}" frame
  grep -qi '^retry-after' head
  start_redis store
  eventually logs 204 "token:${token[web]}" frame
  say two
  eventually grep -q two tail.out
}

@test "a channel whose messages have expired begins again, and so does its drain" {
  node a --ttl 1s
  channel c web
  receiver web
  api 201 POST /v3/channels/c/drains "{\"url\":\"$to/\"}"
  say one
  eventually got web one
  expired() { [[ $(redis store exists '{hub}:log:c') == 0 ]]; }
  eventually expired
  say two
  eventually got web two
}

@test "names that are no hash tag are refused" {
  for name in '' '}' '}hub' 'a{b'; do
    quietly logredis serve --name "$name" --listen http://127.0.0.1:0 unix:none.sock
    assert_status 64
    assert_complaint logredis 'name'
  done
}

@test "limits of one channel are refused with the reason, until they are removed" {
  node a
  channel c web
  edit c '. + {limits: {max_size: "1MiB"}}'
  frames "$(message one)" >frame
  logs 503 "token:${token[web]}" frame
  grep -q 'remove them, and use --cap and --ttl' answer
  api 503 GET /v3/channels/c
  edit c 'del(.limits)'
  logs 204 "token:${token[web]}" frame
}

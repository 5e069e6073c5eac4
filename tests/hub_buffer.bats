# logbuf serve --listen http://...: one buffer for browsers, to be read only.
#
# shellcheck shell=bash disable=SC2016

load helper
load http
load hub

# serve_buffer OPTION...: the buffer q; its URL is $url.
serve_buffer() {
  start_server hub logbuf serve --listen "${LISTEN:-http://127.0.0.1:0}" --print-address "$@" q
  port=$(port_of hub)
  url=http://127.0.0.1:$port
}
# get STATUS PATH ARGUMENT...
get() { asks "$1" "${@:3}" "$url$2"; }
SHOWN='[...document.querySelectorAll("#lines > div")]'

@test "a browser sees the buffer without signing in: what is there, and what another process appends" {
  lines 3 | logbuf push q
  serve_buffer
  start browser python3 -B "$ROOT/tests/browser.py" "$url/" until "${SHOWN}.length === 3" js '[location.hash, document.getElementById("signout").hidden, "ready"]' \
    until "${SHOWN}.length === 5" js "${SHOWN}[4].textContent" shot buffer
  DEADLINE=60 eventually grep -q ready browser.out
  printf '%s\n' more last | logbuf push q
  finish browser
  assert_equal "$status $(cat browser.err)" '0 '
  assert_equal "$(cat browser.out)" '["#channel=q", true, "ready"]
"last"'
}

@test "a session follows a buffer without a gap, whoever writes to it" {
  lines 10 | logbuf push q
  serve_buffer
  get 201 /v3/sessions -d '{"channel_id":"q","num":"5","tail":true}'
  start tail curl -sSN "$(jq -r .url answer)"
  eventually test -s tail.out
  for i in {1..9}; do seq -f "$i-%g" 300 | logbuf push q; done
  eventually grep -qx '9-300' tail.out
  for i in {1..9}; do seq -f "$i-%g" 300; done | cmp - <(tail -n +6 tail.out)
}

@test "a buffer is searched, and its consumers are shown" {
  seq 1 200 | logbuf push q
  logbuf consumer add q slow
  serve_buffer
  get 200 /v3/channels/q/search -G --data-urlencode 'where=message =~ "^1.0$"' -d num=3
  assert_equal "$(jq -c '[.messages[].text]' answer)" '["190","180","170"]'
  get 200 /v3/channels/q/standing
  assert_equal "$(jq -c '[.appended, (.consumers[] | [.name, .lag])]' answer)" '[200,["slow",200]]'
  get 200 /v3/overview
  assert_equal "$(jq -c '[.channels[] | [.id, .messages, .consumers, .lag]]' answer)" '[["q",200,1,200]]'
  get 200 /metrics
  grep -qx 'hub_drain_lag_messages{channel="q",drain="slow"} 200' answer
  get 200 /healthcheck
  get 200 '/v3/channels/q/logs?num=2'
  assert_equal "$(cat answer)" $'4 199\n4 200'
}

@test "nothing changes a buffer through the page's server" {
  seq 1 3 | logbuf push q
  serve_buffer
  get 503 /logs -d x -H 'Content-Type: application/logplex-1' -u token:t.x
  get 503 /v3/channels/q -X DELETE
  get 503 /v3/channels/new -X PUT
  get 503 /v3/channels/q/drains -d '{"url":"http://192.0.2.1/"}'
  get 503 /channels -d '{}'
  get 404 /v3/channels/..%2Fq/search
  get 404 /v3/channels/other/search
  assert_equal "$(logbuf cat q | wc -l)" 3
}

@test "without credentials names of other hosts, and pages of other sites, are refused" {
  seq 1 3 | logbuf push q
  serve_buffer
  get 403 /v3/overview -H 'Host: evil.example'
  get 403 / -H "Host: evil.example:$port"
  get 403 /v3/channels/q/search -H 'Origin: http://evil.example'
  get 403 /v3/sessions -H 'Sec-Fetch-Site: same-site' -d '{"channel_id":"q"}'
  get 200 /v3/overview -H "Host: localhost:$port"
}

@test "with credentials, they are needed, and any name will do" {
  seq 1 3 | logbuf push q
  (umask 077 && echo 'reader:pw full_api' >credentials)
  LISTEN=http://0.0.0.0:0 serve_buffer --credentials credentials
  url=http://127.0.0.1:$port
  get 401 /v3/overview
  get 401 /metrics
  get 200 /
  get 200 /healthcheck
  get 200 /v3/overview -u reader:pw -H 'Host: logs.example'
}

@test "other hosts do not reach a buffer without credentials" {
  seq 1 3 | logbuf push q
  for host in 0.0.0.0 192.0.2.1 logs.example '[::]'; do
    quietly logbuf serve --listen "http://$host:8080" q
    assert_status 64
    assert_complaint logbuf 'without --credentials, the host has to be missing, or a loopback address'
  done
}

@test "what does not go together" {
  seq 1 3 | logbuf push q
  quietly logbuf serve --listen http://:0 --listen tcp://:0 q
  assert_status 64
  assert_complaint logbuf 'where other listeners are http:// or https://, it is http:// or https://'
  quietly logbuf serve --listen http://:0 --pong q
  assert_status 64
  assert_complaint logbuf '--pong: it is not for http://'
  quietly logbuf serve --listen http://:0 --max-drains 3 q
  assert_status 64
  quietly logbuf serve --listen tcp://:0 --credentials x q
  assert_status 64
  quietly logbuf serve --listen http://:0 none
  assert_status 66
}

# Drains of a hub: what is registered through the API is sent on.
#
# shellcheck shell=bash

load helper
load http
load hub

state() {
  api 200 GET /v3/channels/c/drains
  jq -r '.[0].state' answer
}
is() { [[ $(state) == "$1" ]]; }
runs_nothing() { ! pgrep -P "${pid[hub]}" >/dev/null; }

@test "golden: an HTTP drain" {
  setup_drains
  say before
  receiver web
  drain "$to/in?key=secret#fragment"
  say hi
  eventually got web hi
  assert_equal "$(bodies web)" '47 <190>1 2012-12-10T03:00:48Z host web web.1 - hi'
  assert_equal "$(jq -r '.path' web.out)" '/in?key=secret'
  assert_equal "$(jq -r '.headers["Logplex-Drain-Token"]' web.out)" "$drain_token"
  assert_equal "$(jq -r '.headers["Logplex-Msg-Count"]' web.out)" 1
  assert_equal "$(jq -r '.headers["Content-Type"]' web.out)" application/logplex-1
  assert_regex "$(jq -r '.headers["Logplex-Frame-Id"]' web.out)" '^[0-9A-F]{32}$'
}

@test "golden: a syslog drain" {
  setup_drains
  start_server tcp python3 "$ROOT/tests/drain_receiver.py" tcp
  drain "syslog://127.0.0.1:$(port_of tcp)"
  say hi
  frame="<190>1 2012-12-10T03:00:48Z $drain_token web web.1 - - hi"
  printf '%d %s\n' $((${#frame} + 1)) "$frame" >expected
  eventually cmp -s expected tcp.out
}

@test "golden: a udpsyslog drain" {
  setup_drains
  start_server udp python3 "$ROOT/tests/drain_receiver.py" udp
  drain "udpsyslog://127.0.0.1:$(port_of udp)"
  say hi
  echo "<190>1 2012-12-10T03:00:48Z $drain_token web web.1 - - hi" >expected
  eventually cmp -s expected udp.out
}

@test "secrets of a drain's URL are in no command line, and in no diagnostic" {
  setup_drains
  receiver web
  drain "${to/:\/\//:\/\/me:pass4711@}/in?key=key4711"
  say hi
  eventually got web hi
  assert_equal "$(jq -r '.headers.Authorization' web.out)" "Basic $(printf me:pass4711 | base64)"
  for process in /proc/[0-9]*; do
    ! tr '\0' ' ' 2>/dev/null <"$process/cmdline" | grep -q '[4]711' || fail "$process: $(tr '\0' ' ' <"$process/cmdline")"
  done
  stop web
  say again
  failing() { api 200 GET /v3/channels/c/drains && jq -e '.[0].error' answer; }
  eventually failing
  run ! grep -q 4711 hub.err
  assert_equal "$(modes_of_secrets)" 600
}

@test "changing its URL moves a drain, and deleting it removes its consumer" {
  setup_drains
  receiver first
  drain "$to/"
  say one
  eventually got first one
  receiver second
  api 200 PUT "/v3/channels/c/drains/$drain" "{\"url\":\"$to/\"}"
  say two
  eventually got second two
  run ! got first two
  consumers_of c >consumers
  grep -q "$drain_token" consumers
  api 204 DELETE "/v3/channels/c/drains/$drain"
  is_gone() { ! consumers_of c | grep -q "$drain_token"; }
  eventually is_gone
  eventually runs_nothing
}

@test "a drain that has nothing to send has no processes, and the next message starts them" {
  setup_drains --drain-idle 300ms
  receiver web
  drain "$to/"
  eventually is idle
  say one
  eventually got web one
  eventually is idle
  eventually runs_nothing
  say two
  eventually got web two
  assert_equal "$(bodies web | grep -o 'host web' | wc -l)" 2
}

@test "a hub that starts again sends what its drains have not got, once" {
  setup_drains
  to=http://127.0.0.1:$(free_port)
  drain "$to/"
  for i in {1..20}; do say "m$i"; done
  stop hub
  receiver web "${to##*:}"
  PORT=$port start_hub --allow-local-drains
  eventually got web m20
  assert_equal "$(bodies web | grep -o ' m[0-9]*' | wc -l)" 20
}

@test "the API shows state, lag and the last error" {
  setup_drains
  drain "http://127.0.0.1:$(free_port)/"
  say one
  say two
  shows() {
    api 200 GET /v3/channels/c/drains
    jq -e '.[0] | .lag == 2 and .state == "running" and (.error | contains("Connection refused") or contains("connect"))' answer
  }
  eventually shows
  api 404 GET /v3/channels/unknown/drains
}

@test "more drains than may run take turns" {
  setup_drains --running-drains 1
  receiver first
  drain "$to/"
  receiver second
  drain "$to/"
  say one
  eventually got first one
  eventually got second one
}

@test "a drain gets what others cannot: one that never answers, one that resets" {
  setup_drains
  receiver silent silent
  drain "$to/"
  receiver resets reset
  drain "$to/"
  receiver web
  drain "$to/"
  say one
  eventually got web one
  eventually test -s resets.out
}

@test "this host and private networks are refused" {
  setup_channel
  for host in 127.0.0.1 10.0.0.1 192.168.1.1 169.254.169.254 '[::1]' '[fd00::1]' 0 2130706433 0x7f.1; do
    api 422 POST /v3/channels/c/drains "{\"url\":\"http://$host/\"}"
  done
  api 422 POST /v3/channels/c/drains '{"url":"file:///etc/passwd"}'
  api 422 POST /v3/channels/c/drains '{"url":"http://example.com/\nfile:///etc/passwd"}'
  api 422 POST /v3/channels/c/drains '{"url":"relp://192.0.2.1:514"}'
}

@test "a name is looked at when it is connected to" {
  setup_channel
  receiver web
  drain "http://localhost:$(port_of web)/"
  say one
  refused() {
    api 200 GET /v3/channels/c/drains
    jq -e '.[0].error | contains("no public address")' answer
  }
  eventually refused
  assert_equal "$(cat web.out)" ""
}

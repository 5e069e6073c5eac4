# A hub on one machine: channels that are directories.
#
# shellcheck shell=bash

load helper
load http
load hub

M='<190>1 2012-12-10T03:00:48Z h'

@test "without a file of credentials nobody has the API" {
  mkdir -p root/one
  echo '{"tokens": {"app": "t.by-hand"}}' >root/one/channel.json
  start_server hub logbuf serve --channels root --listen http://127.0.0.1:0 --print-address
  url=http://127.0.0.1:$(port_of hub)
  api 401 GET /v3/channels/one
  frames "$M t.by-hand web.1 - - hi" >body
  logs 204 token:t.by-hand body
  holds one 1
}

@test "a channel is a directory that people can write" {
  start_hub
  channel one app
  jq '.name = "One" | .limits = {"max_size": "64KiB"} | .tokens.extra = "t.extra"' root/one/channel.json >edited
  cat edited >root/one/channel.json
  mkdir root/two
  echo '{"tokens": {"web": "t.two"}}' >root/two/channel.json
  kill -HUP "${pid[hub]}"
  eventually api 200 GET /v3/channels/two
  api 200 GET /v3/channels/one
  assert_equal "$(jq -r .tokens.extra answer)" t.extra
  echo '{' >root/two/channel.json
  kill -HUP "${pid[hub]}"
  eventually grep -q 'root/two/channel.json: it is no JSON object' hub.err
  api 200 GET /v3/channels/two
}

@test "--compress compresses the buffers of all channels, which are shown and searched as before" {
  start_hub --compress zstd
  channel one app
  mapfile -t many < <(seq -f "$M ${token[app]} web.1 - - message %g" 300)
  frames "${many[@]}" >body
  logs 204 "token:${token[app]}" body
  holds one 300
  assert_equal "$(logbuf stat --json root/one/buffer | jq '.compress == "zstd" and .plain_bytes > 2 * .bytes')" true
  api 200 GET '/v3/channels/one/search?where=message%20=~%20%22message%20299%22'
  grep -q 'message 299' answer
}

@test "one process serves a directory" {
  start_hub
  quietly logbuf serve --channels root --listen http://127.0.0.1:0
  assert_status 75
  assert_complaint logbuf "another process serves them"
}

@test "a channel whose buffer fails holds up no other" {
  start_hub
  channel good app
  channel bad web
  echo 'no buffer' >root/bad/buffer
  frames "$M ${token[app]} web.1 - - a" "$M ${token[web]} web.1 - - b" >body
  logs 503 router:pw body -H 'Logplex-Frame-Id: A'
  frames "$M ${token[app]} web.1 - - c" >other
  logs 204 "token:${token[app]}" other
  rm root/bad/buffer
  logs 204 router:pw body -H 'Logplex-Frame-Id: A'
  holds good 2
  holds bad 1
}

@test "a channel whose disk is full is answered 507, and others go on" {
  ulimit -f 3000 # KiB, of each file: there is no room for more in any buffer than that
  start_hub
  channel full app
  channel other web
  frames "$M ${token[app]} web.1 - - $(head -c 100000 /dev/zero | tr '\0' x)" >body
  fills() { [[ $(curl -sS -o answer -w '%{http_code}' -u "token:${token[app]}" -H 'Content-Type: application/logplex-1' \
    --data-binary @body "$url/logs") == 507 ]]; }
  eventually fills
  assert_equal "$(cat answer)" 'the disk of a channel is full or fails'
  frames "$M ${token[web]} web.1 - - hi" >small
  logs 204 "token:${token[web]}" small
  holds other 1
  grep -q 'channel full: write buffer root/full/buffer: ' hub.err
}

@test "a channel whose file is damaged while it is in use ends the hub once, and holds up no other after that" {
  start_hub
  channel good app
  channel bad web
  frames "$M ${token[app]} web.1 - - a" >good
  frames "$M ${token[web]} web.1 - - b" >bad
  logs 204 "token:${token[web]}" bad
  cp root/bad/buffer/data.mdb whole
  truncate -s 8192 root/bad/buffer/data.mdb
  run curl -sS -u "token:${token[web]}" -H 'Content-Type: application/logplex-1' --data-binary @bad "$url/logs"
  finish hub
  assert_equal "$status" 65
  grep -qx "logbuf: read buffer root/bad/buffer: the data file is damaged or its disk failed; see 'logbuf salvage'" hub.err
  cp whole root/bad/buffer/data.mdb # only the mark tells of it now
  start_hub
  logs 503 "token:${token[web]}" bad
  logs 503 "token:${token[web]}" bad
  logs 204 "token:${token[app]}" good
  api 503 GET /v3/channels/bad/logs
  api 200 GET /v3/overview
  api 200 GET /metrics
  grep -qx 'hub_failed_total 2' answer
  grep -q 'channel bad: open buffer root/bad/buffer: the data file was found damaged' hub.err
  logbuf salvage root/bad/buffer root/bad/new
  rm -r root/bad/buffer
  mv root/bad/new root/bad/buffer
  logs 204 "token:${token[web]}" bad
  holds bad 2
}

@test "a drain of a damaged channel says so once, however often it tries again" {
  start_hub
  channel bad web
  frames "$M ${token[web]} web.1 - - $(head -c 1000000 /dev/zero | tr '\0' x)" >bad
  logs 204 "token:${token[web]}" bad
  drain https://logs.example/ bad
  stop hub
  truncate -s 8192 root/bad/buffer/data.mdb
  start_hub
  failed_at() { api 200 GET /v3/channels/bad/drains && jq -er '.[0].error_at' answer; }
  fails_again() { [[ $(failed_at) != "$at" ]]; }
  eventually failed_at
  for _ in 1 2 3; do
    at=$(failed_at)
    eventually fails_again
  done
  assert_equal "$(grep -c 'channel bad, drain .* the data file is cut off' hub.err)" 1
}

@test "a channel whose file was cut off holds up no other" {
  start_hub
  channel good app
  channel bad web
  frames "$M ${token[app]} web.1 - - a" >good
  frames "$M ${token[web]} web.1 - - $(head -c 1000000 /dev/zero | tr '\0' x)" >bad
  logs 204 "token:${token[web]}" bad
  stop hub
  truncate -s 8192 root/bad/buffer/data.mdb
  start_hub
  logs 503 "token:${token[web]}" bad
  logs 204 "token:${token[app]}" good
  grep -q "channel bad: open buffer root/bad/buffer: the data file is cut off after 8192 bytes; see 'logbuf salvage'" hub.err
}

@test "connections leave descriptors for buffers, and further ones wait" {
  ulimit -n 600
  start_hub --max-connections 10000
  possible=$(sed -n 's/.*--max-connections 10000: \([0-9]*\) are possible.* the limit of open files is 600.*/\1/p' hub.err)
  start crowd python3 -B "$ROOT/tests/tail_clients.py" sessions "$url" 500 $((possible - 1))
  finish crowd
  assert_equal "$status" 0
  assert_equal "$(cat crowd.out)" "$((possible - 1)) have seen it, then 500"
}

@test "channels whose buffers another process holds hold up no other, however few threads there are" {
  start_hub --threads 1
  channel held app
  channel stuck more
  channel other web
  frames "$M ${token[app]} web.1 - - hi" >body
  frames "$M ${token[more]} web.1 - - hi" >more
  frames "$M ${token[web]} web.1 - - hi" >small
  logs 204 "token:${token[app]}" body
  logs 204 "token:${token[more]}" more
  # The turn to write: see tools/logbuf/store/lease.h.
  start_server holder python3 -c '
import fcntl, sys, time
files = [open(f"root/{channel}/buffer/leases", "r+b") for channel in ("held", "stuck")]
for file in files: fcntl.lockf(file, fcntl.LOCK_EX, 1, (1 << 62) - 1)
print("listening", file=sys.stderr, flush=True)
time.sleep(600)'
  start one curl -sS -m 20 -o /dev/null -w '%{http_code}' -u "token:${token[app]}" -H 'Content-Type: application/logplex-1' \
    --data-binary @body "$url/logs"
  start two curl -sS -m 20 -o /dev/null -w '%{http_code}' -u "token:${token[more]}" -H 'Content-Type: application/logplex-1' \
    --data-binary @more "$url/logs"
  finish one
  finish two
  assert_equal "$(cat one.out) $(cat two.out)" '503 503'
  logs 204 "token:${token[web]}" small
  stop holder KILL
  eventually holds held 2
  eventually holds stuck 2
}

@test "options of buffers and of channels do not mix" {
  quietly logbuf serve --listen http://127.0.0.1:0
  assert_status 64
  assert_complaint "logbuf serve" "--channels ROOT"
  quietly logbuf serve --channels root --listen tcp://127.0.0.1:0
  assert_status 64
  quietly logbuf serve --channels root --pong --listen http://127.0.0.1:0
  assert_status 64
  quietly logbuf serve --credentials x --listen tcp://127.0.0.1:0 q
  assert_status 64
}

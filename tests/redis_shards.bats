# A hub on several Redis servers: one has the registry, and each of two others the messages of some channels.
#
# shellcheck shell=bash disable=SC2034,SC2154

HUB_STORE=shards
load helper
load http
load hub

# Of these channels "cart" is on the server "one", and "shop" on "two".
setup_shards() {
  start_hub --allow-local-drains
  channel cart web
  channel shop web2
  post cart
  post shop
  assert_equal "$(shard_of cart),$(shard_of shop)" one,two
}

# post CHANNEL [TEXT] [STATUS]
declare -gA name_of=([cart]=web [shop]=web2)
post() {
  frames "<190>1 2012-12-10T03:00:48Z h t web.1 - - ${2:-hi}" >frame
  logs "${3:-204}" "token:${token[${name_of[$1]}]}" frame
}
has() { messages "$1" | grep -q -- "$2"; }
back() { eventually posted "$1" "$2"; }
posted() { (post "$1" "$2"); }
lag() {
  api 200 GET "/v3/channels/$1/drains"
  [[ $(jq '.[0].lag' answer) == "$2" ]]
}

@test "each channel is on the server that it belongs to, and the registry has no messages" {
  setup_shards
  assert_equal "$(redis registry --scan --pattern '{hub}:log:*' | wc -l)" 0
  assert_equal "$(redis one --scan --pattern '{hub}:log:*')" '{hub}:log:cart'
  assert_equal "$(redis two --scan --pattern '{hub}:log:*')" '{hub}:log:shop'
  api 200 GET /v3/overview
  assert_equal "$(jq -c '[.channels[].messages]' answer)" '[1,1]'
  api 204 DELETE /v3/channels/cart
  assert_equal "$(redis one --scan --pattern '{hub}:log:*')" ''
}

@test "two servers of one name, and a registry that is away, are refused" {
  quietly logredis serve --listen http://127.0.0.1:0 unix:a.sock#x unix:b.sock#x
  assert_status 64
  assert_complaint logredis 'two servers are called x'
  start_redis one
  quietly logredis serve --listen http://127.0.0.1:0 --registry unix:none.sock "$(url_of one)"
  assert_status 75
}

@test "without one server its channels are answered 503, and others go on" {
  setup_shards
  receiver web
  drain "$to/" cart
  stop two KILL
  post shop lost 503
  post cart goes-on
  eventually got web goes-on
  api 200 GET /v3/overview
  start_redis two
  back shop again
  has shop again
}

@test "a server that is stuck does not take the room of others" {
  setup_shards
  kill -STOP "${pid[two]}"
  head -c 900000 /dev/zero | tr '\0' x >long
  for _ in {1..8}; do frames "<190>1 2012-12-10T03:00:48Z h t web.1 - - $(cat long)"; done >body
  for i in {1..12}; do
    start "stuck$i" curl -sS -o /dev/null -w '%{http_code}' -u "token:${token[web2]}" -H 'Content-Type: application/logplex-1' \
      --data-binary @body "$url/logs"
  done
  for i in {1..12}; do finish "stuck$i"; done
  assert_equal "$(cat stuck*.out)" "$(printf '503%.0s' {1..12})"
  post cart goes-on
  kill -CONT "${pid[two]}"
  back shop again
}

@test "without the registry nothing is taken, and drains go on with what there is" {
  setup_shards
  receiver web
  stop web KILL
  drain "$to/" cart
  post cart before
  eventually pgrep -P "${pid[hub]}"
  token_before=${token[web]}
  stop registry KILL
  post cart lost 503
  start_server web python3 -B "$ROOT/tests/drain_receiver.py" "${to##*:}"
  eventually got web before
  start_redis registry
  back cart after
  eventually got web after
  changed() { (api 200 PUT /v3/channels/cart '{"tokens":[]}'); }
  eventually changed
  logs 401 "token:$token_before" frame
}

@test "a node starts while a server is away, and says so" {
  setup_shards
  stop hub
  stop two KILL
  PORT=$port start_hub
  grep -q 'two.sock.*; requests for channels there are answered 503' hub.err
  post cart goes-on
  post shop lost 503
  start_redis two
  back shop again
}

@test "what changes while a server is away holds when it is back" {
  setup_shards
  post shop of-the-old-channel
  stop two KILL
  api 204 DELETE /v3/channels/shop
  channel shop web2
  receiver web
  drain "$to/" shop
  start_redis two
  eventually test "$(redis two ping)" = PONG
  shows_nothing() {
    api 200 GET /v3/channels/shop/logs
    [[ ! -s answer ]]
  }
  eventually shows_nothing
  back shop of-the-new-one
  eventually got web of-the-new-one
  run ! has shop of-the-old-channel
  assert_equal "$(bodies web | grep -o 'of-the-[a-z-]*')" of-the-new-one
}

# start_again OPTION...: the node with the servers that $shards names now.
start_again() {
  stop hub
  assert_equal "$status" 0
  PORT=$port start_hub --allow-local-drains "$@"
}

@test "a server more takes its share, and what was there before is sent and shown" {
  shards=(one)
  start_hub --allow-local-drains
  channel shop web2
  receiver web
  stop web KILL
  drain "$to/" shop
  post shop before
  eventually lag shop 1
  shards=(one two)
  start_again
  start_server web python3 -B "$ROOT/tests/drain_receiver.py" "${to##*:}"
  post shop after
  assert_equal "$(shard_of shop | paste -sd,)" one,two
  eventually got web after
  assert_equal "$(bodies web | grep -o 'before\|after' | paste -sd,)" before,after
  eventually lag shop 0
  api 200 GET /v3/channels/shop/logs
  assert_equal "$(grep -o 'before\|after' answer | paste -sd,)" before,after
  api 201 POST /v2/sessions '{"channel_id":"shop","num":"10"}'
  assert_equal "$(curl -sS "$(jq -r .url answer)" | grep -o 'before\|after' | paste -sd,)" before,after
  api 204 DELETE /v3/channels/shop
  gone() { [[ -z $(redis one --scan --pattern '{hub}:log:*')$(redis two --scan --pattern '{hub}:log:*') ]]; }
  eventually gone
}

@test "a retired server gets nothing, and what it has is sent and shown" {
  setup_shards
  receiver web
  stop web KILL
  drain "$to/" shop
  post shop before
  eventually lag shop 1
  shards=(one)
  start_again --retire "$(url_of two)#two"
  start_server web python3 -B "$ROOT/tests/drain_receiver.py" "${to##*:}"
  post shop after
  eventually got web after
  assert_equal "$(bodies web | grep -o 'before\|after' | paste -sd,)" before,after
  assert_equal "$(redis one xlen '{hub}:log:shop'),$(redis two xlen '{hub}:log:shop')" 1,2
  api 200 GET /v3/channels/shop/logs
  assert_equal "$(grep -o 'hi\|before\|after' answer | paste -sd,)" hi,before,after
}

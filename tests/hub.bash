# For the tests of hubs; load it after helper and http. With HUB_STORE=redis before that, hubs are on a Redis server, with
# HUB_STORE=shards on three, else in directories; the Makefile makes further files of the same tests with these,
# build/release/on_redis/NAME.bats and build/release/on_shards/NAME.bats.
#
#   start_hub OPTION...     a hub with the credentials below; its URL is $url; NAME: its name as a process (hub)
#   $hub_command            the command of that hub, without credentials; $hub_tool is its tool
#   api STATUS METHOD PATH [BODY]     asks it as "admin"; has to get that status; the answer's body is in "answer"
#   channel ID NAME...      makes a channel with tokens of these names; ${token[NAME]} is each of them
#   setup_channel OPTION... a hub with channel c, whose token has the name "web"
#   setup_drains OPTION...  the same, and its drains may go to this host
#   frames MESSAGE...       the messages as frames of logplex-1
#   logs STATUS USER:PASSWORD FILE ARGUMENT...    posts the frames in FILE
#   message TEXT [PS]       a message with the token of channel c
#   say TEXT [PS]           it is in that channel when this returns
#   drain URL [CHANNEL]     registers a drain, of channel c where no other is named: $drain is its id, $drain_token its token
#   receiver NAME [BEHAVIOUR...]      an HTTP server that notes requests in NAME.out; see drain_receiver.py. $to is its URL
#   bodies NAME             what it was sent
#   got NAME TEXT           it was sent this text
#   holds ID N              the channel has so many messages
#   messages ID             the messages of a channel
#   consumers_of ID         the tokens of its drains that have a consumer
#   edit ID JQ              changes what is known of it by hand
#   modes_of_secrets        the modes of the files with the addresses of drains
#   $roomy                  options that keep many messages
#   shard_of ID             on shards: the server that has the channel's messages, "one" or "two"
#
# shellcheck shell=bash disable=SC2034

declare -gA token=()

start_hub() {
  (umask 077 && printf '%s\n' 'admin:secret full_api' 'reader:pw read_api' 'router:pw any_channel' 'both:pw full_api any_channel' 'nobody:pw' >credentials)
  prepare
  start_server "${NAME:-hub}" "${hub_command[@]}" --credentials credentials --print-address "$@"
  port=$(port_of "${NAME:-hub}")
  url=${SCHEME:-http}://127.0.0.1:$port
}

if [[ ${HUB_STORE:-directories} != directories ]]; then
  load "$ROOT/tests/redis.bash"
  hub_tool=logredis
  roomy=(--cap 0)
  if [[ $HUB_STORE == shards ]]; then
    registry=registry
    shards=(one two)
  else
    registry=store
    shards=(store)
  fi
  prepare() {
    local name urls=()
    for name in "$registry" "${shards[@]}"; do [[ -d $T/$name.data ]] || start_redis "$name"; done
    for name in "${shards[@]}"; do urls+=("$(url_of "$name")#$name"); done
    [[ $HUB_STORE == redis ]] || urls+=(--registry "$(url_of registry)")
    mkdir -p tmp
    hub_command=(env "TMPDIR=$T/tmp" logredis serve "${urls[@]}" --listen "${SCHEME:-http}://127.0.0.1:${PORT:-0}")
  }
  on_shards() { for shard in "${shards[@]}"; do "$@"; done; }
  messages() { on_shards messages_there "$1"; }
  messages_there() { logredis cat --stream "$(url_of "$shard")" "{hub}:log:$1"; }
  modes_of_secrets() { stat -c %a tmp/logredis-*/d.*; }
  consumers_of() { on_shards consumers_there "$1" | grep -v 'ERR no such key'; }
  consumers_there() { redis "$shard" xinfo groups "{hub}:log:$1" 2>&1; }
  edit() { redis "$registry" -x hset '{hub}:channels' "$1" < <(redis "$registry" hget '{hub}:channels' "$1" | jq "$2"); }
  shard_of() {
    for shard in "${shards[@]}"; do [[ $(redis "$shard" hexists '{hub}:placed' "$1") != 1 ]] || echo "$shard"; done
  }
else
  hub_tool=logbuf
  roomy=(--max-size 64MiB)
  prepare() { hub_command=(logbuf serve --channels root --listen "${SCHEME:-http}://127.0.0.1:${PORT:-0}"); }
  messages() { logbuf cat "root/$1/buffer"; }
  modes_of_secrets() { stat -c %a root/.drains/*; }
  consumers_of() { logbuf consumer ls "root/$1/buffer"; }
  edit() {
    jq "$2" "root/$1/channel.json" >edited
    cat edited >"root/$1/channel.json"
    kill -HUP "${pid[hub]}"
  }
fi

asks() {
  local got
  got=$(curl -sS -o answer -D head -w '%{http_code}' "${@:2}")
  [[ $got == "$1" ]] || fail "status $got, not $1: $(cat answer)"
}

api() {
  local body=()
  (($# < 4)) || body=(--data-binary "$4" -H 'Content-Type: application/json')
  asks "$1" -u "${CREDENTIAL:-admin:secret}" -X "$2" "${body[@]}" "$url$3"
}

channel() {
  local id=$1 names
  shift
  names=$(printf '"%s",' "$@")
  api 201 PUT "/v3/channels/$id" "{\"tokens\":[${names%,}]}"
  for name in "$@"; do token[$name]=$(jq -r ".tokens[\"$name\"]" answer); done
}

setup_channel() {
  start_hub "$@"
  channel c web
}
setup_drains() { setup_channel --allow-local-drains "$@"; }

frames() {
  local message
  for message in "$@"; do printf '%d %s' "${#message}" "$message"; done
}

logs() { asks "$1" -u "$2" -H 'Content-Type: application/logplex-1' --data-binary "@$3" "${@:4}" "$url/logs"; }

message() { printf '<190>1 2012-12-10T03:00:48Z h %s %s - - %s' "${token[web]}" "${2:-web.1}" "$1"; }
say() {
  frames "$(message "$@")" >frame
  logs 204 "token:${token[web]}" frame
}

drain() {
  api 201 POST "/v3/channels/${2:-c}/drains" "{\"url\":\"$1\"}"
  drain=$(jq .id answer)
  drain_token=$(jq -r .token answer)
}
receiver() {
  start_server "$1" python3 -B "$ROOT/tests/drain_receiver.py" "${@:2}"
  to=http://127.0.0.1:$(port_of "$1")
}
bodies() { jq -j .body "$1.out"; }
got() { bodies "$1" | grep -qF -- "$2"; }

holds() { [[ $(messages "$1" 2>/dev/null | wc -l) -eq $2 ]]; }

# The answer with what is random in it replaced.
golden() {
  sed -E -e 's/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/UUID/g' \
    -e 's/("id"|"channel_id"):[0-9]+/\1:N/g' answer
}

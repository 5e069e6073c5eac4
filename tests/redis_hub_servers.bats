# A hub on Redis servers that are found through Sentinels or a cluster, or spoken to through TLS: POSTs, a tail and a drain.
#
# shellcheck shell=bash disable=SC2034,SC2154

HUB_STORE=redis
load helper
load http
load hub
load redis_groups
load certificates

# hub_at ADDRESS OPTION...: with a channel c, its drain to "web", and its tail.
hub_at() {
  (umask 077 && echo 'admin:secret full_api' >credentials)
  mkdir -p tmp
  start_server hub env "TMPDIR=$T/tmp" logredis serve "$1" --listen http://127.0.0.1:0 --credentials credentials --print-address \
    --allow-local-drains "${@:2}"
  url=http://127.0.0.1:$(port_of hub)
  channel c web
  receiver web
  drain "$to/"
  api 201 POST /v2/sessions '{"channel_id":"c","tail":true}'
  start tail curl -sSN "$(jq -r .url answer)"
}

# post FIRST LAST: messages with these numbers, each again until it is answered 204.
post() {
  local i
  for ((i = $1; i <= $2; i++)); do
    frames "$(message "m$i.")" >frame
    DEADLINE=60 eventually logs 204 "token:${token[web]}" frame
  done
}

# Each of the first N messages is stored, was sent to the drain, and is shown by the tail. What was repeated may be there twice.
all_there() {
  seq -f 'm%g.' "$1" | sort >expected
  DEADLINE=60 eventually has_all bodies web
  DEADLINE=60 eventually has_all cat tail.out
  api 200 GET '/v3/channels/c/logs?num=1000'
  has_all cat answer
}
has_all() { "$@" | grep -o 'm[0-9]*\.' | sort -u | cmp -s - expected; }

@test "through Sentinels: what was answered survives the master, and the drain and the tail go on" {
  start_sentinels
  hub_at "redis+sentinel://127.0.0.1:${port[s1]},127.0.0.1:${port[s2]},127.0.0.1:${port[s3]}/main" --wait-replicas 1
  post 1 10
  kill -KILL "${pid[a]}"
  post 11 20
  all_there 20
  [[ $(redis "$(new_master)" exists '{hub}:log:c') == 1 ]]
}

@test "in a cluster: what was answered survives its node, and the drain and the tail go on" {
  start_cluster
  hub_at "redis://127.0.0.1:${port[0]},127.0.0.1:${port[1]},127.0.0.1:${port[2]}" --wait-replicas 1
  post 1 10
  node=$(node_of '{hub}:log:c')
  kill -KILL "${pid[$node]}"
  DEADLINE=60 eventually has_moved_from "$node" '{hub}:log:c'
  start_node "$node" # as a replica of the new master, for --wait-replicas
  post 11 20
  all_there 20
}

@test "through TLS" {
  server=$(free_port)
  start_redis r --tls-port "$server" --tls-cert-file "$CERTS/good.pem" --tls-key-file "$CERTS/good.key" \
    --tls-ca-cert-file "$CERTS/ca.pem" --tls-auth-clients no --requirepass hidden
  hub_at "rediss://:hidden@localhost:$server" --tls-ca-file "$CERTS/ca.pem"
  post 1 5
  all_there 5
}

@test "without enough replicas nothing is answered 204" {
  start_redis r
  (umask 077 && echo 'admin:secret full_api' >credentials)
  start_server hub logredis serve "$(url_of r)" --listen http://127.0.0.1:0 --credentials credentials --print-address --wait-replicas 1
  url=http://127.0.0.1:$(port_of hub)
  api 503 PUT /v3/channels/c '{"tokens":["web"]}'
}

# Clusters and Sentinels for the tests; load it after redis.
#
#   start_cluster               three masters with a replica each: node0 to node5; their ports are ${port[0]} to ${port[5]}
#   start_node NAME             one of them again
#   cluster_cli COMMAND...      redis-cli on whichever node is there
#   node_of KEY                 the name of the node that has it
#   has_moved_from NAME KEY     another node than that one has it now (for eventually)
#   start_sentinels             a master "a", its replicas "b" and "c", and Sentinels s1, s2 and s3 of "main"
#   new_master                  the name of the replica that is the master now
#
# shellcheck shell=bash disable=SC2154

declare -gA port=()

# Three masters, a replica for each.
start_cluster() {
  local i nodes=()
  for i in 0 1 2 3 4 5; do
    port[$i]=$(cluster_port)
    start_node "node$i"
    nodes+=("127.0.0.1:${port[$i]}")
  done
  redis-cli --cluster create "${nodes[@]}" --cluster-replicas 1 --cluster-yes >create.out
  eventually cluster_is_up
}

start_node() {
  start_redis "$1" --port "${port[${1#node}]}" --cluster-enabled yes --cluster-node-timeout 1000 \
    --cluster-config-file nodes.conf --repl-diskless-sync-delay 0
}

# The bus has the port 10,000 higher.
cluster_port() {
  python3 -c '
import random, socket
while True:
    port = random.randrange(20000, 30000)
    try:
        with socket.create_server(("127.0.0.1", port)), socket.create_server(("127.0.0.1", port + 10000)):
            break
    except OSError:
        pass
print(port)'
}

cluster_is_up() {
  local i
  for i in 0 1 2 3 4 5; do
    redis-cli -p "${port[$i]}" cluster info | grep -q 'cluster_state:ok' || return 1
  done
  [[ $(redis-cli -p "${port[0]}" cluster nodes | grep -c 'slave.*connected') == 3 ]] || return 1
  for i in 3 4 5; do
    redis-cli -p "${port[$i]}" info replication | grep -q master_link_status:up || return 1
  done
}

# On whichever node is there.
cluster_cli() {
  local i
  for i in 0 1 2 3 4 5; do
    ! kill -0 "${pid[node$i]}" 2>/dev/null || { redis-cli -c -p "${port[$i]}" "$@" && return; }
  done
}

has_moved_from() {
  local now
  now=$(node_of "$2")
  [[ -n $now && $now != "$1" ]]
}

# The name of the node that has a key's slot.
node_of() {
  local slot i
  slot=$(cluster_cli cluster keyslot "$1")
  for i in 0 1 2 3 4 5; do
    kill -0 "${pid[node$i]}" 2>/dev/null || continue
    if redis-cli -p "${port[$i]}" cluster nodes | awk -v slot="$slot" '
      /myself,master/ { for (i = 9; i <= NF; i++) { split($i, r, "-"); if (slot >= r[1] && slot <= (r[2] ? r[2] : r[1])) found = 1 } }
      END { exit !found }'; then
      echo "node$i"
      return
    fi
  done
}

# A master "a", replicas "b" and "c", Sentinels s1, s2 and s3.
start_sentinels() {
  local name master
  for name in a b c; do port[$name]=$(free_port); done
  master=${port[a]}
  start_redis a --port "$master" --repl-diskless-sync-delay 0
  for name in b c; do
    start_redis "$name" --port "${port[$name]}" --replicaof 127.0.0.1 "$master"
    eventually is_replica "$name"
  done
  for name in s1 s2 s3; do start_redis_sentinel "$name" "$master" 2; done
  eventually sentinels_know_all
}

sentinels_know_all() {
  local name
  for name in s1 s2 s3; do
    [[ $(redis-cli -p "${port[$name]}" --json sentinel replicas main | jq length) == 2 ]] || return 1
    [[ $(redis-cli -p "${port[$name]}" --json sentinel sentinels main | jq length) == 2 ]] || return 1
  done
}

new_master() {
  local name
  for name in b c; do
    ! redis "$name" info replication | grep -q role:master || { echo "$name" && return; }
  done
}

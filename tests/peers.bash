# Real peers for tests: `load peers` after helper. scripts/deps.sh peers unpacks them into build/peers.
#
#   rsyslog NAME <CONF           rsyslogd in the background, as helper's start; CONF has RSYSLOG_COMMON in front
#   syslog_ng NAME <CONF         the same for syslog-ng, with a version line in front
#   peer COMMAND ARGUMENT...     a program of theirs, such as loggen
#   promtool ARGUMENT...         of Prometheus
#   listens PORT                 somebody listens there (TCP)
#   relp_client PORT <LINES      sends lines and prints each answer, "200 OK"; tests/relp_peer.py
#   relp_server NAME PORT        accepts one connection after the other, answers 500 to lines with "bad"
#
# shellcheck shell=bash

PEERS=$ROOT/build/peers/root
PEER_LIB=$PEERS/usr/lib/x86_64-linux-gnu
for library in "$PEERS"/usr/lib/*-linux-gnu; do PEER_LIB=$library; done
PEER_LIBRARIES=$PEER_LIB:$PEERS/lib/${PEER_LIB##*/}:$PEERS/usr/lib/syslog-ng

# What comes in goes out as it was; nothing is dropped and nothing waits in memory.
RSYSLOG_COMMON='template(name="raw" type="string" string="%rawmsg%")
template(name="line" type="string" string="%rawmsg%\n")
main_queue(queue.type="Direct")'

need_peers() {
  [[ -d $PEERS ]] || fail "no peers in build/peers: run scripts/deps.sh peers"
}

peer() {
  need_peers
  LD_LIBRARY_PATH=$PEER_LIBRARIES SYSLOGNG_PREFIX=$PEERS/usr "$PEERS/usr/bin/$1" "${@:2}"
}

promtool() { peer promtool "$@"; }

rsyslog() {
  need_peers
  { echo "global(workDirectory=\"$T\" maxMessageSize=\"64k\")"; echo "$RSYSLOG_COMMON"; cat; } >"$1.conf"
  rm -f "$1.rsyslogd"
  start "$1" env LD_LIBRARY_PATH="$PEER_LIBRARIES" "$PEERS/usr/sbin/rsyslogd" -n -f "$T/$1.conf" -i "$T/$1.rsyslogd" \
    -M "$PEER_LIB/rsyslog"
  eventually test -s "$1.rsyslogd"
}

syslog_ng() {
  need_peers
  { echo "@version: 3.38"; echo "options { stats-freq(0); use-dns(no); time-reopen(1); };"; cat; } >"$1.conf"
  start "$1" env LD_LIBRARY_PATH="$PEER_LIBRARIES" "$PEERS/usr/sbin/syslog-ng" -F --no-caps -f "$T/$1.conf" \
    --module-path "$(echo "$PEERS"/usr/lib/syslog-ng/3.*)" --persist-file "$T/$1.persist" --pidfile "$T/$1.syslog-ng" \
    --control "$T/$1.control"
}

listens() { ss -Hltn "sport = :$1" | grep -q .; }

relp_client() { python3 "$ROOT/tests/relp_peer.py" client "$@"; }

relp_server() {
  start "$1" python3 "$ROOT/tests/relp_peer.py" server "$2"
  eventually listens "$2"
}

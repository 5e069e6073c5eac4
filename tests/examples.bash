# Runs the examples of the man pages. Make writes a file of tests for each page, build/release/examples/PAGE.bats, with one
# test for each example, whose name says which one it is:
#
#   make check TESTS=build/release/examples/logtail.1.bats
#
# Each `.Bd -literal` block under EXAMPLES is a bash script (no prompts, no output in it). It is run with -e and has to
# end with status 0, unless one of these comments stands before the block:
#
#   .\" example: stop when CONDITION   it runs until it is stopped: CONDITION, a shell command, has to come true while
#                                      it runs; then it gets SIGTERM
#   .\" example: file NAME             not a script but a file (a unit, a crontab), which is not run, because that needs
#                                      root or systemd; only checked not to be empty. The other examples find it under
#                                      this name in the working directory
#
# The pages name places as they are on a real machine; here they stand for others. HOST is any name (central,
# central.example, spare), and a listener may also be on 0.0.0.0 or [::].
#
#   /var/lib/logbuf/        a folder with a buffer `q`, which holds the 1,000 lines of app.log
#   /var/log/               a folder with app.log, app.log.1.gz (1,000 lines each) and app.log.2.zst (the same as .1)
#   /run/                   an empty folder
#   /etc/ssl/               log-ca.pem, an authority, and log.pem and log.key, a certificate of it
#   /etc/logpipe/redis      the password of the Redis server with TLS
#   HOST:6514, HOST:2514    a receiver by TCP, by RELP, or with relps:// by RELP through TLS; it writes all that it gets to
#                           the file `received`
#   https://HOST/           a web service (without TLS), which appends what is posted to `received`
#   logd://HOST             logbuf serve, of the buffer `served`, which holds the lines of app.log
#   logds://HOST:1774       the same through TLS, for clients with a certificate
#   redis://HOST:6379       a Redis server; $REDIS is its address in a CONDITION
#   rediss://HOST:6380      one with TLS and a password, which the system's authorities vouch for
#   redis+sentinel://s1,s2,s3   a Sentinel of a master with two replicas; $REDIS is the master
#   tcp://:6514, relp://:2514   listeners on free ports: $PORT, $RELP_PORT in a CONDITION
#   http://:8080            the same: $HTTP_PORT
#   tls://:6514, relps://:2514, tls://:1774   the same: $TLS_PORT, $RELPS_PORT, $LOGDS_PORT
#   udp://:514              a listener on some free port
#   ./deliver               a command that takes lines on stdin and appends them to the file `delivered`
#
# Otherwise the working directory has `q`, a link to /var/lib/logbuf/q, app.log, and the certificates master.pem and
# replica.pem (each with its key) of the authority ours.pem. For the pages of mulog, libmulog is installed. Buffers that a script names and that do not exist are its own
# business. CONDITIONs are run in this directory, where lib/ is /var/lib/logbuf, log/ is /var/log, run/ is /run and etc/ is
# /etc.
#
# shellcheck shell=bash disable=SC2154

load "$ROOT/tests/helper.bash"
load "$ROOT/tests/redis.bash"
load "$ROOT/tests/mulog.bash"

# The Nth example of the page.
example() {
  local how
  mkdir scripts
  awk -v dir=scripts -f "$ROOT/scripts/examples.awk" "$ROOT/man/$PAGE"
  how=$(<"scripts/$1.how")
  cp "scripts/$1.sh" script
  make_places
  put_files
  [[ $PAGE != mulog.* ]] || use_mulog
  start_services
  put_places
  cat script # seen when it fails
  run_script "$how"
}

run_script() {
  case $1 in
  "file "*) [[ -s script ]] ;;
  "stop when "*)
    start example bash -e script
    eventually bash -c "${1#stop when }"
    kill -TERM -- "-${pid[example]}"
    finish example
    ;;
  "")
    quietly timeout 60 bash -e script </dev/null
    assert_status 0
    ;;
  *) fail "no such kind of example: $1" ;;
  esac
}

make_places() {
  mkdir -p lib log run etc/ssl etc/logpipe
  lines 1000 1 >log/app.log
  lines 1000 2 | gzip >log/app.log.1.gz
  lines 1000 2 | zstd -q >log/app.log.2.zst
  logbuf push lib/q <log/app.log
  ln -s lib/q q
  ln -s log/app.log app.log
  printf '#!/bin/sh\ncat >>"%s/delivered"\n' "$PWD" >deliver
  chmod +x deliver
}

# What the page has as files.
put_files() {
  local how
  for how in scripts/*.how; do
    [[ $(<"$how") != "file "* ]] || cp "${how%.how}.sh" "$(sed 's/^file //' "$how")"
  done
}

# As if it was in /usr, and nothing else of this tree.
use_mulog() {
  install_plain_mulog
  export CPATH=$T/root/usr/include LIBRARY_PATH=$T/root/usr/lib LD_LIBRARY_PATH=$T/root/usr/lib
  export PKG_CONFIG_PATH=$T/root/usr/lib/pkgconfig CMAKE_PREFIX_PATH=$T/root/usr
}

names() { grep -Eq -- "$1" script; }

# Only what the script names, since each takes time. A service's port replaces its address in $services, a sed script.
services=()
start_services() {
  read -r PORT RELP_PORT TLS_PORT RELPS_PORT LOGDS_PORT HTTP_PORT < <(free_ports 6)
  export PORT RELP_PORT TLS_PORT RELPS_PORT LOGDS_PORT HTTP_PORT
  ! names '\.pem|(relps|logds|rediss)://' || make_certificates
  ! names 'relps://[a-z]' || start_tls_receiver
  ! names '[a-z]:(6514|2514)' || start_receiver
  ! names 'https://' || start_web_service
  ! names 'logds?://[a-z]' || start_logd
  ! names 'redis://' || start_queue_server
  ! names 'rediss://' || start_tls_redis
  ! names 'redis[+]sentinel://' || start_sentinel
}

free_ports() {
  python3 -c '
import socket, sys
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(s.getsockname()[1] for s in sockets))' "$1"
}

make_certificates() {
  mkdir certs
  "$ROOT/tests/tls_certs.sh" certs
  cp certs/ca.pem etc/ssl/log-ca.pem
  cp certs/good.pem etc/ssl/log.pem
  cp certs/good.key etc/ssl/log.key
  cp certs/ca.pem ours.pem
  cat certs/good.pem certs/good.key >master.pem
  cat certs/client.pem certs/client.key >replica.pem
}

tls=(--tls-cert-file etc/ssl/log.pem --tls-key-file etc/ssl/log.key)

# NAME SCHEME: the port on which it listens.
port_by() { sed -En "/listening on $2:/s/.*:([0-9]+)$/\1/p" "$T/$1.err" | head -n 1; }
listens_by() { port_by "$@" | grep -q .; }

start_receiver() {
  start_server receiver logcat --print-address tcp://127.0.0.1:0 relp://127.0.0.1:0 -- logsend "file:$PWD/received"
  eventually listens_by receiver tcp
  eventually listens_by receiver relp
  services+=(-e "s#[a-z][a-z0-9.-]*:6514#127.0.0.1:$(port_by receiver tcp)#g")
  services+=(-e "s#[a-z][a-z0-9.-]*:2514#127.0.0.1:$(port_by receiver relp)#g")
}

start_tls_receiver() {
  start_server tls logcat --print-address relps://127.0.0.1:0 "${tls[@]}" -- logsend "file:$PWD/received"
  services+=(-e "s#relps://[a-z][a-z0-9.-]*:2514#relps://127.0.0.1:$(port_of tls)#g")
}

start_web_service() {
  start_server web python3 "$ROOT/tests/web_service.py" received
  services+=(-e "s#https://[a-z][a-z0-9.-]*/#http://127.0.0.1:$(port_of web)/#g")
}

start_logd() {
  logbuf push served <app.log
  local address=tcp://127.0.0.1:0 with=()
  ! names 'logds://' || address=tls://127.0.0.1:0 with=("${tls[@]}" --tls-ca-file etc/ssl/log-ca.pem)
  start_server logd logbuf serve --print-address --listen "$address" "${with[@]}" served
  services+=(-e "s#(logds?)://[a-z][a-z0-9.-]*(:1774)?#\1://127.0.0.1:$(port_of logd)#g")
}

start_queue_server() {
  local at
  at=$(free_port)
  start_redis redis --port "$at"
  export REDIS=redis://127.0.0.1:$at
  services+=(-e "s#redis://[a-z][a-z0-9.-]*:6379#$REDIS#g")
}

start_tls_redis() {
  local at
  at=$(free_port)
  echo secret >etc/logpipe/redis
  start_redis redis --tls-port "$at" --tls-cert-file "$T/certs/good.pem" --tls-key-file "$T/certs/good.key" \
    --tls-ca-cert-file "$T/certs/ca.pem" --tls-auth-clients no --requirepass secret
  export SSL_CERT_FILE=$T/certs/ca.pem
  services+=(-e "s#rediss://[a-z][a-z0-9.-]*:6380#rediss://127.0.0.1:$at#g")
}

start_sentinel() {
  local master name
  master=$(free_port)
  start_redis master --port "$master" --repl-diskless-sync-delay 0
  for name in one two; do start_redis "$name" --replicaof 127.0.0.1 "$master"; done
  for name in one two; do eventually is_replica "$name"; done
  start_redis_sentinel sentinel "$master" 1
  export REDIS=redis://127.0.0.1:$master
  services+=(-e "s#s1,s2,s3/#127.0.0.1:${port[sentinel]}/#g")
}

# Clients' addresses begin with a name, listeners' with none or a number.
put_places() {
  local any='(0\.0\.0\.0|\[::\])?'
  sed -Ei "${services[@]}" -e "s#udp://$any:514#udp://127.0.0.1:0#g" -e "s#http://$any:8080#http://127.0.0.1:$HTTP_PORT#g" \
    -e "s#tcp://$any:6514#tcp://127.0.0.1:$PORT#g" -e "s#tls://$any:6514#tls://127.0.0.1:$TLS_PORT#g" \
    -e "s#relp://$any:2514#relp://127.0.0.1:$RELP_PORT#g" -e "s#relps://$any:2514#relps://127.0.0.1:$RELPS_PORT#g" \
    -e "s#tls://$any:1774#tls://127.0.0.1:$LOGDS_PORT#g" \
    -e "s#/var/lib/logbuf/#$PWD/lib/#g" -e "s#/var/log/#$PWD/log/#g" -e "s#/run/#$PWD/run/#g" -e "s#/etc/#$PWD/etc/#g" script
}

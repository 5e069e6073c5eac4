# What systemd offers a service: notifications, the watchdog, inherited sockets; and the units.
#
# shellcheck shell=bash

load helper
load redis

setup_file() {
  CERTS=$BATS_FILE_TMPDIR
  export CERTS
  "$BATS_TEST_DIRNAME/tls_certs.sh" "$CERTS"
  # The units as they are installed, beside the programs that they name.
  export PREFIX=$BATS_FILE_TMPDIR/usr
  make -s -o all -C "$BATS_TEST_DIRNAME/.." MAKEFLAGS= MODE="${MODE:-release}" \
    BUILD="${LOGPIPE_BIN:-$BATS_TEST_DIRNAME/../build/release}" PREFIX="$PREFIX" TOOLS="logcat logbuf logsend logredis" install
}

manager() { python3 "$ROOT/tests/service_manager.py" "$@"; }

# Takes notifications from what is started afterwards.
take_notifications() {
  start_server manager python3 "$ROOT/tests/service_manager.py" notify "${1:-$T/notify}"
  export NOTIFY_SOCKET=${1:-$T/notify}
}

# A named pipe that does not end while the test runs.
hold_open() {
  mkfifo "$1"
  exec 9<>"$1"
}

told() { sed -E 's/^[0-9.]+ //' manager.out; }
is_told() { told | grep -qxE "$1"; }
count_told() { told | grep -cxE "$1" || true; }
is_told_times() { (($(count_told "$2") >= $1)); }
# EXPECTED, one after the other, among all that was told.
assert_told_in_order() {
  local IFS='|'
  [[ $(told | grep -xE "$*" | tr '\n' '|') == "$*|" ]] || fail "told: $(told)"
}

# [NAME=]KIND:ADDRESS... -- COMMAND...
activate() { start_server "${name:-logcat}" python3 "$ROOT/tests/service_manager.py" activate "$@"; }
activated_port() { sed -En "s/^listening on $1:.*:([0-9]+)\$/\1/p" logcat.err; }
has_received() { cmp -s logcat.out input; }
holds() { [[ $(logbuf cat q 2>/dev/null | sort) == $(sort "$1") ]]; }

# ---- notifications

@test "a listener tells when it is ready, how it is, and that it stops" {
  take_notifications
  start_server logcat logcat --print-address tcp://127.0.0.1:0 -- logbuf push q
  eventually is_told READY=1
  echo line | env -u NOTIFY_SOCKET logsend "tcp://127.0.0.1:$(port_of logcat)"
  eventually is_told 'STATUS=1 message .* taken, 1 safe; connections: .*'
  stop logcat
  assert_status 0
  eventually is_told STOPPING=1
  assert_told_in_order READY=1 STOPPING=1
  (($(count_told 'WATCHDOG=1') == 0))
}

@test "a source is ready when its sink has greeted, and not before" {
  take_notifications
  mkfifo gate
  export WATCHDOG_USEC=200000
  start logcat logcat tcp://127.0.0.1:0 -- sh -c 'read -r open <gate; exec logbuf push q'
  eventually is_told_times 3 WATCHDOG=1
  (($(count_told READY=1) == 0))
  echo open >gate
  eventually is_told READY=1
}

@test "a sink is ready when it takes input" {
  take_notifications "@logpipe-test-$BASHPID"
  hold_open input
  start push bash -c 'exec logbuf push q <input'
  eventually is_told_times 1 READY=1
  start send bash -c 'exec logsend tcp://127.0.0.1:1 <input'
  eventually is_told_times 2 READY=1
  start peek logbuf peek --follow q
  eventually is_told_times 3 READY=1
  for tool in push send peek; do stop "$tool" || fail "$(tail -n 100 ./*.err)"; done
  eventually is_told_times 3 STOPPING=1
}

@test "what ends by itself was ready, too" {
  take_notifications
  lines 10 | logbuf push q
  logbuf peek q >/dev/null
  : | logbuf push r
  eventually is_told_times 3 READY=1
}

@test "SIGHUP is a reload" {
  take_notifications
  start logcat logcat tcp://127.0.0.1:0
  eventually is_told READY=1
  kill -HUP "${pid[logcat]}"
  eventually is_told_times 2 READY=1
  assert_told_in_order READY=1 RELOADING=1 READY=1
  is_told 'MONOTONIC_USEC=[0-9]+'
}

@test "passwords do not show in the status" {
  take_notifications
  hold_open input
  start send bash -c 'exec logsend tcp://me:secret@127.0.0.1:1 <input'
  echo line >input
  eventually is_told 'STATUS=.*me:[*]{3}@.*'
  (($(count_told '.*secret.*') == 0))
}

@test "signs of life come at half of the watchdog's time" {
  take_notifications
  export WATCHDOG_USEC=1000000
  start logcat logcat tcp://127.0.0.1:0
  eventually is_told_times 5 WATCHDOG=1
  awk '$2 == "WATCHDOG=1" { last = $1; if (!n++) first = $1 } END { print (last - first) / (n - 1) }' manager.out >gap
  awk '{ exit !($1 >= 0.49 && $1 < 1) }' gap || fail "one in $(<gap) s"
}

@test "a watchdog for another process gets no signs of life" {
  take_notifications
  export WATCHDOG_USEC=1000 WATCHDOG_PID=1
  start logcat logcat tcp://127.0.0.1:0
  eventually is_told 'STATUS=.*'
  stop logcat
  eventually is_told STOPPING=1
  (($(count_told WATCHDOG=1) == 0))
}

@test "a manager that cannot be told is a warning, and messages move" {
  export NOTIFY_SOCKET=$T/nobody
  quietly logcat - <<<line
  assert_status 0
  assert_output line
  assert_complaint logcat "notify service manager"
  NOTIFY_SOCKET=vsock:2:1 quietly logcat - <<<line
  assert_status 0
  assert_output line
  assert_complaint logcat "NOTIFY_SOCKET is neither a path nor an abstract name"
}

@test "commands inherit nothing of it" {
  take_notifications
  export WATCHDOG_USEC=60000000 CHECK='env; for fd in /proc/self/fd/*; do readlink "$fd" || true; done'
  activate log=unix:"$T/s" -- logcat "unix:$T/s" --batch 1 -- bash -c "$CHECK"
  echo line | env -u NOTIFY_SOCKET logsend "unix:$T/s"
  eventually grep -qs '^PATH=' logcat.out
  stop logcat
  run -1 grep -E '^(NOTIFY_SOCKET|WATCHDOG_|LISTEN_)' logcat.out
  run -1 grep socket: logcat.out
}

# ---- inherited sockets

@test "every kind of listener takes an inherited socket by its address" {
  local at=127.0.0.1 tls=(--tls-cert-file "$CERTS/good.pem" --tls-key-file "$CERTS/good.key")
  local -A port
  local kind options
  for kind in tcp tls relp relps udp; do port[$kind]=$(free_port); done
  activate "tcp:$at:${port[tcp]}" "tcp:$at:${port[tls]}" "tcp:$at:${port[relp]}" "tcp:$at:${port[relps]}" \
    "udp:$at:${port[udp]}" "unix:$T/s" "unixgram:$T/d" -- \
    logcat "tcp://$at:${port[tcp]}" "tls://$at:${port[tls]}" "relp://$at:${port[relp]}" "relps://$at:${port[relps]}" \
    "udp://$at:${port[udp]}" "unix:$T/s" "unixgram:$T/d" "${tls[@]}" -- logbuf push q
  for kind in tcp tls relp relps udp; do
    options=()
    [[ $kind != *s ]] || options=(--tls-ca-file "$CERTS/ca.pem")
    echo "by $kind" | tee -a expected | logsend "${options[@]}" "$kind://$at:${port[$kind]}"
  done
  for kind in "unix:$T/s" "unixgram:$T/d"; do echo "by $kind" | tee -a expected | logsend "$kind"; done
  eventually holds expected
}

@test "an inherited socket can be told by its name" {
  activate first=udp:127.0.0.1:0 second=tcp:127.0.0.1:0 third=unix:"$T/s" -- \
    logcat relp://fd=second unix:fd=third udp://fd=first -- logbuf push q
  printf 'by relp\nby udp\nby unix\n' >expected
  echo 'by relp' | logsend "relp://127.0.0.1:$(activated_port tcp)"
  echo 'by udp' | logsend "udp://127.0.0.1:$(activated_port udp)"
  echo 'by unix' | logsend "unix:$T/s"
  eventually holds expected
}

@test "a socket for all addresses is that of 0.0.0.0 and of [::]" {
  activate tcp:0.0.0.0:0 -- logcat "tcp://fd=unknown" # only for its port
  local port
  port=$(activated_port tcp)
  stop logcat
  activate "tcp:0.0.0.0:$port" -- logcat "tcp://[::]:$port"
  echo line >input
  logsend "tcp://127.0.0.1:$port" <input
  eventually has_received
}

@test "the file of an inherited socket stays, and one's own goes" {
  activate unix:"$T/inherited" unixgram:"$T/datagrams" -- \
    logcat --print-address "unix:$T/inherited" "unixgram:$T/datagrams" "unix:$T/own"
  eventually test -S own
  stop logcat
  assert_status 0
  [[ -S inherited && -S datagrams && ! -e own ]]
}

@test "an inherited socket that no source is for is an error that names it" {
  quietly manager activate log=udp:127.0.0.1:0 -- logcat "tcp://127.0.0.1:0"
  assert_status 78
  [[ $stderr == *"logcat: use inherited socket 'log' (udp 127.0.0.1:"*"): no source is for it"* ]] || fail "$stderr"
  quietly manager activate file: -- logcat "tcp://127.0.0.1:0"
  assert_status 78
  [[ $stderr == *"'unknown' (which does not listen)"* ]] || fail "$stderr"
}

@test "an inherited socket that cannot be used is a warning" {
  echo line >input
  quietly manager activate log=udp:127.0.0.1:0 -- logcat input
  assert_status 0
  assert_output line
  [[ $stderr == *"logcat: inherited socket 'log' (udp 127.0.0.1:"*"is not used"* ]] || fail "$stderr"
}

@test "a name that no inherited socket has is an error" {
  quietly logcat tcp://fd=log
  assert_status 78
  assert_complaint logcat "listen on tcp://fd=log: no tcp socket of this name was inherited"
  quietly manager activate other=tcp:127.0.0.1:0 -- logcat udp://fd=other
  assert_status 78
}

@test "what LISTEN_FDS names and is not there is an error" {
  quietly bash -c 'LISTEN_PID=$BASHPID LISTEN_FDS=1 exec logcat tcp://127.0.0.1:0 3>&-'
  assert_status 78
  assert_complaint logcat "descriptor 3 is closed"
}

@test "fd= is only for listening" {
  quietly logsend --drain-time 1s tcp://fd=log <<<line
  ((status != 0))
  [[ $stderr == *"fd= is only for listening"* ]] || fail "$stderr"
}

@test "connections and datagrams wait while logcat is restarted" {
  activate "log=tcp:127.0.0.1:0" "log=udp:127.0.0.1:0" -- logcat tcp://fd=log udp://fd=log -- logbuf push q
  local tcp udp
  tcp=/dev/tcp/127.0.0.1/$(activated_port tcp)
  udp=/dev/udp/127.0.0.1/$(activated_port udp)
  echo first >"$tcp"
  echo first >expected
  eventually holds expected
  kill -HUP "${pid[logcat]}"
  eventually grep -q stopped logcat.err
  for i in {1..50}; do
    echo "connection $i" >"$tcp"
    echo "datagram $i" >"$udp"
    printf 'connection %s\ndatagram %s\n' "$i" "$i" >>expected
  done
  kill -USR1 "${pid[logcat]}"
  eventually holds expected
  stop logcat
  assert_status 0
}

@test "connections that logcat did not take before it was stopped are the next one's" {
  activate "log=unix:$T/s" -- logcat unix:fd=log --max-connections 1 -- logbuf push q
  start first socat -u "SYSTEM:echo first; exec sleep 1000" "UNIX-CONNECT:$T/s"
  echo first >expected
  eventually holds expected
  echo second | socat -u - "UNIX-CONNECT:$T/s" # waits in the backlog: one connection is allowed
  kill -HUP "${pid[logcat]}"
  eventually grep -q stopped logcat.err
  holds expected
  kill -USR1 "${pid[logcat]}"
  echo second >>expected
  eventually holds expected
}

@test "systemd-socket-activate starts logcat with the first connection" {
  local port
  port=$(free_port)
  start logcat systemd-socket-activate -E PATH -l "127.0.0.1:$port" --fdname=log \
    logcat relp://fd=log -- logbuf push q
  eventually grep -qs Listening logcat.err
  echo line >input
  logsend "relp://127.0.0.1:$port" <input
  eventually holds input
  stop logcat
  assert_status 0
}

# ---- units

@test "the installed units are correct" {
  local units=("$PREFIX"/lib/systemd/system/*)
  ((${#units[@]} == 5))
  quietly systemd-analyze verify --man=no "${units[@]}"
  assert_status 0
  [[ -z $output$stderr ]] || fail "$output$stderr"
  run -1 grep -r /usr/local "$PREFIX/lib/systemd/system" --include='*.service' -e '^Exec.*/usr/local'
}

@test "the installed units are exposed to little" {
  local unit
  for unit in logcat@ logbuf-drain@ logbuf-hub logredis-hub; do
    run systemd-analyze security --no-pager --offline=true --threshold=20 "$PREFIX/lib/systemd/system/$unit.service"
    assert_success
  done
}

@test "the installed user can be created" {
  mkdir -p root/etc
  quietly systemd-sysusers --root="$T/root" "$PREFIX/lib/sysusers.d/logpipe.conf"
  assert_status 0
  grep -q '^logpipe:.*:/var/lib/logpipe:' root/etc/passwd
}

@test "the units' command lines work" {
  local unit=$PREFIX/lib/systemd/system words
  # As systemd would start logcat@app.service: variables of words of their own are split.
  words=$(sed -n "s/^ExecStart=//p" "$unit/logcat@.service")
  export OPTIONS='' TLS='' SOURCE="unix:$T/app.sock" SINK="$PREFIX/bin/logbuf push $T/app"
  eval "start logcat $words"
  eventually test -S app.sock
  echo line | logsend "unix:$T/app.sock"
  start_server receiver logcat --print-address tcp://127.0.0.1:0
  words=$(sed -n '/^ExecStart=/,/[^\\]$/ { s/^ExecStart=//; s/\\$//; p }' "$unit/logbuf-drain@.service" |
    tr '\n' ' ' | sed "s#/var/lib/logpipe/%i#$T/app#")
  export PEEK_OPTIONS='' SEND_OPTIONS='' DESTINATION
  DESTINATION=tcp://127.0.0.1:$(port_of receiver)
  eval "start drain $words"
  eventually grep -qx line receiver.out
  words=$(sed -n '/^ExecStart=/,/[^\\]$/ { s/^ExecStart=//; s/\\$//; p }' "$unit/logbuf-hub.service" |
    tr '\n' ' ' | sed "s#/var/lib/logpipe#$T#; s#/etc/logpipe#$T#")
  (umask 077 && echo 'admin:secret full_api' >hub.credentials)
  export OPTIONS=--print-address LISTEN='--listen http://127.0.0.1:0'
  eval "start_server hub $words"
  curl -fsS "http://127.0.0.1:$(port_of hub)/healthcheck" | grep -qx OK
  start_redis redis
  words=$(sed -n 's/^ExecStart=//p' "$unit/logredis-hub.service" | sed "s#/etc/logpipe#$T#")
  SERVER=$(url_of redis)
  export SERVER
  eval "start_server node $words"
  curl -fsS "http://127.0.0.1:$(port_of node)/healthcheck" | grep -qx OK
}

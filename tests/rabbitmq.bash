# A real RabbitMQ for the tests of a file; load it after helper. It takes seconds to start, so that a file starts it once.
#
#   start_rabbitmq           in setup_file: a node of its own, with a folder, ports and a cookie of its own, on loopback
#   end_rabbitmq             in teardown_file
#   rabbitmqctl_ COMMAND...  as rabbitmqctl
#   amqp QUERY               an address at the virtual host of the tests: amqp '?queue=q'
#   amqps NAME QUERY         the same through TLS, by that name of the host; its certificate is not for 127.0.0.2
#   peer COMMAND...          rabbitmq.py: declare, bind, delete, count, take, properties, publish
#   queued QUEUE N           the queue has N messages (for eventually)
#   pause_node, resume_node  SIGSTOP and SIGCONT of the server
#   kill_node, revive_node   kill -9, and another one that finds its data
#   keep_node                in setup_file: from now on revives it whenever somebody has killed it
#
# shellcheck shell=bash disable=SC2154

start_rabbitmq() {
  export R
  R=$(mktemp -d "${TMPDIR:-/var/tmp}/logpipe-rabbit.XXXXXX")
  chmod 711 "$R"
  export RABBIT_PORT RABBIT_TLS_PORT RABBIT_DIST_PORT RABBIT_EPMD_PORT
  RABBIT_PORT=$(free_port)
  RABBIT_TLS_PORT=$(free_port)
  RABBIT_DIST_PORT=$(free_port)
  RABBIT_EPMD_PORT=$(free_port)
  mkdir "$R/home" "$R/mnesia" "$R/log"
  echo "$RANDOM$RANDOM$RANDOM" >"$R/home/.erlang.cookie"
  chmod 600 "$R/home/.erlang.cookie"
  mkdir "$R/certs"
  "$ROOT/tests/tls_certs.sh" "$R/certs"
  cat >"$R/rabbitmq.conf" <<END
listeners.tcp.1 = 127.0.0.1:$RABBIT_PORT
listeners.ssl.1 = 127.0.0.1:$RABBIT_TLS_PORT
listeners.ssl.2 = 127.0.0.2:$RABBIT_TLS_PORT
ssl_options.certfile = $R/certs/good.pem
ssl_options.keyfile = $R/certs/good.key
ssl_options.verify = verify_none
max_message_size = 100000
disk_free_limit.absolute = 1MB
vm_memory_high_watermark.absolute = 1GB
default_vhost = test
log.console = true
END
  touch "$R/enabled_plugins"
  CERTS=$R/certs
  export CERTS
  if ((EUID == 0)); then chown -R rabbitmq "$R"; fi
  epmd -port "$RABBIT_EPMD_PORT" -address 127.0.0.1 >"$R/epmd.out" 2>&1 3>&- &
  echo $! >"$R/epmd"
  run_node
}

as_rabbitmq=()
if ((EUID == 0)); then as_rabbitmq=(setpriv --reuid=rabbitmq --regid=rabbitmq --clear-groups); fi

# The wrappers in PATH want to be root or rabbitmq; the programs behind them do not.
RABBITMQ_BIN=$(dirname "$(readlink -f /usr/lib/rabbitmq/bin/rabbitmq-server)")

# Of the node, and of those that talk to it.
set_rabbitmq_environment() {
  node=(env HOME="$R/home" RABBITMQ_NODENAME="logpipe$RABBIT_PORT@localhost" RABBITMQ_MNESIA_BASE="$R/mnesia"
    RABBITMQ_LOG_BASE="$R/log" RABBITMQ_CONFIG_FILE="$R/rabbitmq.conf" RABBITMQ_ENABLED_PLUGINS_FILE="$R/enabled_plugins"
    RABBITMQ_CONF_ENV_FILE="$R/none" RABBITMQ_DIST_PORT="$RABBIT_DIST_PORT" ERL_EPMD_PORT="$RABBIT_EPMD_PORT"
    ERL_EPMD_ADDRESS=127.0.0.1 RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+S 2:2 +sbwt none" "${as_rabbitmq[@]}")
}

# In a process group of its own. Erlang's port mapper, which is to live on with the tests, would hold their fd 3.
run_node() {
  launch_node
  DEADLINE=120 eventually node_answers
}

launch_node() {
  set_rabbitmq_environment
  : >"$R/node.out" # what the last one said
  setsid "${node[@]}" "$RABBITMQ_BIN/rabbitmq-server" >"$R/node.out" 2>&1 3>&- &
  echo $! >"$R/leader"
}

node_answers() {
  kill -0 "$(<"$R/leader")" || fail "the server ended: $(tail -n 20 "$R/node.out" "$R"/log/*.log)"
  has_started
}
has_started() { grep -q 'Server startup complete' "$R/node.out"; }

rabbitmqctl_() {
  set_rabbitmq_environment
  "${node[@]}" "$RABBITMQ_BIN/rabbitmqctl" --quiet "$@" 3>&-
}

end_rabbitmq() {
  if [[ -e $R/keeper ]]; then kill "$(<"$R/keeper")"; fi
  kill_node
  kill "$(<"$R/epmd")"
  rm -rf "$R"
}

signal_node() { kill "-$1" -- "-$(<"$R/leader")"; }
node_is_gone() { ! kill -0 -- "-$(<"$R/leader")" 2>/dev/null; }
pause_node() { signal_node STOP; }
resume_node() { signal_node CONT; }

kill_node() {
  signal_node KILL 2>/dev/null || true
  eventually node_is_gone
}

revive_node() { run_node; }

keep_node() {
  revive_always >"$R/keeper.out" 2>&1 3>&- &
  echo $! >"$R/keeper"
}
revive_always() {
  while [[ -d $R ]]; do
    if node_is_gone; then
      launch_node
      elect_leaders
    fi
    pause 0.1
  done
}
# A quorum queue whose only node was killed soon after it got its leader has none (logsend(1), AMQP).
elect_leaders() {
  local quorum='amqqueue:get_type(Q) =:= rabbit_quorum_queue'
  until has_started || node_is_gone; do pause 0.1; done
  if node_is_gone; then return; fi
  rabbitmqctl_ eval "[ra:trigger_election(amqqueue:get_pid(Q)) || Q <- rabbit_amqqueue:list(), $quorum]." || true
}

amqp() { echo "amqp://127.0.0.1:$RABBIT_PORT/test$1"; }
amqps() { echo "amqps://$1:$RABBIT_TLS_PORT/test$2"; }

peer() { /usr/bin/python3 "$ROOT/tests/rabbitmq.py" "$RABBIT_PORT" test "$@"; }
queued() { [[ $(peer count "$1") == "$2" ]]; }

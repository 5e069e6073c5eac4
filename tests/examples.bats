# Runs the examples of the man pages, one test per page.
#
# Each `.Bd -literal` block under EXAMPLES is a bash script (no prompts, no output in it). It is run with -e and has to
# end with status 0, unless one of these comments stands before the block:
#
#   .\" example: not run (REASON)      needs what a test cannot have
#   .\" example: stop when CONDITION   it runs until it is stopped: CONDITION, a shell command, has to come true while
#                                      it runs; then it gets SIGTERM
#   .\" example: file NAME             not a script but a file (a unit, a crontab); only checked not to be empty
#
# The pages name places as they are on a real machine; here they stand for others:
#
#   /var/lib/logbuf/    a folder with a buffer `q`, which holds the 1,000 lines of app.log
#   /var/log/           a folder with app.log, app.log.1.gz (1,000 lines each) and app.log.2.zst (the same as .1)
#   /run/               an empty folder
#   HOST:6514           with any name (central, central.example, spare.example): a receiver, which writes all that it
#                       gets to the file `received`
#   HOST:2514           as HOST:6514, by RELP
#   tcp://:6514         (also tcp://0.0.0.0:6514, tcp://[::]:6514) a listener on a free port, $PORT in a CONDITION
#   relp://:2514        (also relp://0.0.0.0:2514, relp://[::]:2514) the same, $RELP_PORT in a CONDITION
#   ./deliver           a command that takes lines on stdin and appends them to the file `delivered`
#
# The working directory is empty except for `q`, a link to /var/lib/logbuf/q, app.log and deliver. Buffers that a script
# names and that do not exist are its own business. CONDITIONs are run in this directory, where lib/ is /var/lib/logbuf,
# log/ is /var/log and run/ is /run.

load helper

prepare() {
  mkdir -p lib log run
  lines 1000 1 >log/app.log
  lines 1000 2 | gzip >log/app.log.1.gz
  lines 1000 2 | zstd -q >log/app.log.2.zst
  logbuf push lib/q <log/app.log
  ln -s lib/q q
  ln -s log/app.log app.log
  printf '#!/bin/sh\ncat >>"%s/delivered"\n' "$PWD" >deliver
  chmod +x deliver
  PORT=$(free_port)
  RELP_PORT=$(free_port)
  export PORT RELP_PORT
  start_server receiver logcat --print-address tcp://127.0.0.1:0 relp://127.0.0.1:0 -- logsend "file:$PWD/received"
  receiver_port=$(port_of receiver)
  eventually grep -q 'listening on relp:' "$T/receiver.err"
  relp_receiver_port=$(sed -En '/listening on relp:/s/.*:([0-9]+)$/\1/p' "$T/receiver.err")
}

# The script on stdin with this machine's places in it.
placed() {
  local any='(0\.0\.0\.0|\[::\])?'
  sed -E -e "s#tcp://$any:6514#tcp://127.0.0.1:$PORT#g" -e "s#relp://$any:2514#relp://127.0.0.1:$RELP_PORT#g" \
    -e "s#[a-z][a-z0-9.-]*:6514#127.0.0.1:$receiver_port#g" -e "s#[a-z][a-z0-9.-]*:2514#127.0.0.1:$relp_receiver_port#g" \
    -e "s#/var/lib/logbuf/#$PWD/lib/#g" -e "s#/var/log/#$PWD/log/#g" -e "s#/run/#$PWD/run/#g"
}

run_example() {
  local script=$1 how=$2
  case $how in
  "not run ("*")") ;;
  "file "*) [[ -s $script ]] ;;
  "stop when "*)
    start example bash -e "$script"
    eventually bash -c "${how#stop when }"
    kill -TERM -- "-${pid[example]}"
    finish example
    ;;
  "")
    quietly timeout 30 bash -e "$script" </dev/null
    assert_status 0
    ;;
  *) fail "no such kind of example: $how" ;;
  esac
}

check_page() {
  local page=$1 script placed
  mkdir scripts
  awk -v dir="$PWD/scripts" -f "$ROOT/scripts/examples.awk" "$ROOT/man/$page"
  [[ -e scripts/01.sh ]] || fail "man/$page has no examples"
  for script in "$PWD"/scripts/*.sh; do
    mkdir "${script%.sh}"
    cd "${script%.sh}" || return
    prepare
    placed=$(placed <"$script")
    printf 'example %s of man/%s:\n%s\n' "$(basename "$script" .sh)" "$page" "$placed" # seen when it fails
    echo "$placed" >script
    run_example "$PWD/script" "$(<"${script%.sh}.how")"
    stop receiver
  done
}

@test "the examples of logcat(1) run" { check_page logcat.1; }
@test "the examples of logbuf(1) run" { check_page logbuf.1; }
@test "the examples of logsend(1) run" { check_page logsend.1; }
@test "the examples of logtail(1) run" { check_page logtail.1; }
@test "the examples of logpipe(7) run" { check_page logpipe.7; }

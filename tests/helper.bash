# The tests' vocabulary. `load helper` in a bats file; every test then has a folder of its own, $T, as its working
# directory, the tools in PATH, and at its end no process that it started is left.
#
#   lines N [SEED]               N syslog lines, always the same ones
#   random_bytes N               others on each run; LOGPIPE_SEED=NUMBER repeats these and the moments of kill_at_random
#   quietly CMD...               `run --separate-stderr`; look at $status, $output and $stderr
#   assert_status N              of the last run; says what stderr was
#   assert_complaint TOOL TEXT   stderr is one line that starts with "TOOL: " and holds TEXT
#   eventually CMD...            tries until CMD succeeds, for 20 s at most (DEADLINE=SECONDS)
#   start NAME CMD...            in the background; NAME.out, NAME.err, the pid is ${pid[NAME]}
#   start_server NAME CMD...     the same, and waits until it says on stderr that it listens (logcat --print-address)
#   port_of NAME                 the TCP port that the server said
#   finish NAME                  waits for it; $status
#   stop NAME [SIGNAL]           a signal (default TERM), then as finish
#   kill_at_random MS NAME...    kill -9 one of them, $victim, at some moment in the next MS milliseconds
#   assert_memory_below KIB NAME its peak so far; not asked of sanitizers, which keep what was freed
#   free_port                    a TCP port on loopback that nobody listens on
#   assert_same_lines A B        two files, the same lines in the same order
#   assert_same_set A B          two files, the same lines in any order, none twice
#
# shellcheck shell=bash disable=SC2034

bats_require_minimum_version 1.5.0
bats_load_library bats-support
bats_load_library bats-assert

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BIN=${LOGPIPE_BIN:-$ROOT/build/release}
PATH=$BIN:$PATH
export LC_ALL=C TZ=UTC
declare -gA pid=()

setup() {
  # A short path, since a Unix socket's name has 108 bytes. Not on tmpfs: the tests are of what reaches a disk.
  T=$(mktemp -d "${TMPDIR:-/var/tmp}/logpipe.XXXXXX")
  cd "$T" || return
  SEED=${LOGPIPE_SEED:-$((RANDOM << 15 | RANDOM))}
  RANDOM=$SEED
  echo "random numbers of LOGPIPE_SEED=$SEED" # seen when the test fails
}

teardown() {
  local name
  for name in "${!pid[@]}"; do
    kill -KILL -- "-${pid[$name]}" 2>/dev/null || true
    wait "${pid[$name]}" 2>/dev/null || true # its own children only: bats has some here as well
  done
  # The address sanitizer's reports reach tests/run in files of their own; these do not.
  local undefined
  undefined=$(grep -hs 'runtime error: ' "$T"/*.err) || true
  cd /
  rm -rf "$T"
  [[ -z $undefined ]] || fail "$undefined"
}

lines() { "$ROOT/bench/lines" "$@"; }

random_bytes() {
  python3 -c 'import random, sys; sys.stdout.buffer.write(random.Random(sys.argv[1]).randbytes(int(sys.argv[2])))' "$SEED" "$1"
}

quietly() { run --separate-stderr "$@"; }

assert_status() {
  [[ $status -eq $1 ]] || fail "exit status is $status, not $1; stderr: ${stderr:-}"
}

assert_complaint() {
  ((${#stderr_lines[@]} == 1)) || fail "not one line on stderr: $stderr"
  [[ $stderr == "$1"*": "*"$2"* ]] || fail "stderr is: $stderr"
}

eventually() {
  local end=$((${EPOCHREALTIME/./} + ${DEADLINE:-20} * 1000000))
  until "$@"; do
    ((${EPOCHREALTIME/./} < end)) || fail "did not come true in ${DEADLINE:-20} s: $*"
    pause 0.02
  done
}

# Waits without a process of its own: nothing is ever written to this pipe.
pause() {
  local never
  exec {never}<> <(:)
  read -r -t "$1" -u "$never" || true
  exec {never}>&-
}

# In a process group of its own, so that teardown also reaches what it starts. Bats waits for fd 3 to close.
start() {
  local name=$1
  shift
  rm -f "$T/$name.out" "$T/$name.err" # what an earlier one of that name said
  setsid "$@" >"$T/$name.out" 2>"$T/$name.err" 3>&- &
  pid[$name]=$!
}

start_server() {
  start "$@"
  eventually has_spoken "$1"
  grep -q listening "$T/$1.err" || fail "$1 ended: $(cat "$T/$1.err")"
}

has_spoken() {
  grep -qs listening "$T/$1.err" || ! kill -0 "${pid[$1]}" 2>/dev/null
}

port_of() { sed -En '/listening/s/.*:([0-9]+)$/\1/p' "$T/$1.err" | head -n 1; }

finish() {
  status=0
  wait "${pid[$1]}" || status=$?
  unset "pid[$1]"
}

stop() {
  kill "-${2:-TERM}" "${pid[$1]}"
  finish "$1"
}

kill_at_random() {
  local within=$1
  shift
  victim=${*:$((RANDOM % $# + 1)):1}
  pause "$(printf '0.%06d' $((RANDOM * 32768 % (within * 1000))))"
  kill -KILL "${pid[$victim]}" 2>/dev/null || true
}

assert_memory_below() {
  local peak
  peak=$(awk '/VmHWM/ { print $2 }' "/proc/${pid[$2]}/status")
  ((peak < $1)) || [[ ${MODE:-release} != release ]] || fail "$2 took $peak KiB"
}

free_port() {
  python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

assert_same_lines() {
  cmp -s "$1" "$2" || fail "$1 ($(wc -l <"$1") lines) is not $2 ($(wc -l <"$2") lines):
$(diff "$1" "$2" | head -n 10)"
}

assert_same_set() {
  LC_ALL=C sort "$1" >"$T/.one"
  LC_ALL=C sort "$2" >"$T/.two"
  assert_same_lines "$T/.one" "$T/.two"
}

# TOOL OPTION VALUE ADDRESS, what is in use, and what the option belongs to
is_foreign() {
  quietly "$1" "$2=$3" "$4" </dev/null
  assert_status 64
  assert_complaint "$1" "option $2 does not belong to $5; it belongs to $6"
}

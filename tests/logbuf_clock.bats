# Clocks that are wrong: what was stored by them must not be the time of all that follows.

load helper

setup_file() {
  CLOCK=$(mktemp -d)/clock.so
  export CLOCK
  cc -shared -fPIC -o "$CLOCK" "$BATS_TEST_DIRNAME/clock_ahead.c"
}

teardown_file() { rm -r "${CLOCK%/*}"; }

field() { logbuf stat --json q | python3 -c "import json, sys; print(json.load(sys.stdin)$1)"; }
# SECONDS CMD...: with a clock that is so far ahead.
ahead() { CLOCK_OFFSET=$1 LD_PRELOAD=$CLOCK "${@:2}"; }

YEARS=315360000 # ten

@test "a reading ten years ahead stamps what was stored by it and nothing after, and is told once" {
  echo before | logbuf push q
  echo bogus | ahead "$YEARS" logbuf push q
  quietly logbuf push q < <(echo after)
  assert_status 0
  assert_complaint logbuf "behind the newest message"
  quietly logbuf push q < <(echo later)
  assert_equal "$stderr" ""
  assert_equal "$(field '["newest"][:4]')" "$(date +%Y)"
}

@test "--since and --until go by the times that are not still to come" {
  echo before | logbuf push q
  echo bogus | ahead "$YEARS" logbuf push q
  echo after | logbuf push q 2>/dev/null
  assert_equal "$(logbuf cat --since '1 hour ago' q | xargs)" "before bogus after"
  assert_equal "$(ahead 7200 logbuf cat --since '1 hour ago' q)" ""
  assert_equal "$(logbuf cat --until '1 hour ago' q)" ""
  assert_equal "$(ahead 7200 logbuf cat --until '1 hour ago' q | xargs)" "before bogus after"
}

@test "--retain-time keeps what a wrong clock stamped no longer than what came next" {
  echo bogus | ahead "$YEARS" logbuf push --retain-time 1h q
  echo after | logbuf push q 2>/dev/null
  logbuf pop q >/dev/null
  assert_equal "$(logbuf cat q | xargs)" "bogus after"
  echo new | ahead 7200 logbuf push q
  ahead 7200 logbuf pop q >/dev/null
  assert_equal "$(logbuf cat q)" new
}

@test "a clock that is set back by a few seconds repeats the newest time" {
  echo one | ahead 30 logbuf push q
  quietly logbuf push q < <(echo two)
  assert_equal "$stderr" ""
  assert_equal "$(logbuf cat --since now q | xargs)" "one two"
}

@test "a clock that is behind for a while hides nothing that was stored before" {
  echo one | logbuf push q
  echo bogus | ahead "-$YEARS" logbuf push q 2>/dev/null
  echo two | logbuf push q
  assert_equal "$(logbuf cat --since '1 hour ago' q | xargs)" "one bogus two"
  assert_equal "$(ahead 7200 logbuf cat --since '1 hour ago' q)" ""
}

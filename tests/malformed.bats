# Generated malformed input, a million times for each parser where the sanitizers look on: nothing crashes, and what must
# hold for any bytes at all holds (tests/unit/codec_properties.h).
#
#   LOGPIPE_MALFORMED=100000 LOGPIPE_SEED=7 bats tests/malformed.bats
#
# shellcheck shell=bash

load helper

BATS_TEST_TIMEOUT=900 # bats reads it; a million inputs take some minutes of a busy processor
: "$BATS_TEST_TIMEOUT"

# PATTERN: the unit tests of that name.
try() {
  local count=50000
  [[ ${MODE:-} != asan ]] || count=1000000
  LOGPIPE_MALFORMED=${LOGPIPE_MALFORMED:-$count} quietly "$BIN/unit-tests" --no-colors=true --test-case="$1"
  assert_status 0
  [[ $output == *"1 passed | 0 failed"* ]] || fail "$output"
}

@test "syslog and JSON messages" { try 'whatever comes is parsed*'; }

@test "a RELP client's bytes" { try 'whatever comes from a RELP client*'; }

@test "a RELP server's bytes" { try 'whatever comes from a RELP server*'; }

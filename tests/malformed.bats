# Generated malformed input, a million times for each parser where the sanitizers look on: nothing crashes, and what must
# hold for any bytes at all holds (tests/unit/codec_properties.h).
#
#   LOGPIPE_MALFORMED=100000 LOGPIPE_SEED=7 bats tests/malformed.bats
#   LOGPIPE_NOISE=10000000 bats -f HTTP tests/malformed.bats      so many bytes for the HTTP server
#
# shellcheck shell=bash

load helper
load http

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

@test "an HTTP client's bytes" {
  local seed=${LOGPIPE_SEED:-$RANDOM}
  receive --request-timeout 5s
  quietly python3 "$ROOT/tests/http_noise.py" "$port" "${LOGPIPE_NOISE:-500000}" "$seed"
  [[ $status -eq 0 ]] || fail "seed $seed: $stderr $(tail -5 logcat.err)"
  local noise=$output
  [[ $noise == *" x 204"*" x 400"* ]] || fail "seed $seed: $noise"
  stop logcat
  run ! grep -E 'Sanitizer|runtime error' logcat.err
  [[ $noise =~ ([0-9]+)\ whole ]] || fail "$noise"
  assert_equal "$(logbuf cat q | grep -cx whole)" "${BASH_REMATCH[1]}"
}

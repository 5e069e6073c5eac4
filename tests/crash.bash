# For the bats files that kill; load it after helper.
#
#   crash SCENARIO           runs a scenario of tests/crash/, and notes how many kills it took
#   took_at_least N          in the file's last test: the ones before it took so many kills in all
#
# shellcheck shell=bash disable=SC2154

crash() {
  start crash env PYTHONDONTWRITEBYTECODE=1 python3 "$ROOT/tests/crash" "$1"
  finish crash
  [[ $status -eq 0 ]] || fail "$(cat crash.err)"
  tee -a "$BATS_FILE_TMPDIR/summary" <crash.out
}

took_at_least() {
  local kills
  kills=$(awk '{ kills += $2 } END { print kills + 0 }' "$BATS_FILE_TMPDIR/summary")
  [[ -n ${CRASH_ROUNDS:-} ]] || ((kills >= $1)) || fail "only $kills: $(cat "$BATS_FILE_TMPDIR/summary")"
}

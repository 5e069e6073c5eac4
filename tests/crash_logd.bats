# Kills of logsend logd://, of logtail logd:// and of the server at random instants, as in crash.bats.
#
#   CRASH_SEED=4711 bats -f 'a log' tests/crash_logd.bats
#   CRASH_ROUNDS=500 bats tests/crash_logd.bats

load helper

crash() {
  start crash env PYTHONDONTWRITEBYTECODE=1 python3 "$ROOT/tests/crash" "$1"
  finish crash
  [[ $status -eq 0 ]] || fail "$(cat crash.err)"
  tee -a "$BATS_FILE_TMPDIR/summary" <crash.out
}

@test "a buffer to a log: nothing is lost and the order is kept, whoever is killed" { crash buffer_to_log; }

@test "a log followed into a buffer: exactly once and in order, whoever is killed" { crash tail_of_log; }

@test "all this took at least 100 kills" {
  kills=$(awk '{ kills += $2 } END { print kills + 0 }' "$BATS_FILE_TMPDIR/summary")
  [[ -n ${CRASH_ROUNDS:-} ]] || ((kills >= 100)) || fail "only $kills: $(cat "$BATS_FILE_TMPDIR/summary")"
}

# Kills of masters and replicas at random instants, as in crash.bats.
#
#   CRASH_SEED=4711 bats -f promotion tests/crash_replication.bats
#   CRASH_ROUNDS=500 bats tests/crash_replication.bats

load helper

crash() {
  start crash env PYTHONDONTWRITEBYTECODE=1 python3 "$ROOT/tests/crash" "$1"
  finish crash
  [[ $status -eq 0 ]] || fail "$(cat crash.err)"
  tee -a "$BATS_FILE_TMPDIR/summary" <crash.out
}

@test "nothing that was answered is lost, and the replica becomes equal, whoever is killed" {
  crash replica_of_the_killed
}

@test "promotion: with --sync-replicas 1 the new master has all that the killed one had answered" {
  crash promotion
}

@test "all this took at least 100 kills" {
  kills=$(awk '{ kills += $2 } END { print kills + 0 }' "$BATS_FILE_TMPDIR/summary")
  [[ -n ${CRASH_ROUNDS:-} ]] || ((kills >= 100)) || fail "only $kills: $(cat "$BATS_FILE_TMPDIR/summary")"
}

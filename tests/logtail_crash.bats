# logtail and its sink killed at random instants, while the files that it follows are written and rotated; see
# crash.bats, which is about the other tools.

load helper

crash() {
  start crash env PYTHONDONTWRITEBYTECODE=1 python3 "$ROOT/tests/crash" "$1"
  finish crash
  [[ $status -eq 0 ]] || fail "$(cat crash.err)"
  tee -a "$BATS_FILE_TMPDIR/summary" <crash.out
}

@test "files followed by name into a buffer arrive exactly once, in order, whoever is killed" { crash tail_of_logs; }

@test "files followed under all their names arrive exactly once, each in order" { crash tail_of_all; }

@test "buffers and a file followed into one buffer arrive exactly once, each in order" { crash tail_of_buffers; }

@test "files followed to stdout lose nothing when logtail is killed, and repeat only what came last" {
  crash tail_to_stdout
}

@test "all this took at least 200 kills" {
  kills=$(awk '{ kills += $2 } END { print kills + 0 }' "$BATS_FILE_TMPDIR/summary")
  [[ -n ${CRASH_ROUNDS:-} ]] || ((kills >= 200)) || fail "only $kills: $(cat "$BATS_FILE_TMPDIR/summary")"
}

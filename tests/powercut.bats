# The power fails at a random moment: tests/powercut records what the tools write, sync and say, lays out what a disk may
# hold then, about 1,000 times, and opens it with the tools (docs/decisions/0022). When a test fails it says its seed:
#
#   LOGPIPE_SEED=4711 bats -f compact tests/powercut.bats
#   make powercut STATES=20000 KEEP=/dev/shm/kept

load helper

setup_file() { : >"$BATS_FILE_TMPDIR/summary"; }

# power_cut [OPTION...] STATES SCENARIO...: less of it under sanitizers, which make each process slow.
power_cut() {
  local options=(--recorder "$BIN/powercut-recorder.so") states
  [[ -z ${LOGPIPE_SEED:-} ]] || options+=(--seed "$LOGPIPE_SEED")
  while [[ $1 == --* ]]; do
    options+=("$1" "$2")
    shift 2
  done
  states=$1
  shift
  [[ ${MODE:-release} == release ]] || states=$((states / 5))
  start cut env PYTHONDONTWRITEBYTECODE=1 python3 "$ROOT/tests/powercut" "${options[@]}" --states "$states" "$@"
  finish cut
  [[ $status -eq 0 ]] || fail "$(cat cut.out cut.err)"
}

survives() {
  power_cut "$@"
  cat cut.out >>"$BATS_FILE_TMPDIR/summary"
}

@test "the model of a disk tears writes, and keeps what was synced" { python3 -B "$ROOT/tests/powercut/disk_test.py"; }

@test "what push has written a receipt for is there after a power cut, and nothing torn" { survives 100 push; }

@test "the same of a push that compresses, which changes the format of its buffer" { survives 50 compressed; }

@test "a receipt of push holds although those before it were killed with names not synced" { survives 110 killed; }

@test "what several pushes have stored is there, whoever of them made the buffer" { survives 50 crowd; }

@test "acknowledgements hold, and what was not acknowledged is offered" { survives 80 acknowledge; }

@test "a power cut during compact leaves the old file or the new one" { survives 60 compact; }

@test "a power cut during salvage leaves what was found so far, and the damaged buffer as it was" { survives 50 salvage; }

@test "a buffer-to-buffer hop delivers exactly once through a power cut" { survives 110 hop; }

@test "a source that is put back to a snapshot loses nothing into a buffer that was not" { survives 60 rollback; }

@test "a buffer that logtail reads loses nothing when it is put back to a snapshot" { survives 40 rollback_of_tail; }

@test "files whose writer syncs arrive exactly once in a buffer" { survives 60 tail; }

@test "a torn append to the checkpoint costs nothing" { survives 40 torn_checkpoint; }

@test "files that lost what was not synced, and grew again, lose nothing more" { survives 40 tail_of_unsynced; }

@test "what logsend has written a receipt for is in its file" { survives 110 send; }

@test "what logsend has written a receipt for is in the files that its fields named, in directories that it made" {
  survives 60 send_to_many
}

@test "what serve has answered OK is in its buffer" { survives 70 serve; }

@test "a server that was told OK for ACCEPT or REFUSE takes messages, or none, after a power cut" { survives 50 epochs; }

@test "what serve has answered OK is in the replica as well, whichever machine lost its power" { survives 40 replicate; }

@test "these were 1,000 states" {
  local states least=1000
  [[ ${MODE:-release} == release ]] || least=200
  states=$(awk '{ sum += $2 } END { print sum + 0 }' "$BATS_FILE_TMPDIR/summary")
  ((states >= least)) || fail "only $states: $(cat "$BATS_FILE_TMPDIR/summary")"
}

# These end at the first fault of each scenario.
@test "each of this finds a fault where syncs do nothing" { power_cut --ignore all 8000; }

@test "it finds a fault where only files are not synced" { power_cut --ignore files 2000 push hop; }

@test "it finds a fault where only names are not synced" { power_cut --ignore names 2000 push send send_to_many; }

@test "it finds a fault where only writes of LMDB's meta pages are not synced" { power_cut --ignore writes 2000 push hop; }

# What happens when a buffer is full, and what is kept for replay.

load helper

counts() { logbuf consumer ls q | awk '$1 == "default" { print $2, $3, $4 }'; }
assert_counts() { assert_equal "$(counts)" "$1"; } # what is ready, in the backlog, acknowledged
field() { logbuf stat --json q | python3 -c "import json, sys; print(json.load(sys.stdin)$1)"; }
says() { grep -q "$2" "$1.err"; }
written() { [[ -e $1.out ]] && (($(wc -l <"$1.out") >= $2)); }
# FILE NAME CMD...: as start, with FILE as stdin.
start_reading() { start "$2" bash -c 'exec "${@:2}" <"$1"' reading "$1" "${@:3}"; }

# A buffer of 256 KiB and some three times as many lines as fit.
fill() {
  lines 6000 >input
  logbuf push --max-size 256KiB "$@" q <input
}

# ---- --full=block

@test "a full buffer makes push wait, and it goes on when a consumer acknowledges" {
  lines 6000 >input
  start_reading input push logbuf push --max-size 256KiB q
  eventually says push "it is full"
  logbuf pop -f -n 6000 q >output
  finish push
  assert_status 0
  assert_same_lines output input
  grep -q "there is room again" push.err
}

@test "SIGTERM ends a waiting push with 75, and what was confirmed is what is stored" {
  lines 6000 | awk '{ print NR "\t" $0 }' >input
  start_reading input push logbuf push -i -r --drain-time 0.2s --max-size 256KiB q
  eventually says push "it is full"
  stop push
  assert_status 75
  cut -f 2- input | head -n "$(tail -n 1 push.out)" >confirmed
  logbuf cat q >output
  assert_same_lines output confirmed
  logbuf verify q
}

@test "a waiting push goes on when the buffer is made larger" {
  lines 6000 >input
  start_reading input push logbuf push --max-size 256KiB q
  eventually says push "it is full"
  logbuf push --max-size 4MiB q </dev/null
  finish push
  assert_status 0
  logbuf cat q >output
  assert_same_lines output input
}

@test "peek alone makes no room: what is in B still counts" {
  lines 6000 >input
  start_reading input push logbuf push --max-size 256KiB q
  eventually says push "it is full"
  logbuf peek q >/dev/null
  local held
  held=$(field '["messages"]')
  logbuf ack --all q
  eventually test "$held" -lt 6000
  logbuf pop -f -n $((6000 - held)) q >/dev/null
  finish push
  assert_status 0
}

# ---- --full=drop-newest and drop-oldest

@test "drop-newest keeps the oldest, counts what it drops and says so once" {
  lines 6000 >input
  quietly logbuf push --full drop-newest --max-size 256KiB q <input
  assert_status 0
  assert_complaint logbuf "the newest messages are dropped and counted"
  logbuf cat q >output
  assert_equal "$(diff input output | grep -c '^>')" 0
  assert_equal "$(head -n 1000 output)" "$(head -n 1000 input)"
  assert_equal "$(field '["dropped_newest"]')" "$((6000 - $(wc -l <output)))"
  (($(field '["dropped_newest"]') > 1000 && $(field '["bytes"]') <= 256 * 1024))
}

@test "drop-oldest keeps the newest and counts what it drops" {
  fill --full drop-oldest
  logbuf cat q >output
  cmp output <(tail -n "$(wc -l <output)" input)
  assert_equal "$(field '["dropped_oldest"]')" "$((6000 - $(wc -l <output)))"
  (($(field '["dropped_oldest"]') > 1000 && $(field '["bytes"]') <= 256 * 1024))
  logbuf verify q
}

@test "ids go on over what was dropped from the front" {
  fill --full drop-oldest
  assert_equal "$(logbuf cat -i q | tail -n 1 | cut -f 1)" 6000
  assert_equal "$(logbuf cat -i q | head -n 1 | cut -f 1)" "$(($(field '["dropped_oldest"]') + 1))"
}

@test "a consumer that had not acknowledged what was dropped counts it as lost" {
  printf 'first\n' | logbuf push q
  logbuf peek q >/dev/null
  fill --full drop-oldest
  (($(field '["consumers"][0]["lost"]') > 1000))
  assert_equal "$(field '["consumers"][0]["lost"]')" "$(field '["dropped_oldest"]')"
  logbuf pop q >output
  cmp output <(tail -n "$(wc -l <output)" input)
  quietly logbuf ack q < <(echo 1)
  assert_status 0
}

@test "drop-oldest drops what was only kept for replay first, and that is no loss" {
  lines 1000 | logbuf push --retain-size 256KiB --max-size 256KiB --full drop-oldest q
  logbuf pop q >/dev/null
  lines 1000 2 | logbuf push q
  assert_equal "$(field '["dropped_oldest"]')" 0
  assert_equal "$(logbuf pop q | wc -l)" 1000
}

@test "--report-loss stores a message that says how many were dropped" {
  fill --full drop-newest 2>/dev/null
  local dropped
  dropped=$(field '["dropped_newest"]')
  logbuf pop q >/dev/null
  echo after | logbuf push --report-loss q
  run logbuf pop q
  assert_line --index 0 --regexp "^<44>1 .* logbuf .* $dropped messages were dropped since .* because the buffer was full$"
  assert_line --index 1 after
  echo later | logbuf push --report-loss q
  assert_equal "$(logbuf pop q)" later
}

@test "drop-oldest says once that it deletes what is not acknowledged" {
  lines 6000 >input
  quietly logbuf push --full drop-oldest --max-size 256KiB q <input
  assert_status 0
  assert_complaint logbuf "the oldest messages are deleted"
}

@test "drop-oldest says nothing when only what was kept for replay gives way" {
  lines 1000 | logbuf push --retain-size 256KiB --max-size 256KiB --full drop-oldest q
  logbuf pop q >/dev/null
  quietly logbuf push q < <(lines 1000 2)
  assert_equal "$stderr" ""
}

@test "a full buffer without a consumer says that nobody takes messages" {
  lines 6000 >input
  start_reading input push logbuf push --max-size 256KiB q
  eventually says push "nobody takes messages: it has no consumer"
  logbuf pop -f -n 6000 q >output
  finish push
  assert_status 0
}

# ---- set

@test "set changes limits without a push, and a waiting push goes on" {
  lines 6000 >input
  start_reading input push logbuf push --max-size 256KiB q
  eventually says push "it is full"
  logbuf set --max-size 4MiB --retain-time 1h q
  finish push
  assert_status 0
  assert_equal "$(field '["max_size"]') $(field '["retain_seconds"]')" "4194304 3600.0"
}

@test "set of nothing and of a buffer that does not exist are errors" {
  quietly logbuf set q
  assert_status 64
  assert_complaint logbuf "nothing to set"
  quietly logbuf set --max-size 1MiB q
  assert_status 66
  [[ ! -e q ]]
}

@test "stat says what is kept, how large the file may grow, and how old what waits is" {
  echo a | logbuf push --retain-size 1MiB --retain-time 2h --max-size 1MiB q
  logbuf consumer add q other
  logbuf pop q >/dev/null
  run logbuf stat q
  assert_line --partial "(at most 1 GiB)"
  assert_line "  acknowledged messages are kept up to 1 MiB or for 2 h"
  assert_line --regexp '^  consumer other: 1 ready, .*, the oldest unacknowledged [0-9].* old$'
  assert_line --regexp '^  consumer default: 0 ready, 0 in backlog, acknowledged to 1$'
  assert_equal "$(field '["file_limit"]')" $((1073741824 + 4 * 1048576))
  assert_equal "$(field '["consumers"][0]["oldest_unacknowledged"]')" None
  assert_equal "$(field '["consumers"][1]["oldest_unacknowledged"]')" "$(field '["oldest"]')"
  run logbuf stat --prometheus q
  assert_line 'logbuf_retain_seconds{buffer="q"} 7200'
  assert_line 'logbuf_retain_bytes{buffer="q"} 1048576'
  assert_line 'logbuf_oldest_unacknowledged_seconds{buffer="q",consumer="default"} 0'
  assert_line --regexp '^logbuf_oldest_unacknowledged_seconds\{buffer="q",consumer="other"\} [0-9.]+$'
}

# ---- --retain-size and --retain-time

@test "--retain-size keeps acknowledged messages for replay, about so much" {
  lines 6000 >input
  logbuf push --retain-size 256KiB q <input
  logbuf pop q >/dev/null
  (($(field '["bytes"]') <= 256 * 1024 && $(field '["messages"]') > 0))
  local first
  first=$(field '["first_id"]')
  logbuf rewind --to "$first" q
  logbuf pop q >output
  assert_same_lines output <(tail -n "+$first" input)
}

@test "--retain-time keeps acknowledged messages for replay" {
  lines 100 >input
  logbuf push --retain-time 1h q <input
  logbuf pop q >/dev/null
  logbuf rewind --to 1 q
  logbuf pop q >output
  assert_same_lines output input
}

@test "what is older than --retain-time goes with the next acknowledgement" {
  echo old | logbuf push --retain-time 1ms q
  logbuf pop q >/dev/null
  echo new | logbuf push q
  logbuf pop q >/dev/null
  run logbuf cat q
  refute_output --partial old
}

@test "without retention what is acknowledged is gone" {
  lines 100 | logbuf push q
  logbuf pop q >/dev/null
  assert_equal "$(field '["messages"]') $(field '["bytes"]') $(field '["chunks"]')" "0 0 0"
  assert_equal "$(logbuf cat q)" ""
}

@test "limits are kept in the buffer until they are changed" {
  echo a | logbuf push --max-size 1MiB --full drop-oldest --retain-size 64KiB --retain-time 1h q
  echo b | logbuf push q
  assert_equal "$(field '["max_size"]') $(field '["full"]')" "1048576 drop-oldest"
  assert_equal "$(field '["retain_size"]') $(field '["retain_seconds"]')" "65536 3600.0"
  echo c | logbuf push --retain-time 0 q
  assert_equal "$(field '["retain_size"]') $(field '["retain_seconds"]')" "65536 0.0"
}

# ---- --max-size

@test "shrinking --max-size below what is stored loses nothing and blocks until it fits" {
  lines 4000 >input
  logbuf push --max-size 4MiB q <input
  echo last >more
  start_reading more push logbuf push --max-size 128KiB q
  eventually says push "it is full"
  logbuf pop -f -n 4001 q >output
  finish push
  assert_status 0
  assert_same_lines output <(cat input more)
}

@test "shrinking --max-size with drop-oldest drops down to it at the next push" {
  lines 4000 >input
  logbuf push --max-size 4MiB q <input
  echo last | logbuf push --max-size 300KiB --full drop-oldest q
  (($(field '["bytes"]') <= 300 * 1024))
  assert_equal "$(logbuf cat q | tail -n 1)" last
}

@test "a message larger than --max-size is bad data, and what came before it is stored" {
  { echo before; head -c 100000 /dev/zero | tr '\0' x; echo; } >input
  quietly logbuf push --max-size 64KiB q <input
  assert_status 65
  assert_complaint logbuf "is larger than --max-size"
  assert_equal "$(logbuf cat q)" before
}

@test "a file stays bounded when many times its --max-size flows through" {
  lines 80000 >input
  logbuf push --max-size 512KiB q </dev/null
  start_reading input push logbuf push q
  logbuf pop -f -n 80000 q >output
  finish push
  assert_status 0
  assert_same_lines output input
  (($(stat -c %s q/data.mdb) <= 16 * 512 * 1024)) || fail "$(stat -c %s q/data.mdb)"
}

@test "compact gives the space of what is deleted back to the file system" {
  lines 20000 | logbuf push q
  logbuf pop -n 19990 q >/dev/null
  logbuf cat -i q >before
  local size
  size=$(stat -c %s q/data.mdb)
  logbuf compact q
  (($(stat -c %s q/data.mdb) < size / 2))
  logbuf cat -i q >after
  assert_same_lines after before
  assert_counts "10 0 19990"
  assert_equal "$(ls q)" "$(printf '%s\n' VERSION data.mdb leases lock.mdb)"
}

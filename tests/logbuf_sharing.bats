# Several readers of one consumer: each holds no more than it can soon pass on, and the living take over what the dead
# held.

load helper

store() { seq "$@" | logbuf push q; }
backlog() { [[ $(logbuf consumer ls q | cut -f 3) == "$1" ]]; }
has_lines() { [[ -e $1 ]] && (($(wc -l <"$1") == $2)); }
consumer_json() { logbuf stat --json q | python3 -c 'import json, sys; print(json.load(sys.stdin)["consumers"][0][sys.argv[1]])' "$1"; }

# A command for --batch that gets one batch, which it never ends with.
setup_sink() {
  mkfifo hold
  echo 'cat >>"$1"; exec cat hold' >sink
}

@test "when a peek -f is killed, another takes over what it held, in order" {
  store 10
  setup_sink
  start one logbuf peek -f --batch 10 --prefetch 10 q -- sh sink one
  eventually has_lines one 10
  start two logbuf peek -f q
  store 11 12
  eventually has_lines two.out 2
  stop one KILL
  eventually has_lines two.out 12
  assert_same_lines two.out <(
    seq 11 12
    seq 10
  )
}

@test "a peek -f that is busy takes over as well, and first of all" {
  store 20
  setup_sink
  start one logbuf peek -f --batch 10 --prefetch 10 q -- sh sink one
  eventually has_lines one 10
  start two logbuf peek -f --batch 5 --prefetch 5 q -- sh -c 'cat >>two; cat go'
  mkfifo go
  eventually has_lines two 5
  stop one KILL
  echo >go
  eventually has_lines two 10
  echo >go
  eventually has_lines two 15
  assert_same_lines two <(seq 11 15; seq 10)
}

@test "a peek -f that was the one with the origin is replaced by the other one, and nothing comes twice" {
  store 10
  start one logbuf peek -f q -- logbuf push p
  eventually backlog 0
  start two logbuf peek -f q -- logbuf push p
  eventually grep -q "another process sends" two.err
  stop one KILL
  store 11 20
  eventually has_all
  assert_same_lines <(logbuf cat p) <(seq 20)
}
has_all() { (($(logbuf cat p | wc -l) == 20)); }

@test "a peek without -f takes over what another held that died while it runs" {
  store 40
  setup_sink
  start one logbuf peek -f --batch 10 --prefetch 10 q -- sh sink one
  eventually has_lines one 10
  mkfifo go
  start two logbuf peek --batch 10 q -- sh -c 'cat >>two; cat go'
  eventually has_lines two 10
  stop one KILL
  for n in 2 3 4; do
    echo >go
    eventually has_lines two "${n}0"
  done
  echo >go
  finish two
  assert_status 0
  assert_same_lines two <(seq 11 30; seq 10; seq 31 40)
}

@test "stat says that the owner of a backlog is gone" {
  store 10
  start one logbuf peek -f q
  eventually has_lines one.out 10
  assert_equal "$(consumer_json abandoned)" 0
  refute [ -n "$(logbuf stat q | grep gone)" ]
  stop one KILL
  assert_equal "$(consumer_json abandoned)" 10
  run logbuf stat q
  assert_line --partial "10 in backlog (10 of a process that is gone)"
  run logbuf stat --prometheus q
  assert_line 'logbuf_abandoned_messages{buffer="q",consumer="default"} 10'
}

@test "what a one-shot peek handed out has no owner that could be gone" {
  store 10
  logbuf peek q >/dev/null
  assert_equal "$(consumer_json backlog)" 10
  assert_equal "$(consumer_json abandoned)" 0
}

@test "a reader with --batch holds two batches, and leaves the rest to others" {
  store 1000
  setup_sink
  start one logbuf peek --batch 10 q -- sh sink one
  eventually has_lines one 10
  eventually backlog 20
  assert_equal "$(logbuf pop q | wc -l)" 980
}

@test "a reader with a slow sink holds few, and leaves the rest to others" {
  store 10000
  mkfifo hold
  start one logbuf peek -f q -- sh -c 'echo logpipe 1 stored; exec cat hold'
  eventually backlog 64
  (($(logbuf pop q | wc -l) >= 8000))
}

@test "--prefetch says how many a reader holds" {
  store 100
  setup_sink
  start one logbuf peek -f --batch 2 --prefetch 7 q -- sh sink one
  eventually has_lines one 2
  eventually backlog 7
}

@test "a sink that confirms only many at once gets them" {
  store 1000
  cat >sink <<'END'
while read -r id rest; do
  [ "$id" -ne 1000 ] || echo "$id"
done
END
  logbuf peek --plain q -- sh sink
  backlog 0
}

@test "a reader whose sink is fast soon holds much" {
  lines 100000 >input
  logbuf push q <input
  logbuf pop q >output
  assert_same_lines output input
}

@test "--prefetch 0 is a usage error" {
  store 1
  quietly logbuf peek --prefetch 0 q
  assert_status 64
  assert_complaint logbuf "--prefetch"
}

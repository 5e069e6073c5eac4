# Several readers and writers of one buffer at once: consumers, competing peeks, parallel pushers.

load helper

store() { printf '%s\n' "$@" | logbuf push q; } # every argument a message
counts() { logbuf consumer ls q | awk -v name="$1" '$1 == name { print $2, $3, $4 }'; }
assert_counts() { assert_equal "$(counts "$1")" "$2"; } # what is ready, in the backlog, acknowledged
written() { [[ -e $1.out ]] && (($(wc -l <"$1.out") >= $2)); }
# FILE NAME CMD...: as start, with FILE as stdin.
start_reading() { start "$2" bash -c 'exec "${@:2}" <"$1"' reading "$1" "${@:3}"; }
stored() { logbuf stat --json q | python3 -c 'import json, sys; print(json.load(sys.stdin)["messages"])'; }

# ---- consumers

@test "consumers are independent of each other" {
  store a b c
  logbuf consumer add q one
  logbuf consumer add q two
  assert_equal "$(logbuf pop -c one -n 2 q)" $'a\nb'
  assert_equal "$(logbuf peek -c two q)" $'a\nb\nc'
  assert_counts one "1 0 2"
  assert_counts two "0 3 0"
  assert_equal "$(logbuf cat q)" $'a\nb\nc'
}

@test "a message goes when every consumer has acknowledged it" {
  store a
  logbuf consumer add q one
  logbuf consumer add q two
  logbuf pop -c one q >/dev/null
  assert_equal "$(stored)" 1
  logbuf pop -c two q >/dev/null
  assert_equal "$(stored)" 0
}

@test "a buffer without consumers keeps everything" {
  store a b
  quietly logbuf trim q
  assert_output "0 messages deleted"
  assert_equal "$(stored)" 2
  run logbuf stat q
  assert_line --partial "no consumer yet: everything is kept"
}

@test "a new consumer begins at the oldest, or with --start newest at the next message" {
  store a b
  logbuf consumer add q old
  logbuf consumer add --start newest q new
  store c
  assert_equal "$(logbuf peek -c old q)" $'a\nb\nc'
  assert_equal "$(logbuf peek -c new q)" c
}

@test "peek --start newest makes the default consumer there" {
  store a
  assert_equal "$(logbuf peek --start newest q)" ""
  store b
  assert_equal "$(logbuf peek --start oldest q)" b
}

@test "an unknown consumer is no input, and the hint says how to add it" {
  store a
  quietly logbuf peek -c alerts q
  assert_status 66
  assert_complaint logbuf "logbuf consumer add q alerts"
  quietly logbuf ack -c alerts --all q
  assert_status 66
  assert_complaint logbuf "logbuf consumer add q alerts"
  quietly logbuf rewind -c alerts q
  assert_status 66
  assert_complaint logbuf "logbuf consumer add q alerts"
  assert_equal "$(logbuf consumer ls q)" ""
}

@test "a wrong action and a missing name are usage errors of one line" {
  quietly logbuf consumer ad q alerts
  assert_status 64
  assert_complaint "logbuf consumer" "no such action 'ad'; did you mean 'add'?"
  quietly logbuf consumer add q
  assert_status 64
  assert_complaint "logbuf consumer" "NAME is required; see 'logbuf consumer --help'"
  quietly logbuf consumer ls q alerts
  assert_status 64
  assert_complaint "logbuf consumer" "unexpected argument 'alerts'; see 'logbuf consumer --help'"
}

@test "removing the slowest consumer frees what only it needed" {
  store a b
  logbuf consumer add q fast
  logbuf consumer add q slow
  logbuf pop -c fast q >/dev/null
  logbuf consumer rm q slow
  assert_equal "$(stored)" 0
  assert_counts fast "0 0 2"
}

@test "a consumer that is removed and added again begins anew" {
  store a
  logbuf consumer add q one
  logbuf peek -c one q >/dev/null
  logbuf consumer rm q one
  logbuf consumer add q one
  assert_equal "$(logbuf peek -c one q)" a
}

@test "a consumer cannot be added twice, nor removed when it is not there" {
  store a
  logbuf consumer add q one
  quietly logbuf consumer add q one
  assert_status 73
  assert_complaint logbuf "there is one of this name already"
  quietly logbuf consumer rm q two
  assert_status 66
  assert_complaint logbuf "there is no such consumer"
  quietly logbuf consumer add q
  assert_status 64 && assert_complaint "logbuf consumer" NAME
}

@test "a consumer's name is printable and has no space or slash" {
  store a
  quietly logbuf consumer add q 'two words'
  assert_status 64
  assert_complaint logbuf "'two words'"
  quietly logbuf consumer add q a/b
  assert_status 64
  assert_complaint logbuf "'a/b'"
  quietly logbuf consumer add q "$(printf '%256s' '' | tr ' ' x)"
  assert_status 64
}

@test "consumer ls shows name, ready, backlog and acknowledged, by name" {
  store a b c
  logbuf consumer add q two
  logbuf consumer add q one
  logbuf peek -c two -n 1 q >/dev/null
  run logbuf consumer ls q
  assert_output $'one\t3\t0\t0\ntwo\t2\t1\t0'
}

@test "a consumer that is removed under a running peek -f ends it with a reason" {
  store a
  logbuf consumer add q one
  start peek logbuf peek -f -c one q
  eventually written peek 1
  logbuf consumer rm q one
  store b
  finish peek
  assert_status 66
  assert_equal "$(wc -l <peek.err)" 1
  grep -q "consumer 'one': it was removed" peek.err
}

# ---- at once

@test "competing peeks get disjoint messages, and together all of them" {
  lines 6000 >input
  logbuf push q <input
  for n in 1 2 3 4; do start "$n" logbuf peek -n 1500 q; done
  for n in 1 2 3 4; do finish "$n"; assert_status 0; done
  assert_same_set <(cat {1,2,3,4}.out) input
  assert_counts default "0 6000 0"
}

@test "each competing peek keeps the order" {
  lines 5000 | awk '{ printf "%06d %s\n", NR, $0 }' >input
  logbuf push q <input
  start one logbuf peek q
  start two logbuf peek q
  finish one
  assert_status 0
  finish two
  assert_status 0
  sort -c one.out
  sort -c two.out
  assert_same_set <(cat one.out two.out) input
}

@test "competing pops give every message once" {
  lines 3000 >input
  logbuf push q <input
  for n in 1 2 3; do start "$n" logbuf pop -n 1000 q; done
  for n in 1 2 3; do finish "$n"; assert_status 0; done
  assert_same_set <(cat {1,2,3}.out) input
  assert_equal "$(stored)" 0
}

@test "parallel pushers lose nothing and keep each one's order" {
  for n in 1 2 3 4; do lines 1500 "$n" | awk -v n="$n" '{ printf "%d %06d %s\n", n, NR, $0 }' >"input$n"; done
  for n in 1 2 3 4; do start_reading "input$n" "$n" logbuf push --rate 100000 q; done
  for n in 1 2 3 4; do finish "$n"; assert_status 0; done
  logbuf cat q >output
  for n in 1 2 3 4; do grep "^$n " output | cmp - "input$n"; done
  assert_equal "$(wc -l <output)" 6000
  assert_equal "$(logbuf cat -i q | cut -f 1 | uniq | sed -n '1p;$p' | xargs)" "1 6000"
}

@test "many pushers of one line each make one new buffer" {
  for n in {1..20}; do start "$n" bash -c "echo line $n | logbuf push q"; done
  for n in {1..20}; do finish "$n"; assert_status 0; done
  assert_same_set <(logbuf cat q) <(printf 'line %d\n' {1..20})
  assert_equal "$(ls)" "$(printf '%s\n' {1..20}.{err,out} q | sort)"
}

@test "a pusher, a popper and a reader work on one buffer at once" {
  lines 20000 >input
  logbuf push q </dev/null
  logbuf consumer add q default
  start pop logbuf pop -f -n 20000 q
  start cat logbuf cat -f -n 100 q
  logbuf push q <input
  finish pop
  assert_status 0
  assert_same_lines pop.out input
  logbuf verify q
}

@test "a receipt in one consumer leaves the other consumer's backlog" {
  store a b
  logbuf consumer add q one
  logbuf consumer add q two
  logbuf peek -c one q >/dev/null
  logbuf peek -c two q >/dev/null
  echo 2 | logbuf ack -c one q
  assert_counts one "0 0 2"
  assert_counts two "0 2 0"
}

# ---- consumer set

@test "consumer set --at makes a message the next one, forward and back" {
  seq 10 | logbuf push --retain-time 1h q
  logbuf pop -n 3 q >/dev/null
  logbuf consumer set --at 8 q default
  assert_equal "$(logbuf pop q | xargs)" "8 9 10"
  logbuf consumer set --at 2 q default
  assert_equal "$(logbuf pop -n 2 q | xargs)" "2 3"
  logbuf consumer set --at 11 q default
  assert_equal "$(logbuf pop q)" ""
}

@test "consumer set --at takes a time" {
  seq 3 | logbuf push --retain-time 1d q
  logbuf consumer add q other
  logbuf consumer set --at now q other
  assert_equal "$(logbuf pop -c other q)" ""
  logbuf consumer set --at '1 hour ago' q other
  assert_equal "$(logbuf pop -c other q | xargs)" "1 2 3"
}

@test "what consumer set moves back to arrives again in another buffer" {
  seq 10 | logbuf push --retain-time 1h q
  logbuf peek q -- logbuf push copy
  logbuf consumer set --at 9 q default
  logbuf peek q -- logbuf push copy
  assert_equal "$(logbuf cat copy | xargs)" "1 2 3 4 5 6 7 8 9 10 9 10"
}

@test "consumer set without --at, beyond the end or of nobody is an error" {
  seq 3 | logbuf push q
  quietly logbuf consumer set q default
  assert_status 64
  quietly logbuf consumer set --at 2 q nobody
  assert_status 66
  logbuf consumer add q other
  quietly logbuf consumer set --at 5 q other
  assert_status 65
  assert_complaint logbuf "there is no such message; the newest is 3"
  quietly logbuf consumer set --at soon q other
  assert_status 64
}

# --filter COMMAND: an ordinary program between a source and its sink. What it dies of costs time and never a message.

load helper
load redis

counts() { logbuf consumer ls q | awk '$1 == "default" { print $2, $3, $4 }'; }
assert_counts() { assert_equal "$(counts)" "$1"; } # what is ready, in the backlog, acknowledged
acknowledged() { [[ $(counts) == "0 0 $1" ]]; }
says() { grep -q "$2" "$1.err"; }
have_lines() { [[ -e $1 ]] && (($(wc -l <"$1") >= $2)); }
levels() { awk -v n="$1" 'BEGIN { for (i = 1; i <= n; i++) print (i % 3 ? "INFO " : "DEBUG ") i }'; }

# ---- ordinary programs, before every kind of sink

@test "grep before a hop" {
  levels 3000 >input
  logcat input --filter 'grep -v DEBUG' --filter-batch 100 -- logbuf push q
  logbuf cat q >output
  assert_same_lines output <(grep -v DEBUG input)
}

@test "awk before --batch" {
  seq 100 >input
  logcat input --filter "awk '{ print \$1, \$1 * 2 }'" --batch 30 -- sh -c 'cat >>output; echo >>runs'
  assert_same_lines output <(awk '{ print $1, $1 * 2 }' input)
  assert_equal "$(wc -l <runs)" 4
}

@test "sed before --plain, which gets running ids" {
  seq 5 | logcat --filter 'sed 2d' --plain -- sh -c 'while read -r id line; do echo "$id $line" >>output; echo "$id"; done'
  assert_equal "$(<output)" $'1 1\n2 3\n3 4\n4 5'
}

@test "jq before standard output" {
  printf '%s\n' '{"a":1,"b":"x"}' '{"a":2,"b":"y"}' 'no JSON' >input
  quietly logcat input --filter "jq -cR 'fromjson? | select(.a > 1)'"
  assert_status 0
  assert_output '{"a":2,"b":"y"}'
}

@test "several filters: one after the other" {
  seq 20 | logbuf push q
  logbuf peek q --filter 'grep 1' --filter 'sed s/1/one/' --filter "awk 'NR % 2'" -- logbuf push r
  assert_equal "$(logbuf cat r | tr '\n' ' ')" "one one1 one3 one5 one7 one9 "
  assert_counts "0 0 20"
}

@test "nul and octet framing keep newlines through a filter" {
  printf 'two\nlines\0one\0more\nof it\0' >input
  logcat --input-framing nul -0 input --filter 'grep -z -v one' -- logbuf push q
  logbuf cat -0 q | cmp - <(printf 'two\nlines\0more\nof it\0')
  logcat --input-framing nul -F octet input --filter cat -- logbuf push r
  logbuf cat -0 r | cmp - input
}

@test "messages go through a filter without ids, in batches of --filter-batch" {
  seq 10 | logbuf push q
  logbuf peek q --filter-batch 4 --filter "sh -c 'cat; echo end'" -- logbuf push r
  assert_equal "$(logbuf cat r | tr '\n' ' ')" "1 2 3 4 end 5 6 7 8 end 9 10 end "
}

@test "a smaller batch goes when --filter-time is over" {
  seq 3 | logbuf push q
  start peek logbuf peek -f q --filter-time 50ms --filter cat -- logbuf push r
  eventually acknowledged 3
  stop peek
  assert_status 0
  assert_equal "$(logbuf cat r)" "$(seq 3)"
}

@test "a listener, logredis and pop have filters too" {
  start_server in logcat --print-address tcp://127.0.0.1:0 --filter 'grep -v DEBUG' -- logbuf push q
  levels 30 | logsend "tcp://127.0.0.1:$(port_of in)"
  in_q() { (($(logbuf cat q 2>/dev/null | wc -l) == 20)); }
  eventually in_q
  stop in
  assert_status 0
  assert_equal "$(logbuf pop q --filter 'grep -c INFO')" 20
  assert_counts "0 0 20"
  start_redis r
  levels 30 | logredis push "$(url_of r)" list
  logredis peek "$(url_of r)" list --filter 'grep -v DEBUG' -- logbuf push p
  assert_equal "$(logbuf cat p)" "$(levels 30 | grep -v DEBUG)"
  assert_equal "$(list_of r list)" ""
}

@test "through a filter buffer to buffer is at least once: no origin is passed on" {
  seq 3 | logbuf push q
  logbuf peek q --filter cat -- logbuf push r
  run logbuf stat r
  refute_line --partial origin
  assert_counts "0 0 3"
}

@test "logtail's checkpoint advances with what a filter has let through, and with what it has not" {
  levels 30 >a
  logtail --checkpoint ck a --filter 'grep INFO' -- logbuf push q
  levels 33 | tail -n 3 >>a
  logtail --checkpoint ck a --filter 'grep INFO' -- logbuf push q
  assert_equal "$(logbuf cat q)" "$(levels 33 | grep INFO)"
  quietly logtail --checkpoint ck a
  assert_output ""
}

# ---- what counts as success

@test "a filter that ends with another status: the batch stays, what came before it is acknowledged" {
  lines 300 >input
  logbuf push q <input
  quietly logbuf peek q --filter-batch 90 --filter "sh -c 'echo >>runs; test \$(wc -l <runs) -lt 3 && cat'" -- logbuf push s
  assert_status 75
  [[ ${stderr_lines[-1]} == *"exited with status 1: "*" messages are not delivered; run again" ]] || fail "$stderr"
  logbuf cat s >output
  assert_same_lines output <(head -n 180 input)
  logbuf rewind q
  assert_counts "120 0 180"
}

@test "a filter that fails at its hundredth line lets nothing of its batch through" {
  lines 300 >input
  logbuf push q <input
  quietly logbuf peek q --filter "awk 'NR == 100 { exit 1 } 1'" -- logbuf push r
  assert_status 75
  assert_equal "$(logbuf cat r)" ""
  logbuf rewind q
  logbuf peek q --filter "awk 'NR == 400 { exit 1 } 1'" -- logbuf push r
  logbuf cat r >output
  assert_same_lines output input
  assert_counts "0 0 300"
}

@test "grep's 1 for no match is a failure, except with --filter-status" {
  levels 10 | logbuf push q
  quietly logbuf peek q --filter 'grep none' -- logbuf push r
  assert_status 75
  logbuf rewind q
  logbuf peek q --filter 'grep none' --filter-status 0,1 -- logbuf push r
  assert_equal "$(logbuf cat r)" ""
  assert_counts "0 0 10"
}

@test "a batch of which nothing is left is covered when all before it is safe" {
  printf '%s\n' keep drop drop drop | logbuf push q
  quietly logbuf peek q --filter-batch 2 --filter 'grep keep' --filter-status 1 --retry-time 0 -- sh -c 'echo logpipe 1 stored; cat >/dev/null'
  assert_status 75
  logbuf rewind q
  assert_counts "4 0 0"
  logbuf peek q --filter-batch 2 --filter 'grep keep' --filter-status 1 -- logbuf push r
  assert_counts "0 0 4"
}

@test "a filter that is killed is started again with the same batch" {
  lines 1000 >input
  logbuf push q <input
  start peek logbuf peek -f q --filter "sh -c 'echo \$\$ >>pids; test \$(wc -l <pids) -gt 1 || { head -n 10; exec sleep 600; }; cat'" \
    -- logbuf push r
  eventually have_lines pids 1
  kill -KILL "$(<pids)"
  eventually acknowledged 1000
  assert_equal "$(wc -l <pids)" 2
  says peek "was killed by signal 9; running it again in "
  stop peek
  assert_status 0
  logbuf cat r >output
  assert_same_lines output input
}

@test "output that is cut short is a failure, and a last line without LF is none" {
  seq 3 >input
  assert_equal "$(logcat input --filter 'printf one')" one
  quietly logcat -0 input --filter 'printf one'
  assert_status 75
  assert_complaint logcat "ended within a message: its output is cut short"
  quietly logcat -F octet input --filter 'printf "5 one"'
  assert_status 75
  assert_complaint logcat "ended within a message: its output is cut short"
  quietly logcat -F octet input --filter 'echo one'
  assert_status 75
  assert_complaint logcat "wrote what is not in octet framing"
}

@test "a filter that writes without end is ended again and again, in bounded memory" {
  seq 10 | logbuf push q
  start peek logbuf peek -f q --filter yes -- logbuf push r
  eventually says peek "wrote more than 8 MiB"
  assert_memory_below 65536 peek
  stop peek KILL
  start peek logbuf peek -f q --filter 'cat /dev/zero' -- logbuf push r
  eventually says peek "wrote more than 8 MiB"
  assert_memory_below 65536 peek
  stop peek
  assert_status 75
  logbuf rewind q
  assert_counts "10 0 0"
}

# ---- stopping

@test "SIGTERM: a filter at work is waited for, and what it writes is delivered" {
  mkfifo go
  seq 10 | logbuf push q
  start peek logbuf peek -f q --filter "sh -c 'echo >>started; read -r _ <go; cat'" -- logbuf push r
  eventually have_lines started 1
  kill -TERM "${pid[peek]}"
  echo >go
  finish peek
  assert_status 0
  assert_equal "$(logbuf cat r)" "$(seq 10)"
  assert_counts "0 0 10"
}

@test "SIGTERM: nothing is safe of a filter that needs longer than --drain-time, and it is ended" {
  mkfifo alive
  seq 10 | logbuf push q
  start peek logbuf peek -f --drain-time 0.2s q --filter "sh -c 'exec sleep 600 >alive'" -- logbuf push r
  exec {alive}<alive # opens when the filter has
  stop peek
  assert_status 75
  cat <&"$alive" # ends when nobody has it open any more
  exec {alive}<&-
  logbuf rewind q
  assert_counts "10 0 0"
}

@test "^C does not reach a filter: what takes it for its end would lose messages" {
  mkfifo go
  seq 10 | logbuf push q
  start peek env --default-signal=INT logbuf peek -f q \
    --filter "bash -c 'trap \"exit 0\" INT; echo >>started; read -r _ <go; cat'" -- logbuf push r
  eventually have_lines started 1
  kill -INT -- "-${pid[peek]}"
  echo >go
  finish peek
  assert_status 0
  assert_equal "$(logbuf cat r)" "$(seq 10)"
}

# ---- what is refused, and what is warned of

@test "a filter that is not there is an error at the start" {
  quietly logcat tcp://127.0.0.1:0 --filter 'no-such-filter x' -- logbuf push q
  assert_status 69
  assert_complaint logcat "start no-such-filter: No such file or directory"
  [[ ! -e q ]]
}

@test "--filter and -i: what would be acknowledged is not what was passed on" {
  seq 3 | logbuf push q
  quietly logbuf peek -i q --filter cat
  assert_status 64
  assert_complaint "logbuf peek" "--filter: cannot be combined with -i"
  assert_counts ""
}

@test "wrong filter options are usage errors" {
  quietly logcat --filter 'grep x | cat' /dev/null
  assert_status 64
  assert_complaint logcat "no shell runs"
  quietly logcat --filter-time 1s /dev/null
  assert_status 64
  assert_complaint logcat "--filter-time: needs --filter"
  quietly logcat --filter cat --filter-status 0,x /dev/null
  assert_status 64
  assert_complaint logcat "is not a list of exit statuses"
  quietly logcat --filter cat --filter-batch 0 /dev/null
  assert_status 64
}

@test "a shell's pipe, whose status hides what its first part died of, is warned of in --filter and --batch" {
  seq 3 >input
  quietly logcat input --filter "sh -c 'grep 2 | cat'"
  assert_status 0
  assert_output 2
  assert_complaint logcat "use --filter for each, or bash -o pipefail -c"
  quietly logcat input --batch 5 -- sh -c 'grep 2 | cat'
  assert_complaint logcat "use --filter for each, or bash -o pipefail -c"
  quietly logcat input --batch 5 -- bash -o pipefail -c 'grep 2 | cat'
  assert_equal "$stderr" ""
}

# logtail: files that are copied and truncated, that lose their ends, and records that are open while files are rotated.

load helper

# Follows its arguments into follow.out, and is reading when this returns.
follow() {
  start follow logtail -q -f "$@"
  eventually grep -q "." follow.out
}

has() { grep -qx -- "$1" follow.out; }
has_stored() { [[ $(logbuf cat q | wc -l) -ge $1 ]]; }
is_held() { grep -q " $1\$" ck; }

# Lines that any two files have in common: more than 1,024 bytes.
header() { printf '# field %03d of a header that all files begin with\n' {1..40}; }

# ---- copies

@test "a copied and truncated file whose copy matches too is delivered once" {
  seq 1000 >a.log
  follow -n +1 'a.log*'
  eventually has 1000
  cp a.log a.log.1
  : >a.log
  seq 1001 1010 >>a.log
  eventually has 1010
  cp a.log a.log.2
  seq 1011 1020 >a.log
  eventually has 1020
  assert_same_lines follow.out <(seq 1020)
}

@test "copies that take the names of removed ones are delivered once" {
  seq 10 >a.log
  follow -n +1 'a.log*'
  local i
  for i in {1..6}; do
    eventually has "${i}0"
    rm -f "a.log.$((i % 2))"
    cp a.log "a.log.$((i % 2))"
    seq "${i}1" "$((i + 1))0" >a.log
  done
  eventually has 70
  assert_same_lines follow.out <(seq 70)
}

# Empty reads of this file so far, which strace slows down.
looks_at() { [[ $(grep -c "$1>.* = 0" calls) -ge $2 ]]; }

@test "a copy that gets its bytes while it is looked at is delivered once" {
  seq 10 >a.log
  start follow strace -y -o calls -e trace=pread64 -e inject=pread64:delay_exit=20000 logtail -q -f -n +1 'a.log*'
  eventually has 10
  : >a.log.1
  eventually looks_at a.log.1 3
  cat a.log >>a.log.1
  seq 11 20 >a.log
  eventually has 20
  assert_same_lines follow.out <(seq 20)
}

@test "what a copy has and nobody read of the original is delivered from it, before what came later" {
  seq 1000 >a.log
  logtail -q --checkpoint ck 'a.log*' >out
  seq 1001 2000 >>a.log
  cp a.log a.log.1
  seq 2001 2010 >a.log
  quietly logtail -q --checkpoint ck 'a.log*'
  assert_output "$(seq 1001 2010)"
  assert_complaint logtail "read a.log: it does not hold any more what was read up to offset 3893; it was truncated, or lost its end in a crash; going on in its copy a.log.1"
  quietly logtail -q --checkpoint ck 'a.log*'
  assert_output ""
  assert_equal "$stderr" ""
}

@test "into a buffer what is copied and truncated arrives once, also what was planned for the sink" {
  seq 1000 >a.log
  quietly logtail --retry-time 0 --checkpoint ck 'a.log*' -- sh -c 'echo logpipe 1 stored; head -c 5 >one; exit 1'
  assert_status 75
  cp a.log a.log.1
  seq 1001 1010 >a.log
  logtail --checkpoint ck 'a.log*' -- logbuf push q
  logtail --checkpoint ck 'a.log*' -- logbuf push q
  logbuf cat q | assert_same_lines - <(seq 1010)
}

@test "a copy that is seen before the original is truncated is held back, also through a restart" {
  seq 1000 >a.log
  follow --checkpoint ck 'a.log*'
  eventually has 1000
  cp a.log a.log.1
  eventually is_held a.log.1
  stop follow
  seq 1001 1010 >a.log
  logtail -q --checkpoint ck 'a.log*' >>follow.out
  assert_same_lines follow.out <(seq 1010)
}

@test "a copy that was found before its original was seen to begin anew is held back by the next run too" {
  seq 10 >a.log
  start tail logtail -q -f --checkpoint ck 'a.log*' -- logbuf push q
  eventually has_stored 10
  kill -STOP "${pid[tail]}"
  cp a.log a.log.1
  seq 11 20 >a.log
  cp a.log a.log.2
  kill -CONT "${pid[tail]}"
  eventually has_stored 20
  stop tail KILL
  start tail logtail -q -f --checkpoint ck 'a.log*' -- logbuf push q
  echo "of another file" >a.log.other
  eventually has_stored 21
  seq 21 30 >a.log
  eventually has_stored 31
  logbuf cat q | assert_same_lines - <(seq 20 && echo "of another file" && seq 21 30)
}

@test "a copy that is made while the next run looks at the files for the first time is delivered once" {
  echo "of another file" >a.log.other
  seq 1000 >a.log
  logtail -q --checkpoint ck 'a.log*' >first
  start follow strace -o calls -P a.log.other -e trace=openat -e inject=openat:signal=STOP:when=1 \
    logtail -q -f --checkpoint ck 'a.log*'
  eventually grep -qs "stopped by SIGSTOP" calls
  cp a.log a.log.1
  seq 1001 1010 >a.log
  pkill -CONT -P "${pid[follow]}"
  eventually has 1010
  assert_same_lines follow.out <(seq 1001 1010)
}

@test "lines that were written and read between the copy and the truncation are not missed in the copy" {
  seq 1000 >a.log
  follow --checkpoint ck -n +1 'a.log*'
  cp a.log a.log.1
  eventually is_held a.log.1
  seq 1001 1010 >>a.log
  eventually has 1010
  seq 1011 1020 >a.log
  eventually has 1020
  assert_same_lines follow.out <(seq 1020)
}

@test "a file that was moved to where only copying could bring it is delivered once" {
  mkdir logs archive
  seq 1000 >logs/a
  follow -n +1 logs archive
  cp logs/a archive/a
  rm logs/a
  seq 1001 1010 >>archive/a
  eventually has 1010
  assert_same_lines follow.out <(seq 1010)
}

@test "files that only begin alike are no copies: with a header, while running" {
  { header; seq 100; } >a.log
  follow -n +1 '*.log'
  eventually has 100
  { header; seq 101 200; } >b.log
  eventually has 200
  : >a.log
  { header; seq 201 300; } >c.log
  eventually has 300
  assert_same_lines follow.out <(header; seq 100; header; seq 101 200; header; seq 201 300)
}

@test "files that only begin alike are no copies: with a header, between runs" {
  { header; seq 100; } >a.log
  logtail -q --checkpoint ck '*.log' >out
  { header; seq 200; } >b.log
  : >a.log
  quietly logtail -q --checkpoint ck '*.log'
  # All that was read of a.log stands in b.log, which may be its copy.
  assert_output "$(seq 101 200)"
  { header; seq 99; echo other; seq 300; } >c.log
  : >b.log
  quietly logtail -q --checkpoint ck '*.log'
  assert_output "$(header; seq 99; echo other; seq 300)"
}

@test "a file that was removed has no copy: its successor may begin with all that it ever held" {
  header >a.log
  logtail -q --checkpoint ck '*.log' >out
  { header; echo 1; } >b.log
  rm a.log
  quietly logtail -q --checkpoint ck '*.log'
  assert_output "$(header; echo 1)"
}

@test "a file that is and stays like another is a file of its own, after a while" {
  seq 10 >a.log
  follow -n +1 '*.log'
  eventually has 10
  seq 10 >b.log
  both() { [[ $(grep -cx 10 follow.out) == 2 ]]; }
  eventually both
  assert_same_lines follow.out <(seq 10; seq 10)
}

@test "files that are there at the start are all read, also when they are alike" {
  seq 10 | tee a.log >b.log
  quietly logtail -q --checkpoint ck '*.log'
  assert_output "$(seq 10; seq 10)"
}

@test "what logtail itself writes beside the file is no copy of it" {
  seq 1000 >a.log
  logtail -q --checkpoint ck a.log >out
  echo more >>out
  seq 1001 1010 >a.log
  logtail -q --checkpoint ck a.log >>out
  assert_same_lines out <(seq 1000; echo more; seq 1001 1010)
}

# ---- truncation

@test "the hole that a writer without O_APPEND leaves is skipped, which is said" {
  exec {writer}>a
  seq 1000 >&"$writer"
  follow -n +1 a
  eventually has 1000
  : >a
  seq 1001 1010 >&"$writer"
  eventually has 1010
  exec {writer}>&-
  assert_same_lines follow.out <(seq 1010)
  grep -q 'read a: the 3893 NUL bytes at its beginning were skipped' follow.err
}

@test "a hole is skipped also by a run that never saw the file before, and a message may begin with a NUL" {
  printf '\0one\n' >a
  logtail a | cmp - a
  truncate -s 5G b
  seq 3 >>b
  quietly logtail -i b
  assert_output $'5368709122\t1\n5368709124\t2\n5368709126\t3'
  assert_complaint logtail "read b: the 5368709120 NUL bytes at its beginning were skipped"
}

@test "a file that was truncated and has grown beyond where it was, with the same first lines, is read anew" {
  { header; seq 100; } >a
  follow -n +1 --checkpoint ck a
  eventually has 100
  stop follow
  { header; seq 1001 2000; } >a
  quietly logtail -q --checkpoint ck a
  assert_output "$(header; seq 1001 2000)"
}

@test "a file that lost its end in a crash and grew again loses nothing more, which is said once" {
  header | head -n 30 >top
  { cat top; seq 1 50; } >a
  logtail --checkpoint ck a -- logbuf push q
  { cat top; seq 1 26; seq 101 150; } >b
  cat b >a # the same inode
  run --separate-stderr logtail --checkpoint ck a -- logbuf push q
  assert_status 0
  assert_complaint logtail "read a: it does not hold any more what was read up to offset 1641; it was truncated, or lost its end in a crash; reading it from its beginning"
  logbuf cat q | assert_same_lines - <(cat top; seq 1 50; cat b)
}

@test "what is confirmed of a piece in part is verified when the rest is read" {
  seq 1000 >a
  quietly logtail --retry-time 0 --checkpoint ck a --batch 10 -- sh -c 'cat >>out; [ "$(wc -l <out)" -lt 500 ]'
  assert_status 75
  grep -c . out | grep -qx 500
  logtail --checkpoint ck a >rest
  assert_same_lines <(head -n 490 out; cat rest) <(seq 1000)
}

# ---- open records

@test "a record that is open when its file is renamed comes before those of the next file" {
  printf 'E1\n a\n' >a
  follow --multiline '^E' --multiline-time 1s a
  printf 'E2\n b\n' >>a
  mv a a.1
  printf 'E3\n c\nE4\n' >a
  eventually has E4
  assert_same_lines follow.out <(printf '%s\n' 'E1#012 a' 'E2#012 b' 'E3#012 c' E4)
}

@test "a record that goes on in the renamed file is finished there, and a later one of its writer holds up nobody" {
  printf 'E1\n a\n' >a
  follow --multiline '^E' --multiline-time 2s a
  exec {late}>>a
  printf 'E2\n b\n' >&"$late"
  mv a a.1
  printf 'E5\n' >a
  printf ' more\nE3\n' >&"$late"
  eventually has E5
  exec {late}>&-
  sed -n 2p follow.out | grep -qx 'E2#012 b#012 more'
}

@test "half a line at the end of a renamed file comes before the next file, between runs" {
  printf 'E1\n half' >a
  logtail -q --checkpoint ck --multiline '^E' a >out
  mv a a.1
  printf 'E2\n' >a
  logtail -q --checkpoint ck --multiline '^E' a >>out
  assert_same_lines out <(printf '%s\n' E1 ' half' E2)
}

# ---- names

@test "-n and --from are about what was there at the start, also where it could not be opened then" {
  chmod 755 .
  echo 0 >a
  seq 100 >b
  chmod 000 b
  start follow setpriv --reuid=65534 --clear-groups "$(command -v logtail)" -q -f -n 2 a b
  eventually has 0
  seq 101 102 >>b
  chmod 644 b
  eventually has 102
  assert_same_lines follow.out <(echo 0; seq 99 102)
}

# ---- what is said

@test "following into a command without a checkpoint is warned of, and only that" {
  seq 3 >a
  start follow logtail -f a -- logbuf push q
  eventually grep -q 'without --checkpoint FILE, a restart skips or repeats messages' follow.err
  stop follow
  for how in "-f --checkpoint ck a -- logbuf push q" "a -- logbuf push q" "-f a"; do
    # shellcheck disable=SC2086
    start follow logtail $how
    eventually test -s follow.out -o -e ck
    kill "${pid[follow]}" 2>/dev/null || true
    finish follow
    run ! grep -q checkpoint follow.err
  done
}

# logtail: files through every kind of rotation, buffers, what is shown, and where to begin.

load helper

# Follows its arguments into follow.out, and is reading when this returns. `probe` is one of the files.
follow() {
  start follow logtail -f "$@"
  eventually grep -q "." follow.out
}

got() { [[ $(tr '\n' ' ' <follow.out) == "$*"* ]]; }
has() { grep -qx -- "$1" follow.out; }
says() { grep -q -- "$1" follow.err; }

# ---- what there is

@test "the last ten lines, or as many as asked, are those of tail" {
  lines 3000 >a
  for how in '-n 10' '-n 3' '-n 0' '-n 2999' '-n 5000' '-n +2990' '-n +1'; do
    # shellcheck disable=SC2086
    diff <(logtail $how a) <(tail $how a) || fail "$how"
  done
  diff <(logtail a) <(tail a)
}

@test "headers are those of tail" {
  seq 20 >a
  : >b
  seq 5 >c
  for how in '' -q -v; do
    # shellcheck disable=SC2086
    diff <(logtail $how -n 2 a b c) <(tail $how -n 2 a b c) || fail "with '$how'"
  done
  diff <(logtail -v a) <(tail -v a)
}

@test "an unterminated last line is a message, and with a checkpoint only when it has its end" {
  printf 'one\ntw' >a
  quietly logtail a
  assert_output $'one\ntw'
  logtail --checkpoint ck a >out
  printf 'o\n' >>a
  logtail --checkpoint ck a >>out
  diff out <(printf 'one\ntwo\n')
}

@test "a file that is not there is status 66, and the others are read" {
  echo one >a
  quietly logtail missing a
  assert_status 66
  assert_complaint logtail "missing"
  assert_line one
}

@test "a pattern that matches no file is status 66, and the others are read; an empty directory holds nothing" {
  echo one >a
  quietly logtail 'missing*.log' a
  assert_status 66
  assert_complaint logtail "read missing*.log: it matches no file"
  assert_line one
  mkdir d
  logtail d
}

@test "standard input and pipes are left to logcat" {
  quietly logtail -
  assert_status 64
  assert_complaint logtail logcat
  mkfifo pipe
  quietly logtail pipe
  assert_status 66
  assert_complaint logtail logcat
}

@test "ids are where lines end, and --from begins with them" {
  printf 'one\ntwo\nthree\n' >a
  quietly logtail -i a
  assert_output $'4\tone\n8\ttwo\n14\tthree'
  quietly logtail --from 8 a
  assert_output $'two\nthree'
  quietly logtail --from 9 a
  assert_output three
}

@test "--from past the end says what it does instead" {
  echo one >a
  quietly logtail --from 1000 a
  assert_status 0
  assert_complaint logtail "--from 1000 is past its end, at 4; beginning there"
  [[ -z $output ]]
}

@test "long lines are split, and nothing is lost" {
  { head -c 700000 /dev/zero | tr '\0' x; echo end; echo short; } >a
  quietly bash -c 'logtail --max-message 300000 a | tr -d "\n" | md5sum'
  [[ $output == "$(tr -d '\n' <a | md5sum)" ]]
  quietly logtail --max-message 300000 -0 a
  assert_complaint logtail "--max-message"
}

@test "a directory is its files, but hidden and compressed ones" {
  mkdir d d/deeper
  echo one >d/one
  echo two >d/.two
  echo three >d/three.gz
  echo four >d/deeper/four
  quietly logtail -q d
  assert_output one
}

@test "a pattern finds files, the one that was changed longest ago first" {
  echo new >a.log
  echo old >b.log
  touch -d '1 hour ago' b.log
  quietly logtail -q '*.log'
  assert_output $'old\nnew'
}

@test "a name that looks like a pattern is a name" {
  echo one >'a[1]'
  quietly logtail 'a[1]'
  assert_output one
}

# ---- following

@test "what is written to a file is followed, line by line" {
  echo 0 >a
  follow a
  printf 1 >>a
  printf '1\n22\n3' >>a
  eventually has 22
  got 0 11 22
  run ! has 3
}

@test "a file that is renamed is read to its end, then the new one" {
  echo 0 >a
  follow a
  mv a a.1
  echo 1 >>a.1
  echo 2 >a
  eventually has 2
  got 0 1 2
}

@test "a writer that reopens late is heard" {
  echo 0 >a
  follow a
  exec {late}>>a
  mv a a.1
  echo 1 >a
  eventually has 1
  echo 2 >&"$late"
  eventually has 2
  exec {late}>&-
}

@test "a file that is removed and made again is followed" {
  echo 0 >a
  follow a
  rm a
  echo 1 >a
  eventually has 1
}

@test "a file that is copied and truncated is read from its beginning, which is said" {
  echo 'the first line' >a
  follow a
  cp a a.1
  echo 'x' >a
  eventually has x
  says 'a: it was truncated'
}

@test "a file that was truncated and has grown beyond where it was is a new one" {
  echo 'the first line' >a
  logtail --checkpoint ck a >out
  printf 'other lines\nthat are longer\n' >a
  logtail --checkpoint ck a >>out
  diff out <(printf 'the first line\nother lines\nthat are longer\n')
}

@test "a file that does not exist yet is waited for, also its directory" {
  echo 0 >a
  follow a d/e/b
  mkdir -p d/e
  echo 1 >d/e/b
  eventually has 1
  says 'd/e/b: no file is there yet'
}

@test "files that appear later are found by a pattern, in directories that appear later" {
  mkdir d
  echo 0 >d/a.log
  follow '*/*.log'
  mkdir e
  echo 1 >e/b.log
  eventually has 1
  echo no >e/b.txt
  echo 2 >>e/b.log
  eventually has 2
  run ! has no
}

@test "files that appear later in a directory are found" {
  mkdir d
  echo 0 >d/a
  follow d
  echo 1 >d/b
  eventually has 1
}

@test "a file behind a symbolic link that changes is followed" {
  echo 0 >one
  ln -s one a
  follow a
  echo 1 >two
  ln -sfn two a
  eventually has 1
}

@test "a file under two names is read once" {
  echo 0 >a
  ln a b
  start follow logtail -q -f './[ab]'
  eventually has 0
  echo 1 >>b
  eventually has 1
  got 0 1
}

@test "five hundred files are followed at once" {
  mkdir d
  for i in {1..500}; do echo "$i" >"d/$i"; done
  start follow logtail -q -f d
  all_there() { [[ $(wc -l <follow.out) -eq $1 ]]; }
  eventually all_there 500
  for i in {1..500}; do echo "again $i" >>"d/$i"; done
  eventually all_there 1000
  sort -u follow.out | wc -l | grep -qx 1000
}

@test "headers tell which file follows" {
  echo 0 >a
  echo 1 >b
  follow a b
  echo 2 >>a
  eventually has 2
  tail -n 3 follow.out | diff - <(printf '\n==> a <==\n2\n')
}

@test "half a line of a file that is gone becomes a message in the end" {
  printf '0\nhalf' >a
  follow a
  mv a a.1
  echo 1 >a
  eventually has half
  got 0 1 half
}

@test "stopped by SIGTERM it ends with 0, and without -f with 75" {
  echo 0 >a
  follow a
  stop follow
  [[ $status -eq 0 ]]
  lines 50000 >b
  start once logtail --rate 10 -n +1 b
  eventually test -s once.out
  stop once
  [[ $status -eq 75 ]]
}

@test "when its reader has gone it ends, although nothing is written" {
  echo 0 >a
  quietly timeout 20 bash -c 'logtail -f a | head -n 1; exit "${PIPESTATUS[0]}"'
  assert_status 74
  [[ -z $stderr ]] || fail "$stderr"
}

# ---- what is shown

@test "--prefix puts names before messages" {
  echo 1 >a
  echo 2 >b
  quietly logtail --prefix a b
  assert_output $'a: 1\nb: 2'
}

@test "on a terminal a prefix has a colour, unless NO_COLOR says no" {
  echo 1 >a
  script -qec 'logtail --prefix a' /dev/null >out
  grep -q $'\e\[3[1-6]ma:\e\[0m 1' out
  NO_COLOR=1 script -qec 'logtail --prefix a' /dev/null >out
  grep -q '^a: 1' out
}

@test "--since and --until choose by the time in messages" {
  printf '%s\n' '2024-01-01T00:00:00Z h a: one' ' more' '2024-01-02T00:00:00Z h a: two' '2024-01-03T00:00:00Z h a: three' >a
  quietly logtail --since 2024-01-02 a
  assert_output $'2024-01-02T00:00:00Z h a: two\n2024-01-03T00:00:00Z h a: three'
  quietly logtail --until 2024-01-02 a
  assert_output $'2024-01-01T00:00:00Z h a: one\n more'
}

@test "--multiline makes one message of a line and those that belong to it" {
  printf '%s\n' E1 ' a' ' b' E2 E3 ' c' >a
  quietly bash -c "logtail --multiline '^E' -0 a | tr '\0\n' ';,'"
  assert_output 'E1, a, b;E2;E3, c;'
}

@test "--multiline-time ends a message that does not go on, and a half line waits" {
  printf 'E1\n a\n' >a
  follow --multiline '^E' --multiline-time 100ms a
  has 'E1#012 a'
  printf 'E2\n b\nhalf' >>a
  eventually has 'E2#012 b'
  printf ' line\n' >>a
  eventually has 'half line'
}

@test "a pattern that is none is a usage error" {
  quietly logtail --multiline '(' a
  assert_status 64
  assert_complaint logtail --multiline
}

# ---- buffers

@test "a buffer is followed without consuming it" {
  seq 3 | logbuf push q
  follow -n 2 q
  echo 4 | logbuf push q
  eventually has 4
  got 2 3 4
  [[ $(logbuf consumer ls q) == "" ]]
}

@test "--from of a buffer says what it does where the id is gone or not there yet" {
  seq 3 | logbuf push q
  seq 4 5 | logbuf push q
  logbuf trim --force --upto 3 q >trimmed
  quietly logtail --from 2 buf:q
  assert_complaint logtail "--from 2 is there no more; beginning with 4"
  assert_output $'4\n5'
  quietly logtail --from 9 buf:q
  assert_complaint logtail "--from 9 is past its end; beginning with 6"
}

@test "a checkpoint goes on in a buffer, and tells another one under its name" {
  seq 3 | logbuf push q
  logtail --checkpoint ck q >out
  seq 4 5 | logbuf push q
  logtail --checkpoint ck q >>out
  diff out <(seq 5)
  rm -r q
  seq 7 | logbuf push q
  quietly logtail --checkpoint ck q
  assert_complaint logtail "another buffer"
  [[ $output == "$(seq 7)" ]]
}

@test "a buffer that is named twice is read once" {
  seq 3 | logbuf push q
  quietly logtail --checkpoint ck q buf:q "$T/q"
  assert_output "$(seq 3)"
}

@test "a buffer whose messages all came after --until is done with, also when following" {
  seq 3 | logbuf push q
  quietly timeout 20 logtail -f -n +1 --until '1h ago' q
  assert_status 0
  [[ -z $output$stderr ]] || fail "it says: $output$stderr"
}

@test "a buffer that is not there is status 66" {
  quietly logtail buf:none
  assert_status 66
}

@test "the reader of a buffer that is killed is started again, and nothing is missing or twice" {
  seq 3 | logbuf push q
  follow q
  pkill -KILL -P "${pid[follow]}"
  seq 4 9 | logbuf push q
  eventually has 9
  diff follow.out <(seq 9)
}

@test "a logbuf that is killed before it says what is in the buffer runs again" {
  seq 3 | logbuf push q
  local logbuf
  logbuf=$(command -v logbuf)
  mkdir bin
  cp "$(command -v logtail)" bin/
  cat >bin/logbuf <<END
#!/bin/sh
mkdir killed 2>/dev/null && kill -KILL \$\$
exec $logbuf "\$@"
END
  chmod +x bin/logbuf
  quietly bin/logtail q
  assert_status 0
  assert_output "$(seq 3)"
  assert_complaint logtail "look at buffer q: logbuf was killed by signal 9; running it again in"
}

# ---- checkpoints

@test "a checkpoint goes on where the last run ended" {
  seq 100 >a
  logtail --checkpoint ck a >out
  seq 101 200 >>a
  logtail --checkpoint ck a >>out
  diff out <(seq 200)
}

@test "a file that was renamed meanwhile is read to its end first" {
  seq 3 >a.log
  logtail -q --checkpoint ck '*.log' >out
  seq 4 5 >>a.log
  mv a.log a.log.1
  seq 6 7 >a.log
  logtail -q --checkpoint ck '*.log' >>out
  diff out <(seq 7)
}

@test "an old file is not read again under its new name" {
  seq 3 >a.log
  logtail -q --checkpoint ck '*.log*' >out
  mv a.log a.log.1
  seq 4 5 >a.log
  logtail -q --checkpoint ck '*.log*' >>out
  diff out <(seq 5)
}

@test "a file that took a removed one's inode is a new one" {
  seq 3 >a
  logtail --checkpoint ck a >out
  : >a # the same inode, and in the end no shorter
  seq 11 15 >>a
  logtail --checkpoint ck a >>out
  diff out <(seq 3 && seq 11 15)
}

@test "a file that is gone is reported, and others go on" {
  seq 3 >a.log
  logtail --checkpoint ck '*.log' >out
  rm a.log
  seq 4 5 >b.log
  quietly logtail -q --checkpoint ck '*.log'
  assert_output $'4\n5'
  assert_complaint logtail "is gone"
}

@test "into a buffer each message arrives once, from run to run" {
  seq 100 >a
  seq 101 200 >b
  logtail --checkpoint ck './[ab]' -- logbuf push q
  seq 201 300 >>b
  logtail --checkpoint ck './[ab]' -- logbuf push q
  logtail --checkpoint ck './[ab]' -- logbuf push q
  logbuf cat q | sort -n | diff - <(seq 300)
}

@test "a sink that failed gets the same messages under the same ids" {
  seq 3 >a
  quietly logtail --retry-time 0 --checkpoint ck a -- sh -c 'echo logpipe 1 stored; head -c 5 >one; exit 1'
  assert_status 75
  logtail --checkpoint ck a -- sh -c 'echo logpipe 1 stored; head -c 15 >two; echo 3; cat >/dev/null'
  diff two <(printf '3 1\t13 2\t23 3\t3')
}

@test "what was confirmed is not sent again" {
  seq 3 >a
  quietly logtail --retry-time 0 --checkpoint ck a -- sh -c 'echo logpipe 1 stored; head -c 15 >one; echo 2; exit 1'
  assert_status 75
  logtail --checkpoint ck a -- sh -c 'echo logpipe 1 stored; head -c 5 >two; echo 3; cat >/dev/null'
  diff two <(printf '3 3\t3')
}

@test "what was planned and is gone is reported, and the rest goes on" {
  seq 3 >a
  quietly logtail --retry-time 0 --checkpoint ck a -- sh -c 'echo logpipe 1 stored; head -c 5 >one; exit 1'
  assert_status 75
  rm a
  seq 4 5 >a
  quietly logtail --checkpoint ck a -- logbuf push q
  assert_status 0
  assert_complaint logtail "3 messages came from is gone"
  logbuf cat q | diff - <(seq 4 5)
}

@test "other options in between cost exactly once, but no message" {
  seq 3 >a
  quietly logtail --retry-time 0 --checkpoint ck a -- sh -c 'echo logpipe 1 stored; head -c 5 >one; exit 1'
  quietly logtail --max-message 2MiB --checkpoint ck a -- logbuf push q
  assert_status 0
  assert_complaint logtail "cut by other options"
  logbuf cat q | diff - <(seq 3)
}

@test "two runs with one checkpoint: the second is refused" {
  echo 0 >a
  follow --checkpoint ck a
  quietly logtail --checkpoint ck a
  assert_status 75
  assert_complaint logtail "another logtail uses it"
}

@test "a checkpoint's last append may be torn, which is said; other damage is an error that says what to do" {
  seq 3 >a
  logtail --checkpoint ck a >out
  local at
  at=$(wc -c <ck)
  seq 4 5 >>a
  start follow logtail -f --checkpoint ck a -- sh -c 'echo logpipe 1 stored; cat >/dev/null'
  eventually grep -q '^plan' ck
  stop follow INT
  head -c $((at + 5)) ck >torn # its first sector is missing, and a later one is there
  head -c 5 /dev/zero >>torn
  tail -c +$((at + 11)) ck >>torn
  mv torn ck
  quietly logtail --checkpoint ck a
  assert_status 0
  assert_complaint logtail "were being written when the machine stopped; they are dropped"
  assert_output $'4\n5'
  sed -i '4s/^/x/' ck
  quietly logtail --checkpoint ck a
  assert_status 65
  assert_complaint logtail "is in a damaged part; to begin anew, which sends again what is still there, remove the file"
}

@test "a file that is no checkpoint is left alone" {
  seq 3 | tee a >b
  quietly logtail --checkpoint b a
  assert_status 65
  diff a b
}

@test "with --plain and --batch the checkpoint advances too" {
  seq 3 >a
  logtail --checkpoint ck a --batch 10 -- sh -c 'cat >>out'
  seq 4 5 >>a
  logtail --checkpoint ck a --plain -- sh -c 'while read -r id line; do echo "$line" >>out; echo "$id"; done'
  quietly logtail --checkpoint ck a
  [[ -z $output ]]
  diff out <(seq 5)
}

@test "a pattern may begin and end with brackets" {
  echo A >a
  echo B >b
  quietly logtail -q '[ab]'
  assert_status 0
  assert_output "A
B"
}

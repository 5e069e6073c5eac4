# Input that is empty, huge, binary or a lie: kept as it is where it can be, refused in one line where it cannot.

load helper

# The same input through each of the three tools; what comes out is in logcat.got, logbuf.got and logsend.got.
through_each() {
  logcat "${@:2}" "$1" >logcat.got
  logbuf push q <"$1"
  logbuf cat q >logbuf.got
  logsend "file:$T/logsend.got" <"$1"
}

has_ended() { ! kill -0 "${pid[$1]}" 2>/dev/null; }

@test "empty input is no message" {
  : >input
  through_each input
  assert_equal "$(wc -c <logcat.got) $(wc -c <logbuf.got)" "0 0"
  [[ ! -s logsend.got ]]
}

@test "an empty line is a message" {
  printf 'a\n\n\nb\n' >input
  through_each input
  cmp input logcat.got && cmp input logbuf.got && cmp input logsend.got
}

@test "an unterminated last line is a message" {
  printf 'a\nb' >input
  through_each input
  printf 'a\nb\n' >wanted
  cmp wanted logcat.got && cmp wanted logbuf.got && cmp wanted logsend.got
}

@test "NUL, 0xFF and every other byte but LF pass unchanged" {
  python3 -c 'import sys; sys.stdout.buffer.write(bytes(b for b in range(256) if b != 10) * 3 + b"\r\n\0\n\xff\n")' >input
  through_each input
  cmp input logcat.got && cmp input logbuf.got && cmp input logsend.got
}

@test "a line over --max-message is split, warned of, and nothing of it is lost" {
  { head -c 10485760 /dev/zero | tr '\0' x; echo; echo next; } >input
  quietly logbuf push q <input
  assert_status 0
  assert_complaint logbuf "1 message was over --max-message (1 MiB) and was split"
  assert_equal "$(logbuf cat q | wc -l)" 11
  logbuf cat q | tr -d '\n' | cmp - <(tr -d '\n' <input)
  assert_equal "$(logbuf cat q | tail -n 1)" next
}

@test "logcat and logsend split as well" {
  { head -c 3000000 /dev/zero | tr '\0' x; echo; } >input
  quietly bash -c 'logcat input >logcat.got'
  assert_status 0
  assert_complaint logcat "--max-message"
  quietly bash -c 'logsend "file:$PWD/logsend.got" <input'
  assert_status 0
  assert_complaint logsend "--max-message"
  assert_equal "$(wc -l <logcat.got) $(wc -l <logsend.got)" "3 3"
  tr -d '\n' <logcat.got | cmp - <(tr -d '\n' <input)
}

@test "a 10 MiB line stays whole with --max-message 16MiB, through all three tools" {
  { head -c 10485760 /dev/zero | tr '\0' x; echo; echo next; } >input
  quietly logcat --max-message 16MiB input -- logbuf push q
  assert_status 0
  assert_equal "$stderr" ""
  assert_equal "$(logbuf cat q | wc -l)" 2
  quietly logbuf pop q -- logsend "file:$T/output"
  assert_status 0
  assert_equal "$stderr" ""
  cmp input output
}

@test "an octet count that is no number is bad data, and what stood before it is stored" {
  quietly logbuf push -F octet q < <(printf '5 first6 secondhello')
  assert_status 65
  assert_complaint logbuf "read octet frame"
  assert_equal "$(logbuf cat q)" $'first\nsecond'
}

@test "an octet count that promises more than comes is bad data" {
  quietly logbuf push -F octet q < <(printf '5 first10 short')
  assert_status 65
  assert_complaint logbuf "read octet frame"
  assert_equal "$(logbuf cat q)" first
}

@test "a huge octet count is bad data at once, without waiting for so much" {
  quietly logbuf push -F octet q < <(printf '5 first99999999999999999999 x' && cat /dev/zero)
  assert_status 65
  assert_complaint logbuf "read octet frame"
  assert_equal "$(logbuf cat q)" first
  quietly logbuf push -F octet q < <(printf '4294967296 x' && cat /dev/zero)
  assert_status 65 && assert_complaint logbuf "a length below 2 GiB"
}

@test "an octet count that is too small leaves the rest to be bad data" {
  quietly logbuf push -F octet q < <(printf '3 first4 more')
  assert_status 65
  assert_equal "$(logbuf cat q)" fir
}

@test "logsend refuses a lying octet count and keeps what stood before it" {
  quietly logsend -F octet "file:$T/output" < <(printf '5 firstoops')
  assert_status 65
  assert_complaint logsend "read octet frame"
  assert_equal "$(<output)" first
}

@test "logcat refuses a lying octet count and passes on what stood before it" {
  printf '5 firstoops' >input
  quietly logcat --input-framing octet input
  assert_status 65
  assert_complaint logcat input
  assert_output first
}

@test "an id that is missing is bad data, and what stood before it is stored" {
  quietly logbuf push -i -r q < <(printf '1\tfirst\nno id here\n3\tthird\n')
  assert_status 65
  assert_complaint logbuf "id"
  assert_equal "$(logbuf cat q)" first
  assert_output 1
}

@test "an empty id and one that is too long are bad data" {
  quietly logbuf push -i q < <(printf '\tmessage\n')
  assert_status 65
  assert_complaint logbuf "id"
  quietly logbuf push -i q < <(printf '%065d\tmessage\n' 1)
  assert_status 65
  assert_complaint logbuf "id"
  assert_equal "$(logbuf cat q)" ""
}

@test "receipts without ids are a usage error" {
  quietly logbuf push -r q </dev/null
  assert_status 64
  assert_complaint "logbuf push" "-r needs ids: add -i"
  quietly logsend -r tcp://localhost:1 </dev/null
  assert_status 64 && assert_complaint logsend "-r needs ids: add -i"
}

@test "a hop of another protocol version is refused by both ends" {
  quietly bash -c 'LOGPIPE="2 pid=$$ max=1000" exec logbuf push q </dev/null'
  assert_status 76
  assert_complaint logbuf LOGPIPE
  echo a >input
  quietly logcat input -- sh -c 'echo logpipe 2 stored; cat >/dev/null'
  assert_status 76 && assert_complaint logcat "logpipe 2"
}

@test "an invitation that is for another process is passed over" {
  LOGPIPE="1 pid=1 max=1000" logbuf push q < <(echo a)
  assert_equal "$(logbuf cat q)" a
}

@test "garbage instead of frames in a hop is a protocol error" {
  quietly bash -c 'printf "hello\n" | LOGPIPE= bash -c "LOGPIPE=\"1 pid=\$\$ max=1000\" exec logbuf push q"'
  assert_status 76
  assert_equal "$(logbuf cat q)" ""
}

@test "an id that is no number is a protocol error where the stream has an origin" {
  quietly bash -c 'printf "7 x\thello" | bash -c "LOGPIPE=\"1 pid=\$\$ max=1000 origin=o\" exec logbuf push q"'
  assert_status 76
  assert_complaint logbuf "'x'"
  assert_equal "$(logbuf cat q)" ""
}

@test "a named pipe whose writer went before the tool started ends a reader" {
  mkfifo fifo
  start push bash -c 'exec <fifo; until [[ -e gone ]]; do :; done; exec logbuf push q'
  echo line >fifo
  touch gone
  DEADLINE=5 eventually has_ended push
  finish push
  assert_equal "$(logbuf cat q)" line
}

@test "a directory, a missing file and a damaged gzip file are named" {
  mkdir directory
  lines 1000 | gzip | head -c 5000 >broken.gz
  quietly logcat missing
  assert_status 66
  assert_complaint logcat missing
  quietly logcat directory
  assert_status 66
  assert_complaint logcat "open directory: it is a directory; 'logtail directory' reads the files in it"
  quietly logcat broken.gz
  assert_status 65 && assert_complaint logcat broken.gz
}

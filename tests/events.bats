# --parse, --where, --set and --format wherever messages flow, and the open fields of events.

load helper
load redis

# What an application logs, numbered from 1 on; the odd ones are errors.
objects() {
  seq "$1" | awk '{ printf "{\"level\":\"%s\",\"n\":%d,\"ok\":%s}\n", ($1 % 2) ? "error" : "info", $1, ($1 > 2) ? "true" : "false" }'
}

# The numbers of the objects on standard input, in a line.
numbers() { jq -r .n | paste -sd' '; }

@test "members of a JSON object are chosen, set and written by their names, and keep their order and types" {
  objects 4 >input
  run -0 logcat --where 'level == error and n >= 2 and ok == true' --set 'env=%{level}!' --format json input
  assert_output '{"level":"error","n":3,"ok":true,"env":"error!"}'
  run -0 logcat --where 'n < 2' --format '%{n} %{level} %{message}' input
  assert_output '1 error {"level":"error","n":1,"ok":false}'
}

@test "open fields reach other programs as structured data" {
  echo '{"message":"m","user":{"name":"eve"},"tags":["a","b"]}' >input
  run -0 logcat --format rfc5424 input
  assert_output '<13>1 - - - - - [fields@32473 user.name="eve" tags="a" tags="b"] m'
}

@test "logbuf cat chooses and writes anew, with the ids of the buffer" {
  objects 4 | logbuf push q
  run -0 logbuf cat -i --where 'level == error' --format '%{n}' q
  assert_output $'1\t1\n3\t3'
}

@test "logbuf pop acknowledges what --where leaves out" {
  objects 5 | logbuf push q
  assert_equal "$(logbuf pop --where 'level == info' q | numbers)" "2 4"
  assert_equal "$(logbuf peek q)" ""
  quietly logbuf peek --fail-empty q
  assert_status 1
}

@test "a receipt of logbuf peek covers what --where left out before it, and no more" {
  objects 5 | logbuf push q
  logbuf peek -i --where 'level == error and n < 5' --format '%{n}' q | tail -n 1 | cut -f 1 | logbuf ack q
  logbuf rewind q
  assert_equal "$(logbuf peek q | numbers)" "4 5"
}

@test "a hop of logbuf peek acknowledges what --where leaves out, also when that is everything" {
  objects 5 | logbuf push q
  logbuf peek --where 'level == error' q -- logbuf push p
  assert_equal "$(logbuf cat p | numbers)" "1 3 5"
  objects 5 | logbuf push q
  logbuf peek --where 'level == debug' q -- logbuf push p
  logbuf rewind q
  assert_equal "$(logbuf peek q)" ""
}

@test "the ids and the origin of a buffer go through: what the sink has is not stored twice" {
  for format in raw '%{n}'; do
    objects 6 | logbuf push q
    cp -r q backup
    logbuf peek --where 'level == error' --format "$format" q -- logbuf push "p$format"
    rm -r q
    mv backup q # as if nothing had been acknowledged
    quietly logbuf peek --where 'level == error' --format "$format" q -- logbuf push "p$format"
    assert_status 0
    assert_equal "$stderr" ""
    assert_equal "$(logbuf cat "p$format" | grep -o '[135]' | paste -sd' ')" "1 3 5"
    rm -r q
  done
}

@test "a buffer that went back in time is recognised also where --format rewrites its messages" {
  objects 3 | logbuf push q
  cp -r q backup
  objects 6 | tail -n 3 | logbuf push q
  logbuf peek --format '%{n}' q -- logbuf push p
  rm -r q
  mv backup q
  objects 9 | tail -n 3 | logbuf push q
  quietly logbuf peek --format '%{n}' q -- logbuf push p
  assert_complaint logbuf "went back in time"
  assert_equal "$(logbuf cat p | paste -sd' ')" "1 2 3 4 5 6 1 2 3 7 8 9"
}

@test "logtail chooses and writes anew what it follows, without headers" {
  objects 3 >a.log
  objects 2 >b.log
  start tail logtail -f --where 'level == error' --format '%{n}' a.log b.log
  eventually grep -q 3 tail.out
  echo '{"level":"error","n":7}' >>b.log
  eventually grep -q 7 tail.out
  stop tail
  assert_equal "$(sort tail.out | paste -sd' ')" "1 1 3 7"
}

@test "logtail with a checkpoint delivers each message that --where keeps once" {
  objects 4 >a.log
  for _ in 1 2; do logtail --checkpoint ck --where 'level == error' a.log -- logbuf push q; done
  echo '{"level":"info","n":5}' >>a.log
  echo '{"level":"error","n":7}' >>a.log
  logtail --checkpoint ck --where 'level == error' a.log -- logbuf push q
  assert_equal "$(logbuf cat q | numbers)" "1 3 7"
}

@test "logtail --prefix cannot be combined with --where" {
  quietly logtail --prefix --where level a.log
  assert_status 64
  assert_complaint logtail "--prefix"
}

@test "logredis peek, pop and cat choose and write anew, in lists and streams" {
  start_redis r
  for layout in "" --stream; do
    objects 4 | logredis push $layout "$(url_of r)" "q$layout"
    assert_equal "$(logredis cat $layout --where 'level == info' "$(url_of r)" "q$layout" | numbers)" "2 4"
    logredis peek $layout --where 'level == error' --set 'n=<%{n}>' --format json "$(url_of r)" "q$layout" -- \
      logbuf push "p$layout"
    assert_equal "$(logbuf cat "p$layout" | numbers)" "<1> <3>"
    assert_equal "$(logredis pop $layout "$(url_of r)" "q$layout")" ""
  done
}

@test "logsend chooses, completes and sets, in this order, and gives a receipt for what is left out" {
  { objects 3; echo plain; } >input
  logsend --where 'not hostname' --host here --set 'level=%{level}@%{hostname}' --format '%{n} %{level}' file:out <input
  assert_equal "$(cat out)" $'1 error@here\n2 info@here\n3 error@here\n @here'
  run -0 logsend -i -r --where 'level == info' file:chosen < <(objects 3 | awk '{ print NR "\t" $0 }')
  assert_equal "$(tail -n 1 <<<"$output")" 3
  assert_equal "$(numbers <chosen)" 2
}

@test "logsend's paths with fields see what --where leaves out and --set sets" {
  objects 4 | logsend --where 'n > 1' --set 'n=0%{n}' 'file:%{level}-%{n}'
  assert_equal "$(echo ./*-*)" "./error-03 ./info-02 ./info-04"
  assert_equal "$(cat error-03)" '{"level":"error","n":3,"ok":true}'
}

# ---- --threads

@test "--threads gives what one thread gives, in its order" {
  lines 30000 >input
  options=(--where 'severity <= warning' --set 'env=a' --format json)
  logcat "${options[@]}" input >expected
  for threads in 0 2 3; do
    logcat --threads "$threads" "${options[@]}" input >output
    assert_same_lines output expected
  done
}

@test "--threads: receipts through a hop are exact, and all is acknowledged" {
  lines 30000 >input
  logbuf push q <input
  logbuf peek q -- logcat --threads 2 --where 'severity <= warning' --format json -- logbuf push p
  logcat --where 'severity <= warning' --format json input >expected
  logbuf cat p >output
  assert_same_lines output expected
  assert_equal "$(logbuf consumer ls q | cut -f 2,3,4)" $'0\t0\t30000'
}

@test "--threads: a few messages do not wait for more" {
  mkfifo pipe
  start logcat sh -c 'exec logcat --threads 2 --format "%{message}" <pipe'
  exec 7>pipe
  echo '<11>hello' >&7
  eventually grep -q hello logcat.out
  exec 7>&-
  finish logcat
  assert_status 0
}

@test "--threads: rules are read again on SIGHUP by all of them" {
  echo '[env] := "one"' >r.rules
  mkfifo pipe
  start logcat sh -c 'exec logcat --threads 2 --rules r.rules --format "%{env}" <pipe'
  exec 7>pipe
  lines 3000 >&7
  eventually has_lines logcat.out 3000
  echo '[env] := "two"' >r.rules
  kill -HUP "${pid[logcat]}"
  says_two() { lines 1 >&7 && grep -q two logcat.out; }
  eventually says_two
  before=$(wc -l <logcat.out)
  lines 3000 >&7
  eventually has_lines logcat.out $((before + 3000))
  assert_equal "$(tail -n +$((before + 1)) logcat.out | sort -u)" two
  exec 7>&-
}
has_lines() { (($(wc -l <"$1") >= $2)); }

@test "--threads is refused where it would change what is said, and where it would do nothing" {
  quietly logcat --threads 2 --rule '[a] := "b"' --explain </dev/null
  assert_status 64
  quietly logcat --threads 65 --format json </dev/null
  assert_status 64
  quietly logsend --threads 2 'file:/tmp/%{hostname}' </dev/null
  assert_status 64
  assert_complaint logsend "--threads: is not for this destination"
}

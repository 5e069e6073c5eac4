# A buffer that logtail reads and that is put back to an older state, as from a backup.

load helper

follow() { quietly logtail --checkpoint ck buf:q -- logbuf push out; }

# q as it was with 5 messages; 10 of it were delivered.
put_back() {
  lines 5 | logbuf push q
  cp -r q backup
  lines 10 | tail -n 5 | logbuf push q
  follow
  assert_status 0
  rm -r q
  mv backup q
}

assert_delivered_anew() {
  follow
  assert_status 0
  assert_complaint logtail "read buf:q: it has gone back in time"
  logbuf cat q >expected
  logbuf cat --from 11 out >found
  assert_same_lines expected found
}

@test "a buffer that ends before the place in the checkpoint is read again from its oldest message" {
  put_back
  assert_delivered_anew
}

@test "a buffer that has given the ids anew is recognised by the last message that was read" {
  put_back
  lines 9 7 | logbuf push q
  assert_delivered_anew
}

@test "a buffer that ends before what was planned for the sink is read again from its oldest message" {
  lines 5 | logbuf push q
  cp -r q backup
  lines 10 | tail -n 5 | logbuf push q
  quietly logtail --retry-time 0 --checkpoint ck buf:q -- sh -c 'echo logpipe 1 stored; head -c 5 >one; exit 1'
  assert_status 75
  rm -r q
  mv backup q
  follow
  assert_status 0
  [[ ${stderr_lines[0]} == *"read buf:q: it has gone back in time"* ]]
  [[ ${stderr_lines[1]} == *"what 10 messages came from is gone"* ]]
  logbuf cat out | assert_same_lines - <(logbuf cat q)
}

@test "after that it goes on as usual" {
  put_back
  lines 9 7 | logbuf push q
  assert_delivered_anew
  echo more | logbuf push q
  follow
  assert_status 0
  assert_equal "$stderr" ""
  assert_equal "$(logbuf cat --from 25 out)" more
}

@test "a buffer whose last read message is deleted is read on" {
  lines 5 | logbuf push q
  follow
  logbuf pop q >/dev/null
  echo more | logbuf push q
  follow
  assert_status 0
  assert_equal "$stderr" ""
  assert_equal "$(logbuf cat --from 6 out)" more
}

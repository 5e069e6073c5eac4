# A buffer whose files change under those who use it: a backup that is put back, a lock file that is removed.

load helper

messages() { seq -f "$1 %g" "$2" "$3"; }

# ---- a source that goes back in time

# 100 messages are taken over by `copy`; then a backup with the first 50 is put back, and ids are given anew.
take_over_and_restore() {
  messages old 1 50 | logbuf push q
  logbuf consumer add q default
  cp -a q backup
  messages old 51 100 | logbuf push q
  logbuf peek q -- logbuf push copy
  rm -r q && mv backup q
}

@test "a restored source whose ids end below the receiver's last one loses nothing, and says so once" {
  take_over_and_restore
  messages new 51 60 | logbuf push q
  quietly logbuf peek q -- logbuf push copy
  assert_status 0
  assert_complaint logbuf "the receiver has message 100 of another history"
  logbuf cat copy >output
  assert_same_lines <(tail -n +101 output) <(messages old 1 50 && messages new 51 60)
}

@test "a restored source that has given out more ids than before loses nothing, and says so once" {
  take_over_and_restore
  messages new 51 200 | logbuf push q
  quietly logbuf peek q -- logbuf push copy
  assert_status 0
  assert_complaint logbuf "the receiver has message 100 of another history"
  logbuf cat copy >output
  assert_same_lines <(tail -n +101 output) <(messages old 1 50 && messages new 51 200)
}

@test "a restored source whose new messages are the same lines loses none of them" {
  yes tick | head -n 50 | logbuf push q
  logbuf consumer add q default
  cp -a q backup
  yes tick | head -n 50 | logbuf push q
  logbuf peek q -- logbuf push copy
  rm -r q
  mv backup q
  yes tick | head -n 150 | logbuf push q
  logbuf peek q -- logbuf push copy
  assert_equal "$(logbuf cat copy | wc -l)" 300
}

@test "what follows under the new origin arrives once, through a crash" {
  take_over_and_restore
  messages new 51 60 | logbuf push q
  logbuf peek q -- logbuf push copy
  logbuf rewind --to 1 q
  quietly logbuf peek q -- logbuf push copy
  assert_equal "$stderr" ""
  messages new 61 70 | logbuf push q
  quietly logbuf peek q -- logbuf push copy
  assert_equal "$stderr" ""
  assert_equal "$(logbuf cat copy | grep -c 'new 6[1-9]')" 9
}

# Stops after the receiver's commit and before its receipt comes back, as a crash would.
@test "a source that did not go back is still sent once: its last id is known by its fingerprint" {
  messages old 1 100 | logbuf push q
  logbuf consumer add q default
  cp -a q before
  logbuf peek q -- logbuf push copy
  rm -r q
  mv before q
  quietly logbuf peek q -- logbuf push copy
  assert_status 0
  assert_equal "$stderr" ""
  assert_equal "$(logbuf cat copy | wc -l)" 100
}

# ---- files that are removed while they are in use

stored() { [[ $(logbuf cat q 2>/dev/null | wc -l) == "$1" ]]; }

@test "a writer whose lock file was removed ends with an I/O error, and no receipt is wrong" {
  mkfifo input
  start push bash -c 'exec logbuf push -i -r q <input'
  exec 7>input
  printf '1\tone\n' >&7
  eventually stored 1
  rm q/lock.mdb
  messages other 1 100 | logbuf push q
  printf '2\ttwo\n' >&7
  exec 7>&-
  finish push
  assert_status 74
  grep -q "its file lock.mdb was replaced while it was in use" push.err
  assert_equal "$(<push.out)" 1
  logbuf cat q >output
  assert_same_lines output <(echo one && messages other 1 100)
  logbuf verify q
}

@test "a writer whose data file was replaced ends with an I/O error" {
  mkfifo input
  start push bash -c 'exec logbuf push -i -r q <input'
  exec 7>input
  printf '1\tone\n' >&7
  eventually stored 1
  cp q/data.mdb copy
  mv copy q/data.mdb
  printf '2\ttwo\n' >&7
  exec 7>&-
  finish push
  assert_status 74
  grep -q "its file data.mdb was replaced while it was in use" push.err
  assert_equal "$(logbuf cat q)" one
}

@test "a reader whose buffer was removed ends with an I/O error" {
  echo one | logbuf push q
  start peek logbuf peek -f q
  eventually test -s peek.out
  rm -r q
  finish peek
  assert_status 74
  grep -q "was removed while it was in use" peek.err
}

@test "two writers make one lock file, however often it is removed" {
  for n in {1..20}; do
    rm -f q/lock.mdb
    messages "a$n" 1 50 | logbuf push q & local a=$!
    messages "b$n" 1 50 | logbuf push q & local b=$!
    wait "$a"
    wait "$b"
  done
  assert_equal "$(logbuf cat q | sort -u | wc -l)" 2000
  logbuf verify q
}

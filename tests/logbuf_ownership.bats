# Who may open a buffer, or a checkpoint, does not change by what root does with it.

load helper

# Another user, for whom root does things.
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
users() { stat -c '%u:%g %a %n' "$@"; }

# A buffer q of nobody's, and the folder that it is in.
nobodys_buffer() {
  chmod 755 .
  install -d -o 65534 -g 65534 home
  cd home || return
  "${nobody[@]}" logbuf push q < <(printf '%s\n' a b c)
  users q q/* >before
}

assert_same_users() { assert_same_lines <(users q q/*) before; }

@test "compact by root leaves owner, group and mode as they were" {
  nobodys_buffer
  logbuf compact q
  assert_same_users
  assert_equal "$("${nobody[@]}" logbuf pop -n 1 q)" a
}

@test "a mode that was given to the buffer's files survives compact" {
  nobodys_buffer
  chmod 750 q
  chmod 640 q/data.mdb
  users q q/* >before
  logbuf compact q
  assert_same_users
}

@test "compact by its owner goes on where root's ended early" {
  nobodys_buffer
  quietly bash -c 'ulimit -f 1; logbuf compact q' # it cannot write the copy
  [[ $status -ne 0 && -d q/compact ]]
  "${nobody[@]}" logbuf compact q
  [[ ! -e q/compact ]]
}

@test "whatever root does without lock.mdb and leases leaves them to the owner" {
  nobodys_buffer
  for verb in "stat" "verify" "cat" "trim" "peek" "compact" "push </dev/null" "consumer ls" "rewind"; do
    rm -f q/lock.mdb q/leases
    eval "logbuf ${verb%% <*} q ${verb#"${verb%% <*}"}" >/dev/null
    assert_same_users
  done
  assert_equal "$("${nobody[@]}" logbuf pop q)" $'a\nb\nc'
}

@test "a buffer that root makes in place of an empty directory is for those whom that was for" {
  install -d -o 65534 -g 65533 -m 2770 q
  echo a | logbuf push q
  assert_same_lines <(users q q/*) - <<'END'
65534:65533 2770 q
65534:65533 660 q/VERSION
65534:65533 660 q/data.mdb
65534:65533 660 q/leases
65534:65533 660 q/lock.mdb
END
}

@test "what root salvages is for those whom the damaged buffer was for" {
  nobodys_buffer
  logbuf salvage q fresh >/dev/null
  assert_same_lines <(users fresh fresh/* | sed 's/fresh/q/') before
}

@test "a group that shares a buffer can go on when one of it made a file" {
  nobodys_buffer
  chmod 2770 q
  chmod 660 q/*
  rm q/lock.mdb
  setpriv --reuid=65533 --regid=65532 --groups=65534 logbuf stat q
  assert_equal "$(users q/lock.mdb)" "65533:65534 660 q/lock.mdb"
  "${nobody[@]}" logbuf push q </dev/null
}

@test "one who cannot leave a file to the owner makes none" {
  nobodys_buffer
  chmod 777 q
  chmod 644 q/*
  rm q/lock.mdb
  quietly setpriv --reuid=65533 --regid=65533 --clear-groups logbuf stat q
  assert_status 77
  assert_complaint logbuf "q/lock.mdb: Operation not permitted"
  [[ ! -e q/lock.mdb ]]
}

@test "what is refused is named" {
  nobodys_buffer
  cd ..
  for file in VERSION data.mdb lock.mdb; do
    chown 0 "home/q/$file"
    chmod 600 "home/q/$file"
    quietly "${nobody[@]}" logbuf stat home/q
    assert_status 77
    assert_complaint logbuf "open home/q/$file: Permission denied"
    chown 65534 "home/q/$file"
  done
  chown 0 home/q/leases
  quietly "${nobody[@]}" logbuf push home/q </dev/null
  assert_status 77
  assert_complaint logbuf "open home/q/leases: Permission denied"
  chmod 700 home
  chown 0 home
  quietly "${nobody[@]}" logbuf push home/new </dev/null
  assert_complaint logbuf "home"
}

@test "a checkpoint that root makes or replaces stays the other user's" {
  nobodys_buffer
  echo one >log
  logtail --checkpoint ck log >/dev/null
  assert_equal "$(users ck)" "65534:65534 644 ck"
  chown 65534:65533 ck
  chmod 660 ck
  logtail --checkpoint ck log >/dev/null
  assert_equal "$(users ck)" "65534:65533 660 ck"
  quietly "${nobody[@]}" logtail --checkpoint ck log
  assert_status 0
}

@test "a buffer of dead letters stays the other user's" {
  nobodys_buffer
  rm -f q/lock.mdb q/leases
  logbuf push q -i -r < <(printf '1\td\n') >/dev/null
  assert_same_users
}

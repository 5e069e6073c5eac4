# logtail: which files names lead to, as directories, symbolic links and permissions change.

load helper

# Follows its arguments into follow.out, and is reading when this returns. `probe` is one of the files.
follow() {
  start follow logtail -q -f "$@"
  eventually grep -q "." follow.out
}

# Somebody whom permissions hold back.
nobody=(setpriv --reuid=65534 --clear-groups)

has() { grep -qx -- "$1" follow.out; }

@test "files of one directory under two of its names are followed" {
  echo 0 >a
  echo 0 >b
  follow a "$T/b"
  mv a a.1
  echo 1 >a
  eventually has 1
  mv b b.1
  echo 2 >b
  eventually has 2
}

@test "a symbolic link without a file is followed when there is one" {
  mkdir links files
  echo 0 >links/a.log
  ln -s ../files/b links/b.log
  ln -s files/c c
  follow 'links/*.log' c
  echo 1 >files/b
  eventually has 1
  echo 2 >files/c
  eventually has 2
}

@test "the file that a symbolic link leads to is followed through rotation" {
  mkdir links files
  echo 0 >files/a
  ln -s ../files/a links/a.log
  follow 'links/*.log'
  mv files/a files/a.1
  echo 1 >files/a
  eventually has 1
}

@test "a symbolic link to a directory is followed when it is switched" {
  mkdir one two
  echo 0 >one/a
  ln -s one now
  follow now/a
  echo 1 >two/a
  ln -sfn two now
  eventually has 1
}

@test "a directory further up that is renamed and made again is followed" {
  mkdir -p d/e
  echo 0 >d/e/a
  follow d/e/a
  mv d d.old
  mkdir -p d/e
  echo 1 >d/e/a
  eventually has 1
}

@test "a directory that is removed and made again is followed" {
  mkdir -p d/e
  echo 0 >d/e/a
  follow d/e
  for i in 1 2; do
    rm -r d
    mkdir -p d/e
    echo "$i" >d/e/a
    eventually has "$i"
  done
}

@test "a directory that appears later is its files" {
  echo 0 >a
  follow a d e/
  mkdir d e
  echo 1 >d/b
  eventually has 1
  echo 2 >e/b
  eventually has 2
}

@test "a file that may not be read is reported once, and followed when it may" {
  chmod 755 .
  echo 0 >a
  install -m 000 /dev/null b
  start follow "${nobody[@]}" logtail -q -f a b '[b]'
  eventually has 0
  echo 1 >b
  chmod 644 b
  eventually has 1
  assert_same_lines follow.err <(echo 'logtail: open b: Permission denied')
}

@test "a name that may not be looked at is reported, and the others are read" {
  mkdir -m 000 closed
  chmod 755 .
  ln -s loop loop
  echo 0 >a
  quietly "${nobody[@]}" logtail -q closed/a loop a
  assert_status 77
  assert_same_lines <(echo "$stderr") <(printf 'logtail: open %s\n' 'closed/a: Permission denied' \
    'loop: Too many levels of symbolic links')
  [[ $output == 0 ]]
}

@test "a directory that may not be looked into is reported, and not taken for an empty one" {
  mkdir closed
  chmod 755 .
  echo 0 >a
  echo 1 >closed/b
  chmod 700 closed
  quietly "${nobody[@]}" logtail -q closed 'closed/*' a
  assert_status 77
  assert_same_lines <(echo "$stderr") <(printf 'logtail: read %s: Permission denied\n' closed 'closed/*')
  [[ $output == 0 ]]
}

@test "a file that may not be read for a while keeps its place" {
  chmod 777 .
  seq 3 >a
  "${nobody[@]}" logtail --checkpoint ck a >out
  chmod 000 a
  quietly "${nobody[@]}" logtail --checkpoint ck a
  assert_status 77
  assert_complaint logtail "open a: Permission denied"
  chmod 644 a
  echo 4 >>a
  "${nobody[@]}" logtail --checkpoint ck a >>out
  assert_same_lines out <(seq 4)
}

@test "more files than may be open are reported once, and read when others are gone" {
  mkdir d
  for i in {1..100}; do echo "$i" >"d/$i"; done
  start follow bash -c 'ulimit -n 64; exec logtail -q -f d'
  at_least() { (($(wc -l <follow.out) >= $1)); }
  eventually at_least 32
  eventually grep -q 'open files: the limit allows 32 open files' follow.err
  cut -d / -f 2 follow.out | (cd d && xargs rm)
  DEADLINE=30 eventually at_least 64
  (($(wc -l <follow.err) == 1)) || fail "stderr is: $(cat follow.err)"
}

@test "thousands of files that come and go leave nothing, neither open nor in the checkpoint" {
  mkdir d
  echo 0 >d/0
  follow --checkpoint ck d
  for i in {1..2000}; do echo "$i" >"d/$i"; done
  eventually has 2000
  (cd d && rm -- *)
  echo end >d/end
  eventually has end
  none_is_gone() { [[ -z $(find "/proc/${pid[follow]}/fd" -lname "*(deleted)") ]]; }
  DEADLINE=40 eventually none_is_gone
  stop follow
  quietly logtail -q --checkpoint ck d
  assert_status 0
  [[ -z $output$stderr ]] || fail "it says: $output$stderr"
  grep -c . ck | grep -qx '[1-8]' || fail "the checkpoint is: $(head ck)"
}

@test "a file without a whole message is remembered, and found under another name" {
  printf half >a
  start follow logtail -q -f --checkpoint ck a
  eventually grep -q ' a$' ck
  stop follow
  mv a a.1
  echo ' a line' >>a.1
  echo next >a
  quietly logtail --checkpoint ck a
  assert_output $'half a line\nnext'
}

@test "a sink has the limit of open files that logtail was started with" {
  echo 0 >a
  (
    ulimit -Sn 100
    logtail --batch 1 a -- sh -c 'ulimit -Sn >limit; cat >/dev/null'
  )
  assert_equal "$(<limit)" 100
}

@test "with few open files and many files to read, the sink is started all the same" {
  mkdir d
  for i in {1..100}; do echo "$i" >"d/$i"; done
  stored() { (($(logbuf cat "$1" 2>/dev/null | wc -l) >= $2)); }
  local -A least=([-n]=1 [-Sn]=100) # the soft limit is raised
  for limit in -n -Sn; do
    start "follow$limit" bash -c "ulimit $limit 20; exec logtail -q -f --checkpoint ck$limit d -- logbuf push q$limit"
    eventually stored "q$limit" "${least[$limit]}"
    stop "follow$limit"
  done
}

@test "a checkpoint in a directory that is followed is not read" {
  mkdir d
  echo 0 >d/a
  follow --checkpoint ./d/ck d
  echo 1 >d/b
  eventually grep -qx 1 follow.out
  stop follow
  assert_equal "$(LC_ALL=C sort follow.out)" $'0\n1'
}

@test "a file that was always empty is not missed when it is gone, nor another taken for it" {
  : >a
  echo 0 >b
  logtail -q --checkpoint ck './[ab]'
  rm a
  echo secret >other # which may get the inode
  echo 1 >>b
  run --separate-stderr logtail -q --checkpoint ck './[ab]'
  assert_output 1
  assert_equal "$stderr" ""
}

# logtail --harvest: what is complete, what becomes of it, and what is left.

load helper

# Harvests the directory up once, with a checkpoint, into the buffer q.
harvest() {
  quietly logtail --harvest --settle 20ms --checkpoint ck "$@" up -- logbuf push q
}

# The same until it is stopped; the buffer is there when this returns.
follow() {
  start follow logtail -f --harvest --settle 20ms --checkpoint ck "$@" up -- logbuf push q
  echo first >up/first
  eventually holds first
}

holds() { logbuf cat q 2>/dev/null | grep -qx -- "$1"; }
says() { grep -q -- "$1" follow.err; }
gone() { [[ ! -e $1 ]]; }
# A user who is not root, if root runs this.
as_user() {
  if ((EUID == 0)); then
    chown -R 65534:65534 .
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
  else
    "$@"
  fi
}

@test "what is complete is read and removed, empty files too, and unfinished names are left" {
  mkdir up
  seq 1000 >up/a
  printf '1001\n1002' >up/b
  : >up/empty
  echo no | tee up/.hidden up/c.part up/c.tmp >up/c.filepart
  harvest --after delete
  assert_status 0
  assert_equal "$stderr" ""
  diff <(logbuf cat q | sort -n) <(seq 1002)
  assert_equal "$(ls -A up)" $'.hidden\nc.filepart\nc.part\nc.tmp'
}

@test "without a sink, files are removed when they are written to standard output" {
  mkdir up
  seq 3 >up/a
  quietly logtail --harvest --after delete --settle 0s up
  assert_status 0
  assert_output $'1\n2\n3'
  assert_equal "$(ls up)" ""
}

@test "gzip and zstd are recognised by their content" {
  mkdir up
  seq 20000 | gzip >up/a.log
  seq 20001 40000 | zstd -q >up/b
  { seq 40001 40500 | gzip; seq 40501 41000 | gzip; } >up/c.gz
  harvest --after delete
  assert_status 0
  diff <(logbuf cat q | sort -n) <(seq 41000)
  assert_equal "$(ls up)" ""
}

@test "a truncated file stays, and what is added later is read once" {
  mkdir up
  seq 5000 | gzip >whole.gz
  head -c 6000 whole.gz >up/a.gz
  seq 5001 5010 >up/b
  harvest --after delete
  assert_status 65
  assert_complaint logtail "read up/a.gz: the gzip data ends too early"
  assert_equal "$(ls up)" a.gz
  holds 5010
  tail -c +6001 whole.gz >>up/a.gz
  harvest --after delete
  assert_status 0
  diff <(logbuf cat q | sort -n) <(seq 5010)
  assert_equal "$(ls up)" ""
}

@test "what another program has to decompress stays, and is said" {
  mkdir up
  printf '\xfd7zXZ\0rest' >up/a.xz
  echo b >up/b
  harvest --after delete
  assert_status 65
  assert_complaint logtail "up/a.xz"
  assert_equal "$(ls up)" a.xz
  holds b
}

@test "links, pipes and sockets stay, are said once, and are no failure" {
  mkdir up
  echo secret >secret
  ln -s "$PWD/secret" up/link
  mkfifo up/pipe
  echo b >up/b
  harvest --after delete
  assert_status 0
  assert_equal "$stderr" "logtail: leave up/link: it is a symbolic link, which is not followed
logtail: leave up/pipe: it is no regular file"
  assert_equal "$(logbuf cat q)" b
  assert_equal "$(ls up)" $'link\npipe'
}

@test "a file that may not be read stays, and the others are read" {
  mkdir up
  echo a >up/a
  chmod 0 up/a
  echo b >up/b
  quietly as_user logtail --harvest --after delete --settle 20ms up
  assert_status 77
  assert_output b
  assert_complaint logtail "read up/a: Permission denied"
  assert_equal "$(ls up)" a
}

@test "a file that cannot be removed stays, and with a checkpoint is not read again" {
  mkdir up
  echo a >up/a
  chmod 555 up
  quietly as_user logtail --harvest --after delete --settle 20ms --checkpoint ck up
  assert_status 77
  assert_output a
  assert_complaint logtail "remove up/a: Permission denied"
  chmod 755 up
  quietly as_user logtail --harvest --after delete --settle 20ms --checkpoint ck up
  assert_status 0
  assert_output ""
  assert_equal "$(ls up)" ""
}

@test "files that are moved in, renamed or closed are taken, and one that is open for writing is not" {
  mkdir up
  follow --after delete
  exec 7>up/slow
  echo 'slow 1' >&7
  eventually says 'wait for up/slow: .* open for writing'
  echo moved >elsewhere
  mv elsewhere up/moved
  echo part >up/x.part
  mv up/x.part up/x
  echo closed >up/closed
  eventually holds moved
  eventually holds part
  eventually holds closed
  eventually gone up/closed
  [[ -e up/slow ]]
  quietly holds 'slow 1'
  assert_status 1
  echo 'slow 2' >&7
  exec 7>&-
  eventually gone up/slow
  stop follow
  assert_equal "$(logbuf cat q | grep slow)" $'slow 1\nslow 2'
}

@test "subdirectories are searched on request, also those that appear later" {
  mkdir -p up/here/.hidden
  echo one >up/here/one
  echo no >up/here/.hidden/no
  harvest --after delete
  [[ -e up/here/one ]]
  follow --after delete --recursive
  eventually holds one
  mkdir -p up/new/deep
  echo two >up/new/deep/two
  eventually holds two
  eventually gone up/new/deep/two
  stop follow
  [[ -e up/here/.hidden/no ]]
}

@test "a pattern chooses among the names" {
  mkdir up
  echo a >up/a.csv
  echo b >up/b.log
  quietly logtail --harvest --after delete --settle 0s 'up/*.csv'
  assert_output a
  assert_equal "$(ls up)" b.log
}

@test "files are moved to the same place below another directory, and never over another one" {
  mkdir -p "done" up/sub
  for number in 1 2 3; do
    echo "$number" >up/a
    echo "sub $number" >up/sub/a
    harvest --after move:done --recursive
    assert_status 0
  done
  assert_equal "$(cat done/a done/a.1 done/a.2)" $'1\n2\n3'
  assert_equal "$(cat done/sub/a done/sub/a.1 done/sub/a.2)" $'sub 1\nsub 2\nsub 3'
  assert_equal "$(find up -type f)" ""
}

@test "a directory to move to that is missing, read itself, or on another file system is refused" {
  mkdir -p up/done
  quietly logtail --harvest --after move:nowhere up
  assert_status 66
  assert_complaint logtail "nowhere"
  quietly logtail --harvest --recursive --after move:up/done up
  assert_status 64
  assert_complaint logtail "would be read again"
  quietly logtail --harvest --after move:up up
  assert_status 64
  quietly logtail --harvest --after move:/proc up
  assert_status 64
  assert_complaint logtail "on another file system"
}

@test "what is kept is read once, and what is added to it too" {
  mkdir up
  seq 3 >up/a
  : >up/empty
  for _ in 1 2; do harvest --after keep; done
  seq 4 6 >>up/a
  seq 7 9 | gzip >up/b
  for _ in 1 2; do harvest --after keep; done
  assert_status 0
  diff <(logbuf cat q) <(seq 9)
  assert_equal "$(ls up)" $'a\nb\nempty'
}

@test "what is kept is known under another name, and forgotten when it is gone" {
  mkdir up
  seq 3 >up/a
  harvest --after keep
  mv up/a up/b
  harvest --after keep
  diff <(logbuf cat q) <(seq 3)
  rm up/b
  harvest --after keep
  harvest --after keep
  [[ $(tail -n +3 ck | grep -c '^at ') -eq $(grep -c '^done ' ck) ]]
}

@test "a kept file that is overwritten is read from its start, which is said" {
  mkdir up
  seq 3 >up/a
  harvest --after keep
  echo new >up/a
  harvest --after keep
  assert_status 0
  assert_complaint logtail "read up/a: what was read of it before is not there any more"
  diff <(logbuf cat q) <(seq 3 && echo new)
}

@test "what grows before its receipt is read on before it is removed" {
  mkdir up
  mkfifo go
  echo 1 >up/a
  start follow logtail -f --harvest --after delete --settle 20ms up --batch 100 --batch-time 1ms -- sh -c 'cat >part; cat part >>out; read -r line <go'
  eventually grep -q 1 out
  echo 2 >>up/a
  echo go >go
  eventually grep -q 2 out
  [[ -e up/a ]]
  echo go >go
  eventually gone up/a
  stop follow
  diff out <(seq 2)
}

@test "a receipt for what a file had before it grew does not remove it" {
  mkdir up
  mkfifo go
  echo 1 >up/a
  start follow logtail -f --harvest --after delete --settle 20ms --drain-time 500ms up --batch 100 --batch-time 1ms -- \
    sh -c 'cat >part; [ ! -e refuse ] || exit 1; read -r line <go; cat part >>out'
  eventually grep -q 1 part
  touch refuse
  echo 2 >>up/a
  taken() { kill -USR1 "${pid[follow]}" && grep -q '2 messages (4 B) taken' follow.err; }
  eventually taken
  echo go >go
  eventually grep -q 2 part
  stop follow
  assert_status 75
  diff out <(echo 1)
  logtail --harvest --after delete up --batch 100 -- sh -c 'cat >>out'
  diff <(sort -u out) <(seq 2)
}

@test "a file that is renamed before its receipt is not read again" {
  mkdir up
  mkfifo go
  echo 1 >up/a
  start follow logtail -f --harvest --after delete --settle 20ms up --batch 100 --batch-time 1ms -- sh -c 'cat >part; cat part >>out; read -r line <go'
  eventually grep -q 1 out
  mv up/a up/b
  echo go >go
  eventually gone up/b
  stop follow
  diff out <(echo 1)
}

@test "nothing is removed without a receipt" {
  mkdir up
  seq 3 >up/a
  quietly logtail --harvest --after delete --settle 0s --batch 100 up -- false
  assert_status 75
  diff up/a <(seq 3)
}

@test "path and file are fields of events" {
  mkdir -p up/web1
  echo hello >up/web1/access.log
  quietly logtail --harvest --recursive --after delete --settle 0s --set 'appname=%{file}' --format '%{path} %{appname}: %{message}' up
  assert_output "up/web1/access.log access.log: hello"
}

@test "more files than inotify has room for are all taken" {
  mkdir up stage
  follow --after delete
  kill -STOP "${pid[follow]}"
  (cd stage && seq 20000 | split -l 1 -a 5)
  mv stage/* up/
  kill -CONT "${pid[follow]}"
  eventually holds 20000
  stop follow
  diff <(logbuf cat q | grep -v first | sort -n) <(seq 20000)
  eventually gone up/xaaaa
}

@test "a directory that is not there is an error, and is waited for with -f" {
  quietly logtail --harvest --after delete up
  assert_status 66
  start follow logtail -f --harvest --after delete --settle 20ms up -- logbuf push q
  eventually says "waiting for it"
  mkdir up
  echo one >up/a
  eventually holds one
  stop follow
}

@test "what does not go with --harvest is a usage error" {
  mkdir up
  for wrong in '--harvest up' '--harvest --after keep up' '--harvest --after gone up' '--after delete up' \
    '--harvest --after delete -n 3 up' '--harvest --after delete --from newest up' '--settle 3s up' '--recursive up' \
    '--harvest --after delete logd://localhost'; do
    # shellcheck disable=SC2086
    quietly logtail $wrong
    assert_status 64
  done
}

# Acknowledgements reach the buffer while work goes on, whatever the source waits for: kill -9 then repeats little.

load helper

setup_file() { export TAB=$'\t'; }

store() { seq "$1" | logbuf push q; }
acknowledged() { [[ $(logbuf consumer ls q | cut -f 4) == "$1" ]]; }

# A command for --batch that takes its first batch, and never ends with the next.
first_batch_only() {
  mkfifo hold
  cat >sink <<'END'
cat >>w
[ "$(wc -l <w)" -eq 10 ] || exec cat hold
END
}

# A sink for --plain that confirms its first messages, and then nothing more: confirm_first N.
confirm_first() {
  mkfifo hold
  cat >sink <<END
for n in \$(seq $1); do
  read -r id rest
  echo "\$id"
done
exec cat hold
END
}

@test "a batch is acknowledged while the command works at the next" {
  store 200
  first_batch_only
  start peek logbuf peek --batch 10 q -- sh sink
  eventually acknowledged 10
}

@test "what was acknowledged does not come again after kill -9" {
  store 30
  first_batch_only
  start peek logbuf peek --batch 10 q -- sh sink
  eventually acknowledged 10
  eventually grep -qx 20 w
  stop peek KILL
  logbuf peek --batch 10 q -- sh -c 'cat >>w2'
  assert_same_lines w2 <(seq 11 30)
}

@test "receipts are acknowledged while --rate lets nothing more go" {
  store 5
  start peek logbuf peek --rate 0.01 q -- logbuf push p
  eventually acknowledged 1
}

@test "receipts are acknowledged after the end of the input" {
  store 2
  confirm_first 1
  start peek logbuf peek --plain q -- sh sink
  eventually acknowledged 1
}

@test "receipts are acknowledged while the window is full" {
  store 100
  confirm_first 1
  start peek logbuf peek -f --prefetch 90 --window-messages 80 --plain q -- sh sink
  eventually acknowledged 1
}

@test "what pop has written is acknowledged while its reader takes nothing more" {
  lines 100000 >input
  logbuf push q <input
  mkfifo pipe
  start pop bash -c 'exec logbuf pop q >pipe'
  exec {reader}<pipe
  read -r -u "$reader" line
  assert_equal "$line" "$(head -n 1 input)"
  some_acknowledged() { (($(logbuf consumer ls q | cut -f 4) > 0)); }
  eventually some_acknowledged
}

@test "an acknowledgement that fails ends peek, also while its command is busy" {
  store 100
  mkfifo hold go
  cat >sink <<'END'
cat >>w
[ "$(wc -l <w)" -gt 10 ] || exec cat go
exec cat hold
END
  start peek logbuf peek -f --batch 10 q -- sh sink
  eventually grep -qsx 10 w
  logbuf consumer rm q default
  echo >go
  finish peek
  assert_status 66
  grep -q "use consumer 'default'" peek.err
}

# logsend file: with --rotate-size, --rotate-time, --rotate-compress and --keep.

load helper

stamped() { find . -name 'out.*T*.*Z' | sort; }
compressed() { find . -name "out.*Z.$1" | sort; }
# All of them, the newest last.
contents() { { stamped; echo out; } | xargs cat; }

@test "files do not grow beyond --rotate-size, and all of them hold everything in order" {
  seq 10000 | logsend --rotate-size 5k file:out
  (($(stamped | wc -l) > 5))
  contents | cmp - <(seq 10000)
  assert_equal "$(find . -name 'out*' -size +5k)" ""
}

@test "a message that is longer than --rotate-size has a file of its own" {
  { seq 10; printf '%0300d\n' 1; seq 11 20; } >input
  logsend --rotate-size 100 file:out <input
  contents | cmp - input
  assert_equal "$(find . -name 'out*' -size +101c | wc -l)" 1
}

@test "rotated files are compressed, and the originals are gone" {
  for how in gzip:gz zstd:zst; do
    rm -f out*
    seq 10000 | logsend --rotate-size 5k --rotate-compress "${how%:*}" file:out
    assert_equal "$(stamped)" ""
    (($(compressed "${how#*:}" | wc -l) > 5))
    (for file in $(compressed "${how#*:}"); do "${how%:*}" -dc "$file"; done && cat out) | cmp - <(seq 10000)
  done
}

@test "compressed files have the mode of the original, and logcat reads them" {
  : >out
  chmod 604 out
  seq 2000 | logsend --rotate-size 5k --rotate-compress zstd file:out
  assert_equal "$(stat -c %a "$(compressed zst | head -n 1)")" 604
  mapfile -t files < <(compressed zst)
  logcat "${files[@]}" out | cmp - <(seq 2000)
}

@test "--keep removes the oldest rotated files of each name, and no others" {
  : >out.old
  : >out.20200101
  : >other.20200101T000000.000000Z
  : >out.20200101T000000.000000Z
  seq 10000 | logsend --rotate-size 5k --keep 3 --rotate-compress gzip file:out
  assert_equal "$(compressed gz | wc -l)" 3
  (for file in $(compressed gz); do zcat "$file"; done && cat out) | tail -n 2000 | cmp - <(seq 8001 10000)
  [[ -e out.old && -e out.20200101 && -e other.20200101T000000.000000Z && ! -e out.20200101T000000.000000Z ]]
}

@test "--rotate-time rotates what was made so long ago, when something is written" {
  echo one | logsend --rotate-time 1h file:out
  echo two | logsend --rotate-time 1h file:out
  assert_equal "$(stamped)" ""
  echo three | logsend --rotate-time 1ms file:out
  diff "$(stamped)" <(printf 'one\ntwo\n')
  diff out <(echo three)
}

@test "each file of a path with fields is rotated by itself" {
  mkdir logs
  awk 'BEGIN { for (i = 1; i <= 6000; ++i) printf "<13>1 - host%d app - - - number %d.\n", i % 3, i }' >input
  logsend --rotate-size 8k --rotate-compress gzip --keep 2 --format '%{message}' 'file:logs/%{hostname}/app.log' <input
  for host in host0 host1 host2; do
    assert_equal "$(find "logs/$host" -name "app.log.*Z.gz" | wc -l)" 2
    [[ -s logs/$host/app.log ]]
  done
  assert_equal "$(find logs -type f | wc -l)" 9
}

@test "what a killed run has left is compressed by the next one" {
  seq 100 >out.20260101T000000.000000Z
  seq 200 >out.20260102T000000.000000Z
  gzip -c out.20260102T000000.000000Z >out.20260102T000000.000000Z.gz
  echo one | logsend --rotate-size 1M --rotate-compress gzip file:out
  assert_equal "$(stamped)" ""
  zcat out.20260101T000000.000000Z.gz | cmp - <(seq 100)
  zcat out.20260102T000000.000000Z.gz | cmp - <(seq 200)
}

@test "an original stays when its compressed file does not hold the same" {
  seq 200 >out.20260102T000000.000000Z
  gzip -c out.20260102T000000.000000Z | head -c 100 >out.20260102T000000.000000Z.gz
  echo one | logsend --rotate-size 1M --rotate-compress gzip file:out
  diff out.20260102T000000.000000Z <(seq 200)
  seq 100 | gzip >out.20260102T000000.000000Z.gz
  echo one | logsend --rotate-size 1M --rotate-compress gzip file:out
  diff out.20260102T000000.000000Z <(seq 200)
}

@test "an original stays while somebody has it open for writing" {
  exec 7>out.20260102T000000.000000Z
  echo begun >&7
  echo one | logsend --rotate-size 1M --rotate-compress gzip file:out
  echo ended >&7
  exec 7>&-
  diff out.20260102T000000.000000Z <(printf 'begun\nended\n')
  echo two | logsend --rotate-size 1M --rotate-compress gzip file:out
  zcat out.20260102T000000.000000Z.gz | cmp - <(printf 'begun\nended\n')
}

@test "a file that cannot be renamed is written on, and that is said" {
  mkdir shut
  seq 100 >shut/out
  chmod 666 shut/out
  chmod 555 shut
  another=()
  if ((EUID == 0)); then
    chmod 755 .
    another=(setpriv --reuid=65533 --regid=65533 --clear-groups --inh-caps=-all)
  fi
  quietly "${another[@]}" "$BIN/logsend" --rotate-size 200 file:shut/out <<<more
  assert_status 0
  assert_complaint logsend "rotate shut/out: Permission denied; writing goes on in the same file"
  diff shut/out <(seq 100 && echo more)
  chmod 755 shut
}

@test "what does not go together is a usage error" {
  for wrong in '--keep 3 file:out' '--rotate-compress gzip file:out' '--rotate-size 0 file:out' \
    '--rotate-size 1k --keep 0 file:out' '--rotate-size 1k --rotate-compress xz file:out' '--rotate-size 1k tcp://:1'; do
    # shellcheck disable=SC2086
    quietly logsend $wrong <<<one
    assert_status 64
  done
}

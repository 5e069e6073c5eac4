# logsend file: with fields of the message in the path.

load helper

# A message from a host.
from() { printf '<13>1 2026-11-28T10:00:00Z %s app - - - %s\n' "$1" "$2"; }

# N messages, numbered, from so many hosts in turn.
from_hosts() {
  awk -v n="$1" -v hosts="$2" \
    'BEGIN { for (i = 1; i <= n; ++i) printf "<13>1 - host%d app - - - number %d.\n", i % hosts, i }'
}

# All that was written below logs, by number.
collected() { find logs -type f -exec cat {} + | sort -t' ' -k9n; }

@test "a message goes to the file that its fields and the time name, in directories that are made" {
  mkdir logs
  { from web1 one; from web2 two; from web1 three; echo 'no header'; } >input
  before=$(date +%Y/%m/%d)
  (umask 027 && logsend 'file:logs/%{hostname}/%Y/%m/%d.log' <input)
  day=$(cd logs/web1 && find . -type f -printf '%P\n')
  after=$(date +%Y/%m/%d)
  [[ $day == "$before.log" || $day == "$after.log" ]]
  assert_equal "$(cat "logs/web1/$day")" "$(from web1 one && from web1 three)"
  assert_equal "$(cat "logs/web2/$day")" "$(from web2 two)"
  assert_equal "$(cat "logs/_/$day")" "no header"
  assert_equal "$(stat -c %a logs/web1 "logs/web1/$day")" $'750\n640'
}

@test "the path comes from the message as it came, whatever --format makes of it" {
  mkdir logs
  { from web1 one; echo '{"hostname":"db1","message":"two"}'; echo three; } >input
  logsend --format '%{message}' --host here 'file:logs/%{hostname}-%{facility}' <input
  assert_equal "$(cat logs/web1-user)" one
  assert_equal "$(cat logs/db1-user)" two
  assert_equal "$(cat logs/here-user)" three
}

@test "--parse without --format says how the fields of a path are found" {
  mkdir logs
  from web1 one | logsend --parse none 'file:logs/%{hostname}'
  assert_equal "$(ls logs)" _
}

@test "a field of a hostile sender leads nowhere but below the fixed part" {
  mkdir -p top/logs
  {
    from ../../etc 1; from .. 2; from . 3; from /etc/passwd 4; from .ssh 5
    from "$(printf '%0600d' 0)" 6
    printf '{"hostname":"a\\u0000b\\n..\\u001b/c","message":"7"}\n{"hostname":"","message":"8"}\n'
  } >input
  logsend 'file:top/logs/%{hostname}/x.log' <input
  assert_equal "$(cd top/logs && find . -type f | sort)" \
    "$(printf './%s/x.log\n' "$(printf '%0128d' 0)" _ _. _._.._etc _etc_passwd _ssh 'a_b_..__c' | sort)"
  assert_equal "$(cat top/logs/*/x.log | wc -l)" 8
  assert_equal "$(ls -A top)" logs
}

@test "a symbolic link below the fixed part is not followed, and nothing gets a receipt" {
  mkdir logs aim
  ln -s ../aim logs/web1
  quietly logsend -i -r 'file:logs/%{hostname}/x' < <(printf '1\t' && from web1 one)
  assert_status 73
  assert_complaint logsend '"web1" is a symbolic link'
  assert_equal "$output" ""
  assert_equal "$(ls -A aim)" ""
}

@test "the fixed part must be there, and fields must have good names" {
  quietly logsend 'file:missing/%{hostname}/x' </dev/null
  assert_status 73
  assert_complaint logsend 'open missing/: No such file or directory'
  quietly logsend 'file:%{hots[}/x' </dev/null
  assert_status 64
  assert_complaint logsend 'no field is named "hots["'
  quietly logsend 'file:logs/%{hostname}/../x' </dev/null
  assert_status 64
  assert_equal "$(ls -A)" ""
}

@test "more hosts than open files: no more than 64 are open, and each host's messages are in order" {
  mkdir logs
  mkfifo feed
  from_hosts 20000 300 | awk '{ print NR "\t" $0 }' >input
  start send sh -c 'exec logsend -i -r "file:logs/%{hostname}" <feed'
  exec {feed}>feed
  cat input >&"$feed"
  eventually grep -qx 20000 send.out
  open=$(find "/proc/${pid[send]}/fd" -lname '*/logs/*' | wc -l)
  exec {feed}>&-
  finish send
  assert_status 0
  assert_equal "$open" 64
  cut -f 2 input >sent
  collected >got
  assert_same_lines sent got
  assert_equal "$(sort -t' ' -k9n -c logs/host7 2>&1)" ""
}

@test "with 12 descriptors more hosts are written than can be open" {
  mkdir logs
  from_hosts 200 40 >input
  (ulimit -n 12 && logsend 'file:logs/%{hostname}' <input)
  collected >got
  assert_same_lines input got
}

@test "what had a receipt is there when logsend is killed, in whole lines once it goes on" {
  mkdir logs
  from_hosts 20000 100 >sent
  awk '{ print NR "\t" $0 }' sent >input
  kills=0
  for round in 1 2 3 4 5 6; do
    next=$(($(cat receipted 2>/dev/null || echo 0) + 1))
    ((next <= 20000)) || break
    tail -n "+$next" input >rest
    start "send$round" sh -c 'exec logsend --rate 20000 -i -r "file:logs/%{hostname}/%{appname}.log" <rest'
    eventually test -s "send$round.out"
    kill_at_random 200 "send$round"
    finish "send$round"
    ((status != 137)) || kills=$((kills + 1))
    sed '$d' "send$round.out" >whole # the last may be half a number
    [[ ! -s whole ]] || tail -n 1 whole >receipted
    head -n "$(cat receipted)" sent | sort >safe
    collected | sort -u >there
    assert_equal "$(comm -23 safe there)" ""
  done
  ((kills >= 3)) || fail "only $kills kills"
  tail -n "+$(($(cat receipted) + 1))" input | cut -f 2 | logsend 'file:logs/%{hostname}/%{appname}.log'
  collected | sort -u >there
  sort sent >wanted
  assert_equal "$(comm -23 wanted there)" ""
}

@test "a file that may not grow ends it with 74, and the batch is in no file" {
  mkdir logs
  { printf '1\t'; from web1 one; printf '2\t'; from web2 "$(printf '%01500d' 0)"; } >input
  quietly bash -c 'trap "" XFSZ && ulimit -f 1 && exec logsend -i -r "file:logs/%{hostname}" <input'
  assert_status 74
  assert_complaint logsend "write logs/web2: File too large"
  assert_equal "$output" ""
  assert_equal "$(cat logs/*)" ""
}

@test "a file that was removed is made anew, and has what comes after" {
  mkfifo feed
  start send sh -c 'exec logsend -i -r file:f <feed'
  exec {feed}>feed
  printf '1\tone\n' >&"$feed"
  eventually grep -qx 1 send.out
  rm f
  printf '2\ttwo\n' >&"$feed"
  eventually grep -qx 2 send.out
  exec {feed}>&-
  finish send
  assert_status 0
  assert_equal "$(<f)" two
}

@test "SIGHUP begins files anew that were moved away" {
  mkdir logs
  mkfifo feed
  start send sh -c 'exec logsend -i -r "file:logs/%{hostname}" <feed'
  exec {feed}>feed
  { printf '1\t'; from web1 one; } >&"$feed"
  eventually grep -qx 1 send.out
  mv logs/web1 logs/web1.1
  kill -HUP "${pid[send]}"
  eventually bash -c "! find /proc/${pid[send]}/fd -lname '*/web1.1' | grep -q ."
  { printf '2\t'; from web1 two; } >&"$feed"
  eventually grep -qx 2 send.out
  exec {feed}>&-
  finish send
  assert_equal "$(cat logs/web1.1 logs/web1)" "$(from web1 one && from web1 two)"
  assert_equal "$(cat logs/web1)" "$(from web1 two)"
}

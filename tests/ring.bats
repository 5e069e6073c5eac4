# What programs log with mulog, read by logcat ring:

load helper
load crash
load mulog
load peers

@test "a program in C89 logs by the installed header alone" {
  install_mulog
  compile shop.c
  ./shop
  read_rings
  assert_equal "$(jq -c 'del(.["mulog/timestamp"], .["mulog/trace-id"])' logcat.out)" \
    '{"mulog/event-name":"order-placed","id":-7,"total":12.5,"user":"Ann"}
{"mulog/event-name":"all","natural":18446744073709552000,"true":true,"time":"2024-03-01T10:46:40.500Z","duration":1500,"bytes":"AAEC","null":null,"text":"later wins"}'
}

@test "a program in C++ logs by the installed header alone, in threads and after a fork" {
  install_mulog
  compile shop.cpp
  ./shop
  read_rings
  assert_equal "$(events | sort | uniq -c | awk '{ print $2, $1 }' | paste -sd ' ')" "any 3 counted 400 last 1 values 1"
  assert_equal "$(jq -c 'select(.["mulog/event-name"] == "any").value' logcat.out | sort | paste -sd ' ')" '"of the child" "one" 1'
  assert_equal "$(events mulog/trace-id | sort -u | wc -l)" 405
  assert_equal "$(events mulog/namespace | sort -u)" shop
  for thread in 0 1 2 3; do
    jq "select(.[\"mulog/event-name\"] == \"counted\" and .thread == $thread).count" logcat.out >counts
    assert_equal "$(paste -sd ' ' counts)" "$(seq -s ' ' 0 99)"
  done
}

@test "lists, exceptions, contexts, traces and ids are there in C89, too" {
  install_mulog
  compile parts.c
  ./parts
  read_rings
  jq -s -c '(.[2]["mulog/trace-id"]) as $id | .[] | with_entries(if .value == $id then .value = true else . end)
    | with_entries(if .key == "mulog/duration" then .value |= (. > 0) else . end)
    | del(.["mulog/timestamp"], .["mulog/trace-id"]) | if .items then del(.["mulog/root-trace"]) else . end' logcat.out >parts.out
  assert_equal "$(cat parts.out)" "$(cat "$ROOT/tests/mulog/parts.expected")"
}

@test "lists, exceptions, ids and null texts are values" {
  install_mulog
  compile values.cpp
  ./values
  read_rings
  assert_equal "$(jq -c 'del(.["mulog/timestamp"], .["mulog/trace-id"])' logcat.out)" "$(cat "$ROOT/tests/mulog/values.expected")"
  assert_equal "$(logcat --where 'severity <= err' --format '%{mulog/event-name}' - <logcat.out)" disk-full
}

@test "events get the contexts of their process and thread, and hand them over on purpose" {
  install_mulog
  compile context.cpp
  ./context
  read_rings
  assert_equal "$(jq -c 'del(.["mulog/timestamp"], .["mulog/trace-id"])' logcat.out | sort)" "$(cat "$ROOT/tests/mulog/context.expected")"
}

@test "a trace is an event at its end, with duration, outcome, parent, root and the exception" {
  install_mulog
  compile trace.cpp
  ./trace
  read_rings
  # Ids as the names of their traces.
  jq -s -c '(map({key: .["mulog/trace-id"], value: .["mulog/event-name"]}) | from_entries) as $names | .[]
    | with_entries(if .key | test("root|parent") then .value |= (. // "" | $names[.] // .) else . end)
    | with_entries(if .key == "mulog/duration" then .value |= (. > 0 and . < 60000000000) else . end)
    | with_entries(if .value == "" then .value = null else . end)
    | del(.["mulog/timestamp"], .["mulog/trace-id"])' logcat.out | sort >traces
  assert_equal "$(cat traces)" "$(cat "$ROOT/tests/mulog/trace.expected")"
  # Of a trace, the time and the id are those of its begin.
  jq -s -e 'map({key: .["mulog/event-name"], value: {time: .["mulog/timestamp"], id: .["mulog/trace-id"]}}) | from_entries
    | .root.time <= .event.time and .root.id < .event.id and .event.id < .child.id' logcat.out
}

@test "flush waits for the receipts of a reader that is there" {
  install_mulog
  compile shop.cpp
  mkdir rings
  start logcat logcat "ring:$T/rings" --poll 5ms -- logbuf push q
  ./shop flush
  stop logcat
  assert_equal "$(logbuf cat q | grep -c '"mulog/event-name":"last"')" 1
}

@test "a program that cannot make its file runs on" {
  install_mulog
  compile shop.cpp
  touch rings
  quietly ./shop
  assert_status 1 # all of it is counted as dropped
  [[ -z $output && -z $stderr ]] || fail "it said: $output $stderr"
  rm rings
  quietly bash -c 'ulimit -f 100; ./shop' # KiB: as a full disk, found before anything is written
  assert_status 1
  [[ -z $(ls -A rings) ]] || fail "a file is left: $(ls -A rings)"
}

@test "fields of events are fields of --where and --format" {
  install_mulog
  compile shop.c
  ./shop
  start logcat logcat "ring:$T/rings" --poll 5ms --where 'total > 12' --format '%{user} %{id}'
  eventually no_rings
  stop logcat
  assert_equal "$(cat logcat.out)" "Ann -7"
}

@test "without a path rings are read where programs log" {
  install_mulog
  compile shop.c
  mkdir runtime
  unset MULOG_DIR
  export XDG_RUNTIME_DIR=$T/runtime
  start logcat logcat ring: --poll 5ms
  eventually test -d runtime/mulog
  ./shop
  eventually grep -q '"all"' logcat.out
  unset XDG_RUNTIME_DIR
  quietly env MULOG_DIR=/dev/null/x logcat ring:
  assert_complaint logcat "/dev/null/x"
}

@test "events of several programs are read in order of time" {
  install_mulog
  compile shop.cpp
  for _ in 1 2 3; do
    ./shop
  done
  read_rings
  events mulog/timestamp | sort -cn
}

@test "where events are sent as syslog, their time is that of mulog" {
  echo '{"mulog/event-name":"order","mulog/timestamp":1709290000500,"id":7}' |
    logsend --host h --app a --format '%{timestamp} %{id}' file:out
  assert_equal "$(cat out)" "2024-03-01T10:46:40.500Z 7"
}

@test "--metrics counts events by name and sums their numbers for Prometheus" {
  install_mulog
  compile shop.c
  mkdir rings
  start logcat logcat "ring:$T/rings" --poll 5ms --metrics http://127.0.0.1:0 --print-address
  eventually grep -q "listening on" logcat.err
  url=$(grep -o 'http://[^ ]*' logcat.err)
  for _ in 1 2 3; do
    ./shop
  done
  eventually no_rings
  curl -sS "$url/metrics" >metrics
  stop logcat
  assert_equal "$(grep -c '"order-placed"' logcat.out)" 3
  for line in 'mulog_events_total{namespace="",event="order-placed"} 3' \
    'mulog_value_sum{namespace="",event="order-placed",key="id"} -21' \
    'mulog_value_sum{namespace="",event="order-placed",key="total"} 37.5' \
    'mulog_value_count{namespace="",event="order-placed",key="total"} 3' \
    'mulog_value_sum{namespace="",event="all",key="duration"} 4500' 'mulog_events_overwritten_total 0' 'mulog_ring_files 0'; do
    grep -Fqx "$line" metrics || fail "there is no $line: $(cat metrics)"
  done
  # shellcheck disable=SC2094 # nothing is written
  promtool check metrics <metrics
}

@test "--metrics has one page, and is refused where there is none" {
  mkdir rings
  start logcat logcat "ring:$T/rings" --metrics http://127.0.0.1:0/m --print-address
  eventually grep -q "listening on" logcat.err
  url=$(grep -o 'http://[^ ]*' logcat.err)
  assert_equal "$(curl -s -o page -w '%{http_code} %{content_type}' "$url/m")" "200 text/plain; version=0.0.4; charset=utf-8"
  assert_equal "$(curl -s -o page -w '%{http_code}' "$url/")" 404
  assert_equal "$(curl -s -o page -w '%{http_code}' -d x "$url/m")" 405
  stop logcat
  quietly logcat "ring:$T/rings" --metrics 127.0.0.1:9464
  assert_status 64
  assert_complaint logcat --metrics
}

@test "a second reader of a ring says that another process reads it" {
  install_mulog
  compile shop.cpp
  ./shop
  ring=$(compgen -G "$T/rings/*.ring" | head -n 1)
  start first logcat "ring:$ring" -- tail -f /dev/null
  eventually locked "$ring"
  quietly logcat "ring:$ring"
  assert_status 69
  assert_complaint logcat "another process reads it"
}
locked() { python3 - "$1" <<<'
import fcntl, struct, sys
file = open(sys.argv[1], "r+b")
lock = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 1, 1, 0)
sys.exit(struct.unpack("hhqqi4x", fcntl.fcntl(file, 36, lock))[0] == fcntl.F_UNLCK)
'; }

@test "a second hop from the same rings says that another process reads them" {
  mkdir rings
  start first logcat "ring:$T/rings" -- logbuf push q
  eventually test -e q/VERSION
  quietly logcat "ring:$T/rings" -- logbuf push r
  assert_status 69
  assert_complaint logcat "another process reads these rings"
}

@test "a damaged journal is reported, and a new one is begun" {
  install_mulog
  compile shop.c
  ./shop
  echo nonsense >rings/.journal
  start logcat logcat "ring:$T/rings" --poll 5ms -- logbuf push q
  eventually no_rings
  stop logcat
  grep -q "it is damaged, or of another version; a new one is begun" logcat.err
  assert_equal "$(logbuf cat q | wc -l)" 2
}

# What is wrong with a ring is said in one line, with status 65, and the ring is left.
refuses() {
  quietly logcat "ring:$1"
  assert_status 65
  assert_complaint logcat "$2"
  [[ -e $1 ]] || fail "$1 was removed"
}

@test "a file that is no ring, truncated, of another version or byte order is refused in one line" {
  install_mulog
  compile shop.c
  ./shop
  mv rings/*.ring good
  : >empty
  refuses empty "it is too short for a ring file"
  head -c 8192 /dev/urandom >random
  refuses random "it is no ring file"
  head -c 200000 good >short
  refuses short "it is truncated"
  head -c 300000 good >shorter
  refuses shorter "it is truncated"
  changed newer 8 '\2'
  refuses newer "it has version 2"
  changed swapped 12 '\1\2\3\4'
  refuses swapped "another byte order"
  changed sizes 24 '\377'
  refuses sizes "its head is damaged"
  mkfifo pipe
  refuses pipe "it is no regular file"
}
# FILE OFFSET BYTES: the good file with other bytes there.
changed() {
  cp good "$1"
  # shellcheck disable=SC2059 # escapes
  printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

@test "a damaged ring in a directory is reported, and the others are read" {
  install_mulog
  compile shop.c
  ./shop
  mv rings/*.ring rings/bad.ring
  # The length of the first event; its ring's bytes are after the head, the call sites, and the ring's own head.
  printf '\1' | dd of=rings/bad.ring bs=1 seek=$((4096 + 262144 + 4096)) conv=notrunc status=none
  ./shop
  start logcat logcat "ring:$T/rings" --poll 5ms
  eventually grep -q "bad.ring: an event says that it has" logcat.err
  eventually test "$(compgen -G 'rings/*.ring' | wc -l)" -ge 1
  eventually grep -q '"all"' logcat.out
  stop logcat
  assert_equal "$(wc -l <logcat.err)" 1
  [[ -e rings/bad.ring ]] || fail "the damaged ring is gone"
}

@test "a ring that is truncated while it is read is given up, and nothing crashes" {
  install_mulog
  compile shop.c
  ./shop
  ring=$(echo "$T"/rings/*.ring)
  start logcat logcat "ring:$ring" --poll 5ms -- bash -c 'echo "logpipe 1 stored"; exec tail -f /dev/null'
  eventually locked "$ring"
  truncate -s 5000 "$ring"
  eventually grep -q "it is truncated" logcat.err
  stop logcat
  ((status < 128)) || fail "it ended with status $status"
}

threads() {
  install_mulog
  STD=gnu99 compile threads.c
  export MULOG_THREADS=$T/threads
  crash "$1"
}

@test "of a killed program each event whose call had returned is delivered, in order, none torn" { threads ring_writers; }

@test "when the reader or its sink is killed, each event is delivered at least once" { threads ring_readers; }

@test "when the reader or its sink is killed, each event is in a buffer exactly once" { threads ring_to_buffer; }

@test "events that are overwritten while readers are killed are counted exactly" { threads ring_losses; }

@test "all this took at least 300 kills" { took_at_least 300; }

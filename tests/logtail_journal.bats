# logtail journal: with journals that systemd-journal-remote makes of entries in export format.

load helper

REMOTE=/lib/systemd/systemd-journal-remote

# FIRST LAST [UNIT]: numbered entries in export format, a second apart.
entries() {
  awk -v first="$1" -v last="$2" -v unit="${3:-app.service}" 'BEGIN {
    for (i = first; i <= last; ++i)
      printf "__REALTIME_TIMESTAMP=%d000000\n__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=0123456789abcdef0123456789abcdef\n" \
        "_HOSTNAME=web1\nPRIORITY=4\nSYSLOG_IDENTIFIER=app\n_PID=%d\n_SYSTEMD_UNIT=%s\nMESSAGE=entry %d\n\n",
        1764400000 + i, i, 100 + i, unit, i }'
}

# FILE: appends entries from stdin to a journal.
journal() {
  mkdir -p j
  "$REMOTE" -o "j/$1.journal" - >>remote.out 2>&1
}

numbers() { grep -o '"message":"entry [0-9]*"' | grep -o '[0-9]*'; }
got() { [[ $(logbuf cat q 2>/dev/null | numbers | wc -l) -ge $1 ]]; }

@test "fields become the event's own, and all others are open fields" {
  entries 1 1 | sed 's/^MESSAGE=/SYSLOG_FACILITY=3\n&/; s/^_PID=.*/&\nTAG=one\nTAG=two\n_COMM=appd/' | journal a
  quietly logtail journal:j
  assert_status 0
  assert_equal "$(jq -cS 'del(._BOOT_ID)' <<<"$output")" \
    '{"TAG":["one","two"],"_COMM":"appd","_PID":"101","_SYSTEMD_UNIT":"app.service","appname":"app","facility":"daemon","hostname":"web1","message":"entry 1","procid":"101","severity":"warning","timestamp":"2025-11-29T07:06:41.000000Z"}'
  quietly logtail --format '%{severity} %{_SYSTEMD_UNIT}: %{message}' journal:j
  assert_output "warning app.service: entry 1"
}

@test "binary fields are kept" {
  python3 - >export <<'P'
import struct, sys
def binary(name, value):
    return name + b"\n" + struct.pack("<Q", len(value)) + value + b"\n"
sys.stdout.buffer.write(b"__REALTIME_TIMESTAMP=1764400000000000\n__MONOTONIC_TIMESTAMP=1\n_BOOT_ID=0123456789abcdef0123456789abcdef\n"
    + binary(b"MESSAGE", b"two\nlines \xff") + binary(b"BLOB", bytes(range(256))) + b"\n")
P
  journal a <export
  quietly logtail journal:j
  assert_equal "${#lines[@]}" 1
  assert_equal "$(jq -r .base64.BLOB <<<"$output" | base64 -d | md5sum)" "$(python3 -c 'import sys; sys.stdout.buffer.write(bytes(range(256)))' | md5sum)"
  assert_equal "$(jq -r .base64.message <<<"$output" | base64 -d | od -c)" "$(printf 'two\nlines \377' | od -c)"
}

@test "values that are longer than --max-message are cut, also where the journal compresses them, and that is said" {
  printf -v long '%01001d' 0
  entries 1 1 | sed "s/^MESSAGE=.*/MESSAGE=${long::1000}/" | journal a
  quietly logtail --max-message 1000 journal:j
  assert_equal "$stderr" ""
  assert_equal "$(jq -r .message <<<"$output")" "${long::1000}"
  entries 2 2 | sed "s|^MESSAGE=.*|LONG=$long\nSHORT=${long::500}\nMESSAGE=$(head -c 900 /dev/urandom | base64 -w 0)|" | journal a
  quietly logtail --max-message 1000 -n 1 journal:j
  assert_complaint logtail "read journal:j: fields over 1000 bytes were cut; see --max-message"
  assert_equal "$(jq -c '[.LONG, .SHORT, .message | length]' <<<"$output")" "[1000,500,1000]"
}

@test "a header names a journal among several sources" {
  entries 1 1 | journal a
  echo one >log
  assert_equal "$(logtail log journal:j | cut -c -20)" $'==> log <==\none\n\n==> journal:j <==\n{"timestamp":"2025-1'
  assert_equal "$(logtail -v --checkpoint ck journal:j | cut -c -20)" $'==> journal:j <==\n{"timestamp":"2025-1'
  assert_equal "$(logtail -v --checkpoint ck journal:j)" ""
  assert_equal "$(logtail -q log journal:j | cut -c -20)" $'one\n{"timestamp":"2025-1'
}

@test "on a terminal a journal's prefix has a colour" {
  entries 1 1 | journal a
  script -qec 'logtail --prefix journal:j' /dev/null >out
  grep -q $'^\e\\[[0-9;]*mjournal:j' out
  assert_equal "$(logtail --prefix journal:j | cut -c -10)" "journal:j:"
}

@test "-n, --since and --until choose where to begin and end" {
  entries 1 50 | journal a
  assert_equal "$(logtail journal:j | numbers | tr '\n' ' ')" "41 42 43 44 45 46 47 48 49 50 "
  assert_equal "$(logtail -n 2 journal:j | numbers | tr '\n' ' ')" "49 50 "
  assert_equal "$(logtail -n +49 journal:j | numbers | tr '\n' ' ')" "49 50 "
  assert_equal "$(logtail -n 100 journal:j | numbers | wc -l)" 50
  assert_equal "$(logtail --since @1764400048 journal:j | numbers | tr '\n' ' ')" "48 49 50 "
  assert_equal "$(logtail --until @1764400003 journal:j | numbers | tr '\n' ' ')" "1 2 "
}

@test "an id is no place in a journal" {
  entries 1 3 | journal a
  quietly logtail --from 2 journal:j
  assert_status 64
  assert_complaint logtail "--from 2: a journal has no ids; begin with --from oldest or newest, --lines or --since"
  assert_equal "$(logtail --from oldest journal:j | numbers | tr '\n' ' ')" "1 2 3 "
  assert_equal "$(logtail --from newest journal:j)" ""
}

@test "matches choose entries: one of a field's values, of each field" {
  { entries 1 3 one.service; entries 4 6 two.service; entries 7 9 three.service; } | journal a
  mkdir other
  local here=$PWD
  assert_equal "$(logtail --match _SYSTEMD_UNIT=one.service --match _SYSTEMD_UNIT=three.service journal:j | numbers | tr '\n' ' ')" "1 2 3 7 8 9 "
  assert_equal "$(logtail --match _SYSTEMD_UNIT=two.service --match _PID=105 "journal:$here/j" | numbers)" 5
  quietly logtail --match nonsense journal:j
  assert_status 64
  assert_complaint logtail "'nonsense' is not FIELD=VALUE"
}

@test "the journal of this machine is read by match and namespace" {
  quietly logtail --namespace logpipe-test-none journal:_SYSTEMD_UNIT=none.service
  assert_status 0
  assert_output ""
}

@test "with a checkpoint, each entry arrives in a buffer once, also from files that appear later" {
  entries 1 100 | journal a
  logtail --checkpoint ck journal:j -- logbuf push q
  entries 101 200 | journal b
  logtail --checkpoint ck journal:j -- logbuf push q
  logtail --checkpoint ck journal:j -- logbuf push q
  logbuf cat q | numbers | cmp - <(seq 200)
}

@test "with -f, what is written later is read, also in files that appear, and after others went" {
  entries 1 10 | journal a
  start follow logtail -f --checkpoint ck journal:j -- logbuf push q
  eventually got 10
  entries 11 20 | journal a
  eventually got 20
  entries 21 30 | journal b
  eventually got 30
  rm j/a.journal
  entries 31 40 | journal b
  eventually got 40
  stop follow
  logbuf cat q | numbers | cmp - <(seq 40)
}

@test "an entry arrives once, whoever is killed" {
  entries 1 1 | journal a
  for round in $(seq 20); do
    start follow logtail -f --checkpoint ck journal:j -- logbuf push q
    entries $((round * 200 - 198)) $((round * 200 + 1)) | journal "$((round % 3))"
    kill_at_random 150 follow
    wait "${pid[follow]}" 2>/dev/null || true
  done
  eventually logtail --checkpoint ck journal:j -- logbuf push q
  logbuf cat q | numbers | sort -n | cmp - <(seq 4001)
}

@test "that the last entry was removed is said, and reading goes on with what is there" {
  entries 1 10 | journal a
  logtail --checkpoint ck journal:j -- logbuf push q
  rm j/a.journal
  entries 11 20 | journal b
  quietly logtail --checkpoint ck journal:j -- logbuf push q
  assert_status 0
  assert_complaint logtail "the entry that was read last is gone"
  logbuf cat q | numbers | cmp - <(seq 20)
}

# FIRST LAST: entries, of which the last fills a table of the file, so that the next ones go into a new file: the one
# before gets a name with @, and what is numbered on is one journal.
rotating() {
  {
    entries "$1" "$2" | sed '$d'
    seq -f 'F%g=x' 300
    echo
  } | journal a
}

@test "entries that are vacuumed before a running logtail has read them are counted" {
  rotating 1 10
  start follow logtail -f --checkpoint ck journal:j -- logbuf push q
  eventually got 10
  kill -STOP "${pid[follow]}"
  rotating 11 20
  rotating 21 30
  entries 31 40 | journal a
  journalctl --directory j --vacuum-files 2 >vacuum.out 2>&1
  assert_equal "$(find j -name '*.journal' | wc -l)" 2
  kill -CONT "${pid[follow]}"
  eventually got 30
  stop follow
  grep -q '^logtail: read journal:j: 10 entries missing: removed before they were read' follow.err
  logbuf cat q | numbers | cmp - <(seq 10 && seq 21 40)
}

@test "entries that are vacuumed while nobody reads are missing, and that is said" {
  rotating 1 10
  logtail --checkpoint ck journal:j -- logbuf push q
  rotating 11 20
  entries 21 30 | journal a
  journalctl --directory j --vacuum-files 1 >vacuum.out 2>&1
  quietly logtail --checkpoint ck journal:j -- logbuf push q
  assert_status 0
  assert_complaint logtail "the entry that was read last is gone; entries that were removed since then"
  logbuf cat q | numbers | cmp - <(seq 10 && seq 21 30)
}

# A sink whose receipts are lost.
follow_without_receipts() {
  start follow logtail -f --checkpoint ck journal:j -- \
    bash -c 'exec logbuf push q > >(read -r greeting; echo "$greeting"; cat >lost; echo all >>lost)'
}

@test "entries whose receipts were lost arrive once, though some of them have been vacuumed since" {
  rotating 1 5
  logtail --checkpoint ck journal:j -- logbuf push q
  rotating 6 20
  entries 21 30 | journal a
  follow_without_receipts
  eventually got 30
  stop follow KILL
  eventually grep -qs all lost
  journalctl --directory j --vacuum-files 1 >vacuum.out 2>&1
  quietly logtail --checkpoint ck journal:j -- logbuf push q
  assert_status 0
  assert_complaint logtail "25 messages are 10 now; the log was changed"
  logbuf cat q | numbers | cmp - <(seq 30)
}

@test "entries whose receipts were lost arrive once, though what came before them has been vacuumed since" {
  rotating 1 5
  logtail --checkpoint ck journal:j -- logbuf push q
  rotating 6 20
  follow_without_receipts
  eventually got 20
  stop follow KILL
  eventually grep -qs all lost
  entries 21 30 | journal a
  journalctl --directory j --vacuum-files 2 >vacuum.out 2>&1
  quietly logtail --checkpoint ck journal:j -- logbuf push q
  assert_status 0
  assert_equal "$stderr" ""
  logbuf cat q | numbers | cmp - <(seq 30)
}

@test "a directory that is not there is status 66" {
  quietly logtail journal:nowhere
  assert_status 66
  assert_complaint logtail "open journal nowhere: No such file or directory"
}

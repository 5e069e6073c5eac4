# Damaged, foreign and full places: every error is one line, exits as it should, and loses nothing that is whole.

load helper

store() { printf '%s\n' "$@" | logbuf push q; } # every argument a message
counts() { logbuf consumer ls q | awk '$1 == "default" { print $2, $3, $4 }'; }
field() { logbuf stat --json q | python3 -c "import json, sys; print(json.load(sys.stdin)$1)"; }

# Flips a bit wherever the data file has this text.
flip() {
  python3 - "$1" <<'END'
import sys
text = sys.argv[1].encode()
with open("q/data.mdb", "r+b") as file:
    data = file.read()
    assert text in data
    at = data.find(text)
    while at >= 0:
        file.seek(at)
        file.write(bytes([data[at] ^ 4]))
        at = data.find(text, at + 1)
END
}

# Three chunks of 100 messages, the second of which is damaged.
store_with_damage() {
  seq -f 'first %g' 100 | logbuf push q
  seq -f 'second %g' 100 | logbuf push q
  seq -f 'third %g' 100 | logbuf push q
  flip 'second 50'
}

# ---- a chunk

@test "peek steps over a damaged chunk, says which messages, and sets it aside" {
  store_with_damage
  quietly logbuf peek q
  assert_status 65
  assert_complaint logbuf "messages 101-200 are damaged"
  assert_equal "$output" "$(seq -f 'first %g' 100 && seq -f 'third %g' 100)"
  assert_equal "$(field '["damaged"]')" 100
  assert_equal "$(counts)" "0 200 0"
}

@test "what is set aside is not met again, and everything can be acknowledged" {
  store_with_damage
  run -65 logbuf peek q
  logbuf rewind q
  quietly logbuf pop q
  assert_status 0
  assert_equal "$stderr" ""
  assert_equal "${#lines[@]}" 200
  assert_equal "$(counts)" "0 0 300"
  assert_equal "$(field '["messages"]')" 0
}

@test "--on-damage=stop ends at the damaged chunk with bad data and touches nothing" {
  store_with_damage
  quietly logbuf peek --on-damage=stop q
  assert_status 65
  assert_complaint logbuf "messages 101-200 are damaged"
  assert_equal "$(field '["damaged"]')" 0
  logbuf rewind q
  assert_equal "$(counts)" "300 0 0"
}

@test "cat steps over a damaged chunk and sets nothing aside" {
  store_with_damage
  quietly logbuf cat q
  assert_status 65
  assert_complaint logbuf "messages 101-200 are damaged"
  assert_equal "${#lines[@]}" 200
  assert_equal "$(field '["damaged"]')" 0
  quietly logbuf cat --on-damage=stop q
  assert_status 65 && assert_complaint logbuf "messages 101-200 are damaged"
}

@test "verify of a buffer that does not exist is no input, and the others are verified" {
  printf 'line\n' | logbuf push q
  quietly logbuf verify missing q
  assert_status 66
  assert_complaint logbuf "missing: there is no such buffer"
  assert_output "q: 1 message, all sound"
}

@test "verify names the damaged messages and exits with bad data" {
  store_with_damage
  quietly logbuf verify q
  assert_status 65
  assert_output "q: 200 messages are sound"
  [[ $stderr == *"verify buffer q: messages 101-200"* && $stderr == *"logbuf salvage"* ]]
}

@test "stat counts what was set aside" {
  store_with_damage
  run -65 logbuf pop q
  run logbuf stat q
  assert_line --partial "damaged and set aside: 100"
  run logbuf stat --prometheus q
  assert_line 'logbuf_damaged_total{buffer="q"} 100'
}

@test "salvage copies everything but the damaged chunk, ids kept" {
  store_with_damage
  quietly logbuf salvage q fresh
  assert_status 0
  assert_complaint logbuf "messages 101-200 are not there"
  assert_output "200 messages copied to fresh"
  logbuf cat -i fresh >output
  seq 100 | awk '{ print $1 "\tfirst " $1 }' | cmp - <(head -n 100 output)
  seq 100 | awk '{ print $1 + 200 "\tthird " $1 }' | cmp - <(tail -n 100 output)
  logbuf verify fresh
}

@test "salvage brings consumers, limits and origins along" {
  seq 10 | logbuf push --max-size 4MiB --retain-time 1h --full drop-oldest source
  logbuf peek -n 7 source -- logbuf push q
  logbuf set --max-size 2MiB --retain-time 2h --full drop-newest q
  logbuf pop -n 3 q >/dev/null
  logbuf peek -n 2 q >/dev/null
  logbuf consumer add q other
  quietly logbuf salvage q fresh
  assert_status 0
  assert_equal "$stderr" ""
  assert_equal "$(logbuf consumer ls fresh)" $'default\t4\t0\t3\nother\t7\t0\t0'
  rm -r q
  mv fresh q
  assert_equal "$(field '["max_size"]') $(field '["retain_seconds"]') $(field '["full"]')" "2097152 7200.0 drop-newest"
  assert_equal "$(field '["origins"][0]["last_id"]')" 7
  logbuf verify q
}

@test "salvage gives no id a second time" {
  seq 10 | logbuf push q
  logbuf pop q >/dev/null
  logbuf salvage q fresh
  logbuf pop fresh >/dev/null
  echo new | logbuf push fresh
  assert_equal "$(logbuf cat -i fresh | tail -n 1)" $'11\tnew'
}

@test "salvage without a readable tree says that consumers do not come along, and goes on" {
  seq 10 | logbuf push q
  logbuf pop -n 3 q >/dev/null
  dd if=/dev/zero of=q/data.mdb bs=4096 count=2 conv=notrunc status=none
  quietly logbuf salvage q fresh
  assert_status 0
  assert_complaint logbuf "all messages are delivered again"
  assert_equal "$(logbuf cat fresh | xargs)" "$(seq 10 | xargs)"
}

# ---- the data file

@test "a data file cut off anywhere is bad data, never an empty buffer" {
  lines 2000 | logbuf push q
  cp q/data.mdb whole
  for size in 0 4096 8192 65536; do
    head -c "$size" whole >q/data.mdb
    quietly logbuf stat q
    assert_status 65
    assert_complaint logbuf "salvage"
    quietly logbuf push q < <(echo more)
    assert_status 65
    assert_complaint logbuf "q: the data file is"
    assert_equal "$(stat -c %s q/data.mdb)" "$size"
  done
}

@test "salvage brings back what a data file cut in half still holds" {
  for n in {1..8}; do lines 500 "$n" | logbuf push q; done
  logbuf cat -i q >before
  truncate -s $(($(stat -c %s q/data.mdb) / 2)) q/data.mdb
  quietly logbuf salvage q fresh
  assert_status 0
  logbuf cat -i fresh >after
  (($(wc -l <after) >= 1000))
  assert_equal "$(diff before after | grep -c '^>')" 0
}

@test "salvage works without a tree" {
  lines 3000 >input
  logbuf push q <input
  dd if=/dev/zero of=q/data.mdb bs=4096 count=2 conv=notrunc status=none
  quietly logbuf stat q
  assert_status 65
  assert_complaint logbuf "logbuf salvage"
  logbuf salvage q fresh
  logbuf cat fresh >output
  assert_same_lines output input
}

@test "a missing data file is bad data, not a new buffer" {
  store a
  rm q/data.mdb
  quietly logbuf push q < <(echo b)
  assert_status 65
  assert_complaint logbuf "its data file is missing"
  [[ ! -e q/data.mdb ]]
}

# Damages one page after another and runs verbs on it: no signal, no hang, every line of stderr a diagnostic.
# LMDB trusts what it writes to, so that verbs that write meet zeros only here.
@test "no damaged page makes a verb crash or hang" {
  for n in {1..40}; do store "$n $(printf '%200s' '')"; done
  lines 4000 | logbuf push q
  logbuf peek -n 5 q >/dev/null
  cp q/data.mdb whole
  python3 - <<'END'
import os, random, subprocess
whole = open("whole", "rb").read()
random.seed(int(os.environ.get("LOGPIPE_SEED", 7)))
for page in range(2, min(len(whole) // 4096, 34)):
    at, size = page * 4096, random.choice((16, 64, 4096))
    for verb in ("stat", "cat", "verify", "pop", "push"):
        junk = bytes(size) if verb in ("pop", "push") else random.randbytes(size)
        open("q/data.mdb", "wb").write(whole[:at] + junk + whole[at + size:])
        done = subprocess.run(["logbuf", verb, "q"], input=b"more\n", capture_output=True, timeout=20)
        errors = done.stderr.decode(errors="replace").splitlines()
        assert done.returncode in (0, 65), (page, size, verb, done.returncode, errors)
        assert all(line.startswith("logbuf: ") for line in errors) and len(errors) < 20, (page, size, verb, errors)
END
}

# ---- what is no buffer

@test "a buffer of a newer format is refused, and the reason says what to do" {
  store a
  echo 'logpipe buffer 3' >q/VERSION
  quietly logbuf push q < <(echo b)
  assert_status 65
  assert_complaint logbuf "its format is version 3, written by a newer logpipe; this logbuf knows versions up to 2"
  quietly logbuf cat q
  assert_status 65
  echo 'logpipe buffer 1' >q/VERSION
  assert_equal "$(logbuf cat q)" a
}

@test "a buffer without or with a strange VERSION is refused" {
  store a
  echo hello >q/VERSION
  quietly logbuf push q < <(echo b)
  assert_status 65
  assert_complaint logbuf "its VERSION file is not a buffer's"
  rm q/VERSION
  quietly logbuf push q < <(echo b)
  assert_status 65 && assert_complaint logbuf "it has no VERSION file, so it is no buffer"
}

@test "a file is no buffer, and stays as it is" {
  echo precious >q
  quietly logbuf push q < <(echo b)
  assert_status 65
  assert_complaint logbuf "open buffer q: it is not a directory"
  quietly logbuf peek q
  assert_status 65
  assert_complaint logbuf "open buffer q: it is not a directory"
  assert_equal "$(<q)" precious
}

@test "somebody's directory is no buffer, and stays as it is" {
  mkdir q
  echo precious >q/file
  quietly logbuf push q < <(echo b)
  assert_status 65
  assert_complaint logbuf "so it is no buffer"
  assert_equal "$(ls -A q)" file
}

@test "an empty directory becomes a buffer" {
  mkdir q
  store a
  assert_equal "$(logbuf cat q)" a
}

@test "a buffer is for its owner only" {
  store a
  assert_equal "$(stat -c %a q q/data.mdb q/VERSION | xargs)" "700 600 600"
}

@test "a missing parent directory is an error of one line" {
  quietly logbuf push missing/q < <(echo b)
  assert_status 73 && assert_complaint logbuf "create buffer missing/q: the directory that it should be in does not exist"
}

@test "a path with a slash at its end is the same buffer" {
  store a
  echo b | logbuf push q/
  assert_equal "$(logbuf cat q/)" $'a\nb'
  assert_equal "$(find . -maxdepth 1 -mindepth 1)" ./q
}

# ---- the file system

# Runs SCRIPT with a tmpfs of SIZE at ./disk, in a mount namespace of its own.
on_disk() {
  mkdir disk
  unshare -m mount -t tmpfs -o size=1m none disk 2>/dev/null || skip "kernel: mount is not permitted"
  quietly unshare -m bash -c 'mount -t tmpfs -o size="$1" none disk && eval "$2"' disk "$1" "$2"
}

@test "a full disk ends push with an I/O error, and nothing that was confirmed is lost" {
  lines 40000 | awk '{ print NR "\t" $0 }' >input
  on_disk 2m 'status=0; logbuf push -i -r disk/q <input >receipts || status=$?
    logbuf cat disk/q >stored; logbuf verify disk/q >/dev/null; exit $status'
  assert_status 74
  assert_complaint logbuf "write buffer disk/q: "
  [[ $stderr == *"No space left on device" || $stderr == *"the disk is full"* ]]
  local confirmed
  confirmed=$(tail -n 1 receipts)
  ((confirmed > 1000))
  cut -f 2- input | head -n "$(wc -l <stored)" | cmp - stored
  (($(wc -l <stored) >= confirmed))
}

@test "push goes on where it was when a full disk has space again" {
  lines 40000 >input
  on_disk 2m 'head -c 1M /dev/zero >disk/other; logbuf push disk/q <input 2>/dev/null || echo "full $?"
    logbuf cat disk/q | wc -l >before; rm disk/other
    echo more | logbuf push disk/q; logbuf cat disk/q | tail -n 1; logbuf cat disk/q | wc -l >after
    logbuf verify disk/q >/dev/null'
  assert_status 0
  assert_output $'full 74\nmore'
  assert_equal "$(<after)" $(($(<before) + 1))
}

@test "a full disk can be emptied by its consumer" {
  lines 40000 >input
  on_disk 2m 'logbuf push disk/q <input 2>/dev/null || true; logbuf cat disk/q | wc -l >stored
    logbuf pop disk/q | wc -l; echo more | logbuf push disk/q; logbuf pop disk/q'
  assert_status 0
  assert_output "$(<stored)"$'\nmore'
}

# BUFFER: as many messages of `input` as fit, in large commits first, and then in small ones.
fill_up() {
  local n
  for n in 40000 2000 100 10; do
    while head -n "$n" input | logbuf push "$1" 2>/dev/null; do :; done
  done
}

@test "a buffer that filled its disk is drained, and every receipt is stored" {
  lines 40000 >input
  export -f fill_up
  on_disk 3m 'fill_up disk/q; logbuf cat disk/q >stored
    status=0; logbuf peek --window-messages 20 disk/q -- logsend file:drained || status=$?
    logbuf consumer ls disk/q; exit $status'
  assert_status 0
  assert_equal "$stderr" ""
  assert_same_lines drained stored
  assert_output $'default\t0\t0\t'"$(wc -l <stored)"
}

@test "a data file that may not grow is drained, and every receipt is stored" {
  lines 40000 >input
  trap '' XFSZ
  (
    ulimit -S -f 2048
    fill_up q
    logbuf cat q | wc -l >stored
    logbuf peek --window-messages 20 q -- bash -c 'ulimit -S -f unlimited; exec logsend file:drained'
  )
  assert_equal "$(wc -l <drained)" "$(<stored)"
  (($(<stored) > 10000))
}

@test "a disk too small for a buffer is an error, and nothing is left of it" {
  on_disk 16k 'status=0; echo a | logbuf push disk/q || status=$?; ls disk; exit $status'
  assert_status 74
  assert_complaint logbuf "No space left on device"
  assert_output ""
}

@test "a disk with too little space left for a new buffer is an error of one line, however little it is" {
  on_disk 256k 'for left in $(seq 0 4 60); do
      head -c $((256 - left))K /dev/zero >disk/other; status=0; echo a | logbuf push disk/q || status=$?
      echo "$status $(ls disk)"; rm disk/other
    done'
  assert_equal "$(sort -u <<<"$output")" "74 other"
  ((${#stderr_lines[@]} == 16)) && [[ $(grep -cE "^logbuf: .*(No space left on device|the disk is full)" <<<"$stderr") == 16 ]]
}

@test "a read-only directory can be read and not written" {
  on_disk 4m 'echo a | logbuf push disk/q; mount -o remount,ro disk; logbuf cat disk/q; logbuf stat disk/q >/dev/null
    echo b | logbuf push disk/q'
  assert_output a
  assert_complaint logbuf "Read-only file system"
  ((status == 73 || status == 74 || status == 77)) || fail "$status"
}

@test "a new buffer in a read-only directory is an error of one line" {
  on_disk 4m 'mount -o remount,ro disk; echo b | logbuf push disk/q'
  assert_status 73 && assert_complaint logbuf "Read-only file system"
}

# ---- compact

@test "compact while another process has the buffer open is put off" {
  store a
  start peek logbuf peek -f q
  eventually test -s peek.out
  quietly logbuf compact q
  assert_status 75
  assert_complaint logbuf "another process has it open"
  store b
  eventually grep -q b peek.out
  stop peek
  logbuf compact q
  assert_equal "$(logbuf cat q)" $'a\nb'
}

@test "compact of a damaged data file leaves it as it is" {
  lines 2000 | logbuf push q
  truncate -s 40960 q/data.mdb
  cp q/data.mdb before
  quietly logbuf compact q
  assert_status 65
  assert_complaint logbuf "logbuf salvage"
  cmp q/data.mdb before
}

# A page of the tree that is overwritten by another of the wrong kind: LMDB's own words for that help nobody.
@test "compact of a damaged tree is bad data in verify's words, and leaves it as it is" {
  for n in {1..40}; do store "$n $(printf '%200s' '')"; done
  cp q/data.mdb whole
  python3 - <<'END'
import os, random, subprocess
whole = open("whole", "rb").read()
random.seed(int(os.environ.get("LOGPIPE_SEED", 3)))
refused = 0
for page in range(2, len(whole) // 4096):
    at = page * 4096
    damaged = whole[:at + 8] + random.randbytes(8) + whole[at + 16:]
    open("q/data.mdb", "wb").write(damaged)
    done = subprocess.run(["logbuf", "compact", "q"], capture_output=True, timeout=20)
    words = done.stderr.decode(errors="replace")
    assert done.returncode in (0, 65) and "MDB_INCOMPATIBLE" not in words.replace("damaged (", ""), (page, words)
    if done.returncode == 65:
        refused += 1
        assert "salvage" in words and open("q/data.mdb", "rb").read() == damaged, (page, words)
assert refused > 5, refused
END
}

@test "compact of a buffer with a damaged chunk says which, and leaves it as it is" {
  store_with_damage
  cp q/data.mdb before
  quietly logbuf compact q
  assert_status 65
  [[ $stderr == *"verify buffer q: messages 101-200"* && $stderr == *"compact buffer q: damage was found; 'logbuf salvage'"* ]]
  cmp q/data.mdb before
}

# logbuf --compress: chunks are compressed at rest, and every verb works on them, on plain ones and on both.

load helper
load logd

field() { logbuf stat --json "${2:-q}" | jq -r "$1"; }
is_smaller() { [[ $(field '.plain_bytes > 2 * .bytes') == true ]]; }

# Plain chunks, compressed ones, and plain ones again: 300 messages with ids 1 to 300.
mixed() {
  seq -f 'message %g' 1 100 | logbuf push q
  seq -f 'message %g' 101 200 | logbuf push --compress zstd q
  seq -f 'message %g' 201 300 | logbuf push --compress none q
}

@test "compressed messages come back as they were, in every framing" {
  printf 'two\nlines\0%s\0\0' "$(seq 1000)" >messages
  logbuf push -0 --compress zstd q <messages
  logbuf cat -0 q | cmp - messages
  is_smaller
  assert_equal "$(field .messages)" 3
  assert_equal "$(logbuf verify q)" "q: 3 messages, all sound"
}

@test "the format rises with the first compressed chunk and not before, and then stays" {
  logbuf push --compress zstd q </dev/null
  echo a | logbuf push q # one letter becomes no smaller
  assert_equal "$(<q/VERSION) $(field .format)" "logpipe buffer 1 1"
  seq 1000 | logbuf push q
  assert_equal "$(<q/VERSION) $(field .format)" "logpipe buffer 2 2"
  logbuf set --compress none q
  logbuf pop q >/dev/null
  assert_equal "$(<q/VERSION) $(field .format) $(field .plain_bytes)" "logpipe buffer 2 2 0"
}

@test "a VERSION that was raised before a crash, without a compressed chunk, harms nothing" {
  echo a | logbuf push q
  echo 'logpipe buffer 2' >q/VERSION
  seq 1000 | logbuf push --compress zstd q
  assert_equal "$(logbuf cat q)" "$(echo a && seq 1000)"
  assert_equal "$(field .format)" 2
}

@test "--compress is kept in the buffer, until it is set to none" {
  logbuf push --compress zstd q </dev/null
  assert_equal "$(field .compress)" zstd
  seq 1000 | logbuf push q
  is_smaller
  logbuf set --compress none q
  assert_equal "$(field .compress)" none
  local before
  before=$(field '.plain_bytes - .bytes')
  seq 1000 | logbuf push q
  assert_equal "$(field '.plain_bytes - .bytes')" "$before"
  quietly logbuf set --compress lz4 q
  assert_status 64
  assert_complaint logbuf "'lz4' is not zstd or none"
}

@test "stat shows the compression and what it saves" {
  seq 1000 | logbuf push q
  assert_equal "$(logbuf stat q | grep -c compress || true)" 0
  seq 1000 | logbuf push --compress zstd q
  logbuf stat q | grep -Eq '^  new messages are compressed: zstd; 15\.5 KiB take [0-9.]+ KiB \([0-9.]+ to 1\)$'
  assert_equal "$(logbuf stat --prometheus q | grep '^logbuf_plain_bytes')" \
    "logbuf_plain_bytes{buffer=\"q\"} $(field .plain_bytes)"
}

@test "cat reads any range of a mixed buffer" {
  mixed
  assert_equal "$(logbuf cat q)" "$(seq -f 'message %g' 300)"
  assert_equal "$(logbuf cat -i --from 95 --to 105 q)" "$(seq 95 105 | sed 's/.*/&\tmessage &/')"
  assert_equal "$(logbuf cat -i --from 150 -n 2 q)" $'150\tmessage 150\n151\tmessage 151'
  assert_equal "$(logbuf cat --from 199 --to 202 --where 'message =~ "0"' q)" $'message 200\nmessage 201\nmessage 202'
}

@test "messages of a compressed chunk are acknowledged one by one, and rewound into its middle" {
  seq -f 'message %g' 100 | logbuf push --compress zstd q
  assert_equal "$(logbuf peek -n 30 q | tail -n 1)" "message 30"
  logbuf ack q 1-10 20
  assert_equal "$(logbuf consumer ls q | cut -f 2-4)" $'70\t19\t10'
  logbuf rewind -n 5 q
  assert_equal "$(logbuf peek -n 6 q | tr '\n' ' ')" "message 26 message 27 message 28 message 29 message 30 message 31 "
  logbuf rewind q
  assert_equal "$(logbuf pop q | sed 's/message //' | tr '\n' ' ')" "$(seq 11 100 | grep -vx 20 | tr '\n' ' ')"
  assert_equal "$(field .messages)" 0
}

@test "a small window reads a large compressed chunk in pieces" {
  seq -f 'message %g' 20000 | logbuf push --compress zstd q
  logbuf peek --window 1k q -- logbuf push p
  assert_equal "$(logbuf cat p | md5sum)" "$(seq -f 'message %g' 20000 | md5sum)"
  assert_equal "$(field .compress p)" none
}

@test "--max-size counts compressed bytes, and drop-oldest drops compressed chunks" {
  seq -f 'message %g' 5000 | logbuf push --max-size 64k --full drop-newest plain
  seq -f 'message %g' 5000 | logbuf push --max-size 64k --full drop-newest --compress zstd q
  assert_equal "$(field .dropped_newest)" 0
  ((0 < $(field .dropped_newest plain)))
  seq -f 'message %g' 5001 200000 | logbuf push --full drop-oldest q
  ((0 < $(field .dropped_oldest)))
  assert_equal "$(logbuf cat q | tail -n 1)" "message 200000"
  assert_equal "$(logbuf cat q)" "$(seq -f 'message %g' "$(field .first_id)" 200000)"
  ((65536 >= $(field .bytes)))
  assert_equal "$(logbuf verify q)" "q: $(field .messages) messages, all sound"
}

@test "trim, retention and compact work on a mixed buffer" {
  mixed
  logbuf set --retain-size 1m q
  logbuf pop -n 250 q >/dev/null
  assert_equal "$(field .messages)" 300
  logbuf trim --upto 200 q
  assert_equal "$(field .first_id)" 201
  logbuf rewind --to 210 q 2>/dev/null || true
  logbuf compact q
  assert_equal "$(logbuf cat q)" "$(seq -f 'message %g' 201 300)"
}

# Flips a bit of what is compressed, in each copy of the chunk that begins with message 101.
damage() {
  python3 - <<'P'
import re
with open("q/data.mdb", "r+b") as file:
    chunks = list(re.finditer(b"LPchunk1.{8}\\x65\\0{7}", file.read(), re.DOTALL))
    assert chunks
    for chunk in chunks:
        file.seek(chunk.start() + 100)
        byte = file.read(1)[0]
        file.seek(chunk.start() + 100)
        file.write(bytes([byte ^ 1]))
P
}

@test "a damaged compressed chunk is reported with its ids, stepped over and set aside" {
  for first in 1 101 201; do
    seq -f 'message %g' "$first" $((first + 99)) | logbuf push --compress zstd q
  done
  damage
  quietly logbuf verify q
  assert_status 65
  assert_equal "${stderr_lines[0]}" \
    "logbuf: verify buffer q: messages 101-200: the checksum or the header of their chunk is wrong"
  quietly logbuf peek q
  assert_status 65
  assert_complaint logbuf "messages 101-200 are damaged"
  assert_equal "$output" "$(seq -f 'message %g' 100 && seq -f 'message %g' 201 300)"
  assert_equal "$(field .damaged)" 100
  quietly logbuf verify q
  assert_status 0
}

@test "salvage finds compressed chunks, and keeps the compression" {
  mixed
  logbuf set --compress zstd q
  quietly logbuf salvage q new
  assert_status 0
  assert_output "300 messages copied to new"
  assert_equal "$(logbuf cat -i new | md5sum)" "$(logbuf cat -i q | md5sum)"
  assert_equal "$(<new/VERSION) $(field .compress new) $(field .plain_bytes new)" "logpipe buffer 2 zstd $(field .plain_bytes)"
  python3 -c 'open("q/data.mdb", "r+b").write(bytes(8192))' # both meta pages
  quietly logbuf salvage q again
  assert_equal "$(logbuf cat -i again | md5sum)" "$(logbuf cat -i new | md5sum)"
}

@test "logbuf serve answers from a mixed buffer, and a replica compresses as its own buffer says" {
  mixed
  logbuf push --compress zstd copy </dev/null
  serve q
  start replica logbuf replicate copy "logd://$(at q)"
  eventually copied
  stop replica
  assert_equal "$(logbuf cat -i copy | md5sum)" "$(logbuf cat -i q | md5sum)"
  [[ $(field '.plain_bytes - .bytes' copy) -gt $(field '.plain_bytes - .bytes') ]]
}
copied() { [[ $(field .messages copy) == 300 ]]; }

# Arguments that another tool takes, or that stand in the wrong place: one line says what to type.

load helper

# TOOL TEXT CMD...: a usage error with this text, and nothing was made or sent.
assert_meant() {
  local tool=$1 text=$2
  shift 2
  : >before
  ls >before
  quietly "$@" </dev/null
  assert_status 64
  assert_complaint "$tool" "$text"
  assert_equal "$(ls)" "$(<before)"
}

assert_unavailable() {
  quietly "${@:3}" </dev/null
  assert_status 69
  assert_complaint "$1" "$2"
}

# A buffer q and a file.
setup_file_and_buffer() {
  echo a >file
  logbuf push q <file
}

@test "logredis: the URL comes first, and its password does not show" {
  assert_meant "logredis push" "the URL comes first: write 'redis://127.0.0.1:6379 KEY'" logredis push KEY redis://127.0.0.1:6379
  assert_meant "logredis peek" "write 'redis://127.0.0.1:6379 KEY'" logredis peek KEY redis://me:secret@127.0.0.1:6379
  assert_meant "logredis stat" "the URL comes first: write 'unix:/run/redis KEY'" logredis stat KEY unix:/run/redis
}

@test "logredis: HOST:PORT lacks its scheme" {
  assert_meant "logredis push" "; write redis://127.0.0.1:6379" logredis push 127.0.0.1:6379 KEY
}

@test "logbuf: an address is no buffer" {
  assert_meant "logbuf push" "'logsend tcp://127.0.0.1:514' sends there" logbuf push tcp://127.0.0.1:514
  assert_meant "logbuf push" "'logsend tcp://127.0.0.1:514' sends there" logbuf push 127.0.0.1:514
  assert_meant "logbuf push" "'logsend logd://h:1774' sends to a buffer of another machine" logbuf push logd://h
  assert_meant "logbuf peek" "'logcat relp://h:2514' listens there" logbuf peek relp://h:2514
  assert_meant "logbuf peek" "'logcat http://h:80' listens there" logbuf peek http://h:80
  assert_meant "logbuf peek" "'logredis peek redis://h:6379 KEY' reads a queue in Redis" logbuf peek redis://h KEY
  assert_meant "logbuf stat" "'logredis peek redis+sentinel://a,b/m KEY' reads" logbuf stat redis+sentinel://a,b/m
  assert_meant "logbuf push" "write 'q', without buf:" logbuf push buf:q
}

@test "logbuf: an address in the place of the buffer of serve or replicate" {
  assert_meant "logbuf serve" "write --listen before the address" logbuf serve tcp://127.0.0.1:0 q
  assert_meant "logbuf replicate" "the buffer comes first" logbuf replicate logd://h copy
}

@test "logbuf: the verb comes first, then the buffer" {
  setup_file_and_buffer
  assert_meant logbuf "the verb comes first: 'logbuf push q'" logbuf q push
  assert_meant "logbuf ack" "the buffer comes first: write 'q 1'" logbuf ack 1 q
  assert_meant "logbuf consumer" "the buffer comes first: write 'q alerts'" logbuf consumer add alerts q
}

@test "logsend: a buffer is no destination" {
  setup_file_and_buffer
  assert_meant logsend "'logbuf push q' stores messages in it" logsend q
  assert_meant logsend "'logbuf push q' stores messages in it" logsend file:q
  assert_unavailable logsend "'logbuf push q' stores messages in it" logsend buf:q
  assert_unavailable logsend "'logredis push redis://h:6379 KEY' writes to a queue in Redis" logsend redis://h
}

@test "logsend: messages come from stdin, and a host and its port are one word" {
  setup_file_and_buffer
  assert_meant logsend "'logcat file -- logsend tcp://127.0.0.1:1'" logsend file tcp://127.0.0.1:1
  assert_meant logsend "'logbuf peek q -- logsend tcp://127.0.0.1:1'" logsend q tcp://127.0.0.1:1
  assert_meant logsend "write tcp://central:514 (or another scheme)" logsend central 514
}

@test "logcat and logtail: what other tools read" {
  setup_file_and_buffer
  quietly logcat q
  assert_status 66
  assert_complaint logcat "'logbuf peek q' reads it"
  assert_unavailable logcat "'logtail logd://h:1774' reads a buffer of another machine" logcat logd://h
  assert_unavailable logcat "'logredis peek redis://h:6379 KEY' reads a queue in Redis" logcat redis://h
  assert_meant logtail "'logcat tcp://h:514' listens there" logtail tcp://h:514
}

@test "a command follows --, not an address, a buffer or a verb" {
  setup_file_and_buffer
  assert_meant logcat "'logsend tcp://127.0.0.1:1' sends there" logcat file -- tcp://127.0.0.1:1
  assert_meant logcat "'logbuf push q' stores messages in it" logcat file -- q
  assert_meant logcat "write -- logbuf push" logcat file -- push q
}

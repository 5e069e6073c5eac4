# A rescue queue on Redis: what a buffer cannot take goes there, and a collector brings it home.

load helper
load redis

# q's primary sink is on a full disk as long as `limit` says so: a size in units of 512 bytes, or unlimited.
primary_with_limit() {
  echo "$1" >limit
  printf '%s\n' '#!/bin/sh' 'ulimit -f "$(cat limit)"' 'exec logbuf push q' >primary
  chmod +x primary
}

in_buffer() { (($(logbuf cat "$1" 2>/dev/null | wc -l) >= $2)); }

has_all() { logbuf cat "$1" | LC_ALL=C sort -u | cmp -s - "$2"; }

@test "while a buffer's disk is full, its messages go to Redis, and the collector brings them in" {
  lines 20000 >input
  LC_ALL=C sort -u input >expected
  primary_with_limit 200
  start_redis r
  start_server in logcat --print-address --fallback "logredis push $(url_of r) rescue" --fallback-after 300ms \
    tcp://127.0.0.1:0 -- ./primary
  logsend "tcp://127.0.0.1:$(port_of in)" <input
  eventually some_in_rescue
  stop in
  assert_status 0
  echo unlimited >limit
  start collector logredis peek -f "$(url_of r)" rescue -- logbuf push q
  eventually has_all q expected
  stop collector
  assert_status 0
  holds r rescue 0
}

some_in_rescue() { (($(redis r llen rescue) > 0)); }

@test "the collector and the server are killed again and again: everything arrives" {
  lines 20000 >input
  LC_ALL=C sort -u input >expected
  start_redis r
  logredis push "$(url_of r)" rescue <input
  for _ in {1..8}; do
    start collector logredis peek -f --rate 20000 "$(url_of r)" rescue -- logbuf push q
    kill_at_random 300 collector r
    kill -KILL -- "-${pid[collector]}" 2>/dev/null || true
    finish collector
    [[ $victim != r ]] || { finish r && start_redis r; }
  done
  lines 20001 | tail -1 | tee -a expected | logredis push "$(url_of r)" rescue # the others may have left nothing
  LC_ALL=C sort -u -o expected expected
  start collector logredis peek -f "$(url_of r)" rescue -- logbuf push q
  eventually has_all q expected
  stop collector
  assert_status 0
  assert_equal "$(redis r keys '*')" "{rescue}:consumer:default"
}

@test "what other programs have put into the rescue queue is collected too" {
  start_redis r
  start collector logredis peek -f "$(url_of r)" rescue -- logbuf push q
  redis r rpush rescue one two >/dev/null
  eventually in_buffer q 2
  redis r rpush rescue three >/dev/null
  eventually in_buffer q 3
  stop collector
  assert_equal "$(logbuf cat q | tr '\n' ' ')" "one two three "
}

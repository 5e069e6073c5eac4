# logcat kafka://: a member of a consumer group, with clusters of librdkafka's mock.
#
# shellcheck shell=bash

load helper
load kafka

said() { grep -qF "$1" logcat.err; }
has() { (($(logbuf cat "$1" 2>/dev/null | wc -l) >= $2)); }

# A cluster with N lines in a topic of four partitions.
topic_of() {
  start_kafka cluster
  tell cluster topic logs 4
  lines "$1" >input
  logsend --record-key '%{hostname}' "$(kafka_of cluster logs)" <input
}

@test "messages reach a buffer, and the next run begins where the group was" {
  topic_of 3000
  start logcat logcat "$(kafka_of cluster logs)" -- logbuf push q
  DEADLINE=60 eventually has q 3000
  stop logcat
  assert_status 0
  logsend "$(kafka_of cluster logs)" <<<more
  start logcat logcat "$(kafka_of cluster logs)" -- logbuf push q
  DEADLINE=60 eventually has q 3001
  stop logcat
  assert_status 0
  logbuf cat q >output
  echo more >>input
  assert_same_set input output
}

@test "several topics, and a new group of its own" {
  topic_of 100
  logsend "$(kafka_of cluster other)" <<<elsewhere
  for group in one two; do
    start logcat logcat --consumer "$group" "$(kafka_of cluster logs,other)" -- logbuf push "$group"
    DEADLINE=60 eventually has "$group" 101
    stop logcat
    assert_status 0
  done
}

@test "--start newest leaves out what was there before" {
  topic_of 100
  start logcat logcat --start newest "$(kafka_of cluster logs)" -- logbuf push q
  eventually sends_and_has_one
  run -0 logbuf cat q
  assert_line -n 0 new
  refute_output -p 'seq='
}

@test "--since leaves out records from before a time, also when the group has come so far" {
  start_kafka cluster
  tell cluster topic logs 1
  logsend "$(kafka_of cluster logs)" <<<old
  eventually logsend_at_a_later_time
  since=@$(consumed cluster logs -f '%T\n' | tail -n 1 | sed 's/...$/.&/')
  start logcat logcat --since "$since" "$(kafka_of cluster logs)" -- logbuf push q
  DEADLINE=60 eventually has q 1
  stop logcat
  assert_status 0
  run -0 logbuf cat q
  assert_output late
  logsend "$(kafka_of cluster logs)" <<<latest
  start logcat logcat "$(kafka_of cluster logs)" -- logbuf push q
  DEADLINE=60 eventually has q 2
  run -0 logbuf cat q
  assert_output $'late\nlatest'
}

# In another millisecond than the first one.
logsend_at_a_later_time() {
  (($(date +%s%3N) > $(consumed cluster logs -f '%T\n'))) || return
  logsend "$(kafka_of cluster logs)" <<<late
}

sends_and_has_one() {
  logsend "$(kafka_of cluster logs)" <<<new
  has q 1
}

@test "what has no receipt is read again" {
  topic_of 500
  # A sink that takes messages, and makes none safe.
  start logcat logcat --drain-time 200ms "$(kafka_of cluster logs)" -- sh -c 'echo logpipe 1 peer; exec cat >taken'
  DEADLINE=60 eventually test -s taken
  stop logcat
  assert_status 75
  start logcat logcat "$(kafka_of cluster logs)" -- logbuf push q
  DEADLINE=60 eventually has q 500
  stop logcat
  logbuf cat q >output
  assert_same_set input output
}

@test "members share the partitions, and one that ends leaves the group" {
  topic_of 2000
  # The mock waits nearly so long for members at each rebalance.
  options=(-X session.timeout.ms=6000 -X debug=cgrp)
  start logcat logcat "${options[@]}" "$(kafka_of cluster logs)" -- logbuf push q
  DEADLINE=60 eventually has q 2000
  start second logcat "${options[@]}" "$(kafka_of cluster logs)" -- logbuf push r
  DEADLINE=60 eventually sends_for_both
  stop logcat
  assert_status 0
  said 'LeaveGroup response received'
  lines 200 9 | tee last | logsend --record-key '%{hostname}' "$(kafka_of cluster logs)"
  DEADLINE=60 eventually has_all_of_last r
  stop second
  assert_status 0
}

sends_for_both() {
  lines 20 $((++round)) | logsend --record-key '%{hostname}' "$(kafka_of cluster logs)"
  has r 1
}
has_all_of_last() { (($(logbuf cat "$1" | grep -cxFf last) >= 200)); }

@test "brokers that are away at the start, and go away, are waited for" {
  topic_of 300
  tell cluster down
  start logcat logcat "$(kafka_of cluster logs)" -- logbuf push q
  eventually said 'Connection refused; trying again'
  tell cluster up
  DEADLINE=60 eventually has q 300
  eventually said 'the cluster gives messages again'
  tell cluster down
  tell cluster up
  logsend "$(kafka_of cluster logs)" <<<more
  DEADLINE=60 eventually has q 301
  stop logcat
  assert_status 0
}

@test "SIGTERM while the cluster is away" {
  start_kafka cluster
  tell cluster down
  start logcat logcat "$(kafka_of cluster logs)" -- logbuf push q
  eventually said 'trying again'
  stop logcat
  assert_status 0
}

@test "a full sink stops it with bounded memory, and it stays a member" {
  topic_of 30000
  start logcat logcat --window 256KiB "$(kafka_of cluster logs)" -- logbuf push --max-size 1MiB q
  DEADLINE=60 eventually has q 1 # from then on it takes signals
  DEADLINE=60 eventually is_paused
  assert_memory_below 65536 logcat
  start peek logbuf peek -f q -- logbuf push all
  DEADLINE=60 eventually has all 30000
  stop logcat
  assert_status 0
  eventually has all 30000
  logbuf cat all >output
  assert_same_set input output
}

is_paused() {
  kill -USR1 "${pid[logcat]}"
  said ', paused'
}

@test "a long record is split, and an empty one is a message" {
  start_kafka cluster
  tell cluster topic logs 1
  printf 'abcdefgh\n\nx\n' | logsend "$(kafka_of cluster logs)"
  start logcat logcat --max-message 3 "$(kafka_of cluster logs)" -- logbuf push q
  DEADLINE=60 eventually has q 5
  stop logcat
  run -0 logbuf cat q
  assert_output $'abc\ndef\ngh\n\nx'
}

@test "usage errors are found before anything is read" {
  quietly -64 logcat kafka://a/ </dev/null
  assert_complaint logcat 'a topic is missing: kafka://HOST/TOPIC'
  quietly -64 logcat kafka://a/x,,y </dev/null
  quietly -64 logcat kafka://a/x kafka://b/x </dev/null
  assert_complaint logcat 'one address of a cluster is enough'
  quietly -64 logcat -X group.id=x kafka://a/x </dev/null
  assert_complaint logcat 'use --consumer'
  quietly -64 logcat -X enable.auto.commit=true kafka://a/x </dev/null
  assert_complaint logcat 'receipts would not be true'
  quietly -64 logcat --idle-timeout 1s kafka://a/x </dev/null
}

@test "kill -9 at random: every message arrives" {
  topic_of 5000
  for ((round = 0; round < ${CRASH_ROUNDS:-3}; ++round)); do
    start logcat logcat -X session.timeout.ms=6000 --window-messages 100 "$(kafka_of cluster logs)" -- logbuf push q
    DEADLINE=60 eventually has q $((round * 500 + 1))
    kill_at_random 300 logcat
    if [[ -v pid[logcat] ]]; then finish logcat; fi
  done
  start logcat logcat -X session.timeout.ms=6000 "$(kafka_of cluster logs)" -- logbuf push q
  DEADLINE=90 eventually has_all
  stop logcat
}

has_all() {
  logbuf cat q | sort -u >output
  sort input | cmp -s - output
}

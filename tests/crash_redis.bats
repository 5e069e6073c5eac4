# Kills of logredis and of its server at random instants, as in crash.bats: nothing that has a receipt is lost, the order
# is kept, and duplicates are only where "at least once" is promised.
#
#   LOGPIPE_SEED=4711 bats -f 'a list.*collector' tests/crash_redis.bats
#   CRASH_ROUNDS=500 bats tests/crash_redis.bats

load helper
load crash

@test "a list: what a killed push has stored is a prefix of what it was sent, with all that has a receipt" {
  crash push_list
}

@test "a stream: what a killed push has stored is a prefix of what it was sent, with all that has a receipt" {
  crash push_stream
}

@test "a list: a collector into a buffer loses nothing and keeps the order, whoever is killed" { crash collect_list; }

@test "a stream: a collector into a buffer loses nothing and keeps the order, whoever is killed" {
  crash collect_stream
}

@test "a list: a pipe of peek, logsend and ack loses nothing when some or all of it are killed" { crash pipe_list; }

@test "a stream: a pipe of peek, logsend and ack loses nothing when some or all of it are killed" {
  crash pipe_stream
}

@test "a list: workers that compete get different messages, and what killed ones had comes back" {
  crash workers_list
}

@test "a stream: workers that compete get different messages, and what killed ones had comes back" {
  crash workers_stream
}

@test "all this took at least 100 kills" {
  took_at_least 100
}

# Kills of logsend logd://, of logtail logd:// and of the server at random instants, as in crash.bats.
#
#   LOGPIPE_SEED=4711 bats -f 'a log' tests/crash_logd.bats
#   CRASH_ROUNDS=500 bats tests/crash_logd.bats

load helper
load crash

@test "a buffer to a log: nothing is lost and the order is kept, whoever is killed" { crash buffer_to_log; }

@test "a log followed into a buffer: exactly once and in order, whoever is killed" { crash tail_of_log; }

@test "all this took at least 100 kills" {
  took_at_least 100
}

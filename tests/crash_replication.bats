# Kills of masters and replicas at random instants, as in crash.bats.
#
#   LOGPIPE_SEED=4711 bats -f promotion tests/crash_replication.bats
#   CRASH_ROUNDS=500 bats tests/crash_replication.bats

load helper
load crash

@test "nothing that was answered is lost, and the replica becomes equal, whoever is killed" {
  crash replica_of_the_killed
}

@test "promotion: with --sync-replicas 1 the new master has all that the killed one had answered" {
  crash promotion
}

@test "an old master that comes back with --peer takes nothing, however often it is killed meanwhile" {
  crash return_of_the_master
}

@test "all this took at least 100 kills" {
  took_at_least 100
}

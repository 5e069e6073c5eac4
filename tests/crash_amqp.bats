# Kills while messages go through RabbitMQ; see crash.bats.
#
#   CRASH_ROUNDS=150 bats tests/crash_amqp.bats
#
# shellcheck shell=bash

load helper
load crash
load rabbitmq

setup_file() {
  start_rabbitmq
  keep_node
}
teardown_file() { end_rabbitmq; }

@test "through a classic queue all arrives, whoever was killed" { crash broker_classic; }

@test "through a quorum queue all arrives, whoever was killed" { crash broker_quorum; }

@test "all this took at least 30 kills" {
  took_at_least 30
}

# Kills of a hub at random instants, as crash.bats has them.
#
# shellcheck shell=bash

load helper
load crash

@test "what a hub has answered is so, in every channel, when it is killed" { crash hub; }

@test "what a hub has answered reaches its drain, and no other, when it or what sends is killed" { crash drains; }

@test "what nodes on Redis have answered reaches its drain, when nodes, the server or what sends are killed" { crash nodes; }

@test "what nodes have answered is on the server of its channel and reaches its drain, when any of three servers is killed" { crash shards; }

@test "all this took at least 140 kills" {
  took_at_least 140
}

# Kills while messages are sent over HTTP; see crash.bats.
#
# shellcheck shell=bash

load helper
load crash

@test "what is acknowledged was answered 2xx, whoever was killed and whatever the server does" { crash http_out; }

@test "from buffer to buffer over HTTP all arrives, whoever was killed" { crash http_hop; }

@test "all this took at least 100 kills" {
  took_at_least 100
}

# Kills while clients post over HTTP; see crash.bats.
#
# shellcheck shell=bash

load helper
load crash

@test "what was answered 2xx over HTTP is in the buffer, whoever was killed" { crash http_in; }

@test "all this took at least 200 kills" {
  took_at_least 200
}

# Kills in chains with logcat between a source and a sink; see crash.bats.

load helper
load crash

@test "buffer, logcat, buffer: each message that the rules keep is there exactly once, whoever is killed" {
  crash middle_of_buffers
}

@test "the same again, at other moments" { crash middle_of_buffers; }

@test "and again" { crash middle_of_buffers; }

@test "so many of these kills were in the chain" {
  took_at_least 200
}

@test "a chain of three logcats with small windows delivers exactly once, whoever is killed" { crash middle_of_three; }

@test "what a logcat in the middle leaves out is acknowledged, also when that is everything" { crash middle_of_silence; }

@test "files, logcat, buffer: exactly once, whoever is killed" { crash middle_of_logs; }

@test "a RELP client has no answer for what did not reach the end of the chain" { crash middle_of_relp; }

@test "buffer, logcat that merges, buffer: each message is in some event, whoever is killed" { crash merging_of_buffers; }

# Kills where rules choose among several buffers; see crash.bats.

load helper
load crash

@test "logcat and three buffers: each message is exactly once where it was sent, whoever is killed" {
  crash routing_of_middle
}

@test "the same again, at other moments" { crash routing_of_middle; }

@test "a buffer that routes by itself: exactly once in each of the others, whoever is killed" { crash routing_of_source; }

@test "so many kills were of them" {
  took_at_least 200
}

@test "no message is lost when the rules change while some of it is on its way" { crash routing_that_changes; }

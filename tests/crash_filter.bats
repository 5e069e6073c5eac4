# Filters (--filter) killed at random instants, while they work; see crash.bats. What their sources acknowledged is there.

load helper
load crash

@test "a buffer through a filter into a buffer loses nothing when filters and the source are killed" {
  crash filter_of_buffer
}

@test "a file through a filter loses nothing when filters are killed" { crash filter_of_file; }

@test "files followed with a checkpoint through a filter lose nothing when filters and logtail are killed" {
  crash filter_of_logs
}

@test "all this took at least 200 kills of filters" {
  took_at_least 200
}

# logtail and its sink killed at random instants, while the files that it follows are written and rotated; see
# crash.bats, which is about the other tools.

load helper
load crash

@test "files followed by name into a buffer arrive exactly once, in order, whoever is killed" { crash tail_of_logs; }

@test "of files followed by name into a buffer, what --where keeps arrives exactly once, in order, whoever is killed" {
  crash chosen_of_logs
}

@test "files followed under all their names arrive exactly once, each in order" { crash tail_of_all; }

@test "records of files that are copied and truncated all arrive, each file's in order" { crash tail_of_copies; }

@test "buffers and a file followed into one buffer arrive exactly once, each in order" { crash tail_of_buffers; }

@test "files followed to stdout lose nothing when logtail is killed, and repeat only what came last" {
  crash tail_to_stdout
}

@test "uploaded files arrive exactly once, and none is removed before, whoever is killed" { crash harvest_deleted; }

@test "uploaded files arrive exactly once, and are all found where they are moved to" { crash harvest_moved; }

@test "entries of a journal that is rotated and vacuumed arrive once and in order, and what is missing was removed" {
  crash tail_of_journal
}

@test "all this took at least 350 kills" {
  took_at_least 350
}

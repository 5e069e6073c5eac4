# Kills at random instants, a few hundred of them, and then counting: nothing that has a receipt is lost, the order is
# kept, and duplicates are only where a hop promises no more than "at least once".
#
# A test is a scenario of tests/crash/, one process that starts and kills the tools. When it fails it says its seed:
#
#   LOGPIPE_SEED=4711 bats -f buffer-to-buffer tests/crash.bats
#   CRASH_ROUNDS=500 bats tests/crash.bats

load helper
load crash

@test "a message is known by its number, also where that has eight digits" {
  quietly env PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$ROOT/tests/crash" python3 -c \
    'from messages import message, number_of; print(number_of(message(21050981)), number_of(message(7)))'
  assert_equal "$output" "21050981 7"
}

@test "what a killed push has stored is a prefix of what it was sent, with all that has a receipt" { crash push; }

@test "the same of a push that compresses" { crash push_compressed; }

@test "a push that is killed while it makes its buffer leaves none or a whole one" { crash create; }

@test "many short pushes at once, some of them killed, leave a sound buffer" { crash crowd; }

@test "a buffer that drops its oldest messages stays sound and in order when its consumer is killed" {
  crash drop_oldest
}

@test "what a buffer drops is told to its consumer, no more and no less, whoever is killed" { crash told_loss; }

@test "a buffer-to-buffer hop delivers exactly once, in order, whoever is killed" { crash buffer_to_buffer; }

@test "a hop between buffers that compress delivers exactly once, in order, whoever is killed" {
  crash compressed_to_compressed
}

@test "a buffer-to-buffer hop with --where delivers exactly once, in order, whoever is killed" { crash chosen_of_buffer; }

@test "logcat sends the window again when its sink is killed, and loses and skips nothing" { crash file_to_buffer; }

@test "a buffer drained over TCP in lines loses nothing when senders and the receiver's sink are killed" {
  crash buffer_to_tcp_lines
}

@test "a buffer drained over TCP in octet counting loses nothing and tears nothing" { crash buffer_to_tcp_octets; }

@test "a buffer drained to a file loses nothing, and half a line is on a line of its own" { crash buffer_to_file; }

@test "files that are rotated and compressed with gzip lose nothing, and no half a file has a name" {
  crash rotated_to_gzip
}

@test "files that are rotated and compressed with zstd lose nothing, and no half a file has a name" {
  crash rotated_to_zstd
}

@test "a pipe of peek, logsend and ack loses nothing when some or all of it are killed" { crash pipe_of_three; }

@test "workers that compete get different messages, and what killed ones had comes back" { crash competing; }

@test "when one of two readers is killed, the other takes over what it held, and nothing is lost" { crash take_over; }

@test "SIGTERM at any instant ends with status 0 or 75 and loses nothing" { crash terminated; }

@test "all this took at least 270 kills" {
  took_at_least 270
}

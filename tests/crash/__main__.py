"""tests/crash SCENARIO: kills processes at random instants, many times, and counts what is left.

In an empty folder, with the tools in PATH. CRASH_ROUNDS=N for more rounds than usual, LOGPIPE_SEED=N for the same ones
again. (The instants are the same then, but not what the machine does in them.)
"""

import os
import signal
import sys
import time

import brokers
import draining
import filtering
import harvesting
import harness
import hops
import hub
import http_sending
import journaling
import messages
import middle
import nodes
import posting
import pushing
import redis
import remote
import replication
import ringing
import routing
import sharing
import tailing
import workers

SCENARIOS = {
    each.__name__: (each, rounds)
    for each, rounds in (
        (pushing.push, 30),
        (pushing.push_compressed, 20),
        (pushing.create, 20),
        (pushing.crowd, 20),
        (pushing.drop_oldest, 20),
        (pushing.told_loss, 40),
        (hops.buffer_to_buffer, 40),
        (hops.compressed_to_compressed, 20),
        (hops.file_to_buffer, 20),
        (hops.buffer_to_tcp_lines, 20),
        (hops.buffer_to_tcp_octets, 20),
        (hops.buffer_to_file, 30),
        (hops.rotated_to_gzip, 30),
        (hops.rotated_to_zstd, 30),
        (hops.pipe_of_three, 25),
        (tailing.tail_of_logs, 80),
        (tailing.tail_of_all, 80),
        (tailing.tail_of_copies, 110),
        (tailing.tail_of_buffers, 40),
        (tailing.tail_to_stdout, 50),
        (workers.competing, 30),
        (workers.terminated, 30),
        (sharing.take_over, 50),
        *brokers.SCENARIOS,
        *draining.SCENARIOS,
        *filtering.SCENARIOS,
        *harvesting.SCENARIOS,
        *http_sending.SCENARIOS,
        *hub.SCENARIOS,
        *nodes.SCENARIOS,
        (journaling.tail_of_journal, 40),
        *middle.SCENARIOS,
        *posting.SCENARIOS,
        *redis.SCENARIOS,
        *remote.SCENARIOS,
        *replication.SCENARIOS,
        *ringing.SCENARIOS,
        *routing.SCENARIOS,
    )
}


def main():
    scenario, rounds = SCENARIOS[sys.argv[1]]
    rounds = int(os.environ.get("CRASH_ROUNDS") or rounds)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    crash = harness.Crash(scenario.__name__, messages.seed_from_environment(), rounds)
    started = time.monotonic()
    try:
        scenario(crash)
        crash.no_sanitizer_report()
    except harness.Lost as lost:
        harness.report(crash, lost)
        return 1
    finally:
        crash.kill_all()
    print(harness.summary(crash, time.monotonic() - started))
    return 0


sys.exit(main())

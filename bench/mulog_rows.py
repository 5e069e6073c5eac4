"""The row of mulog's reader: how fast events in rings become JSON. What a log call costs is measured by mulog-bench."""

import os
import subprocess

from process import now
from setting import Row, expect, next_id

EVENTS = 4_000_000  # with two integers and a double: 48 bytes each
RING = 256 << 20
MILLION = 1e6


def read(bench):
    def read_by(threads, *sink):
        """From the start of the reader until all is read and the file of the program, which has ended, is removed."""
        rings = bench.fresh("rings")
        rings.mkdir()
        env = {**os.environ, "MULOG_DIR": str(rings), "MULOG_RING_SIZE": str(RING)}
        subprocess.run(["mulog-fill", str(EVENTS), str(threads)], env=env, check=True)
        ring, = rings.glob("*.ring")
        begin = now()
        subprocess.run(["logcat", f"ring:{ring}", *sink], stdout=subprocess.DEVNULL, check=True)
        return EVENTS / MILLION / (now() - begin)

    def stored():
        buffer = bench.fresh("buffer")
        rate = read_by(1, "--", "logbuf", "push", "--max-size", "64G", str(buffer))
        expect(next_id(buffer) - 1, EVENTS, buffer)
        return rate

    contenders = {
        "logcat ring:": lambda: read_by(1),
        "logcat ring:, 4 threads": lambda: read_by(4),
        "logcat ring: -- logbuf push": stored,
    }
    return Row("ring -> JSON", "million events/s", "logcat ring:", contenders, bar="2 million events/s",
               met=lambda of: of["logcat ring:"] >= 2)


ROWS = {"ring": lambda bench: [read(bench)]}

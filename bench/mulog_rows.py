"""The rows of mulog: what a log call costs (bench/mulog_bench.cc), and how fast its reader makes JSON of events."""

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


# ---- what a log call costs

def costs(title, names, bar, met):
    """Each in a process of its own, with rings of its own: median and 99th percentile of batches of 100 calls."""
    def of(name):
        def run():
            printed = subprocess.run(["mulog-bench", name], stdout=subprocess.PIPE, text=True, check=True).stdout
            return tuple(map(float, printed.split()))
        return run

    return Row(f"{title}, p50 / p99 of 100 at once", "ns", "mulog", {name: of(name) for name in names}, bar=bar, met=met)


def log(_):
    def met(of):
        median, most = of["mulog"]
        return median <= 30 and most < 100 and of["mulog-context"][0] - median <= 30

    names = ["mulog", "mulog-4-threads", "mulog-context", "mulog-global-context", "mulog-text", "mulog-trace", "fetch_add", "rdtsc",
             "clock_gettime", "printf-dev-null"]
    return costs("log call with three numbers", names, "30 ns, p99 under 100, a context of three pairs at most 30 more", met)


def log_beside_spdlog(_):
    return costs("log call beside spdlog's asynchronous logger, which overwrites",
                 ["mulog", "mulog-4-threads", "spdlog-async", "spdlog-async-4-threads"], "50 x faster",
                 lambda of: of["spdlog-async"][0] >= 50 * of["mulog"][0])


ROWS = {"ring": lambda bench: [read(bench)], "log-call": lambda bench: [log(bench), log_beside_spdlog(bench)]}

"""One function per row of the table. Each returns contenders: name -> a function that does the work once and gives its
result. The driver runs them in turn, A B A B, and takes medians. syslog_rows.py and relp_rows.py have more."""

import contextlib
import subprocess
import threading
import time

from process import MemoryWatch, Sink, folder_size, free_port, is_listening, now, running, timed, until
from setting import Row, count_lines, expect, feed, megabytes, next_id, receiver, wait_for_growth


# ---- lines -> durable buffer

def push(bench):
    def ours():
        with open(bench.lines, "rb") as lines:
            return megabytes(bench.lines, timed(["logbuf", "push", "--max-size", "64G", bench.fresh("buffer")], stdin=lines))

    def hop():
        sink = ["logbuf", "push", "--max-size", "64G", bench.fresh("buffer")]
        return megabytes(bench.lines, timed(["logcat", bench.lines, "--", *sink]))

    def dd():
        out = bench.fresh("file")
        return megabytes(bench.lines, timed(["dd", f"if={bench.lines}", f"of={out}", "bs=1M", "oflag=dsync", "status=none"]))

    def cat():
        script = 'cat "$1" >"$2" && sync "$2"'
        return megabytes(bench.lines, timed(["sh", "-c", script, "sh", bench.lines, bench.fresh("file")]))

    def s6_log():
        with open(bench.lines, "rb") as lines:
            return megabytes(bench.lines, timed(["s6-log", "-b", "n99", "s16777215", bench.fresh("s6")], stdin=lines))

    def peer(name, template, **values):
        return lambda: fill_peer(bench, name, template, values)

    contenders = {"logbuf push < lines": ours, "logcat lines -- logbuf push": hop,
                  "dd bs=1M oflag=dsync": dd, "cat > file && sync": cat, "s6-log (no fsync but at rotation)": s6_log}
    if bench.peers.available:
        contenders["syslog-ng, reliable disk buffer (no fsync)"] = peer("syslog-ng", "buffer")
        contenders["rsyslog, disk queue (no fsync)"] = peer("rsyslog", "queue", sync="off")
    return Row("lines -> durable buffer", "MB/s", "logbuf push < lines", contenders, "dd bs=1M oflag=dsync",
               "0.6 x dd", lambda of: of["logbuf push < lines"] >= 0.6 * of["dd bs=1M oflag=dsync"])


def compress(bench):
    """The same, compressed at rest. No peer compresses what it buffers, so that the limit is zstd itself."""
    mebibyte = 1 << 20

    def pushed(*options):
        buffer = bench.fresh("buffer")
        with open(bench.lines, "rb") as lines:
            seconds = timed(["logbuf", "push", "--max-size", "64G", *options, buffer], stdin=lines)
        return megabytes(bench.lines, seconds), folder_size(buffer) / mebibyte

    def zstd():
        out = bench.fresh("file")
        script = 'zstd -q -T1 -1 -c "$1" >"$2" && sync "$2"'
        return megabytes(bench.lines, timed(["sh", "-c", script, "sh", bench.lines, out])), out.stat().st_size / mebibyte

    ours, limit = "logbuf push --compress zstd", "zstd -T1 -1 and a sync"
    contenders = {ours: lambda: pushed("--compress", "zstd"), "logbuf push": pushed, limit: zstd}
    return Row("lines -> durable buffer, compressed", "MB/s / MiB on disk", ours, contenders, "",
               "0.6 x zstd's speed, 1.2 x its size",
               lambda of: of[ours][0] >= 0.6 * of[limit][0] and of[ours][1] <= 1.2 * of[limit][1])


def fill_peer(bench, name, template, values):
    """Time until all lines are in the peer's queue on disk, while its destination is down."""
    work, port = bench.fresh(name), free_port()
    with bench.peers.started(name, template, work, port, sink=free_port(), **values):
        before, begin = folder_size(work), now()
        with running(feed(bench.few, port)) as feeder:
            grown = wait_for_growth(work, before + bench.few.stat().st_size // 2, feeder)
    return megabytes(bench.few, grown - begin)


# ---- full buffer -> TCP sink

def drain(bench):
    def to_sink(start):
        sink = Sink()
        try:
            begin = now()
            start(sink.port)
            until(lambda: sink.received >= bench.lines.stat().st_size, "the sink to have all", every=0.001)
            return megabytes(bench.lines, sink.last - begin)
        finally:
            sink.close()

    def ours():
        buffer = bench.full_buffer()
        return to_sink(lambda port: timed(["logbuf", "peek", buffer, "--", "logsend", f"tcp://127.0.0.1:{port}"]))

    def socat():
        return to_sink(lambda port: timed(feed(bench.lines, port)))

    contenders = {"logbuf peek -- logsend": ours, "socat FILE TCP": socat}
    if bench.peers.available:
        contenders["syslog-ng, reliable disk buffer"] = lambda: drain_peer(bench, "syslog-ng", "buffer", {})
        contenders["rsyslog, disk queue"] = lambda: drain_peer(bench, "rsyslog", "queue", {"sync": "off"})
    return Row("full buffer -> TCP sink", "MB/s", "logbuf peek -- logsend", contenders, "socat FILE TCP", "0.5 x socat",
               lambda of: of["logbuf peek -- logsend"] >= 0.5 * of["socat FILE TCP"])


def drain_peer(bench, name, template, values):
    """From the first byte at the sink to the last, the queue having been filled while the sink was down."""
    work, port, sink = bench.fresh(name), free_port(), Sink()
    target = sink.port
    sink.close()
    with bench.peers.started(name, template, work, port, sink=target, **values):
        with running(feed(bench.few, port)) as feeder:
            wait_for_growth(work, bench.few.stat().st_size // 2, feeder)
        with running(["socat", "-u", "-b", "262144", f"TCP-LISTEN:{target},bind=127.0.0.1,reuseaddr", f"CREATE:{work}/out"]):
            out, first = work / "out", None
            until(lambda: out.exists() and out.stat().st_size > 0, f"{name} to reconnect", every=0.001)
            first = now()
            until(lambda: out.stat().st_size >= bench.few.stat().st_size * 0.999, f"{name} to drain", every=0.001)
            return megabytes(bench.few, now() - first)


# ---- TCP lines -> durable buffer

def receive(bench):
    def ours():
        buffer = bench.fresh("buffer")
        with receiver(buffer) as port:
            begin = now()
            timed(feed(bench.lines, port))
            until(lambda: next_id(buffer) > bench.count, "all lines to be in the buffer", every=0.01)
            seconds = now() - begin
            expect(next_id(buffer) - 1, bench.count, "the buffer")
            return megabytes(bench.lines, seconds)

    def socat():
        out, port = bench.fresh("file"), free_port()
        words = ["socat", "-u", "-b", "262144", f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr", f"CREATE:{out}"]
        with running(words) as server:
            until(lambda: is_listening(port), "socat to listen")
            begin = now()
            timed(feed(bench.lines, port))
            server.wait()
            return megabytes(bench.lines, now() - begin)

    def peer(name):
        def run():
            work, port = bench.fresh(name), free_port()
            with bench.peers.started(name, "file", work, port):
                begin, out = now(), work / "out"
                timed(feed(bench.lines, port))
                until(lambda: out.exists() and out.stat().st_size >= bench.lines.stat().st_size, f"{name} to write all")
                seconds = now() - begin
                expect(count_lines(out), bench.count, f"{name}'s file")
                return megabytes(bench.lines, seconds)
        return run

    contenders = {"logcat tcp:// -- logbuf push": ours, "socat TCP FILE (no fsync)": socat}
    row = Row("TCP lines -> durable buffer", "MB/s", "logcat tcp:// -- logbuf push", contenders, "socat TCP FILE (no fsync)")
    row.bar = "1.2 x rsyslog's plain file"
    if bench.peers.available:
        contenders["rsyslog imptcp, plain file (no fsync)"] = peer("rsyslog")
        contenders["syslog-ng, plain file (no fsync)"] = peer("syslog-ng")
        row.baseline = "rsyslog imptcp, plain file (no fsync)"
        row.met = lambda of: of[row.ours] >= 1.2 * of[row.baseline]
    return row


# ---- latency

RATE = 200
SAMPLES = 600


def percentiles(samples):
    ordered = sorted(samples)
    return tuple(1000 * ordered[int(len(ordered) * part)] for part in (0.5, 0.99))


def paced(send):
    """Calls send(n) RATE times a second; the times of the calls."""
    begin, sent = now(), []
    for n in range(SAMPLES):
        while (ahead := begin + n / RATE - now()) > 0:
            time.sleep(ahead)
        sent.append(now())
        send(n)
    return sent


def line(n):
    return f"<30>Nov 20 10:00:00 web-01 nginx[300]: seq={n:08d} ".ljust(137, "x") + "\n"


def receipt_latency(bench):
    """From writing a line to `logbuf push -i -r` to its receipt."""
    words = ["logbuf", "push", "-i", "-r", bench.fresh("buffer")]
    with running(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        got = {}

        def read():
            for receipt in process.stdout:
                got[int(receipt)] = now()
        reader = threading.Thread(target=read)
        reader.start()
        sent = paced(lambda n: process.stdin.write(f"{n + 1}\t{line(n)}".encode()))
        until(lambda: SAMPLES in got, "the last receipt", 10)
        process.stdin.close()
        reader.join()
    return percentiles([min(at for n, at in got.items() if n > i) - sent[i] for i in range(SAMPLES)])


def relay_latency(bench, relay):
    """From writing a line to a relay's TCP port to reading it behind the relay. relay(target port): a context, the port."""
    import socket
    got = []

    def arrived(data):
        got.extend([now()] * data.count(b"\n"))
    sink = Sink(arrived)
    try:
        with relay(sink.port) as port, socket.create_connection(("127.0.0.1", port)) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.sendall(line(0).encode())
            until(lambda: got, "the relay to connect", 20)
            got.clear()
            sent = paced(lambda n: client.sendall(line(n).encode()))
            until(lambda: len(got) >= SAMPLES, "the last line", 20)
    finally:
        sink.close()
    return percentiles([there - here for here, there in zip(sent, got)])


def latency(bench):
    @contextlib.contextmanager
    def ours(target):
        buffer = bench.fresh("buffer")
        with receiver(buffer) as port:
            until(buffer.exists, "the buffer")
            until(lambda: next_id(buffer) > 0, "the buffer")
            with running(["logbuf", "peek", "-f", buffer, "--", "logsend", f"tcp://127.0.0.1:{target}"]):
                yield port

    @contextlib.contextmanager
    def socat(target):
        port = free_port()
        words = ["socat", "-u", f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,nodelay", f"TCP:127.0.0.1:{target},nodelay"]
        with running(words):
            until(lambda: is_listening(port), "socat to listen")
            yield port

    @contextlib.contextmanager
    def rsyslog(target, sync):
        port = free_port()
        with bench.peers.started("rsyslog", "queue", bench.fresh("rsyslog"), port, sink=target, sync=sync):
            yield port

    def fdatasync():
        import os
        times = []
        with open(bench.fresh("file"), "wb", buffering=0) as out:
            def append(n):
                begin = now()
                out.write(line(n).encode())
                os.fdatasync(out.fileno())
                times.append(now() - begin)
            paced(append)
        return percentiles(times)

    contenders = {"logbuf push, until the receipt": lambda: receipt_latency(bench),
                  "TCP, buffer, TCP": lambda: relay_latency(bench, ours),
                  "append and fdatasync": fdatasync,
                  "socat relay (nothing stored)": lambda: relay_latency(bench, socat)}
    if bench.peers.available:
        for sync, name in (("off", "no fsync"), ("on", "fsync")):
            contenders[f"rsyslog, disk queue ({name})"] = lambda sync=sync: relay_latency(bench, lambda to: rsyslog(to, sync))
    return Row("latency at 200 lines/s, p50 / p99", "ms", "TCP, buffer, TCP", contenders, "", "p50 under 0.7 ms, p99 under 2 ms",
               lambda of: of["TCP, buffer, TCP"][0] < 0.7 and of["TCP, buffer, TCP"][1] < 2)


# ---- a large backlog: memory, opening

def backlog(bench):
    times = -(-bench.backlog // bench.lines.stat().st_size)
    buffer = bench.work / "backlog"
    size = f"{times * bench.lines.stat().st_size / 1e9:.1f} GB"
    peak = {}

    def fill_and_watch():
        """Fills and drains once, watching memory."""
        if peak:
            return
        bench.fresh("backlog")
        with MemoryWatch() as watch:
            timed(["logcat", *[bench.lines] * times, "--", "logbuf", "push", "--max-size", "1T", buffer])
            timed(["logbuf", "consumer", "add", "--start", "oldest", buffer, "drained"])
            timed(["logbuf", "consumer", "add", "--start", "oldest", buffer, "kept"])
            sink = Sink()
            timed(["logbuf", "peek", "-c", "drained", buffer, "--", "logsend", f"tcp://127.0.0.1:{sink.port}"])
            sink.close()
            with receiver(bench.fresh("buffer")) as port:
                timed(feed(bench.lines, port))
                until(lambda: next_id(bench.work / "buffer") > bench.count, "all lines to be in the buffer", every=0.05)
        peak.update(watch.peak)

    def memory(name):
        def run():
            fill_and_watch()
            return peak[name]
        return run

    def opening(*words):
        def run():
            fill_and_watch()
            return 1000 * timed(list(words))
        return run

    tools = ("logcat", "logbuf push", "logbuf peek", "logsend")
    memory_row = Row(f"anonymous memory, backlog of {size}", "MiB", "logbuf push", {t: memory(t) for t in tools}, "",
                     "under 64 MiB, each tool", lambda of: max(of.values()) < 64)
    open_row = Row(f"opening a backlog of {size}", "ms", "logbuf peek -n 1",
                   {"logbuf stat": opening("logbuf", "stat", buffer),
                    "logbuf peek -n 1": opening("logbuf", "peek", "-c", "kept", "-n", "1", buffer),
                    "logbuf --version (start-up alone)": opening("logbuf", "--version")},
                   "", "under 50 ms", lambda of: of["logbuf stat"] < 50 and of["logbuf peek -n 1"] < 50)
    return [memory_row, open_row]


ROWS = {"push": lambda b: [push(b)], "drain": lambda b: [drain(b)], "compress": lambda b: [compress(b)], "receive": lambda b: [receive(b)],
        "latency": lambda b: [latency(b)], "backlog": backlog}

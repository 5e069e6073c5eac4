"""Rows of RELP: in, out, and through two spools."""

import contextlib
import subprocess

from process import free_port, is_listening, now, running, timed, until
from setting import Row, count_lines, expect, feed, next_id, receiver, wait_for_growth

WINDOW = 128  # librelp's default
LARGE_WINDOW = 20_000  # omrelp is far slower with small ones


# ---- peers

@contextlib.contextmanager
def librelp(bench, port):
    """A server that stores nothing: the lines that it says, "first" and "last" with their times."""
    words = [bench.peers.librelp, "server", str(port), str(bench.fewer_count)]
    with running(words, env=bench.peers.environment, stdout=subprocess.PIPE, text=True) as server:
        until(lambda: is_listening(port), "librelp to listen")
        yield server


def total(server):
    server.terminate()
    return int(server.stdout.read().split()[-1])


def queued(work):
    """The messages in rsyslog's disk queue."""
    count = 0
    for path in work.glob("queue.0*"):
        with open(path, "rb") as file:
            count += sum(line.startswith(b"<Obj:1:msg:") for line in file)
    return count


# ---- in

def logsend(bench, port):
    with open(bench.fewer, "rb") as lines:
        return timed(["logsend", "--relp-window", str(WINDOW), f"relp://127.0.0.1:{port}"], stdin=lines)


def librelp_client(bench, port):
    with open(bench.fewer, "rb") as lines:
        return timed([bench.peers.librelp, "client", str(port), str(WINDOW)], stdin=lines)


def relp_in(bench):
    def ours(client):
        buffer = bench.fresh("buffer")
        with receiver(buffer, "relp") as port:
            seconds = client(bench, port)
            expect(next_id(buffer) - 1, bench.fewer_count, "the buffer")  # answered is stored: no waiting here
        return bench.fewer_count / seconds

    def bare(client):
        port = free_port()
        with librelp(bench, port) as server:
            seconds = client(bench, port)
            expect(total(server), bench.fewer_count, "librelp")
        return bench.fewer_count / seconds

    def rsyslog(client):
        work, port = bench.fresh("rsyslog"), free_port()
        with bench.peers.started("rsyslog", "relp-queue", work, port, sink=free_port(), sync="off"):
            seconds = client(bench, port)
            expect(queued(work), bench.fewer_count, "the queue")
        return bench.fewer_count / seconds

    contenders = {"logcat relp:// -- logbuf push": lambda: ours(logsend)}
    if bench.peers.available:
        contenders |= {"librelp server, nothing stored": lambda: bare(logsend),
                       "rsyslog imrelp, disk queue (no fsync)": lambda: rsyslog(logsend),
                       "logcat relp:// -- logbuf push, librelp's client": lambda: ours(librelp_client),
                       "librelp server, nothing stored, librelp's client": lambda: bare(librelp_client)}
    title = f"RELP in, one client, window {WINDOW}, answered after fsync"
    row = Row(title, "messages/s", "logcat relp:// -- logbuf push", contenders)
    row.bar = "0.7 x librelp and 3 x rsyslog's disk queue"
    if bench.peers.available:
        row.baseline = "librelp server, nothing stored"
        row.met = lambda of: (of[row.ours] >= 0.7 * of[row.baseline] and
                              of[row.ours] >= 3 * of["rsyslog imrelp, disk queue (no fsync)"])
    row.notes.append("The client is logsend, where no other is named.")
    return row


# ---- out

def relp_out(bench):
    """From the first message at the server to the last, out of a buffer or queue that was full before."""
    def rate(server):
        until_line(server, "first")
        begin = now()
        until_line(server, "last")
        return bench.fewer_count / (now() - begin)

    def ours(window):
        buffer, port = bench.fresh("buffer"), free_port()
        timed(["logbuf", "push", buffer], stdin=open(bench.fewer, "rb"))
        sink = ["logsend", "--relp-window", str(window), f"relp://127.0.0.1:{port}"]
        with librelp(bench, port) as server, running(["logbuf", "peek", buffer, "--", *sink]) as peek:
            result = rate(server)
            if peek.wait(20) != 0:
                raise RuntimeError(f"logbuf peek ended with {peek.returncode}")
            expect(total(server), bench.fewer_count, "librelp")
        return result

    def to_rsyslog():
        buffer, work, port = bench.fresh("buffer"), bench.fresh("rsyslog"), free_port()
        timed(["logbuf", "push", buffer], stdin=open(bench.fewer, "rb"))
        sink = ["logsend", "--relp-window", str(LARGE_WINDOW), f"relp://127.0.0.1:{port}"]
        with bench.peers.started("rsyslog", "relp-file", work, port):
            seconds = timed(["logbuf", "peek", buffer, "--", *sink])
            until(lambda: count_lines(work / "out") >= bench.fewer_count, "rsyslog to write all", 20, every=0.1)
            expect(count_lines(work / "out"), bench.fewer_count, "rsyslog's file")
        return bench.fewer_count / seconds

    def rsyslog():
        work, port, target = bench.fresh("rsyslog"), free_port(), free_port()
        with bench.peers.started("rsyslog", "omrelp", work, port, sink=target, window=LARGE_WINDOW):
            with running(feed(bench.fewer, port)) as feeder:
                wait_for_growth(work, bench.fewer.stat().st_size, feeder)
            with librelp(bench, target) as server:
                result = rate(server)
                if (count := total(server)) < bench.fewer_count:  # it may send some twice
                    raise RuntimeError(f"{count} messages are in librelp instead of {bench.fewer_count}")
        return result

    if not bench.peers.available:
        return []
    return [Row("RELP out of a full buffer", "messages/s", f"logbuf peek -- logsend relp:// -> librelp, window {WINDOW}",
                {f"logbuf peek -- logsend relp:// -> librelp, window {WINDOW}": lambda: ours(WINDOW),
                 f"logbuf peek -- logsend relp:// -> librelp, window {LARGE_WINDOW}": lambda: ours(LARGE_WINDOW),
                 f"logbuf peek -- logsend relp:// -> rsyslog imrelp, window {LARGE_WINDOW}": to_rsyslog,
                 f"rsyslog disk queue, omrelp -> librelp, window {LARGE_WINDOW}": rsyslog})]


def until_line(server, wanted):
    line = server.stdout.readline().strip()
    if line != wanted:
        raise RuntimeError(f"librelp says {line!r} instead of {wanted!r}")


# ---- spool, RELP, spool

def spools(bench):
    """From the first line into the first spool until all are in the second one."""
    def ours():
        first, second = bench.fresh("buffer"), bench.fresh("second")
        timed(["logbuf", "push", first], stdin=subprocess.DEVNULL)
        with receiver(second, "relp") as port, open(bench.few, "rb") as lines:
            sink = ["logsend", "--relp-window", str(LARGE_WINDOW), f"relp://127.0.0.1:{port}"]
            begin = now()
            with running(["logbuf", "peek", "-f", first, "--", *sink]) as peek:
                timed(["logbuf", "push", first], stdin=lines)
                until(lambda: next_id(second) > bench.few_count or peek.poll() is not None, "all lines to be in the second buffer",
                      every=0.01)
                seconds = now() - begin
                if peek.poll() is not None:
                    raise RuntimeError(f"logbuf peek -f ended with {peek.returncode}")
        expect(next_id(second) - 1, bench.few_count, "the second buffer")
        return bench.few.stat().st_size / 1e6 / seconds

    def peer(name, sender, receiver_template, count, lines, wanted, **values):
        """Feeds the lines to a sender; when its receiver's folder last grew."""
        near, far = bench.fresh(f"{name}-near"), bench.fresh(f"{name}-far")
        port, middle = free_port(), free_port()
        with bench.peers.started(name, receiver_template, far, middle, sink=free_port(), **values), \
                bench.peers.started(name, sender, near, port, sink=middle, **values):
            begin = now()
            with running(feed(lines, port)) as feeder:
                grown = wait_for_growth(far, lines.stat().st_size, feeder)
            expect(count(far), wanted, f"the second spool of {name}")
        return lines.stat().st_size / 1e6 / (grown - begin)

    contenders = {"logbuf, logsend relp://, logcat, logbuf": ours}
    row = Row("spool -> RELP -> spool", "MB/s", "logbuf, logsend relp://, logcat, logbuf", contenders)
    row.bar = "10 x the best peer"
    if bench.peers.available:
        rsyslog, syslog_ng = "rsyslog, disk queues and RELP (no fsync)", "syslog-ng, reliable disk buffers and TCP (no fsync)"
        contenders[rsyslog] = lambda: peer("rsyslog", "omrelp", "relp-queue", queued, bench.fewer, bench.fewer_count, sync="off",
                                           window=LARGE_WINDOW)
        contenders[syslog_ng] = lambda: peer("syslog-ng", "buffer", "buffer", bench.peers.buffered, bench.fewer, bench.fewer_count)
        row.met = lambda of: of[row.ours] >= 10 * max(of[name] for name in (rsyslog, syslog_ng) if name in of)
        row.baseline = rsyslog
    return row


ROWS = {"relp": lambda b: [relp_in(b)], "relp-out": relp_out, "spools": lambda b: [spools(b)]}

"""Rows of syslog servers: parsing to JSON, and UDP."""

import contextlib
import subprocess

from process import free_port, now, processor_seconds, running, timed, until
from setting import Row, count_lines, expect, feed


# ---- TCP syslog -> JSON in a file

def settled(path, wanted):
    """Waits until so many lines are in the file, or nothing has been added to it for half a second; their number."""
    size, changed = -1, now()

    def done():
        nonlocal size, changed
        latest = path.stat().st_size if path.exists() else 0
        if latest != size:
            size, changed = latest, now()
        return now() - changed > 0.5
    until(done, f"{path} to be written", 60, every=0.02)
    return min(count_lines(path), wanted) if path.exists() else 0


@contextlib.contextmanager
def writer(out, *words):
    """logcat on a free port, writing to a file: its process and the port."""
    with open(out, "wb") as file, running(["logcat", "--print-address", *words], stdout=file, stderr=subprocess.PIPE,
                                          text=True) as process:
        yield process, int(process.stderr.readline().rsplit(":", 1)[1])


def json_rate(bench, lines, process, port, out):
    """MB of input for each second of processor time of all its threads."""
    before = processor_seconds(process.pid)
    timed(feed(lines, port))
    count = bench.fewer_count
    until(lambda: out.exists(), "the first line", 20)
    expect(settled(out, count), count, out)
    return lines.stat().st_size / 1e6 / (processor_seconds(process.pid) - before)


def to_json(bench, title, lines, parse, rsyslog, flags):
    def ours():
        out = bench.fresh("file")
        with writer(out, "--parse", parse, "--format", "json", "tcp://127.0.0.1:0") as (process, port):
            return json_rate(bench, lines, process, port, out)

    def peer(name, template, **values):
        def run():
            work, port = bench.fresh(name), free_port()
            with bench.peers.started(name, template, work, port, **values) as process:
                return json_rate(bench, lines, process, port, work / "out")
        return run

    contenders = {"logcat tcp:// --format json": ours}
    row = Row(f"TCP, {title} -> JSON in a file", "MB per CPU second", "logcat tcp:// --format json", contenders)
    row.bar = "2 x rsyslog"
    if bench.peers.available:
        contenders["rsyslog, imptcp and a JSON template"] = peer("rsyslog", rsyslog)
        contenders["syslog-ng, $(format-json)"] = peer("syslog-ng", "json", flags=flags)
        row.baseline = "rsyslog, imptcp and a JSON template"
        row.met = lambda of: of[row.ours] >= 2 * of[row.baseline]
    return row


def json_rows(bench):
    return [to_json(bench, "RFC 3164", bench.fewer, "rfc3164", "json", "no-multi-line"),
            to_json(bench, "RFC 5424 with structured data", bench.structured, "rfc5424", "json-sd", "syslog-protocol")]


# ---- UDP at fixed rates

RATES = (50_000, 100_000, 200_000)


def udp(bench):
    """Each rate for one second; the part that is missing afterwards, in percent."""
    reached = {rate: rate for rate in RATES}

    def lost(rate, port, arrived):
        count = min(rate, bench.few_count)
        with open(bench.few, "rb") as lines:
            words = [bench.peers.udp_send, str(port), str(rate), str(count)]
            sent = subprocess.run(words, stdin=lines, stdout=subprocess.PIPE, check=True, text=True).stdout.split()
        expect(int(sent[0]), count, "the network")
        reached[rate] = min(reached[rate], count / float(sent[1]))
        row.notes[1:] = [f"In its slowest run the sender reached {', '.join(f'{of:.0f}' for of in reached.values())} messages a second."]
        return 100 * (1 - arrived(count) / count)

    def ours(rate):
        buffer = bench.fresh("buffer")
        words = ["logcat", "--print-address", "--rcvbuf", "4MiB", "udp://127.0.0.1:0", "--", "logbuf", "push", buffer]
        with running(words, stderr=subprocess.PIPE, text=True) as process:
            port = int(process.stderr.readline().rsplit(":", 1)[1])
            return lost(rate, port, lambda count: stored(process, buffer))

    def stored(process, buffer):
        process.terminate()  # takes what the kernel has, and ends when it is stored
        process.wait()
        words = ["logbuf", "cat", buffer]
        with subprocess.Popen(words, stdout=subprocess.PIPE) as cat:
            return sum(block.count(b"\n") for block in iter(lambda: cat.stdout.read(1 << 20), b""))

    def peer(name, rate):
        work, port = bench.fresh(name), free_port()
        with bench.peers.started(name, "udp", work, port, protocol="udp"):
            return lost(rate, port, lambda count: settled(work / "out", count))

    def all_rates(measured):
        return lambda: tuple(measured(rate) for rate in RATES)

    contenders = {"logcat udp:// -- logbuf push": all_rates(ours)}
    if bench.peers.available:
        contenders["rsyslog imudp, plain file (no fsync)"] = all_rates(lambda rate: peer("rsyslog", rate))
        contenders["syslog-ng network(udp), plain file (no fsync)"] = all_rates(lambda rate: peer("syslog-ng", rate))
    shown = " / ".join(f"{rate // 1000}k" for rate in RATES)
    row = Row(f"UDP lost at {shown} messages a second, for a second each", "%", "logcat udp:// -- logbuf push", contenders,
              notes=["Receive buffers of 4 MiB, as far as net.core.rmem_max allows."])
    return row


ROWS = {"json": json_rows, "udp": lambda b: [udp(b)]}

"""Rows of logd's protocol: MSG, READ beside socat, and how far a replica is behind."""

import contextlib
import socket
import subprocess
import threading
import time

from process import Sink, now, running, timed, until
from setting import Row, expect, feed, megabytes, next_id

BATCH = 65_500  # bytes of messages in one MSG, as the authors of logd measured it
CONNECTIONS = 16
RATE, SECONDS = 100_000, 5


@contextlib.contextmanager
def server(buffer, *options):
    words = ["logbuf", "serve", buffer, "--listen", "tcp://127.0.0.1:0", "--print-address", *options]
    with running(words, stderr=subprocess.PIPE, text=True) as process:
        yield int(process.stderr.readline().rsplit(":", 1)[1])


# ---- MSG

def requests(path):
    """The file's lines as MSG requests of about BATCH bytes."""
    out, batch, size = [], [], 0

    def close():
        out.append(b"MSG %d\r\n" % len(batch) + b"".join(b"%d %s\r\n" % (len(line), line) for line in batch))

    with open(path, "rb") as file:
        for line in file:
            line = line.rstrip(b"\n")
            if batch and size + len(line) > BATCH:
                close()
                batch, size = [], 0
            batch.append(line)
            size += len(line)
    close()
    return out


def parts_of(path, parts):
    """The requests of each connection, in one file each; they are sent by socat, which is no bottleneck."""
    files = [path.with_name(f"{path.name}-msg-{parts}-{part}") for part in range(parts)]
    if not all(file.exists() for file in files):
        for part, file in enumerate(files):
            file.write_bytes(b"".join(requests(path)[part::parts]) + b"CLOSE 0\r\n")
    return files


def msg(bench):
    def ours(connections, *options):
        files = parts_of(bench.lines, connections)
        buffer = bench.fresh("buffer")
        with server(buffer, *options) as port, contextlib.ExitStack() as stack:
            begin = now()
            # Both ways, and the server closes when it has answered everything.
            clients = [stack.enter_context(running(["socat", "-b", "262144", "-t", "300", "STDIO", f"TCP:127.0.0.1:{port}"],
                                                   stdin=open(file, "rb"), stdout=subprocess.DEVNULL)) for file in files]
            for client in clients:
                if client.wait(300) != 0:
                    raise RuntimeError(f"socat ended with {client.returncode}")
            seconds = now() - begin
            expect(next_id(buffer) - 1, bench.count, "the buffer")
        return megabytes(bench.lines, seconds)

    def logsend():
        buffer = bench.fresh("buffer")
        with server(buffer) as port, open(bench.lines, "rb") as lines:
            seconds = timed(["logsend", f"logd://127.0.0.1:{port}"], stdin=lines)
            expect(next_id(buffer) - 1, bench.count, "the buffer")
        return megabytes(bench.lines, seconds)

    contenders = {}
    for connections in (1, CONNECTIONS):
        name = f"{connections} connection{'s' if connections > 1 else ''}"
        contenders[f"logbuf serve, {name}"] = lambda n=connections: ours(n)
        contenders[f"logbuf serve --sync=os, {name}"] = lambda n=connections: ours(n, "--sync=os")
    contenders["logsend logd:// -> logbuf serve"] = logsend
    row = Row(f"MSG in requests of {BATCH:,} bytes -> durable buffer", "MB/s", "logbuf serve, 1 connection", contenders)
    row.notes.append("Without fsync the authors of logd had 864 MiB/s for such requests, on their machine.")
    return row


# ---- READ

def read(bench):
    """A full log to a reader that drops it, as much as socat moves of the same lines."""
    def ours():
        buffer = bench.full_buffer()
        with server(buffer) as port:
            begin = now()
            with socket.create_connection(("127.0.0.1", port)) as connection:
                count = str(bench.count).encode()
                connection.sendall(b"READ 2\r\n1 1\r\n%d %s\r\n" % (len(count), count))
                received, end = drain(connection)
            if end != b"+EOF\r\n" or received < bench.lines.stat().st_size:
                raise RuntimeError(f"READ gave {received} bytes, and {end!r} at its end")
            return megabytes(bench.lines, now() - begin)

    def logtail():
        buffer = bench.full_buffer()
        with server(buffer) as port, running(["logtail", "-n", "+1", f"logd://127.0.0.1:{port}"], stdout=subprocess.PIPE,
                                             bufsize=0) as tail:
            begin = now()
            block, received = bytearray(1 << 20), 0
            while size := tail.stdout.readinto(block):
                received += size
            expect(received, bench.lines.stat().st_size, "what logtail wrote, in bytes,")
            return megabytes(bench.lines, now() - begin)

    def socat():
        sink = Sink()
        try:
            begin = now()
            timed(feed(bench.lines, sink.port))
            until(lambda: sink.received >= bench.lines.stat().st_size, "the sink to have all", every=0.001)
            return megabytes(bench.lines, sink.last - begin)
        finally:
            sink.close()

    return Row("READ of a full log", "MB/s", "logbuf serve, READ",
               {"logbuf serve, READ": ours, "logbuf serve, logtail logd:// to a pipe": logtail, "socat FILE TCP": socat},
               "socat FILE TCP", "0.5 x socat", lambda of: of["logbuf serve, READ"] >= 0.5 * of["socat FILE TCP"])


def drain(connection):
    """How many bytes came until the end, and the last six."""
    block, received, end = bytearray(1 << 20), 0, b""
    while size := connection.recv_into(block):
        received += size
        end = (end + bytes(block[max(0, size - 6):size]))[-6:]
    return received, end


# ---- replication

class Arrivals:
    """When what a server's READ gives reaches each of the ids that are waited for."""

    def __init__(self, port):
        self.connection = socket.create_connection(("127.0.0.1", port))
        self.connection.sendall(b"READ 2\r\n1 1\r\n1 0\r\n")
        self.times = []  # (time, bytes so far)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        block, received = bytearray(1 << 20), 0
        with contextlib.suppress(OSError):
            while size := self.connection.recv_into(block):
                received += size
                self.times.append((now(), received))

    @property
    def received(self):
        return self.times[-1][1] if self.times else 0


BODY = b"x" * 138


def stream_size(count):
    """Bytes of READ's answer up to message `count`."""
    digits = sum(min(count, 10 ** (n + 1) - 1) - 10 ** n + 1 for n in range(len(str(count))) for _ in range(n + 1))
    return len(b"OK\r\n") + digits + count * len(b"+ %d %s\r\n" % (len(BODY), BODY))


def replication(bench):
    """From the moment a message is given to the master until a reader of the replica has it, at RATE messages a second."""
    def lag():
        master, replica = bench.fresh("master"), bench.fresh("replica")
        with server(master) as port:
            words = ["logbuf", "replicate", replica, f"logd://127.0.0.1:{port}"]
            with running(words):
                until(lambda: next_id(replica) > 0, "the replica to be there")
                with server(replica) as replica_port:
                    arrivals = Arrivals(replica_port)
                    sent = send_at_rate(port)
                    total = sent[-1][1]
                    until(lambda: arrivals.received >= stream_size(total), "the replica to have all")
                    expect(arrivals.received, stream_size(total), "what the replica gave, in bytes,")
                    expect(next_id(replica) - 1, total, "the replica")
                    return percentiles(sent, arrivals.times)

    return Row(f"replication at {RATE:,} messages/s: behind by", "ms, p50 / p99", "logbuf replicate", {"logbuf replicate": lag},
               bar="p99 under 50 ms", met=lambda of: of["logbuf replicate"][1] < 50)


def send_at_rate(port):
    """(when, messages so far) of each batch of a millisecond's messages."""
    each = RATE // 1000
    request = b"MSG %d\r\n" % each + b"%d %s\r\n" % (len(BODY), BODY) * each
    sent = []
    with socket.create_connection(("127.0.0.1", port)) as connection:
        answers = threading.Thread(target=drain, args=(connection,), daemon=True)
        answers.start()
        begin = now()
        for tick in range(SECONDS * 1000):
            while (left := begin + tick / 1000 - now()) > 0:
                time.sleep(left)
            sent.append((now(), (tick + 1) * each))
            connection.sendall(request)
        connection.sendall(b"CLOSE 0\r\n")
        answers.join()
    return sent


def percentiles(sent, arrived):
    delays, at = [], 0
    for when, count in sent:
        while arrived[at][1] < stream_size(count):
            at += 1
        delays.append((arrived[at][0] - when) * 1000)
    delays.sort()
    return delays[len(delays) // 2], delays[len(delays) * 99 // 100]


ROWS = {"msg": lambda b: [msg(b)], "read": lambda b: [read(b)], "replication": lambda b: [replication(b)]}

"""Rows of the hub: what it stores for 1,000 channels, beside the same for one; and how it is with 5,000 channels."""

import base64
import contextlib
import json
import select
import shutil
import socket

from process import free_port, is_listening, now, running, until
from setting import Row

CONNECTIONS, MESSAGES = 64, 100  # of each request
WARM_UP, SECONDS = 4, 8


def make_channels(root, count):
    """Their tokens."""
    shutil.rmtree(root, ignore_errors=True)
    tokens = [f"t.{number}" for number in range(count)]
    for number, token in enumerate(tokens):
        folder = root / f"c{number}"
        folder.mkdir(parents=True)
        (folder / "channel.json").write_text(json.dumps({"tokens": {"app": token}}))
    return tokens


@contextlib.contextmanager
def hub(root):
    """The process, its port, and how long it took until it listened."""
    port = free_port()
    started = now()
    with running(["logbuf", "serve", "--channels", root, "--listen", f"http://127.0.0.1:{port}"]) as process:
        until(lambda: is_listening(port), "the hub does not listen", every=0.001)
        yield process, port, now() - started


def request(token):
    message = f"<190>1 2026-11-29T03:00:48Z host {token} web.1 - - " + "x" * 100
    body = f"{len(message)} {message}" * MESSAGES
    user = base64.b64encode(f"token:{token}".encode()).decode()
    return (
        f"POST /logs HTTP/1.1\r\nHost: hub\r\nAuthorization: Basic {user}\r\nContent-Type: application/logplex-1\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


class Load:
    """Keep-alive connections, each of which sends the next request when the last one is answered."""

    def __init__(self, port, tokens):
        self.requests = [request(token) for token in tokens]
        self.turn = 0
        self.poll = select.epoll()
        self.sockets = {}
        for _ in range(CONNECTIONS):
            connection = socket.create_connection(("127.0.0.1", port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.poll.register(connection, select.EPOLLIN)
            self.sockets[connection.fileno()] = connection
            self.send(connection)

    def send(self, connection):
        connection.sendall(self.requests[self.turn % len(self.requests)])
        self.turn += 1

    def run(self, seconds):
        """Messages a second."""
        started, answered = now(), 0
        while now() - started < seconds:
            for descriptor, _ in self.poll.poll(1):
                connection = self.sockets[descriptor]
                answer = connection.recv(4096)
                if not answer.startswith(b"HTTP/1.1 204"):
                    raise RuntimeError(f"the hub answers {answer[:100]}")
                answered += 1
                self.send(connection)
        return answered * MESSAGES / (now() - started)


def stored(bench, channels):
    root = bench.fresh("channels")
    tokens = make_channels(root, channels)
    with hub(root) as (_, port, _):
        load = Load(port, tokens)
        load.run(WARM_UP)  # each buffer is made
        return load.run(SECONDS)


def many_channels(bench):
    ours, one = "logbuf serve --channels, 1,000 channels", "logbuf serve --channels, 1 channel"
    contenders = {ours: lambda: stored(bench, 1000), one: lambda: stored(bench, 1)}
    return Row("POSTs of 100 messages over 64 connections, answered when fsynced", "messages/s", ours, contenders, one,
               "0.4 x one channel", lambda of: of[ours] >= 0.4 * of[one])


def memory_of(process, name):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name + ":")) / 1024


def five_thousand(bench, measured):
    root = bench.fresh("channels")
    tokens = make_channels(root, 5000)
    with hub(root) as (process, port, seconds):
        if measured == "start":
            return seconds
        Load(port, tokens).run(WARM_UP + SECONDS)
        return memory_of(process, "VmHWM")


def start(bench):
    ours = "logbuf serve --channels"
    return Row("A start with 5,000 channels, until it listens", "s", ours, {ours: lambda: five_thousand(bench, "start")}, "",
               "under 2 s", lambda of: of[ours] < 2)


def memory(bench):
    ours = "logbuf serve --channels"
    return Row("Memory while messages come for 5,000 channels", "MiB", ours, {ours: lambda: five_thousand(bench, "memory")}, "",
               "under 256 MiB", lambda of: of[ours] < 256)


ROWS = {"hub": lambda b: [many_channels(b), start(b), memory(b)]}

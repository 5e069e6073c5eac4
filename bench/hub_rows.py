"""Rows of the hub: what it stores for 1,000 channels, beside the same for one; how it is with 5,000 channels; and how soon
tails show what was answered."""

import base64
import contextlib
import json
import multiprocessing
import re
import select
import shutil
import socket
import statistics
import time

from process import free_port, is_listening, now, running, until
from setting import Row

CONNECTIONS, MESSAGES = 64, 100  # of each request
WARM_UP, SECONDS = 4, 8
TAILS, SENDERS, RATE = 100, 4, 20_000  # messages a second
CREDENTIAL = "admin:secret"


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
    credentials = root.with_name("credentials")
    credentials.touch(0o600)
    credentials.write_text(f"{CREDENTIAL} full_api\n")
    started = now()
    with running(["logbuf", "serve", "--channels", root, "--credentials", credentials, "--listen", f"http://127.0.0.1:{port}"]) as process:
        until(lambda: is_listening(port), "the hub does not listen", every=0.001)
        yield process, port, now() - started


def post(path, user, body, content_type="application/logplex-1"):
    login = base64.b64encode(user.encode()).decode()
    return (
        f"POST {path} HTTP/1.1\r\nHost: hub\r\nAuthorization: Basic {login}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def request(token, last=""):
    """POST of messages, of which the last one ends so."""
    message = f"<190>1 2026-11-29T03:00:48Z host {token} web.1 - - " + "x" * 100
    messages = [message] * (MESSAGES - 1) + [message + last]
    return post("/logs", f"token:{token}", "".join(f"{len(each)} {each}" for each in messages))


def connect(port):
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def check_answer(answer):
    if not answer.startswith(b"HTTP/1.1 20"):
        raise RuntimeError(f"the hub answers {answer[:100]}")


class Load:
    """Keep-alive connections, each of which sends the next request when the last one is answered."""

    def __init__(self, port, tokens):
        self.requests = [request(token) for token in tokens]
        self.turn = 0
        self.poll = select.epoll()
        self.sockets = {}
        for _ in range(CONNECTIONS):
            connection = connect(port)
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
                check_answer(connection.recv(4096))
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


def open_tail(port):
    with connect(port) as asking:
        asking.sendall(post("/v2/sessions", CREDENTIAL, json.dumps({"channel_id": "c0", "num": 0, "tail": True}), "application/json"))
        answer = asking.recv(4096)
        check_answer(answer)
    path = re.search(rb"/sessions/[-0-9a-f]+", answer)[0].decode()
    tail = connect(port)
    tail.sendall(f"GET {path} HTTP/1.1\r\nHost: hub\r\n\r\n".encode())
    return tail


def follow(port, requests, told):
    """Tails: tells when all have begun, and in the end the times at which each showed the last message of each request."""
    poll = select.epoll()
    tails = {tail.fileno(): tail for tail in (open_tail(port) for _ in range(TAILS))}
    for descriptor in tails:
        poll.register(descriptor, select.EPOLLIN)
    rest = dict.fromkeys(tails, b"")
    shown = []
    begun = 0
    buffer = bytearray(1 << 18)
    while len(shown) < TAILS * requests:
        for descriptor, _ in poll.poll():
            size = tails[descriptor].recv_into(buffer)
            moment = now()
            if not size:
                raise RuntimeError("a tail has ended")
            piece = rest[descriptor] + buffer[:size]
            if b"Error L11" in piece:
                raise RuntimeError("a tail has missed messages")
            begun += b"HTTP/1.1 200" in piece
            end = 0
            while (at := piece.find(b"<", end)) >= 0 and (close := piece.find(b">", at)) >= 0:
                shown.append((int(piece[at + 1:close]), moment))
                end = close + 1
            rest[descriptor] = piece[max(end, len(piece) - 20):]
            if begun == TAILS:
                begun += 1
                told.send("ready")
    told.send(shown)


def send_at_rate(port, requests):
    """Over a few connections; the times of the answers."""
    poll = select.epoll()
    free = [connect(port) for _ in range(SENDERS)]
    busy = {}
    for connection in free:
        poll.register(connection, select.EPOLLIN)
    answered = [0] * len(requests)
    begin = now()
    for number in range(len(requests) + 1):
        is_last = number == len(requests)
        due = begin + number * MESSAGES / RATE
        while (busy and is_last) or not free or now() < due:
            for descriptor, _ in poll.poll(None if is_last or not free else max(0, due - now())):
                connection, sent = busy.pop(descriptor)
                check_answer(connection.recv(4096))
                answered[sent] = now()
                free.append(connection)
        if not is_last:
            connection = free.pop(0)
            connection.sendall(requests[number])
            busy[connection.fileno()] = connection, number
    rate = len(requests) * MESSAGES / (now() - begin)
    if rate < 0.95 * RATE:
        raise RuntimeError(f"only {rate:.0f} messages were answered in a second")
    return answered


def answer_to_tail(bench):
    """The 99th percentile over all requests and tails, in ms."""
    root = bench.fresh("channels")
    token = make_channels(root, 1)[0]
    requests = [request(token, f"<{number}>") for number in range(RATE // MESSAGES * SECONDS)]
    with hub(root) as (_, port, _):
        ours, theirs = multiprocessing.Pipe()
        follower = multiprocessing.Process(target=follow, args=(port, len(requests), theirs), daemon=True)
        follower.start()
        if ours.recv() != "ready":
            raise RuntimeError("the tails do not begin")
        answered = send_at_rate(port, requests)
        lags = [1000 * max(0, moment - answered[number]) for number, moment in ours.recv()]
        follower.join()
    return statistics.quantiles(lags, n=100)[98]


def tails(bench):
    ours = "logbuf serve --channels"
    return Row("100 tails of a channel that takes 20,000 messages/s: from the answer to a tail, 99th percentile", "ms", ours,
               {ours: lambda: answer_to_tail(bench)}, "", "under 100 ms", lambda of: of[ours] < 100)


ROWS = {
    "hub": lambda b: [many_channels(b), start(b), memory(b)],
    "hub-tails": lambda b: [tails(b)],
}

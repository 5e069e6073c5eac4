"""Kills of `logsend http://`, of the peek that feeds it and of the server: what is acknowledged was answered 2xx."""

import os
import sys

import messages
from posting import free_port

STEP = 100  # messages pushed for a round


def http_out(crash):
    """A server that answers at random, closes in between, or does not answer."""
    port = free_port()
    peer = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "http_peer.py")

    def serve():
        return crash.start(sys.executable, peer, f"port:{port}", f"random={crash.random.random()}")

    send(crash, f"http://127.0.0.1:{port}", serve, lambda: numbers_in("taken"))


def http_hop(crash):
    """logcat, whose own sink may be killed too; its buffer has what it answered 2xx."""
    url = f"http://127.0.0.1:{free_port()}"

    def serve():
        return crash.start("logcat", url, "--", "logbuf", "push", "received")

    crash.run("logbuf", "push", "received")
    send(crash, url + "/in", serve, lambda: crash.numbers("received"))
    crash.orphans_end()
    crash.verify("received")


def numbers_in(file):
    """A server that is killed may write a body in part; it has not answered then."""
    if not os.path.exists(file):
        return []
    with open(file, "rb") as stream:
        found = [messages.number_of(line) for line in stream.read().split(b"\n")]
    return [number for number in found if number is not None]


def send(crash, url, serve, taken):
    """`taken`: the numbers that the server has taken, each as often as it has."""
    options = ("--parallel", "2", "--timeout", "300ms", "--batch-messages", "400")
    pushed = 0

    def start():
        return crash.start("logbuf", "peek", "-f", "q", "--", "logsend", *options, url)

    def acknowledged():
        return pushed - sum(crash.consumer("q"))

    def check():
        """Those that are acknowledged are the first ones; the count is taken before what the server has."""
        count = acknowledged()
        there = set(taken())
        lost = [number for number in range(1, count + 1) if number not in there]
        crash.need(not lost, f"{len(lost)} of {count} messages are acknowledged and were not taken: {lost[:5]}")

    crash.run("logbuf", "push", "q")
    crash.run("logbuf", "consumer", "add", "q", "default")
    server, source = serve(), start()
    for _ in crash.each_round():
        crash.run("logbuf", "push", "q", input=messages.messages(range(pushed + 1, pushed + STEP + 1)))
        pushed += STEP
        victim = crash.random.choice(("source", "sink", "server", "all"))
        sink = crash.child_of(source)
        crash.pause(60)
        if victim in ("sink", "all") and sink:
            crash.kill(sink)
        if victim in ("source", "all"):
            crash.kill(source.pid)
        if victim in ("server", "all"):
            crash.kill(server.pid)
        check()
        if server.poll() is not None:
            server = serve()
        if source.poll() is not None:
            source = start()
    crash.eventually(lambda: crash.is_drained("q"), "not all is acknowledged")
    crash.stop(source)
    check()
    crash.stop(server, ok=(0, 75, -15))
    numbers = taken()
    crash.saw("messages", pushed)
    crash.saw("taken again", len(numbers) - len(set(numbers)))


SCENARIOS = ((http_out, 70), (http_hop, 70))

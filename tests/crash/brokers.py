"""Kills of RabbitMQ, of the logsend and the logcat on both its sides, and of what is next to these.

tests/rabbitmq.bash has started the server, and starts it again whenever it was killed (keep_node).
"""

import os
import signal
import socket

from harness import children_of, handles, is_zombie
from messages import messages

STEP = 100  # messages pushed for a round
SERVER_EACH = 4  # rounds; it takes seconds to start
START = 120  # seconds, for a server on a busy machine


class Server:
    def __init__(self, crash):
        self.crash = crash
        self.port = int(os.environ["RABBIT_PORT"])

    def leader(self):
        with open(os.path.join(os.environ["R"], "leader"), encoding="ascii") as file:
            return file.read().strip()  # nothing: it is just being written

    def kill(self):
        """Its whole process group: a shell and Erlang."""
        crash, leader = self.crash, self.leader()
        os.killpg(int(leader), signal.SIGKILL)
        crash.kills += 1
        crash.saw("of the server")
        crash.eventually(lambda: self.leader() not in ("", leader) and self.listens(), "the server does not start again", START)

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class Chain:
    """q -> logsend -> a queue of the server -> logcat -> p"""

    def __init__(self, crash, kind):
        self.crash, self.server = crash, Server(crash)
        url = f"amqp://127.0.0.1:{self.server.port}/test?queue=crash-{kind}"
        self.commands = (
            ("logbuf", "peek", "-f", "q", "--", "logsend", "--declare", kind, url),
            ("logcat", "--declare", kind, "--prefetch", "300", url, "--", "logbuf", "push", "p"),
        )
        self.pushed = 0
        self.orphans = []  # sinks whose sources were killed: they may still be writing
        for buffer in ("q", "p"):
            crash.run("logbuf", "push", buffer)
        crash.run("logbuf", "consumer", "add", "q", "default")
        self.hops = [crash.start(*command) for command in self.commands]

    def push(self):
        numbers = range(self.pushed + 1, self.pushed + STEP + 1)
        self.crash.run("logbuf", "push", "q", input=messages(numbers))
        self.pushed += STEP

    def kill_one(self):
        hop = self.crash.random.choice(self.hops)
        sink = self.crash.child_of(hop)
        victims = self.crash.random.choice(((sink,), (hop.pid,), (sink, hop.pid)))
        self.crash.pause(150)
        self.orphans += [sink] if hop.pid in victims else []
        for pid in victims:
            self.crash.kill(pid)
        if hop.pid in victims:
            self.restart(hop)

    def restart(self, hop):
        hop.wait()
        at = self.hops.index(hop)
        self.hops[at] = self.crash.start(*self.commands[at])

    def kill_server(self):
        self.crash.pause(150)
        self.server.kill()
        self.hurry()

    def hurry(self):
        """Pauses between attempts have become long."""
        for hop in self.hops:
            for pid in (hop.pid, *children_of(hop.pid)):
                if handles(pid, signal.SIGHUP):
                    self.crash.kill(pid, signal.SIGHUP)

    def end(self):
        """All that was pushed has come out at the other end."""
        crash = self.crash
        crash.eventually(lambda: crash.is_drained("q"), "not all is confirmed", START)
        crash.eventually(lambda: len(set(crash.numbers("p"))) == self.pushed, "not all has arrived", START)
        for hop in self.hops:
            crash.stop(hop)
        crash.eventually(lambda: all(is_zombie(pid) for pid in self.orphans), "a sink without its source does not end")


def broker_classic(crash):
    broker(crash, "classic")


def broker_quorum(crash):
    broker(crash, "quorum")


def broker(crash, kind):
    """What logsend has a confirm for is in the queue, and what logcat has acknowledged is in the buffer: so all that was
    pushed arrives, at least once."""
    chain = Chain(crash, kind)
    for number in crash.each_round():
        chain.push()
        chain.kill_server() if number % SERVER_EACH == 0 else chain.kill_one()
    chain.end()
    found = crash.numbers("p")
    crash.need(sorted(set(found)) == list(range(1, chain.pushed + 1)), "something else has arrived")
    crash.saw("messages", chain.pushed)
    crash.saw("twice", len(found) - len(set(found)))
    crash.verify("q", "p")


SCENARIOS = ((broker_classic, 16), (broker_quorum, 16))

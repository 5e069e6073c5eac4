"""Kills around a server of logd's protocol (logbuf serve): those who send to it, those who follow it, and itself."""

import os
import subprocess

from harness import Feeder
from hops import FedHop
from messages import difference, messages
from replication import ask, free_port
from tailing import Followed, messages_in


class Server:
    """logbuf serve on the buffer `log`; started again when it was killed."""

    def __init__(self, crash):
        self.crash, self.port = crash, free_port()
        self.url = f"logd://127.0.0.1:{self.port}"
        self.begin()

    def begin(self):
        self.process = self.crash.start("logbuf", "serve", "log", "--listen", f"tcp://127.0.0.1:{self.port}")
        self.crash.eventually(lambda: ask(self.port, "PING") == "OK", "the server does not answer")

    def kill(self):
        self.crash.kill_at_random(self.process, 60)
        self.begin()

    def end(self):
        self.crash.stop(self.process, ok=(0,))


def buffer_to_log(crash):
    """At least once, whoever dies: what is repeated apart, the order is kept."""
    server = Server(crash)
    hop = FedHop(crash, "logsend", server.url)
    for _ in crash.each_round():
        hop.kill_one(server.kill)
    expected = hop.end()
    server.end()
    crash.orphans_end()
    found = crash.numbers("log")
    first = list(dict.fromkeys(found))
    crash.need(first == expected, difference(expected, first))
    crash.saw("messages", len(expected))
    crash.saw("messages again", len(found) - len(first))
    crash.verify("q", "log")


def tail_of_log(crash):
    """Exactly once and in order, from a log into a buffer, whoever dies."""
    crash.run("logbuf", "push", "log", input=messages([1]))
    server = Server(crash)
    pusher = crash.start("logbuf", "push", "--rate", "3000", "log", stdin=subprocess.PIPE)
    feeder = Feeder(pusher, 2)
    followed = Followed(crash, [server.url], "--", "logbuf", "push", "q")
    crash.eventually(lambda: os.path.exists("ck"), "no checkpoint was made")
    for _ in crash.each_round():
        crash.random.choice((followed.kill_one, followed.kill_one, server.kill))()
    feeder.stop()
    crash.finish(pusher)
    expected = crash.numbers("log")
    crash.eventually(lambda: messages_in(crash, "q") >= len(expected), f"not all {len(expected)} messages are delivered")
    crash.stop(followed.process, ok=(0,))
    server.end()
    crash.orphans_end()
    wrong = difference(expected, crash.numbers("q"))
    crash.need(wrong is None, wrong)
    crash.saw("messages", len(expected))
    crash.verify("q", "log")


SCENARIOS = ((buffer_to_log, 60), (tail_of_log, 60))

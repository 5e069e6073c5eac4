"""Two readers of one consumer, each with a sink of its own: one of them is killed, and the other does its work."""

import subprocess

from harness import Feeder
from messages import difference

PIPE = subprocess.PIPE


class Readers:
    """Reader N drains q to p N; `keeper` never acknowledges anything, so that q can say at the end what it was given."""

    def __init__(self, crash):
        self.crash = crash
        self.readers = {}
        for name in ("p1", "p2"):
            self.start(name)

    def start(self, name):
        self.readers[name] = self.crash.start("logbuf", "peek", "-f", "q", "--", "logbuf", "push", name)

    def kill_one(self):
        name = self.crash.random.choice(tuple(self.readers))
        self.crash.kill_at_random(self.readers[name], 30)
        return name

    def stop(self):
        for reader in self.readers.values():
            self.crash.stop(reader)


def take_over(crash):
    """After each kill the one that is left drains the buffer alone. At the end nothing is missing, and what each was
    given is in order, but for what it took back."""
    crash.run("logbuf", "push", "q", input=b"")
    crash.run("logbuf", "consumer", "add", "q", "keeper")
    crash.run("logbuf", "consumer", "add", "q", "default")
    readers = Readers(crash)
    first = 1
    for _ in crash.each_round():
        pusher = crash.start("logbuf", "push", "q", stdin=PIPE)
        feeder = Feeder(pusher, first, most=3000)
        name = readers.kill_one()
        crash.saw("left behind", crash.consumer("q")[1] > 0)
        feeder.stop()
        first = feeder.next
        crash.finish(pusher)
        crash.eventually(lambda: crash.is_drained("q"), "what a killed reader held is not taken over")
        readers.start(name)
    readers.stop()
    crash.orphans_end()
    check_shared(crash, crash.numbers("q"))


def check_shared(crash, expected):
    found = [crash.numbers(name) for name in ("p1", "p2")]
    wrong = difference(expected, sorted(set(found[0]) | set(found[1])))
    crash.need(wrong is None, wrong)
    for numbers in found:
        back = sum(second < first for first, second in zip(numbers, numbers[1:]))
        crash.need(back <= 2 * crash.kills, f"it goes back {back} times, with {crash.kills} kills")
    crash.saw("messages again", sum(map(len, found)) - len(expected))
    crash.saw("messages", len(expected))
    crash.verify("q", "p1", "p2")

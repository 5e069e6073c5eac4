"""Kills where rules choose among several buffers. What is in each of them is there exactly once, in order, and nothing
is acknowledged that one of its buffers lacks."""

import os
import re
import signal
import subprocess

from harness import Feeder, descendants_of, is_zombie
from hops import FedHop
from messages import difference
from middle import kill_at_once

PIPE = subprocess.PIPE

# By the last digit of a message's number. None is the default sink, and what is in no list is dropped.
ROUTES = {None: "045678", "a": "127", "b": "259"}
RULES = """
if message ~ "^[0-9]*3 " { drop }
if message ~ "^[0-9]*[127] " { router("a") }
if message ~ "^[0-9]*[259] " { router("b") }
if message ~ "^[0-9]*[57] " { router("default") }
"""
SINKS = ("--to", "a=logbuf push a", "--to", "b=logbuf push b")
SMALL = ("--window-messages", "300")


def routed(numbers, sink):
    return [number for number in numbers if str(number)[-1] in ROUTES[sink]]


class Routed(FedHop):
    """`logbuf peek -f q`, with `middle` between it and three buffers, or with the rules itself."""

    def __init__(self, crash, middle, rules=RULES):
        self.middle = middle
        with open("rules", "w", encoding="ascii") as file:
            file.write(rules)
        super().__init__(crash)

    def start_hop(self):
        chooser = ("--rules", "rules", "--format", "raw", *SMALL, *SINKS, "--", "logbuf", "push", "default")
        middle = ("--", "logcat") if self.middle else ()
        self.hop = self.crash.start("logbuf", "peek", "-f", "q", *middle, *chooser)

    # A few at a time, so that looking at all of them stays quick.
    def start_push(self):
        self.pusher = self.crash.start("logbuf", "push", "q", stdin=PIPE)
        self.feeder = Feeder(self.pusher, self.next, most=500)

    def feed_on(self):
        if self.feeder.next < self.feeder.end:
            return
        self.feeder.stop()
        self.crash.finish(self.pusher)
        self.next = self.feeder.next
        self.start_push()

    def alive(self):
        own = [self.hop.pid] if self.hop.poll() is None else []
        return own + [pid for pid in descendants_of(self.hop.pid) if not is_zombie(pid)]

    def whole(self):
        found = []

        def there():
            found[:] = self.alive()
            return len(found) == (5 if self.middle else 4)

        self.crash.eventually(there, "not all processes are there again")
        return found

    def kill_some(self):
        """One, or several in one instant; mostly when all are there."""
        self.feed_on()
        pids = self.whole() if self.crash.random.random() < 0.8 else self.alive()
        self.crash.pause(60)
        if self.middle and self.crash.random.random() < 0.8:
            pids = [pid for pid in pids if pid != self.hop.pid]
        count = self.crash.random.choice((1, 1, 1, 2, len(pids)))
        before = self.crash.kills
        kill_at_once(self.crash, self.crash.random.sample(pids, min(count, len(pids))))
        self.crash.saw("among the routed", self.crash.kills - before)
        if is_zombie(self.hop.pid):
            self.hop.wait()
            self.start_hop()

    def kill_one(self):
        self.crash.random.choice((self.kill_some, self.kill_some, self.kill_some, self.kill_push))()

    def acknowledged(self):
        said = self.crash.run("logbuf", "stat", "q").decode()
        found = re.search(r"consumer default: .*acknowledged to (\d+)", said)
        return int(found.group(1)) if found else 0


def in_buffer(crash, sink):
    name = sink or "default"
    return crash.numbers(name) if os.path.exists(name) else []


def check_acknowledged(crash, hop):
    """Whatever is acknowledged now is in all buffers that it was for."""
    count = hop.acknowledged()
    done = crash.numbers("q")[:count]
    for sink in ROUTES:
        missing = set(routed(done, sink)) - set(in_buffer(crash, sink))
        crash.need(not missing, f"{sink} lacks {sorted(missing)[:5]}, and {count} are acknowledged")
    crash.saw("acknowledged when looked at", count)


def route(crash, middle):
    hop = Routed(crash, middle)
    for turn in crash.each_round():
        hop.kill_one()
        if turn % 4 == 0:
            check_acknowledged(crash, hop)
    expected = hop.end()
    crash.orphans_end()
    for sink in ROUTES:
        wrong = difference(routed(expected, sink), in_buffer(crash, sink))
        crash.need(wrong is None, f"buffer {sink}: {wrong}")
    crash.saw("messages", len(expected))
    crash.verify("q", "a", "b", "default")


def routing_of_middle(crash):
    """logcat between a buffer and three: exactly once in each."""
    route(crash, True)


def routing_of_source(crash):
    """The source of the hop has the rules itself."""
    route(crash, False)


CHANGING = (
    'if message ~ "^[0-9]*[02468] " { router("a") } else { router("b") }',
    'if message ~ "^[0-9]*[02468] " { router("b") } else { router("a") }',
)


def routing_that_changes(crash):
    """Other rules, by SIGHUP and by a new start: every message is where the old ones or the new ones send it. Where
    logcat dies together with one sink, the other one has what came later."""
    hop = Routed(crash, True, CHANGING[0])
    for turn in crash.each_round():
        hop.feed_on()
        source, logcat, *sinks = hop.whole()
        with open("rules.new", "w", encoding="ascii") as file:
            file.write(CHANGING[turn % 2])
        os.rename("rules.new", "rules")
        if crash.random.random() < 0.3 and crash.kill(logcat, signal.SIGHUP):
            crash.saw("changed while they run")
        crash.pause(60)
        kill_at_once(crash, (source, logcat, crash.random.choice(sinks)))
        hop.hop.wait()
        hop.start_hop()
    expected = hop.end()
    crash.orphans_end()
    found = in_buffer(crash, "a") + in_buffer(crash, "b")
    missing = sorted(set(expected) - set(found))
    crash.need(not missing, f"{len(missing)} of {len(expected)} messages are missing: {missing[:10]}")
    crash.need(set(found) == set(expected), "there is more than was sent")
    crash.saw("messages", len(expected))
    crash.saw("messages again", len(found) - len(expected))
    crash.verify("q", "a", "b")


SCENARIOS = (
    (routing_of_middle, 90),
    (routing_of_source, 60),
    (routing_that_changes, 40),
)

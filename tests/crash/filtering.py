"""Kills of the filters of --filter, and now and then of their source; and of hops with --where."""

import json
import os
import re
import subprocess

from harness import Feeder, children_of
from hops import FedHop
from messages import difference, messages
from tailing import LOGS, Followed, Writer, tail_to_buffer

# Unbuffered, so that it is slow, and has written a part of its batch when it is killed.
PROGRAM = "sed"
FILTER = ("--filter", f"{PROGRAM} -u '/^[0-9]*[37] /d'", "--filter-batch", "50", "--filter-time", "20ms")


def kept(numbers):
    """What the filter lets through."""
    return [number for number in numbers if number % 10 not in (3, 7)]


def name_of(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="ascii") as file:
            return file.read().strip()
    except (FileNotFoundError, ProcessLookupError):
        return None


def filter_at_work(crash, source, other_than=None):
    """The pid of a filter; none when the source ends before there is one."""
    found = []

    def there():
        found[:] = [pid for pid in children_of(source.pid) if pid != other_than and name_of(pid) == PROGRAM]
        return found or source.poll() is not None

    crash.eventually(there, "no filter was started")
    return found[0] if found else None


def kill_filter(crash, source):
    """One that is at work; false when the source ends before there is one. The next one, which gets the same batch, is
    mostly spared, so that the pauses before it do not grow."""
    while pid := filter_at_work(crash, source):
        crash.pause(8)
        if not crash.kill(pid):
            continue
        crash.saw("filters killed")
        if crash.random.random() < 0.9:
            spared = filter_at_work(crash, source, other_than=pid)
            crash.eventually(lambda: spared is None or name_of(spared) != PROGRAM, "a filter does not end")
        return True
    return False


def check_again(crash):
    """Filters that were killed had failed. A few may have ended with status 0 the moment before, and the source of some
    did not live on to see it."""
    crash.errors.seek(0)
    again = len(re.findall(rb"filter '.*' was killed by signal 9; running it again in ", crash.errors.read()))
    crash.saw("batches offered again", again)
    killed = crash.seen["filters killed"]
    crash.need(killed // 2 <= again <= killed, f"{killed} filters killed, {again} batches again")


def check_kept(crash, expected, found):
    """At least once, and the first of each in order."""
    first = list(dict.fromkeys(found))
    wrong = difference(kept(expected), first)
    crash.need(wrong is None, wrong)
    crash.saw("messages", len(expected))
    crash.saw("messages again", len(found) - len(first))


class FilteredHop(FedHop):
    def start_hop(self):
        self.hop = self.crash.start("logbuf", "peek", "-f", *FILTER, "q", "--", *self.sink)

    def start_push(self):
        self.pusher = self.crash.start("logbuf", "push", "--rate", "600", "q", stdin=subprocess.PIPE)
        self.feeder = Feeder(self.pusher, self.next)

    def kill_source(self):
        super().kill_source()
        self.crash.saw("sources killed")


def filter_of_buffer(crash):
    hop = FilteredHop(crash, "logbuf", "push", "p")
    for turn in crash.each_round():
        kill_filter(crash, hop.hop)
        if turn % 10 == 0:
            hop.kill_source()
    expected = hop.end()
    crash.orphans_end()
    check_kept(crash, expected, crash.numbers("p"))
    check_again(crash)
    crash.verify("q", "p")


def filter_of_file(crash):
    """logcat ends with status 0 when all of the file is delivered, however often its filter was killed."""
    expected = range(1, 1501)
    with open("file", "wb") as file:
        file.write(messages(expected))
    logcat, runs = None, 0
    for turn in crash.each_round():
        if not logcat:
            runs += 1
            logcat = crash.start("logcat", *FILTER, "--retry-time", "60s", "file", "--", "logbuf", "push", f"q{runs}")
        killed = kill_filter(crash, logcat)
        if not killed or turn == crash.rounds:
            crash.finish(logcat)
            check_kept(crash, expected, crash.numbers(f"q{runs}"))
            logcat = None
    check_again(crash)


def filter_of_logs(crash):
    """logtail's checkpoint: what it says is safe went through the filter and is in the buffer."""
    os.mkdir(LOGS)
    followed = Followed(crash, [os.path.join(LOGS, "*.log"), *FILTER], "--", "logbuf", "push", "q")
    crash.eventually(lambda: os.path.exists("ck"), "no checkpoint was made")
    writer = Writer(crash, "prompt.log", 0, careful=True, most=3)
    for turn in crash.each_round():
        kill_filter(crash, followed.process)
        if turn % 10 == 0:
            followed.kill_source()
            crash.saw("sources killed")
    writer.stop()
    last = kept(writer.all)[-1]
    crash.eventually(lambda: last in crash.numbers("q", "--from", str(next_id(crash) - 50)), "the end is not delivered")
    crash.stop(followed.process, ok=(0,))
    crash.orphans_end()
    check_kept(crash, writer.all, crash.numbers("q"))
    check_again(crash)
    crash.verify("q")


def next_id(crash):
    return max(51, json.loads(crash.run("logbuf", "stat", "--json", "q"))["next_id"])


# The same without a filter. So it is exactly once.
CHOICE = ("--where", "message !~ ^[0-9]*[37]\\s", "--format", "%{message}")


class ChosenHop(FedHop):
    def start_hop(self):
        self.hop = self.crash.start("logbuf", "peek", "-f", *CHOICE, "q", "--", *self.sink)


def chosen_of_buffer(crash):
    """Exactly once, in order, whoever dies; and what is left out does not stay behind in the backlog."""
    hop = ChosenHop(crash, "logbuf", "push", "p")
    for _ in crash.each_round():
        hop.kill_one()
    expected = hop.end()
    crash.orphans_end()
    wrong = difference(kept(expected), crash.numbers("p"))
    crash.need(wrong is None, wrong)
    crash.saw("messages", len(expected))
    crash.verify("q", "p")


def chosen_of_logs(crash):
    tail_to_buffer(
        crash,
        "*.log",
        lambda: [Writer(crash, "prompt.log", 0, careful=True), Writer(crash, "late.log", 1, late=True, careful=True)],
        lambda writer: [writer.all],
        *CHOICE,
        kept=kept,
    )


SCENARIOS = ((chosen_of_buffer, 40), (chosen_of_logs, 40), (filter_of_buffer, 80), (filter_of_file, 60), (filter_of_logs, 80))

"""Kills of `logbuf push` itself."""

import json
import os
import signal
import subprocess
import time

from harness import Feeder, is_zombie
from messages import difference, messages, number_of

PIPE = subprocess.PIPE


def push(crash, *options):
    """What a killed push stored is a prefix of what it was sent, and all that it wrote receipts for."""
    expected = []
    first = 1
    for _ in crash.each_round():
        pusher = crash.start("logbuf", "push", "-i", "-r", *options, "q", stdin=PIPE, stdout=PIPE)
        feeder = Feeder(pusher, first, ids=True)
        crash.kill_at_random(pusher, 50)
        feeder.stop()
        receipts = [int(line) for line in pusher.stdout.read().split(b"\n")[:-1]]
        receipted = receipts[-1] if receipts else first - 1
        stored = stored_since(crash, len(expected))
        sent = list(range(first, feeder.next))
        crash.need(receipts == sorted(set(receipts)), f"receipts are not in order: {receipts}")
        crash.need(stored == sent[: len(stored)], f"no prefix: {difference(sent[: len(stored)], stored)}")
        crash.need(first + len(stored) > receipted, f"{receipted} has a receipt, {stored[-1:]} is the last one stored")
        crash.saw("stored without a receipt", first + len(stored) - 1 - receipted)
        expected += stored
        first = receipted + 1
    wrong = difference(expected, crash.numbers("q"))
    crash.need(wrong is None, wrong)
    crash.verify("q")


def push_compressed(crash):
    """The same with chunks that are compressed."""
    push(crash, "--compress", "zstd")
    crash.compressed("q")


def stored_since(crash, count):
    """The buffer may not be there yet: the first push was killed before it had made it."""
    found = crash.run("logbuf", "cat", "--from", str(count + 1), "q", ok=(0, 66) if count == 0 else (0,))
    return crash.whole(found, "buffer q")


def create(crash):
    """A push that is killed while it makes its buffer leaves none or a whole one."""
    started = time.monotonic()
    crash.run("logbuf", "push", "unharmed")
    usual = (time.monotonic() - started) * 1000
    for turn in crash.each_round():
        buffer = f"q{turn}"
        pusher = crash.start("logbuf", "push", buffer, stdin=PIPE)
        feeder = Feeder(pusher, 1)
        crash.kill_at_random(pusher, 1.5 * usual)
        feeder.stop()
        crash.saw("made", os.path.exists(buffer))
        crash.run("logbuf", "push", buffer, input=messages([feeder.next]))
        found = crash.numbers(buffer)
        before = list(range(1, len(found)))
        crash.need(found == [*before, feeder.next], f"buffer {buffer}: {difference([*before, feeder.next], found)}")
        crash.verify(buffer)


def crowd(crash):
    """Four pushers at a time, each with a few messages only, and any of them may be killed."""
    receipted, sent = set(), set()
    crash.run("logbuf", "push", "q", input=b"")
    for turn in crash.each_round():
        pushers = []
        for each in range(4):
            numbers = range(turn * 100 + each * 10, turn * 100 + each * 10 + crash.random.randint(1, 5))
            pusher = crash.start("logbuf", "push", "-i", "-r", "q", stdin=PIPE, stdout=PIPE)
            pusher.stdin.write(b"".join(b"%d\t" % n + messages([n]) for n in numbers))
            pushers.append((pusher, numbers))
        crash.pause(8)
        for pusher, _ in crash.random.sample(pushers, crash.random.randint(1, 3)):
            crash.kill(pusher.pid)
        for pusher, numbers in pushers:
            pusher.stdin.close()
            receipts = crash.output_of(pusher, (0, -9)).split(b"\n")[:-1]
            last = max(map(int, receipts), default=0)
            receipted |= {n for n in numbers if n <= last}
            sent |= set(numbers)
    found = crash.numbers("q")
    crash.need(receipted <= set(found), f"lost: {sorted(receipted - set(found))}")
    crash.need(set(found) <= sent and len(set(found)) == len(found), "more is there than was sent")
    crash.verify("q")


def drop_oldest(crash):
    """A buffer that drops its oldest messages while its consumer is killed stays whole and in order."""
    crash.run("logbuf", "push", "--max-size", "256KiB", "--full", "drop-oldest", "q", input=b"")
    start_hop = lambda: crash.start("logbuf", "peek", "-f", "q", "--", "logbuf", "push", "p")
    start_push = lambda: crash.start("logbuf", "push", "q", stdin=PIPE)
    hop, pusher = start_hop(), start_push()
    feeder = Feeder(pusher, 1)
    for _ in crash.each_round():
        crash.pause(50)
        if crash.random.random() < 0.5:
            crash.kill(hop.pid)
            hop.wait()
            crash.verify("q")
            hop = start_hop()
        else:
            crash.kill(pusher.pid)
            pusher.wait()
            feeder.stop()
            crash.verify("q")
            pusher = start_push()
            feeder = Feeder(pusher, feeder.next)
    feeder.stop()
    crash.finish(pusher)
    last = crash.numbers("q", "--from", "1")[-1:]
    crash.eventually(lambda: crash.is_drained("q"), "the rest is not delivered")
    crash.stop(hop)
    crash.orphans_end()
    found = crash.numbers("p")
    crash.saw("dropped", feeder.next - 1 - len(found))
    crash.need(found == sorted(set(found)), "the order is lost, or something came twice")
    crash.need(not last or found[-1:] == last, f"the last one sent is {last}, the last one delivered {found[-1:]}")
    crash.verify("q", "p")


def told_loss(crash):
    """What a buffer drops is told to its consumer exactly: nothing is missing that is not counted, whoever is killed."""
    crash.run("logbuf", "push", "--max-size", "256KiB", "--full", "drop-oldest", "q", input=b"")
    crash.run("logbuf", "pop", "--report-loss", "q")
    start_hop = lambda: crash.start("logbuf", "peek", "-f", "--report-loss", "q", "--", "logbuf", "push", "p")
    start_push = lambda: crash.start("logbuf", "push", "q", stdin=PIPE)
    hop, pusher = start_hop(), start_push()
    feeder = Feeder(pusher, 1)
    for _ in crash.each_round():
        if crash.random.random() < 0.5:  # else it may not even have begun, and is started again later each time
            before = head_of(crash, "p")
            crash.eventually(lambda n=before: head_of(crash, "p") > n, "nothing is delivered")
        sink = crash.child_of(hop)
        victim = crash.random.choice((hop.pid, sink))
        crash.kill(victim, signal.SIGSTOP)  # so that the buffer fills up meanwhile
        crash.pause(100)
        crash.kill(victim)
        if victim == hop.pid:
            hop.wait()
            # What it still stores would be told as lost by a hop that does not wait for it.
            crash.eventually(lambda pid=sink: is_zombie(pid), "a sink whose source was killed does not end")
            hop = start_hop()
    feeder.stop()
    crash.finish(pusher)
    crash.eventually(lambda: crash.is_drained("q"), "the rest is not delivered")
    crash.stop(hop)
    crash.orphans_end()
    lines = crash.run("logbuf", "cat", "p").split(b"\n")[:-1]
    told = [int(line.split()[7]) for line in lines if b" - logbuf - loss - " in line]
    found = [number_of(line) for line in lines if b" - logbuf - loss - " not in line]
    crash.saw("told", sum(told))
    crash.need(None not in found and found == sorted(set(found)), "the order is lost, or something came twice")
    crash.need(
        len(found) + sum(told) == feeder.next - 1,
        f"{feeder.next - 1} messages were stored, {len(found)} came and {sum(told)} were told as lost",
    )
    crash.verify("q", "p")


def head_of(crash, buffer):
    """Its newest id; 0 where it is not there yet."""
    said = crash.run("logbuf", "stat", "--json", buffer, ok=(0, 66))
    return json.loads(said)["next_id"] - 1 if said else 0

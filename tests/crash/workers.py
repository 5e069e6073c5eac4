"""Kills of one-shot commands, and SIGTERM to everything."""

import signal
import subprocess

from harness import Feeder, children_of, handles
from hops import check_at_least_once, start_receiver
from messages import difference, messages

PIPE = subprocess.PIPE


def competing(crash):
    """Workers that `pop`, or `peek` and then `ack`, killed now and then: disjoint, and after `rewind` all was seen."""
    total = crash.rounds * 300
    crash.run("logbuf", "push", "q", input=messages(range(1, total + 1)))
    crash.run("logbuf", "consumer", "add", "q", "keeper")
    seen, settled = set(), []
    for _ in crash.each_round():
        workers = [start_worker(crash) for _ in range(3)]
        if crash.random.random() < 0.8:
            crash.pause(5)
            crash.kill(crash.random.choice(workers).pid)
        for worker in workers:
            numbers = take(crash, worker)
            seen |= set(numbers)
            if worker.returncode == 0:
                settled += numbers
    crash.need(len(settled) == len(set(settled)), "workers that ended well were given the same messages")
    crash.saw("left for rewind", crash.consumer("q")[1])
    crash.run("logbuf", "rewind", "q")
    seen |= set(crash.whole(crash.run("logbuf", "pop", "q"), "the rest"))
    wrong = difference(list(range(1, total + 1)), sorted(seen))
    crash.need(wrong is None, wrong)
    crash.need(crash.is_drained("q"), "something is left after everything was popped")
    crash.verify("q")


def start_worker(crash):
    verb = crash.random.choice(("peek", "pop"))
    return crash.start("logbuf", verb, "-n", str(crash.random.randint(1, 200)), "q", stdout=PIPE)


def take(crash, worker):
    """What a worker wrote, but for the half of a line at which it died; acknowledged if it was peeked. The ack may be
    killed too."""
    text = crash.output_of(worker, (0, -9))
    text = text[: text.rfind(b"\n") + 1]
    numbers = crash.whole(text, "a worker's output")
    if "peek" in worker.args and worker.returncode == 0 and numbers and crash.random.random() < 0.7:
        # In this buffer a message's id is its number, and what a worker gets need not be without gaps.
        ack = crash.start("logbuf", "ack", "q", *map(str, numbers))
        if crash.random.random() < 0.3:
            crash.kill_at_random(ack, 6)
        crash.finish(ack, (0, -9))
    return numbers


def terminated(crash):
    """SIGTERM, to one process or, as systemd does, to all: exit status 0 or 75, and nothing is lost."""
    receiver, port = start_receiver(crash, "logbuf", "push", "t")
    crash.run("logbuf", "push", "q", input=b"")
    crash.run("logbuf", "consumer", "add", "q", "keeper")
    sinks = {
        "buffer": ("logbuf", "push", "p"),
        "file": ("logsend", "file:out"),
        "tcp": ("logsend", f"tcp://127.0.0.1:{port}"),
    }
    for name in sinks:
        crash.run("logbuf", "consumer", "add", "q", name)
    first = 1
    for _ in crash.each_round():
        pusher = crash.start("logbuf", "push", "q", stdin=PIPE)
        feeder = Feeder(pusher, first, most=2000)
        name = crash.random.choice(tuple(sinks))
        hop = crash.start("logbuf", "peek", "-f", "-c", name, "q", "--", *sinks[name])
        for each in crash.random.sample((pusher, hop), 2):
            terminate(crash, each)
        feeder.stop()
        first = feeder.next
    for name, sink in sinks.items():
        crash.run("logbuf", "peek", "-c", name, "q", "--", *sink)
        crash.need(crash.consumer("q", name) == (0, 0), f"consumer {name} has a backlog")
    expected = crash.numbers("q")
    # A receipt of strength `sent` says that the receiver's kernel has it. What it has not read when it ends is lost.
    crash.eventually(lambda: set(expected) <= set(crash.numbers("t")), "what was sent to the receiver is not in t")
    crash.stop(receiver)
    crash.orphans_end()
    check_terminated(crash, expected)


def terminate(crash, process):
    """At some instant after it has a handler, which takes it some milliseconds; and then its sink too, or not."""
    crash.eventually(lambda: handles(process.pid, signal.SIGTERM), "SIGTERM is not handled")
    crash.pause(30)
    sinks = crash.random.choice(((), children_of(process.pid)))
    for pid in (process.pid, *sinks):
        crash.kill(pid, signal.SIGTERM)
        crash.saw("terminated")
    crash.finish(process, (0, 75))


def check_terminated(crash, expected):
    wrong = difference(expected, crash.numbers("p"))
    crash.need(wrong is None, f"buffer: {wrong}")
    with open("out", "rb") as file:
        check_at_least_once(crash, expected, file.read(), torn_allowed=False)
    check_at_least_once(crash, expected, crash.run("logbuf", "cat", "t"), torn_allowed=False)
    crash.verify("q", "p", "t")

"""Kills of programs that log with mulog, and of what reads their rings."""

import collections
import json
import os
import struct

PROGRAM = os.environ.get("MULOG_THREADS", "")  # tests/mulog/threads.c, compiled
THREADS = 4
RINGS = "rings"


class Returned:
    """How many log calls of each thread have returned, which survives the program."""

    def __init__(self, round_number):
        self.path = f"returned.{round_number}"
        with open(self.path, "wb") as file:
            file.write(bytes(8 * THREADS))

    def counts(self):
        with open(self.path, "rb") as file:
            return struct.unpack(f"<{THREADS}Q", file.read())


def log(crash, returned, events, pause=0):
    # One ring has room for all of it, as a thread that starts late may get the ring of one that has ended.
    env = {**os.environ, "MULOG_DIR": RINGS, "MULOG_RING_SIZE": str(8 << 20)}
    return crash.start(PROGRAM, str(crash.round), str(events), returned.path, str(pause), env=env)


def delivered(crash, path):
    """The counts of each round and thread, in the order in which they came. A last line without end is none yet."""
    found = collections.defaultdict(list)
    with open(path, "rb") as file:
        for line in file.read().split(b"\n")[:-1]:
            event = json.loads(line)
            crash.need(event["mulog/event-name"] == "counted", f"not delivered: {line!r}")
            fizz = event["text"] == ("fizz" if event["count"] % 3 == 0 else "a longer text that takes some words")
            crash.need(fizz, f"a torn event: {line!r}")
            found[event["round"], event["thread"]].append(event["count"])
    return found


def all_read():
    """A program that is killed while it makes its file leaves it under another name, and has logged nothing."""
    return not [name for name in os.listdir(RINGS) if name.endswith(".ring")]


def ring_writers(crash):
    """Each event whose call had returned is delivered once, at most one more, and all in order."""
    os.mkdir(RINGS)
    returned = {}
    with open("out", "wb") as out:
        reader = crash.start("logcat", f"ring:{RINGS}", "--poll", "5ms", stdout=out)
        for number in crash.each_round():
            returned[number] = Returned(number)
            program = log(crash, returned[number], 20000)
            crash.kill_at_random(program, 30)
        crash.eventually(all_read, "the rings of dead programs are not removed")
        crash.stop(reader, ok=(0,))
    found = delivered(crash, "out")
    for number, before in returned.items():
        for thread, count in enumerate(before.counts()):
            got = found[number, thread]
            crash.need(got == list(range(len(got))), f"round {number}, thread {thread}: not in order, or with gaps")
            crash.need(count <= len(got) <= count + 1, f"round {number}: {count} returned, {len(got)} delivered")
            crash.saw("events", len(got))
            crash.saw("threads killed while they logged", 0 < count < 20000)


def first_seen(counts):
    return list(dict.fromkeys(counts))


def ring_readers(crash):
    """Whoever is killed, the reader or its sink, each event is delivered at least once."""
    os.mkdir(RINGS)
    events = 20000
    returned = Returned(0)
    program = log(crash, returned, events, pause=100)
    open("out", "wb").close()
    for _ in crash.each_round():
        reader = crash.start("logcat", f"ring:{RINGS}", "--poll", "5ms", "--", "logsend", f"file:{os.getcwd()}/out")
        crash.pause(80)
        if crash.random.random() < 0.3:
            sink = crash.child_of(reader)
            if sink and crash.kill(sink):
                crash.saw("sinks killed")
                crash.pause(80)
        crash.kill(reader.pid)
        reader.wait()
    crash.finish(program)
    reader = crash.start("logcat", f"ring:{RINGS}", "--", "logsend", f"file:{os.getcwd()}/out")
    crash.eventually(all_read, "the ring of the program is not removed")
    crash.stop(reader, ok=(0,))
    for (_, thread), got in delivered(crash, "out").items():
        crash.need(first_seen(got) == list(range(events)), f"thread {thread}: not in order, or with gaps")
        crash.saw("events", events)
        crash.saw("events delivered again", len(got) - events)


SCENARIOS = ((ring_writers, 150), (ring_readers, 40))

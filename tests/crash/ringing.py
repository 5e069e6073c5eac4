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


def log(crash, returned, events, pause=0, ring=8 << 20):
    # By default one ring has room for all of it, as a thread that starts late may get the ring of one that has ended.
    env = {**os.environ, "MULOG_DIR": RINGS, "MULOG_RING_SIZE": str(ring)}
    return crash.start(PROGRAM, str(crash.round), str(events), returned.path, str(pause), env=env)


def is_torn(line):
    """The beginning of an event, as a sink that is killed while it writes to a file leaves it."""
    return b'{"mulog/event-name":"counted",'.startswith(line[:30]) and not line.endswith(b"}")


def delivered(crash, text, torn=False):
    """The counts of each round and thread, in the order in which they came, and how many events were overwritten. A
    last line without end is none yet."""
    found, overwritten = collections.defaultdict(list), 0
    for line in text.split(b"\n")[:-1]:
        if torn and is_torn(line):
            crash.saw("torn lines")
            continue
        event = json.loads(line)
        if event["mulog/event-name"] == "mulog/events-overwritten":
            overwritten += event["events"]
            continue
        crash.need(event["mulog/event-name"] == "counted", f"nobody logged: {line!r}")
        fizz = event["text"] == ("fizz" if event["count"] % 3 == 0 else "a longer text that takes some words")
        crash.need(fizz, f"a torn event: {line!r}")
        found[event["round"], event["thread"]].append(event["count"])
    return found, overwritten


def content(path):
    with open(path, "rb") as file:
        return file.read()


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
    found, overwritten = delivered(crash, content("out"))
    crash.need(overwritten == 0, f"{overwritten} events were overwritten")
    for number, before in returned.items():
        for thread, count in enumerate(before.counts()):
            got = found[number, thread]
            crash.need(got == list(range(len(got))), f"round {number}, thread {thread}: not in order, or with gaps")
            crash.need(count <= len(got) <= count + 1, f"round {number}: {count} returned, {len(got)} delivered")
            crash.saw("events", len(got))
            crash.saw("threads killed while they logged", 0 < count < 20000)


def first_seen(counts):
    return list(dict.fromkeys(counts))


def kill_readers(crash, *sink):
    """Each round a reader and now and then its sink; at the end one that reads all that is left."""
    for _ in crash.each_round():
        reader = crash.start("logcat", f"ring:{RINGS}", "--poll", "5ms", "--", *sink)
        crash.pause(80)
        if crash.random.random() < 0.3:
            child = crash.child_of(reader)
            if child and crash.kill(child):
                crash.saw("sinks killed")
                crash.pause(80)
        crash.kill(reader.pid)
        reader.wait()


def read_the_rest(crash, program, *sink):
    crash.finish(program)
    reader = crash.start("logcat", f"ring:{RINGS}", "--", *sink)
    crash.eventually(all_read, "the ring of the program is not removed")
    crash.stop(reader, ok=(0,))


def ring_readers(crash):
    """Whoever is killed, the reader or its sink, each event is delivered at least once."""
    os.mkdir(RINGS)
    events = 20000
    program = log(crash, Returned(0), events, pause=100)
    open("out", "wb").close()
    sink = ("logsend", f"file:{os.getcwd()}/out")
    kill_readers(crash, *sink)
    read_the_rest(crash, program, *sink)
    found, _ = delivered(crash, content("out"), torn=True)
    for (_, thread), got in found.items():
        crash.need(first_seen(got) == list(range(events)), f"thread {thread}: not in order, or with gaps")
        crash.saw("events", events)
        crash.saw("events delivered again", len(got) - events)


def ring_to_buffer(crash):
    """Into a buffer each event is delivered exactly once, and those of each thread in order."""
    os.mkdir(RINGS)
    events = 20000
    program = log(crash, Returned(0), events, pause=100)
    kill_readers(crash, "logbuf", "push", "q")
    read_the_rest(crash, program, "logbuf", "push", "q")
    crash.orphans_end()
    found, overwritten = delivered(crash, crash.run("logbuf", "cat", "q"))
    crash.need(overwritten == 0, f"{overwritten} events were overwritten")
    for thread in range(THREADS):
        crash.need(found[0, thread] == list(range(events)), f"thread {thread}: not each once and in order")
        crash.saw("events", events)
    crash.verify("q")


def ring_losses(crash):
    """Events that are overwritten unread are counted exactly, also those that were sent before the reader died."""
    os.mkdir(RINGS)
    events = 20000
    program = log(crash, Returned(0), events, pause=100, ring=16 << 10)
    kill_readers(crash, "logbuf", "push", "q")
    read_the_rest(crash, program, "logbuf", "push", "q")
    crash.orphans_end()
    found, overwritten = delivered(crash, crash.run("logbuf", "cat", "q"))
    for thread in range(THREADS):
        got = found[0, thread]
        crash.need(got == sorted(set(got)), f"thread {thread}: not each once and in order")
        crash.saw("events", len(got))
    crash.saw("events overwritten", overwritten)
    total = sum(len(found[0, thread]) for thread in range(THREADS)) + overwritten
    crash.need(total == THREADS * events, f"{total} of {THREADS * events} events are accounted for")


SCENARIOS = ((ring_writers, 150), (ring_readers, 40), (ring_to_buffer, 60), (ring_losses, 60))

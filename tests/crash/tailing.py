"""Kills of logtail and its sink, while the files that it follows are written and rotated."""

import json
import os
import random
import shutil
import subprocess
import threading

from harness import Feeder, children_of
from messages import difference, is_torn, message, messages, number_of, sent_again

LOGS = "logs"
FIRST = "first.log"  # which stays empty
SPAN = 1000000  # numbers of one writer: they begin with a multiple of it, plus one
SECOND_LINE = b" of %07d"


class Writer(threading.Thread):
    """Writes messages to a log and rotates it by renaming, until stop() is called.

    `late`: it goes on writing to the renamed file for a while, as a program does that is told later. `careful`: it only
    rotates a file that stands in the checkpoint: one that comes and goes while nobody looks cannot be found, unless its
    later names are followed too. `most`: messages that it writes at once.
    """

    def __init__(self, crash, name, index, late=False, careful=False, most=30):
        super().__init__(daemon=True)
        self.most = most
        self.random = random.Random(crash.random.random())
        self.path, self.late, self.careful = os.path.join(LOGS, name), late, careful
        self.first = self.next = index * SPAN + 1
        self.rotations = 0
        self.begins = [self.next]  # of each file
        self.stopping = threading.Event()
        self.file = self.open()
        self.start()

    def open(self):
        return open(self.path, "ab", buffering=0)

    def run(self):
        while not self.stopping.is_set():
            self.burst()
            if self.random.random() < 0.1 and self.may_rotate():
                self.rotate()
            self.stopping.wait(self.random.uniform(0, 0.01))
        self.file.close()

    def burst(self):
        count = self.random.randint(1, self.most)
        text = messages(range(self.next, self.next + count))
        half = self.random.randrange(len(text))
        self.next += count
        self.file.write(text[:half])  # the middle of a message can be seen
        self.file.write(text[half:])

    def may_rotate(self):
        if not self.careful:
            return True
        with open("ck", "rb") as checkpoint:
            return b":%d:" % os.fstat(self.file.fileno()).st_ino in checkpoint.read()

    def rotate(self):
        self.rotations += 1
        os.rename(self.path, f"{self.path}.{self.rotations}")
        if self.late and self.random.random() < 0.5:
            open(self.path, "ab").close()  # as logrotate's "create" does
        for _ in range(self.random.randint(0, 3) if self.late else 0):
            self.burst()
            self.stopping.wait(self.random.uniform(0, 0.02))
        self.file.close()
        self.file = self.open()
        self.begins.append(self.next)

    def stop(self):
        self.stopping.set()
        self.join()

    @property
    def files(self):
        """The numbers in each file, in order."""
        return [range(*each) for each in zip(self.begins, [*self.begins[1:], self.next])]

    @property
    def all(self):
        return range(self.first, self.next)


class CopyingWriter(Writer):
    """Writes records, some of them of two lines, and rotates by copying and truncating."""

    def burst(self):
        count = self.random.randint(1, 30)
        text = b"".join(record(number) + b"\n" for number in range(self.next, self.next + count))
        self.next += count
        self.file.write(text)  # at once: a record may be open for no longer than --multiline-time

    def rotate(self):
        self.rotations += 1
        copy = f"{self.path}.{self.rotations}"
        with open(self.path, "rb") as source, open(copy, "wb", buffering=0) as target:
            shutil.copyfileobj(source, target, self.random.choice((100, 4096, 1 << 20)))
        self.stopping.wait(self.random.choice((0, 0, 0.01)))
        self.file.truncate(0)
        self.begins.append(self.next)


def record(number):
    return message(number) + (b"" if number % 3 else b"\n" + SECOND_LINE % number)


def numbers_of_records(crash, buffer):
    """Of whole records, each in one message."""
    found = []
    for line in crash.run("logbuf", "cat", buffer).splitlines():
        first, _, second = line.partition(b"#012" + SECOND_LINE[:4])
        number = number_of(first)
        crash.need(number is not None and line == record(number).replace(b"\n", b"#012"), f"nobody wrote {line[-80:]}")
        found.append(number)
    return found


class Followed:
    """logtail with writers; started again when it was killed."""

    def __init__(self, crash, sources, *sink, stdout=None):
        self.crash, self.stdout = crash, stdout
        self.words = ("logtail", "-q", "-f", "--checkpoint", "ck", *sources, *sink)
        self.begin()

    def begin(self):
        how = {"stdout": self.output()} if self.stdout else {}
        self.process = self.crash.start(*self.words, **how)

    def output(self):
        """What it left of a line when it was killed stays on a line of its own."""
        out = open(self.stdout, "ab+", buffering=0)
        if tail_of_file(self.stdout)[-1:] not in (b"", b"\n"):
            out.write(b"\n")
        return out

    def kill_one(self):
        self.crash.random.choice((self.kill_source, self.kill_source, self.kill_sink, self.kill_both))()

    def kill_source(self):
        self.crash.kill_at_random(self.process, 120)
        self.begin()

    def sink(self):
        """One of its children: the sink, or what reads a buffer for it."""
        self.crash.child_of(self.process)
        return self.crash.random.choice(children_of(self.process.pid) or [None])

    def kill_sink(self):
        sink = self.sink()
        self.crash.pause(60)
        if sink:
            self.crash.kill(sink)

    def kill_both(self):
        sink = self.sink()
        self.crash.pause(60)
        for pid in self.crash.random.sample((sink, self.process.pid), 2):
            if pid:
                self.crash.kill(pid)
        self.process.wait()
        self.begin()


def tail_to_buffer(crash, pattern, make_writers, in_order, *options, numbers_in=None, kept=list):
    """Exactly once, and in order what `in_order` gives of a writer: lists of numbers, of which `kept` goes on."""
    numbers_in = numbers_in or type(crash).numbers
    os.mkdir(LOGS)
    open(os.path.join(LOGS, FIRST), "ab").close()
    followed = Followed(crash, [*options, os.path.join(LOGS, pattern)], "--", "logbuf", "push", "q")
    crash.eventually(lambda: remembers(FIRST), "no checkpoint was made")
    writers = make_writers()
    for _ in crash.each_round():
        followed.kill_one()
    before = messages_in(crash, "q")
    crash.eventually(lambda: messages_in(crash, "q") > before, "nothing is delivered any more")
    for writer in writers:
        writer.stop()
        crash.saw("rotations", writer.rotations)
    count = sum(len(kept(writer.all)) for writer in writers)
    crash.eventually(lambda: messages_in(crash, "q") >= count, f"not all {count} messages are delivered")
    crash.stop(followed.process, ok=(0,))
    crash.orphans_end()
    found = numbers_in(crash, "q")
    for writer in writers:
        for numbers in in_order(writer):
            wrong = difference(kept(numbers), [number for number in found if number in numbers])
            crash.need(wrong is None, f"{writer.path}: {wrong}")
    crash.need(len(found) == count, "there are messages that nobody wrote")
    crash.saw("messages", count)
    crash.verify("q")


def remembers(name):
    """The checkpoint has the file: logtail has looked at what was there at the start, where copies are files too."""
    if not os.path.exists("ck"):
        return False
    with open("ck", encoding="utf-8") as checkpoint:
        return f"/{name}\n" in checkpoint.read()


def messages_in(crash, buffer):
    if not os.path.exists(os.path.join(buffer, "VERSION")):
        return 0
    return json.loads(crash.run("logbuf", "stat", "--json", buffer))["messages"]


def tail_of_logs(crash):
    """By name: a file that is renamed is found, and read to its end before the next one."""
    tail_to_buffer(
        crash,
        "*.log",
        lambda: [Writer(crash, "prompt.log", 0, careful=True), Writer(crash, "late.log", 1, late=True, careful=True)],
        lambda writer: [writer.all],
    )


def tail_of_all(crash):
    """A pattern that covers the later names of files too: they can be rotated as often as anybody likes."""
    tail_to_buffer(
        crash,
        "*.log*",
        lambda: [Writer(crash, "busy.log", 0), Writer(crash, "late.log", 1, late=True)],
        lambda writer: writer.files,
    )


def tail_of_copies(crash):
    """Records of several lines in files that are copied and truncated, followed under all their names."""
    tail_to_buffer(
        crash,
        "*.log*",
        lambda: [CopyingWriter(crash, "one.log", 0), CopyingWriter(crash, "two.log", 1)],
        lambda writer: writer.files,
        *("--multiline", "^[0-9]{7} "),
        numbers_in=numbers_of_records,
    )


def tail_of_buffers(crash):
    """Two buffers and a log into one buffer, each message once, and in order what came from one place."""
    os.mkdir(LOGS)
    feeders = []
    for index in (1, 2):
        crash.run("logbuf", "push", f"source{index}", input=messages([index * SPAN]))
        pusher = crash.start("logbuf", "push", "--rate", "3000", f"source{index}", stdin=subprocess.PIPE)
        feeders.append((pusher, Feeder(pusher, index * SPAN + 1)))
    log = os.path.join(LOGS, "plain.log")
    followed = Followed(crash, ["source1", "buf:source2", log], "--", "logbuf", "push", "q")
    crash.eventually(lambda: os.path.exists("ck"), "no checkpoint was made")
    writer = Writer(crash, "plain.log", 0, careful=True)
    for _ in crash.each_round():
        followed.kill_one()
    for pusher, feeder in feeders:
        feeder.stop()
        crash.finish(pusher)
    writer.stop()
    expected = [crash.numbers("source1"), crash.numbers("source2"), list(writer.all)]
    count = sum(map(len, expected))
    crash.eventually(lambda: messages_in(crash, "q") >= count, f"not all {count} messages are delivered")
    crash.stop(followed.process, ok=(0, -15))
    crash.orphans_end()
    found = crash.numbers("q")
    for numbers in expected:
        wanted = set(numbers)
        wrong = difference(numbers, [number for number in found if number in wanted])
        crash.need(wrong is None, wrong)
    crash.need(len(found) == count, "there are messages that nobody sent")
    crash.saw("messages", count)
    crash.verify("q", "source1", "source2")


def tail_to_stdout(crash):
    """At least once: nothing is lost, and what comes again is what came last."""
    os.mkdir(LOGS)
    followed = Followed(crash, [os.path.join(LOGS, "*.log")], stdout="out")
    crash.eventually(lambda: os.path.exists("ck"), "no checkpoint was made")
    writer = Writer(crash, "prompt.log", 0, careful=True)
    for _ in crash.each_round():
        followed.kill_source()
    before = os.path.getsize("out")
    crash.eventually(lambda: os.path.getsize("out") > before, "nothing is delivered any more")
    writer.stop()
    last = message(writer.next - 1)
    crash.eventually(lambda: last in tail_of_file("out"), "the last message is not delivered")
    crash.stop(followed.process, ok=(0,))
    crash.saw("rotations", writer.rotations)
    with open("out", "rb") as out:
        lines = out.read().split(b"\n")[:-1]
    torn = [line for line in lines if number_of(line) is None]
    crash.need(all(is_torn(line, writer.next) for line in torn), f"nobody wrote {torn[:3]}")
    crash.need(len(torn) <= crash.kills, f"{len(torn)} lines are torn, by {crash.kills} kills")
    found = [number_of(line) for line in lines if number_of(line) is not None]
    wrong, jumps = sent_again(found)
    crash.need(wrong is None, wrong)
    crash.need(set(found) == set(writer.all), difference(list(writer.all), sorted(set(found))))
    crash.saw("messages again", sum(jumps))
    crash.saw("messages", len(writer.all))


def tail_of_file(path):
    with open(path, "rb") as file:
        file.seek(max(0, os.path.getsize(path) - 65536))
        return file.read()

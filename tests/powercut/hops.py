"""Two stores: a hop from buffer to buffer, files followed into a buffer, messages into a file."""

import glob
import json
import os
import subprocess
import sys

from buffers import Numbers, feed
from messages import messages, number_of

PIPE = subprocess.PIPE


def take_all(recording, name, numbers):
    """Waits until a buffer has had all that was sent."""

    def there():
        if not os.path.exists(os.path.join(recording.root, name, "VERSION")):
            return False
        return json.loads(recording.plain("logbuf", "stat", "--json", name))["next_id"] > len(numbers.sent)

    recording.eventually(there, f"{name} does not get all messages")


class Hop:
    """Exactly once from q to out, both cut at the same moment, and resumed to the end."""

    source = ("logbuf", "peek", "-f", "q", "--", "logbuf", "push", "out")

    def record(self, recording):
        random = recording.random
        numbers = Numbers(random)
        recording.begin()
        self.pushed = {}
        self.push(recording, numbers)
        hop = recording.start(*self.source)
        for _ in range(random.randint(2, 6)):
            self.push(recording, numbers)
            if random.random() < 0.3:
                recording.kill(hop)
                hop = recording.start(*self.source)
        take_all(recording, "out", numbers)
        recording.stop(hop)
        self.sent = numbers.sent

    def push(self, recording, numbers):
        pid = recording.run("logbuf", "push", "q", data=messages(numbers.take(recording.random.randint(1, 12))))
        self.pushed[pid] = len(numbers.sent)

    def check(self, state):
        receipted = max([n for pid, n in self.pushed.items() if state.succeeded(pid)] + [0])
        before = state.buffer("out")
        state.prefix(before, self.sent, 0, "out")
        if not state.exists("q"):
            state.need(receipted == 0, f"q is gone, with {receipted} messages that have a receipt")
            state.need(not before, "out has what q has not")
            return
        state.buffer("q")
        head = state.stat("q")["next_id"] - 1
        state.need(head >= receipted, f"q: {receipted} messages have a receipt, {head} are there")
        state.run("logbuf", "peek", "q", "--", "logbuf", "push", "out")
        state.same(self.sent[:head], state.buffer("out"), "out, after the rest was delivered")


class Tail:
    """Logs whose writer has synced what can be read: exactly once into a buffer, through a rotation."""

    kind = "durable"
    command = ("logtail", "-q", "-f", "--checkpoint", "ck", "logs/*.log*", "--", "logbuf", "push", "q")
    rest = tuple(word for word in command if word != "-f")

    def record(self, recording):
        random = recording.random
        numbers = Numbers(random)
        os.mkdir(os.path.join(recording.root, "logs"))
        recording.begin()
        writer = recording.start(sys.executable, os.path.join(os.path.dirname(__file__), "writer.py"), stdin=PIPE, stdout=PIPE)
        self.tell(recording, writer, self.kind, "logs/a.log", messages(numbers.take(2)).hex())
        tail = recording.start(*self.command)
        for turn in range(random.randint(4, 10)):
            text = messages(numbers.take(random.randint(1, 6)))
            half = random.randrange(len(text))
            name = random.choice(("logs/a.log", "logs/b.log"))
            for part in (text[:half], text[half:]):
                if part:
                    self.tell(recording, writer, self.kind, name, part.hex())
            if random.random() < 0.5:
                take_all(recording, "q", numbers)
            if random.random() < 0.2:
                self.tell(recording, writer, "rename", name, f"{name}.{turn}")
            if random.random() < 0.2:
                recording.kill(tail)
                tail = recording.start(*self.command)
        take_all(recording, "q", numbers)
        recording.stop(tail)
        writer.stdin.close()
        recording.finish(writer)

    @staticmethod
    def tell(recording, writer, *words):
        writer.stdin.write(" ".join(words).encode() + b"\n")
        recording.read_until(writer, b"done")
        for name in glob.glob("logs/*", root_dir=recording.root):
            recording.keep_inode(name)

    def check(self, state):
        written = self.files(state)
        state.run(*self.rest, ok=(0,) if written else (66,))
        found = state.buffer("q")
        for name, lines in written.items():
            wanted = [number_of(line) for line in lines]
            state.same(wanted, [number for number in found if number in wanted], f"what came of {name}")
        state.need(len(found) == sum(map(len, written.values())), f"{len(found)} messages came, of {written.keys()}")

    @staticmethod
    def files(state):
        """The whole lines of each file."""
        found = {}
        for name in glob.glob("logs/*", root_dir=state.root):
            with open(state.path(name), "rb") as file:
                found[name] = file.read().split(b"\n")[:-1]
        return found


class TailOfUnsynced(Tail):
    """Logs of which the cut takes what was not synced, and which then grow again: at least once, and whole."""

    kind = "append"

    def check(self, state):
        for at, name in enumerate(self.files(state)):
            with open(state.path(name), "ab") as file:
                file.write(messages(range(1000 * at + 1, 1000 * at + 30)))
        written = self.files(state)
        state.run(*self.rest, ok=(0,) if written else (66,))
        if not state.exists("q"):  # nobody has been given anything
            state.need(not any(written.values()), "nothing was delivered")
            return
        state.run("logbuf", "verify", "q")
        found = {without_nuls(line) for line in state.run("logbuf", "cat", "q").split(b"\n")[:-1]}
        for name, lines in written.items():
            missing = [line for line in lines if number_of(line) is not None and line not in found]
            state.need(not missing, f"{name}: {len(missing)} of {len(lines)} lines did not come: {missing[:2]}")
        known = {without_nuls(line) for lines in written.values() for line in lines}
        foreign = [line for line in found if number_of(line) is None and line not in known]
        state.need(not foreign, f"{len(foreign)} lines that nobody wrote came: {foreign[:2]}")


def without_nuls(line):
    """Where a file has a hole, it is for logtail to say whether it is part of a line."""
    return line.strip(b"\0")


class Send:
    """What logsend has written a receipt for is in the file, line by line, and all of it after the rest was sent again."""

    def record(self, recording):
        numbers = Numbers(recording.random)
        recording.begin()
        for _ in range(2):
            feed(recording, numbers, recording.random.randint(3, 8), "logsend", "-i", "-r", "file:out")
        self.sent = numbers.sent

    def check(self, state):
        receipted = state.receipt("logsend")
        before = self.lines(state)
        state.prefix([number_of(line) for line in before[:receipted]], self.sent, receipted, "out")
        state.run("logsend", "file:out", data=messages(self.sent[receipted:]))
        after = self.lines(state)
        state.same(before[:receipted], after[:receipted], "what had a receipt")
        torn = [line for line in after if number_of(line) is None and line not in before]
        state.need(not torn, f"{len(torn)} lines are torn that were not before: {torn[:2]}")
        missing = set(self.sent) - {number_of(line) for line in after}
        state.need(not missing, f"missing are {sorted(missing)}")

    @staticmethod
    def lines(state):
        if not state.exists("out"):
            return []
        with open(state.path("out"), "rb") as file:
            lines = file.read().split(b"\n")
        return lines[:-1] if lines[-1] == b"" else lines

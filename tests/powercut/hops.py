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


class Follower:
    """A command that goes on until it is stopped, and is killed now and then."""

    def __init__(self, recording, command):
        self.recording, self.command = recording, command
        self.process = recording.start(*command)

    def kill_perhaps(self, chance):
        """Twice, the second time soon after its start."""
        if self.recording.random.random() < chance:
            self.recording.kill(self.process)
            self.recording.run_until_killed(*self.command)
            self.process = self.recording.start(*self.command)

    def end(self, buffer, numbers):
        take_all(self.recording, buffer, numbers)
        self.recording.stop(self.process)


class Hop:
    """Exactly once from q to out, both cut at the same moment, and resumed to the end."""

    source = ("logbuf", "peek", "-f", "q", "--", "logbuf", "push", "out")

    def record(self, recording):
        random = recording.random
        numbers = Numbers(random)
        recording.begin()
        self.pushed = {}
        self.push(recording, numbers)
        hop = Follower(recording, self.source)
        for _ in range(random.randint(2, 6)):
            self.push(recording, numbers)
            hop.kill_perhaps(0.4)
        hop.end("out", numbers)
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


class Rollback(Hop):
    """A source that is put back to what it was earlier, as from a snapshot of its machine: the ids that it gives from then
    on mean something else, and nothing of it may be taken for what out has."""

    rest = ("logbuf", "peek", "q", "--", "logbuf", "push", "out")

    def mix(self, _tree, alive, earlier, _random):
        return {"q": earlier["q"], **{name: node for name, node in alive.items() if name != "q"}} if "q" in earlier else alive

    def check(self, state):
        state.run("logbuf", "push", "q", data=messages(range(1, 40)))
        before = set(state.buffer("q"))
        state.run(*self.rest)
        missing = before - set(state.buffer("out"))
        state.need(not missing, f"{len(missing)} of {len(before)} messages of q did not come to out: {sorted(missing)[:5]}")


class RollbackOfTail(Rollback):
    """The same for logtail, which keeps its place in a checkpoint."""

    source = ("logtail", "-q", "-f", "--checkpoint", "ck", "buf:q", "--", "logbuf", "push", "out")
    rest = tuple(word for word in source if word != "-f")


class Tail:
    """Logs whose writer has synced what can be read: exactly once into a buffer, through a rotation."""

    kind = "durable"
    names = ("logs/a.log", "logs/b.log")
    command = ("logtail", "-q", "-f", "--checkpoint", "ck", "logs/*.log*", "--", "logbuf", "push", "q")
    rest = tuple(word for word in command if word != "-f")

    def record(self, recording):
        random = recording.random
        numbers = Numbers(random)
        os.mkdir(os.path.join(recording.root, "logs"))
        recording.begin()
        writer = recording.start(sys.executable, os.path.join(os.path.dirname(__file__), "writer.py"), stdin=PIPE, stdout=PIPE)
        for name in self.names:
            self.tell(recording, writer, self.kind, name, messages(numbers.take(2)).hex())
        tail = Follower(recording, self.command)
        for turn in range(random.randint(4, 10)):
            text = messages(numbers.take(random.randint(1, 6)))
            half = random.randrange(len(text))
            name = random.choice(self.names)
            for part in (text[:half], text[half:]):
                if part:
                    self.tell(recording, writer, self.kind, name, part.hex())
            if random.random() < 0.5:
                take_all(recording, "q", numbers)
            if random.random() < 0.2:
                self.tell(recording, writer, "rename", name, f"{name}.{turn}")
            tail.kill_perhaps(0.3)
        tail.end("q", numbers)
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
        found = self.delivered(state, written)
        for name, lines in written.items():
            came = [line for line in found if line in lines]
            state.need(came == lines, f"{name} has {len(lines)} lines, of which {len(came)} came")
        count = sum(map(len, written.values()))
        state.need(len(found) == count, f"{len(found)} messages came, and {count} lines were written")

    def delivered(self, state, written):
        """The rest, and all that the buffer has then."""
        state.run(*self.rest, ok=(0,) if written else (66,))
        if not state.exists("q"):
            return []
        state.run("logbuf", "verify", "q")
        return lines_of(state.run("logbuf", "cat", "q"))

    @staticmethod
    def files(state):
        """The whole lines of each file."""
        found = {}
        for name in glob.glob("logs/*", root_dir=state.root):
            with open(state.path(name), "rb") as file:
                found[name] = lines_of(file.read())
        return found


class TailOfUnsynced(Tail):
    """Logs of which the cut takes what was not synced, and which then grow again: at least once, and whole."""

    kind = "append"

    def check(self, state):
        for at, name in enumerate(self.files(state)):
            with open(state.path(name), "ab") as file:
                file.write(messages(range(1000 * at + 1, 1000 * at + 30)))
        written = self.files(state)
        found = set(self.delivered(state, written))
        for name, lines in written.items():
            missing = [line for line in lines if number_of(line) is not None and line not in found]
            state.need(not missing, f"{name}: {len(missing)} of {len(lines)} lines did not come: {missing[:2]}")
        known = {line for lines in written.values() for line in lines}
        foreign = [line for line in found if number_of(line) is None and line not in known]
        state.need(not foreign, f"{len(foreign)} lines that nobody wrote came: {foreign[:2]}")


class TornCheckpoint(Tail):
    """Appends of many sectors to the checkpoint, cut before they are synced."""

    names = tuple(f"logs/{letter * 200}.log" for letter in "abcdefgh")

    @staticmethod
    def moments(entries):
        made = {each.inode for each in entries if each.kind == "create" and each.data.endswith(b"/ck.new")}
        return [each.call for each in entries if each.kind == "sync" and each.inode in made]


def lines_of(text):
    """Whole lines. Where a file has a hole, it is for logtail to say whether its NULs are part of a line."""
    return [line.strip(b"\0") for line in text.split(b"\n")[:-1]]


class Send:
    """What logsend has written a receipt for is in the file, and all of it after the rest was sent again."""

    aim = "file:out"

    def record(self, recording):
        random = recording.random
        numbers = Numbers(random)
        os.mkdir(os.path.join(recording.root, "files"))
        recording.begin()
        self.fed = {}
        for _ in range(random.randint(1, 3)):
            if random.random() < 0.5:
                recording.run_until_killed("logsend", self.aim, data=messages(numbers.take(3)))
            before = len(numbers.sent)
            pid = feed(recording, numbers, random.randint(2, 5), "logsend", "-i", "-r", self.aim)
            self.fed[pid] = (before, len(numbers.sent))
        self.sent = numbers.sent

    def check(self, state):
        receipted = self.receipted(state)
        before = self.lines(state)
        missing = receipted - {number_of(line) for line in before}
        state.need(not missing, f"of {len(receipted)} messages with a receipt {sorted(missing)} are missing")
        state.run("logsend", self.aim, data=messages(number for number in self.sent if number not in receipted))
        after = self.lines(state)
        torn = [line for line in after if number_of(line) is None and line not in before]
        state.need(not torn, f"{len(torn)} lines are torn that were not before: {torn[:2]}")
        found = list(dict.fromkeys(number_of(line) for line in after if number_of(line) is not None))
        state.same(sorted(self.sent), sorted(found), "all that was sent")

    def receipted(self, state):
        """Ids are places in what was sent."""
        found = set()
        for pid, (first, _) in self.fed.items():
            found.update(self.sent[first : state.receipt({pid})])
        return found

    @staticmethod
    def lines(state):
        found = []
        for name in glob.glob("out", root_dir=state.root) + glob.glob("files/*/*/log", root_dir=state.root):
            with open(state.path(name), "rb") as file:
                lines = file.read().split(b"\n")
            found += lines[:-1] if lines[-1] == b"" else lines
        return found


class SendToMany(Send):
    """Each message into a file and directories of its own."""

    aim = "file:files/%{message}/%Y/log"

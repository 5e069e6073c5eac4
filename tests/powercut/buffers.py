"""One buffer: push, acknowledge, compact, salvage."""

import os
import subprocess

from messages import message, messages

PIPE = subprocess.PIPE


class Numbers:
    """Messages to send: mostly short ones, now and then one of 3,000 or 40,000 bytes."""

    def __init__(self, random):
        self.random = random
        self.sent = []
        self.next = random.randrange(1, 1000) * 97 - random.randrange(40)

    def take(self, count):
        taken = list(range(self.next, self.next + count))
        self.next += count
        self.sent += taken
        return taken


def feed(recording, numbers, bursts, *command):
    """Messages under ids that are places in what was sent; waits for most receipts before it sends more."""
    sink = recording.start(*command, stdin=PIPE, stdout=PIPE)
    for _ in range(bursts):
        first = len(numbers.sent) + 1
        burst = numbers.take(recording.random.randint(1, 9))
        sink.stdin.write(b"".join(b"%d\t%s\n" % (first + i, message(n)) for i, n in enumerate(burst)))
        if recording.random.random() < 0.8:
            recording.read_until(sink, b"%d\n" % len(numbers.sent))
    sink.stdin.close()
    recording.finish(sink)
    return sink.pid


class Push:
    """A push with receipts, a second one into the same buffer, and each has more after the cut."""

    options = ()

    def record(self, recording):
        numbers = Numbers(recording.random)
        recording.begin()
        bursts = recording.random.randint(3, 8)
        feed(recording, numbers, bursts, "logbuf", "push", "-i", "-r", "--max-size", "1m", *self.options, "q")
        pid = recording.run("logbuf", "push", "q", data=messages(numbers.take(5)))
        self.sent, self.after = numbers.sent, {pid: len(numbers.sent)}

    def check(self, state):
        receipted = max([state.receipt(state.pids("logbuf", "push"))] + [n for pid, n in self.after.items() if state.succeeded(pid)])
        found = state.buffer("q")
        state.prefix(found, self.sent, receipted, "q")
        goes_on(state, "q", found)


class Compressed(Push):
    """The same with chunks that are compressed, of which the first raises the buffer's format."""

    options = ("--compress", "zstd")


class Killed:
    """A push that comes after killed ones: its receipts hold although the killed process had not synced the name of the
    buffer, or of the compacted file, that the push writes to."""

    def record(self, recording):
        random = recording.random
        numbers = Numbers(random)
        recording.begin()
        self.stored = {}
        for turn in range(random.randint(2, 5)):
            for _ in range(random.randint(1, 3)):
                if turn > 0 and random.random() < 0.6:
                    recording.run_until_killed("logbuf", "compact", "q")
                else:
                    recording.run_until_killed("logbuf", "push", "q", data=messages(numbers.take(2)))
            taken = numbers.take(random.randint(1, 9))
            self.stored[recording.run("logbuf", "push", "q", data=messages(taken))] = taken
        self.sent = numbers.sent

    def check(self, state):
        check_each(state, self.stored, self.sent)


class Crowd:
    """Pushes at once, of which one makes the buffer."""

    def record(self, recording):
        numbers = Numbers(recording.random)
        recording.begin()
        self.stored = {}
        for _ in range(recording.random.randint(1, 3)):
            pushes = {}
            for _ in range(3):
                push = recording.start("logbuf", "push", "q", stdin=PIPE)
                pushes[push] = numbers.take(recording.random.randint(1, 9))
            for push, taken in pushes.items():
                push.stdin.write(messages(taken))
                push.stdin.close()
            for push, taken in pushes.items():
                recording.finish(push)
                self.stored[push.pid] = taken
        self.sent = numbers.sent

    def check(self, state):
        check_each(state, self.stored, self.sent)


def check_each(state, stored, sent):
    """Of each push that has ended all is there, and nothing is there twice or was sent by nobody."""
    found = state.buffer("q")
    for pid, taken in stored.items():
        there = [number for number in found if number in taken]
        state.same(taken if state.succeeded(pid) else taken[: len(there)], there, f"what push {pid} stored")
    state.need(len(found) == len(set(found)) and set(found) <= set(sent), "there is something that nobody sent")
    goes_on(state, "q", found)


class Acknowledge:
    """Small commits of push, peek, ack and rewind in a buffer that uses its pages again and again."""

    def record(self, recording):
        random = recording.random
        numbers = Numbers(random)
        recording.plain("logbuf", "push", "--max-size", "256k", "q", input=messages(numbers.take(5)))
        recording.begin()
        self.pushed, self.acknowledged, self.asked, self.added = {0: 5}, {0: 0}, {}, {}
        handed_out = acknowledged = 0
        for _ in range(random.randint(4, 8)):
            pid = recording.run("logbuf", "push", "q", data=messages(numbers.take(random.randint(1, 8))))
            self.pushed[pid] = len(numbers.sent)
            count = random.randint(1, len(numbers.sent) - handed_out)
            recording.run("logbuf", "peek", "-n", str(count), "q")
            handed_out += count
            acknowledged = random.randint(acknowledged + 1, handed_out)
            ack = random.choice((self.by_receipt, self.by_option, self.by_range))
            pid = ack(recording, acknowledged)
            self.acknowledged[pid] = self.asked[pid] = acknowledged
            name = f"other{pid}"
            self.added[recording.run("logbuf", "consumer", "add", "--start", "newest", "q", name)] = name
        self.sent = numbers.sent

    @staticmethod
    def by_receipt(recording, number):
        """A receipt stands for what the same peek handed out, so each of them is said."""
        return recording.run("logbuf", "ack", "--each", "q", data=b"".join(b"%d\n" % n for n in range(1, number + 1)))

    @staticmethod
    def by_option(recording, number):
        return recording.run("logbuf", "ack", "--upto", str(number), "q")

    @staticmethod
    def by_range(recording, number):
        return recording.run("logbuf", "ack", "q", f"1-{number}")

    def check(self, state):
        started = state.pids()
        head = max(n for pid, n in self.pushed.items() if pid == 0 or state.succeeded(pid))
        least = max(n for pid, n in self.acknowledged.items() if pid == 0 or state.succeeded(pid))
        most = max([n for pid, n in self.asked.items() if pid in started] + [0])
        state.need(state.exists("q"), "q is gone")
        state.buffer("q")
        state.run("logbuf", "rewind", "q")
        offered = [state.whole(line, "peek") for line in state.run("logbuf", "peek", "q").split(b"\n")[:-1]]
        newest = state.stat("q")["next_id"] - 1
        state.need(newest >= head, f"{head} messages have a receipt, {newest} are there")
        floor = newest - len(offered)
        state.same(self.sent[floor:newest], offered, "what is offered")
        state.need(floor >= least, f"{least} messages were acknowledged, and only {floor} are")
        state.need(floor <= most, f"{floor} messages are acknowledged, of which {most} were asked for")
        consumers = {line.split(b"\t")[0].decode() for line in state.run("logbuf", "consumer", "ls", "q").splitlines()}
        for pid, name in self.added.items():
            state.need(name in consumers or not state.succeeded(pid), f"consumer {name} is gone")
        goes_on(state, "q")


class Compact:
    """A buffer with free pages, compacted, and used again."""

    def record(self, recording):
        random = recording.random
        numbers = Numbers(random)
        for _ in range(4):
            recording.plain("logbuf", "push", "--retain-size", "8k", "q", input=messages(numbers.take(40)))
            recording.plain("logbuf", "pop", "-n", "35", "q")
        stored = recording.plain("logbuf", "cat", "-i", "q")
        self.first = int(stored.split(b"\t", 1)[0])
        self.sent = numbers.sent
        recording.begin()
        recording.run("logbuf", "compact", "q")
        self.before = len(self.sent)
        self.pid = recording.run("logbuf", "push", "q", data=messages(numbers.take(3)))
        recording.run("logbuf", "compact", "q")

    def check(self, state):
        receipted = len(self.sent) if state.succeeded(self.pid) else self.before
        state.need(state.exists("q"), "q is gone")
        found = state.buffer("q")
        sent = self.sent[self.first - 1 :]
        state.prefix(found, sent, receipted - (self.first - 1), "q")
        state.run("logbuf", "compact", "q")
        state.same(found, state.buffer("q"), "after another compact")
        goes_on(state, "q", found)


class Salvage:
    """A buffer whose tree is damaged, and what is found of it."""

    def record(self, recording):
        numbers = Numbers(recording.random)
        recording.plain("logbuf", "push", "q", input=messages(numbers.take(1)))
        for _ in range(recording.random.randint(3, 8)):
            recording.plain("logbuf", "push", "q", input=messages(numbers.take(recording.random.randint(1, 20))))
        with open(os.path.join(recording.root, "q", "data.mdb"), "r+b") as data:
            data.write(bytes(8192))  # both meta pages
        self.sent = numbers.sent
        recording.begin()
        self.pid = recording.run("logbuf", "salvage", "q", "new")

    def check(self, state):
        found = state.buffer("new")
        state.prefix(found, self.sent, len(self.sent) if state.succeeded(self.pid) else 0, "new")
        state.run("logbuf", "salvage", "q", "again")
        state.same(self.sent, state.buffer("again"), "after another salvage")
        goes_on(state, "new", found)


def goes_on(state, name, found=None):
    """It takes more, and is sound with it."""
    state.run("logbuf", "push", name, data=message(7) + b"\n")
    now = state.buffer(name)
    state.need(now[-1:] == [7], f"{name} does not hold what was pushed last")
    if found is not None:
        state.same(found, now[:-1], f"{name} after a push")

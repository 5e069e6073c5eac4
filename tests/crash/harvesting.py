"""Kills of logtail --harvest and its sink, while files are uploaded in every way."""

import gzip
import os
import random
import threading

from messages import difference, messages
from tailing import messages_in

UPLOADS = "uploads"
STAGE = "stage"  # on the same file system
SPAN = 1000000  # numbers of one uploader
KEPT = "moved"


class Uploader(threading.Thread):
    """Uploads file after file, until stop() is called."""

    def __init__(self, crash, index):
        super().__init__(daemon=True)
        self.random = random.Random(crash.random.random())
        self.index, self.files = index, 0
        self.first = self.next = index * SPAN + 1
        self.complete = {}  # paths, and the numbers in them
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.start()

    def run(self):
        ways = (self.by_cp, self.by_mv, self.by_scp, self.by_sftp, self.by_gzip, self.empty)
        while not self.stopping.is_set():
            self.files += 1
            self.random.choice(ways)(f"{self.index}-{self.files}.log")
            self.stopping.wait(self.random.uniform(0, 0.02))

    def some(self):
        numbers = range(self.next, self.next + self.random.randint(1, 300))
        self.next = numbers.stop
        return numbers

    def done(self, name, numbers):
        with self.lock:
            self.complete[os.path.join(UPLOADS, name)] = numbers

    def write(self, path, data, pieces, pause):
        with open(path, "wb", buffering=0) as file:
            size = len(data) // pieces + 1
            for at in range(0, len(data), size):
                file.write(data[at : at + size])
                self.stopping.wait(self.random.uniform(0, pause))

    def upload(self, name, pieces, pause, via=None, pack=bytes):
        """Writes the next numbers to a file, which has the name `via` until it is whole, if that is given."""
        numbers = self.some()
        path = os.path.join(UPLOADS, name)
        self.write(via or path, pack(messages(numbers)), pieces, pause)
        if via:
            os.rename(via, path)
        self.done(name, numbers)

    def by_cp(self, name):
        self.upload(name, 3, 0)

    def by_mv(self, name):
        self.upload(name, 1, 0, via=os.path.join(STAGE, name))

    def by_scp(self, name):
        """It stands still for longer than --settle, and is open all the time."""
        self.upload(name, 4, 0.3)

    def by_sftp(self, name):
        self.upload(name, 3, 0.05, via=os.path.join(UPLOADS, name + ".filepart"))

    def by_gzip(self, name):
        self.upload(name + ".gz", 2, 0.01, pack=gzip.compress)

    def empty(self, name):
        self.write(os.path.join(UPLOADS, name), b"", 1, 0)
        self.done(name, range(0))

    def stop(self):
        self.stopping.set()
        self.join()

    def gone(self):
        """What was uploaded and has no name any more."""
        with self.lock:
            complete = dict(self.complete)
        there = set(os.listdir(UPLOADS))
        return [numbers for path, numbers in complete.items() if os.path.basename(path) not in there]


class Harvested:
    """logtail --harvest; started again when it was killed."""

    def __init__(self, crash, after):
        self.crash, self.gone = crash, 0
        self.words = ("logtail", "-f", "--harvest", "--after", after, "--settle", "100ms", "--checkpoint", "ck", UPLOADS)
        self.begin()

    def begin(self):
        self.process = self.crash.start(*self.words, "--", "logbuf", "push", "q")

    def kill_one(self, uploaders):
        sink = self.crash.child_of(self.process) if self.crash.random.random() < 0.5 else None
        self.crash.pause(120)
        victims = self.crash.random.choice(([sink], [self.process.pid], [sink, self.process.pid]))
        for pid in victims:
            if pid:
                self.crash.kill(pid)
        if self.process.pid not in victims:
            return
        self.process.wait()
        self.need_all_of_gone(uploaders)
        self.begin()

    def need_all_of_gone(self, uploaders):
        """What is taken away is in the buffer."""
        gone = [numbers for uploader in uploaders for numbers in uploader.gone()]
        self.gone = max(self.gone, len(gone))
        if not any(gone):
            return
        found = set(self.crash.numbers("q"))
        for numbers in gone:
            self.crash.need(found.issuperset(numbers), f"{numbers} was taken away too early")


def harvest(crash, after):
    for directory in (UPLOADS, STAGE, KEPT):
        os.mkdir(directory)
    harvested = Harvested(crash, after)
    crash.eventually(lambda: os.path.exists("ck"), "no checkpoint was made")
    uploaders = [Uploader(crash, index) for index in (0, 1, 2)]
    for _ in crash.each_round():
        harvested.kill_one(uploaders)
    for uploader in uploaders:
        uploader.stop()
    count = sum(uploader.next - uploader.first for uploader in uploaders)
    crash.eventually(lambda: messages_in(crash, "q") >= count, f"not all {count} messages are delivered")
    crash.eventually(lambda: not os.listdir(UPLOADS), "some files are not taken away")
    crash.stop(harvested.process, ok=(0,))
    crash.orphans_end()
    found = crash.numbers("q")
    for uploader in uploaders:
        for path, numbers in uploader.complete.items():
            wrong = difference(list(numbers), [number for number in found if number in numbers])
            crash.need(wrong is None, f"{path}: {wrong}")
    crash.need(len(found) == count, "there are messages that nobody uploaded")
    crash.need(after == "delete" or len(os.listdir(KEPT)) == sum(len(each.complete) for each in uploaders), "a file is lost")
    crash.saw("files", sum(uploader.files for uploader in uploaders))
    crash.saw("files gone before the last kill", harvested.gone)
    crash.saw("messages", count)
    crash.verify("q")


def harvest_deleted(crash):
    harvest(crash, "delete")


def harvest_moved(crash):
    harvest(crash, f"move:{KEPT}")


SCENARIOS = ((harvest_deleted, 40), (harvest_moved, 40))

"""Commands that run under the recorder (recorder.c), and what it wrote down."""

import collections
import copy
import fcntl
import os
import select
import signal
import subprocess
import time

from disk import Disk, everything

DEADLINE = 60  # seconds, for whatever should happen by itself

Entry = collections.namedtuple("Entry", "call kind pid inode first second data")


class Broken(Exception):
    """The test itself does not work here."""


class Recording:
    """In the folder `work`: the tools work in work/disk."""

    def __init__(self, work, recorder, random, ignored=None):
        self.work, self.random = work, random
        self.root = os.path.join(work, "disk")
        self.path = os.path.join(work, "record")
        self.recorder = recorder
        self.ignored = ignored
        self.lasting = {}  # inode -> a name of it outside of the disk
        self.running = []
        self.errors = open(os.path.join(work, "stderr"), "ab")
        os.mkdir(self.root)

    def plain(self, *command, **how):
        """Not recorded: what was there before, or only looks. Its stdout."""
        how.setdefault("stdin", None if "input" in how else subprocess.DEVNULL)
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=self.errors, cwd=self.root, timeout=DEADLINE, check=False, **how
        )
        if done.returncode != 0:
            raise Broken(f"'{' '.join(command)}' ended with status {done.returncode} while recording")
        return done.stdout

    def begin(self):
        """From here on. What is there is on the disk."""
        self.disk = Disk(self.root, self.ignored)

    def start(self, *command, calls=None, **how):
        """`calls`: it is killed after so many."""
        for stream in ("stdin", "stdout"):
            how.setdefault(stream, subprocess.DEVNULL)
        environment = dict(
            os.environ, LD_PRELOAD=self.recorder, POWERCUT_RECORD=self.path, POWERCUT_ROOT=self.root
        )
        asan = environment.get("ASAN_OPTIONS", "")
        environment["ASAN_OPTIONS"] = f"{asan}:verify_asan_link_order=0"
        if calls is not None:
            environment["POWERCUT_KILL_AFTER"] = str(calls)
        process = subprocess.Popen(command, bufsize=0, stderr=self.errors, cwd=self.root, env=environment, **how)
        self.running.append(process)
        return process

    def run(self, *command, data=None):
        """To its end. Its pid."""
        process = self.start(*command, stdin=subprocess.PIPE if data is not None else subprocess.DEVNULL)
        if data is not None:
            process.communicate(data, timeout=DEADLINE)
        self.finish(process)
        return process.pid

    def run_until_killed(self, *command, data=None):
        """After a few calls, it or what it has started. Or to its end, should that come first."""
        process = self.start(*command, calls=self.random.randrange(80), stdin=subprocess.PIPE)
        try:
            process.communicate(data, timeout=0.5)  # a source starts its sink again, which is killed again
        except subprocess.TimeoutExpired:
            self.kill(process)

    def finish(self, process, ok=(0,)):
        status = process.wait(timeout=DEADLINE)
        if status not in ok:
            raise Broken(f"'{' '.join(process.args)}' ended with status {status} while recording")

    def stop(self, process):
        self.signal(process, signal.SIGTERM)
        self.finish(process, ok=(0, -15))  # it may not have come to its signal handlers yet

    def kill(self, process):
        self.signal(process, signal.SIGKILL)
        process.wait()

    def signal(self, process, number):
        """Under the record's lock, so that nobody dies between a call and its entry."""
        with open(self.path, "ab") as record:
            fcntl.lockf(record, fcntl.LOCK_EX)
            process.send_signal(number)

    def kill_all(self):
        for process in self.running:
            if process.poll() is None:
                self.kill(process)

    def eventually(self, condition, otherwise):
        end = time.monotonic() + DEADLINE
        while not condition():
            if time.monotonic() > end:
                raise Broken(otherwise)
            time.sleep(0.005)

    def read_until(self, process, wanted):
        """What a process says, up to a line."""
        while wanted not in (line := self.read_line(process)):
            if not line:
                raise Broken(f"'{' '.join(process.args)}' ended before it said {wanted!r}")

    @staticmethod
    def read_line(process):
        if not select.select([process.stdout], [], [], DEADLINE)[0]:
            raise Broken(f"'{' '.join(process.args)}' says nothing")
        return process.stdout.readline()

    def keep_inode(self, name):
        """This file is to have the same inode in each state, since its reader knows it by that."""
        path = os.path.join(self.root, name)
        inode = os.stat(path).st_ino
        if inode not in self.lasting:
            self.lasting[inode] = os.path.join(self.work, f"inode-{inode}")
            os.link(path, self.lasting[inode])

    def end(self):
        """All entries. Nothing was overlooked: carried out one after the other they give what is there."""
        self.kill_all()
        entries = read_record(self.path)
        disk = copy.deepcopy(self.disk)
        for entry in entries:
            disk.apply(entry)
        difference = first_difference(disk.tree(everything), self.root)
        if difference:
            raise Broken(f"the recorder has overlooked something: {difference}")
        return entries


def first_difference(tree, path):
    if not os.path.isdir(path) or sorted(tree) != sorted(os.listdir(path)):
        return f"{path} holds {sorted(os.listdir(path))}, not {sorted(tree)}"
    for name, there in tree.items():
        inner = os.path.join(path, name)
        if isinstance(there, dict):
            if wrong := first_difference(there, inner):
                return wrong
        elif name != "lock.mdb":  # stores through its mapping are seen only at the next call
            with open(inner, "rb") as file:
                if file.read() != there[1]:
                    return f"{inner} holds something else"
    return None


def read_record(path):
    entries = []
    with open(path, "rb") as record:
        while line := record.readline():
            kind, *numbers = line.split()
            pid, inode, first, second, length = map(int, numbers)
            entries.append(Entry(len(entries), kind.decode(), pid, inode, first, second, record.read(length)))
    return entries

"""Processes that die at random instants.

A scenario gets one Crash. Its processes are children of this process, also those whose parents were killed (it is a
subreaper), so that it can wait for every one of them before it counts.
"""

import collections
import ctypes
import fcntl
import json
import os
import random
import select
import signal
import subprocess
import sys
import threading
import time

from messages import message, number_of

DEADLINE = 30  # seconds, for whatever should happen by itself
PR_SET_CHILD_SUBREAPER = 36


class Lost(Exception):
    """A promise was broken."""


class Crash:
    def __init__(self, name, seed, rounds):
        self.name, self.seed, self.rounds = name, seed, rounds
        self.random = random.Random(f"{seed} {name}")
        self.round = 0
        self.kills = 0
        self.seen = collections.Counter()
        self.errors = open("stderr", "ab+")
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)

    def each_round(self):
        for self.round in range(1, self.rounds + 1):
            yield self.round

    def saw(self, what, count=1):
        """For the closing line: did the kills hit where they should?"""
        self.seen[what] += count

    def fail(self, why):
        raise Lost(why)

    def need(self, true, why):
        if not true:
            self.fail(why)

    # ---- starting

    def start(self, *command, **how):
        for stream in ("stdin", "stdout"):
            how.setdefault(stream, subprocess.DEVNULL)
        return subprocess.Popen(command, bufsize=0, stderr=self.errors, **how)

    def run(self, *command, ok=(0,), **how):
        """To its end; its stdout."""
        how.setdefault("input", b"")
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=self.errors, timeout=DEADLINE, check=False, **how)
        except subprocess.TimeoutExpired:
            self.fail(f"'{' '.join(command)}' does not end")
        self.need(done.returncode in ok, f"'{' '.join(command)}' ended with status {done.returncode}, not {ok}")
        return done.stdout

    # ---- killing

    def pause(self, milliseconds):
        """Until the next random instant."""
        time.sleep(self.random.uniform(0, milliseconds) / 1000)

    def kill(self, pid, number=signal.SIGKILL):
        """Counts only what was alive."""
        try:
            process = os.pidfd_open(pid)
        except ProcessLookupError:
            return False
        try:
            if is_zombie(pid):
                return False
            signal.pidfd_send_signal(process, number)
            if number == signal.SIGKILL:
                select.select([process], [], [], DEADLINE)  # dying takes a moment
        except ProcessLookupError:
            return False
        finally:
            os.close(process)
        self.kills += number == signal.SIGKILL
        return True

    def kill_at_random(self, process, milliseconds):
        self.pause(milliseconds)
        self.kill(process.pid)
        return process.wait()

    def child_of(self, process):
        """The pid of a hop's sink; None when its source has ended."""
        found = []

        def there():
            found[:] = [pid for pid in children_of(process.pid) if not is_zombie(pid)]
            return found or process.poll() is not None

        self.eventually(there, "no sink was started")
        return found[0] if found else None

    # ---- waiting

    def eventually(self, condition, otherwise, within=DEADLINE):
        end = time.monotonic() + within
        while not condition():
            if time.monotonic() > end:
                self.fail(f"{otherwise} within {within} s")
            time.sleep(0.002)

    def finish(self, process, ok=(0,)):
        self.output_of(process, ok)

    def output_of(self, process, ok=(0,)):
        """Waits for its end; what it wrote, where that goes to a pipe."""
        if process.stdin and process.stdin.closed:
            process.stdin = None  # communicate() would flush it
        try:
            written = process.communicate(timeout=DEADLINE)[0]
        except subprocess.TimeoutExpired:
            self.fail(f"'{' '.join(process.args)}' does not end")
        status = process.returncode
        self.need(status in ok, f"'{' '.join(process.args)}' ended with status {status}, not {ok}")
        return written

    def stop(self, process, ok=(0, 75)):
        self.terminate(process, ok)
        self.finish(process, ok)

    def terminate(self, process, ok=(0, 75)):
        """SIGTERM, once there is a handler for it: a process that was started a moment ago would die of it."""
        if -signal.SIGTERM not in ok:
            self.eventually(lambda: process.poll() is not None or handles(process.pid, signal.SIGTERM), "SIGTERM is not handled")
        process.terminate()

    def orphans_end(self):
        """Waits for those whose parents were killed: they may still be writing."""

        def none_left():
            for pid in children_of(os.getpid()):
                try:
                    os.waitpid(pid, os.WNOHANG)
                except ChildProcessError:
                    pass
            return not children_of(os.getpid())

        self.eventually(none_left, "a process whose parent was killed does not end")

    def kill_all(self):
        """At the end of a scenario, however it ended."""
        while pids := descendants_of(os.getpid()):
            for pid in pids:
                try:
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
                except (ProcessLookupError, ChildProcessError):
                    pass

    # ---- looking at buffers

    def numbers(self, buffer, *options):
        """Of the messages that a buffer holds, which are all whole."""
        return self.whole(self.run("logbuf", "cat", *options, buffer), f"buffer {buffer}")

    def whole(self, text, where):
        self.need(text == b"" or text.endswith(b"\n"), f"the last line of {where} has no end")
        found = []
        for line in text.split(b"\n")[:-1]:
            number = number_of(line)
            self.need(number is not None, f"{where} holds what nobody sent: {line[:80]!r} ({len(line)} bytes)")
            found.append(number)
        return found

    def consumer(self, buffer, name="default"):
        """Ready, backlog."""
        for line in self.run("logbuf", "consumer", "ls", buffer).decode().splitlines():
            fields = line.split("\t")
            if fields[0] == name:
                return int(fields[1]), int(fields[2])
        return self.fail(f"buffer {buffer} has no consumer {name}")

    def is_drained(self, buffer):
        return self.consumer(buffer) == (0, 0)

    def verify(self, *buffers):
        for buffer in buffers:
            said = self.run("logbuf", "verify", buffer).decode()
            self.need(said.endswith("all sound\n"), said)

    def compressed(self, *buffers):
        for buffer in buffers:
            state = json.loads(self.run("logbuf", "stat", "--json", buffer))
            self.need(state["plain_bytes"] > state["bytes"], f"buffer {buffer} has no compressed chunk")

    def no_sanitizer_report(self):
        self.errors.seek(0)
        text = self.errors.read()
        self.need(b"Sanitizer" not in text and b"runtime error" not in text, "a sanitizer has reported something")


class Feeder(threading.Thread):
    """Writes the messages from `first` on, `most` of them, to a process, until it dies or stop() is called.

    The pipe is as small as it can be, so that the process makes many small commits of what it gets.
    """

    def __init__(self, process, first, ids=False, most=10**9):
        super().__init__(daemon=True)
        self.process, self.ids = process, ids
        self.next, self.end = first, first + most
        self.stopping = threading.Event()
        fcntl.fcntl(process.stdin, fcntl.F_SETPIPE_SZ, 4096)
        self.start()

    def run(self):
        with self.process.stdin as pipe:
            try:
                while not self.stopping.is_set() and self.next < self.end:
                    line = message(self.next) + b"\n"
                    self.next += 1
                    write_all(pipe, b"%d\t" % (self.next - 1) + line if self.ids else line)
                self.stopping.wait()
            except BrokenPipeError:
                pass

    def stop(self):
        self.stopping.set()
        self.join()


def write_all(pipe, data):
    """A write to a pipe may end early where something interrupts it."""
    while data:
        data = data[pipe.write(data) :]


def state_of(pid):
    """Its state and its parent, from /proc/PID/stat; None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
        return fields[0], int(fields[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


def is_zombie(pid):
    state = state_of(pid)
    return state is None or state[0] in "ZX"


def children_of(pid):
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                found += [int(child) for child in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found


def descendants_of(pid):
    return [each for child in children_of(pid) for each in (child, *descendants_of(child))]


def summary(crash, seconds):
    seen = "".join(f", {count} {what}" for what, count in crash.seen.items())
    return f"{crash.name}: {crash.kills} kills{seen}, {seconds:.1f} s, seed {crash.seed}"


def report(crash, why):
    """What a developer needs to see it again."""
    crash.errors.flush()
    with open("stderr", "rb") as file:
        said = file.read()[-3000:].decode(errors="replace")
    print(
        f"{crash.name}: {why}\n  round {crash.round} of {crash.rounds}, after {crash.kills} kills; "
        f"again with LOGPIPE_SEED={crash.seed} CRASH_ROUNDS={crash.rounds}\n  stderr ended with:\n{said}",
        file=sys.stderr,
    )


def handles(pid, number):
    """Whether it has a handler for this signal; else it might die of it."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            caught = next(line for line in file if line.startswith("SigCgt:"))
    except (FileNotFoundError, ProcessLookupError):
        return False
    return int(caught.split()[1], 16) & 1 << (number - 1)

"""Kills in chains of hops with logcat in the middle. What it leaves out and rewrites is there exactly once, in order."""

import os
import select
import signal

from filtering import kept
from harness import children_of, is_zombie
from hops import FedHop, check_at_least_once, start_receiver
from messages import difference, messages, number_of
from tailing import Followed, Writer, LOGS, messages_in

WHERE = ("--where", "message !~ ^[0-9]*[37]\\s")
MARK = b"kept "
REWRITE = (*WHERE, "--set", "appname=kept", "--format", "%{appname} %{message}")


def chain_of(process):
    """The pids from the source of the first hop to the sink of the last, as far as they run."""
    pids = [process.pid] if process.poll() is None else []
    while pids and (children := [pid for pid in children_of(pids[-1]) if not is_zombie(pid)]):
        pids.append(children[0])
    return pids


def kill_at_once(crash, pids):
    """No one of them sees another die before it is told to die itself."""
    processes = []
    for pid in pids:
        try:
            processes.append(os.pidfd_open(pid))
        except ProcessLookupError:
            pass
    for process in processes:
        try:
            signal.pidfd_send_signal(process, signal.SIGKILL)
            crash.kills += 1
        except ProcessLookupError:
            pass
    for process in processes:
        select.select([process], [], [], 30)
        os.close(process)


class Chain(FedHop):
    """`logbuf peek -f q -- logcat ... -- logcat ... -- SINK`, with so many processes."""

    def __init__(self, crash, length, *sink):
        self.length = length
        super().__init__(crash, *sink)

    def whole(self):
        found = []

        def there():
            found[:] = chain_of(self.hop)
            return len(found) == self.length

        self.crash.eventually(there, "the chain does not get whole")
        return found

    def kill_some(self):
        """One, or several in one instant; mostly when all of it is there."""
        pids = self.whole() if self.crash.random.random() < 0.8 else chain_of(self.hop)
        self.crash.pause(60)
        count = self.crash.random.choice((1, 1, 1, 2, len(pids)))
        before = self.crash.kills
        kill_at_once(self.crash, self.crash.random.sample(pids, min(count, len(pids))))
        self.crash.saw("in the chain", self.crash.kills - before)
        if not is_zombie(self.hop.pid):
            return
        self.hop.wait()
        self.start_hop()

    def kill_one(self):
        self.crash.random.choice((self.kill_some, self.kill_some, self.kill_some, self.kill_push))()


def numbers_of_marked(crash, buffer):
    found = []
    for line in crash.run("logbuf", "cat", buffer).split(b"\n")[:-1]:
        number = number_of(line.removeprefix(MARK)) if line.startswith(MARK) else None
        crash.need(number is not None, f"nobody wrote {line[:80]!r}")
        found.append(number)
    return found


def check_exactly_once(crash, expected, found):
    wrong = difference(kept(expected), found)
    crash.need(wrong is None, wrong)
    crash.saw("messages", len(expected))


def buffer_to_buffer(crash, length, *sink):
    chain = Chain(crash, length, *sink)
    for _ in crash.each_round():
        chain.kill_one()
    expected = chain.end()
    crash.orphans_end()
    check_exactly_once(crash, expected, numbers_of_marked(crash, "p"))
    crash.verify("q", "p")


def middle_of_buffers(crash):
    """Exactly once, in order, with what the rules make of each message, whoever dies."""
    buffer_to_buffer(crash, 3, "logcat", *REWRITE, "--", "logbuf", "push", "p")


def middle_of_three(crash):
    """Small windows, of which each is full now and then; and one with threads."""
    small = ("--window-messages", "50")
    middle = ("logcat", *small, *WHERE, "--", "logcat", *small, "--", "logcat", "--threads", "2", *REWRITE, "--")
    buffer_to_buffer(crash, 5, *middle, "logbuf", "push", "p")


def middle_of_silence(crash):
    """Nothing goes downstream, and all is acknowledged nevertheless."""
    chain = Chain(crash, 3, "logcat", "--where", "message == nothing", "--", "logbuf", "push", "p")
    for _ in crash.each_round():
        chain.kill_one()
    expected = chain.end()
    crash.orphans_end()
    crash.need(crash.numbers("p") == [], "something was delivered")
    crash.saw("messages", len(expected))
    crash.verify("q", "p")


# Two hosts, whose messages stand among each other; of each, five become one.
MERGE = (
    "--rule",
    'if message ~ "^[0-9]*[02468] " { [hostname] := "even" } else { [hostname] := "odd" } '
    'merge_by_format("^[0-9]{6}[01] ", queue_max_age="300ms")',
    *("--format", "%{message}"),
)


def merging_of_buffers(crash):
    """At least once: every message is in some event, whole, and whoever is killed."""
    chain = Chain(crash, 3, "logcat", *MERGE, "--", "logbuf", "push", "p")
    for _ in crash.each_round():
        chain.kill_one()
    expected = chain.end()
    crash.orphans_end()
    events = crash.run("logbuf", "cat", "-0", "p").split(b"\0")[:-1]
    found = []
    for line in b"\n".join(events).split(b"\n"):
        number = number_of(line)
        crash.need(number is not None, f"nobody wrote {line[:80]!r}")
        found.append(number)
    wrong = difference(expected, sorted(set(found)))
    crash.need(wrong is None, wrong)
    crash.need(len(events) < len(found) / 2, f"{len(found)} messages are in {len(events)} events")
    crash.saw("messages", len(expected))
    crash.saw("messages again", len(found) - len(expected))
    crash.verify("q", "p")


class FollowedChain(Followed):
    def kill_some(self):
        self.crash.pause(60)
        pids = chain_of(self.process)
        kill_at_once(self.crash, self.crash.random.sample(pids, min(self.crash.random.choice((1, 1, 2)), len(pids))))
        if is_zombie(self.process.pid):
            self.process.wait()
            self.begin()


def middle_of_logs(crash):
    """Exactly once from files into a buffer too."""
    os.mkdir(LOGS)
    chain = ("--", "logcat", *REWRITE, "--", "logbuf", "push", "p")
    followed = FollowedChain(crash, [os.path.join(LOGS, "*.log")], *chain)
    crash.eventually(lambda: os.path.exists("ck"), "no checkpoint was made")
    writer = Writer(crash, "prompt.log", 0, careful=True, most=10)
    for _ in crash.each_round():
        followed.kill_some()
    writer.stop()
    count = len(kept(writer.all))
    crash.eventually(lambda: messages_in(crash, "p") >= count, "the rest is not delivered")
    crash.stop(followed.process, ok=(0,))
    crash.orphans_end()
    check_exactly_once(crash, writer.all, numbers_of_marked(crash, "p"))
    crash.verify("p")


def middle_of_relp(crash):
    """At least once: a RELP client gets its answer when the end of the chain has the message."""
    middle = ("logcat", "--", "logcat", *WHERE, "--", "logbuf", "push", "p")
    receiver, port = start_receiver(crash, *middle, scheme="relp")
    hop = FedHop(crash, "logsend", f"relp://127.0.0.1:{port}")
    for _ in crash.each_round():
        if crash.random.random() < 0.3:
            hop.kill_one()
            continue
        crash.pause(60)
        pids = chain_of(receiver)
        if crash.random.random() < 0.7:  # else the client has to connect again
            pids = pids[1:]
        kill_at_once(crash, crash.random.sample(pids, min(crash.random.choice((1, 1, 2)), len(pids))))
        if is_zombie(receiver.pid):
            receiver.wait()
            receiver = crash.start("logcat", f"relp://127.0.0.1:{port}", "--", *middle)
    expected = hop.end()
    crash.stop(receiver)
    crash.orphans_end()
    check_at_least_once(crash, kept(expected), crash.run("logbuf", "cat", "p"), torn_allowed=False)
    crash.verify("q", "p")


SCENARIOS = (
    (middle_of_buffers, 75),
    (middle_of_three, 60),
    (middle_of_silence, 30),
    (middle_of_logs, 60),
    (middle_of_relp, 50),
    (merging_of_buffers, 80),
)

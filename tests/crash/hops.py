"""Kills of sources and sinks that are joined: hops, and the classical pipe of three.

A second consumer, `keeper`, never acknowledges anything, so that buffer q can say at the end what it was given.
"""

import os
import signal
import subprocess

from harness import Feeder
from messages import difference, is_torn, messages, number_of, sent_again

PIPE = subprocess.PIPE


class FedHop:
    """`logbuf peek -f q -- SINK` and a push that feeds q; both are started again when they were killed."""

    def __init__(self, crash, *sink):
        self.crash, self.sink = crash, sink
        crash.run("logbuf", "push", "q", input=messages([1]))
        crash.run("logbuf", "consumer", "add", "q", "keeper")
        self.next = 2
        self.start_hop()
        self.start_push()

    def start_hop(self):
        self.hop = self.crash.start("logbuf", "peek", "-f", "q", "--", *self.sink)

    def start_push(self):
        self.pusher = self.crash.start("logbuf", "push", "q", stdin=PIPE)
        self.feeder = Feeder(self.pusher, self.next)

    def kill_one(self, *others):
        """The source, its sink, both, the pusher, or one of `others`: functions that kill something else."""
        self.crash.random.choice((self.kill_source, self.kill_sink, self.kill_both, self.kill_push, *others))()

    def kill_source(self):
        self.crash.kill_at_random(self.hop, 60)
        self.start_hop()

    def kill_sink(self):
        sink = self.crash.child_of(self.hop)
        self.crash.pause(60)
        self.crash.kill(sink)

    def kill_both(self):
        sink = self.crash.child_of(self.hop)
        self.crash.pause(60)
        for pid in self.crash.random.sample((sink, self.hop.pid), 2):
            self.crash.kill(pid)
        self.hop.wait()
        self.start_hop()

    def kill_push(self):
        self.crash.kill_at_random(self.pusher, 60)
        self.feeder.stop()
        self.next = self.feeder.next
        self.start_push()

    def end(self):
        """Delivers the rest. Returns what q was given, in order."""
        self.feeder.stop()
        self.crash.finish(self.pusher)
        self.crash.eventually(lambda: self.crash.is_drained("q"), "the rest is not delivered")
        self.crash.stop(self.hop)
        return self.crash.numbers("q")


def buffer_to_buffer(crash):
    """Exactly once, in order, whoever dies."""
    hop = FedHop(crash, "logbuf", "push", "p")
    for _ in crash.each_round():
        hop.kill_one()
    exactly_once(crash, hop)


def exactly_once(crash, hop):
    """Ends the hop from q to p, in which nothing is missing then, nor twice."""
    expected = hop.end()
    crash.orphans_end()
    wrong = difference(expected, crash.numbers("p"))
    crash.need(wrong is None, wrong)
    crash.verify("q", "p")


def compressed_to_compressed(crash):
    """The same, where both buffers compress, and the second one not always."""
    crash.run("logbuf", "push", "--compress", "zstd", "q")
    hop = FedHop(crash, "logbuf", "push", "p")
    for turn in crash.each_round():
        crash.run("logbuf", "push", "--compress", "none" if turn % 3 == 0 else "zstd", "p")
        hop.kill_one()
    exactly_once(crash, hop)
    crash.compressed("q", "p")


def file_to_buffer(crash):
    """At least once: logcat starts its sink again and sends the whole window again, and nothing else.

    What is checked: the stream never skips; it goes back at most once for each kill, and then by no more than a
    window and the last batch that found room in it. So the first of each message are in order.
    """
    rate, window = 40000, 300
    batch = rate // 10
    expected = list(range(1, 20001))
    with open("file", "wb") as file:
        file.write(messages(expected))
    logcat, killed = None, 0
    for turn in crash.each_round():
        if not logcat:
            buffer = f"q{turn}"
            options = ("--rate", str(rate), "--window-messages", str(window))
            logcat = crash.start("logcat", *options, "file", "--", "logbuf", "push", buffer)
        sink = crash.child_of(logcat)
        crash.pause(12)
        killed += sink is not None and crash.kill(sink)
        if killed == 5 or sink is None or turn == crash.rounds:
            crash.finish(logcat)
            check_sent_again(crash, buffer, expected, killed, window + batch)
            logcat, killed = None, 0


def check_sent_again(crash, buffer, expected, killed, window):
    found = crash.numbers(buffer)
    wrong, jumps = sent_again(found)
    crash.need(wrong is None, f"buffer {buffer}: {wrong}")
    crash.need(set(found) == set(expected), f"buffer {buffer}: {difference(expected, sorted(set(found)))}")
    crash.saw("resent windows", len(jumps))
    crash.need(len(jumps) <= killed, f"buffer {buffer}: {killed} kills, but the stream went back {len(jumps)} times")
    crash.need(max(jumps, default=0) <= window, f"buffer {buffer}: the stream went back by {max(jumps, default=0)}")
    crash.verify(buffer)


def buffer_to_tcp_lines(crash):
    """At least once through TCP, whoever dies but the receiver itself.

    The receiving logcat is spared: a receipt of strength `sent` means that its kernel has the bytes, and what logcat
    has not read when it dies is gone with its socket. Its sink may die.
    A sender that dies in the middle of a line ends the connection there, and with line framing what came of it is a
    message: such beginnings are allowed here.
    """
    buffer_to_tcp(crash, "lf")


def buffer_to_tcp_octets(crash):
    """The same with octet counting, which tells what is whole: no beginnings of messages."""
    buffer_to_tcp(crash, "octet")


def buffer_to_tcp(crash, wire):
    receiver, port = start_receiver(crash, "logbuf", "push", "p")
    hop = FedHop(crash, "logsend", "--wire", wire, f"tcp://127.0.0.1:{port}")

    def kill_receivers_sink():
        sink = crash.child_of(receiver)
        crash.pause(60)
        crash.kill(sink)

    for _ in crash.each_round():
        hop.kill_one(kill_receivers_sink)
    expected = hop.end()
    crash.stop(receiver)
    crash.orphans_end()
    check_at_least_once(crash, expected, crash.run("logbuf", "cat", "p"), torn_allowed=wire == "lf")
    crash.verify("q", "p")


def start_receiver(crash, *sink, scheme="tcp"):
    """A listening logcat, and its port."""
    with open("receiver.err", "wb") as errors:
        receiver = subprocess.Popen(
            ("logcat", "--print-address", f"{scheme}://127.0.0.1:0", "--", *sink),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )

    def said():
        with open("receiver.err", encoding="ascii") as file:
            return next((line for line in file if "listening" in line and line.endswith("\n")), None)

    crash.eventually(said, "the receiver does not listen")
    return receiver, int(said().rpartition(":")[2])


def check_at_least_once(crash, expected, text, torn_allowed):
    crash.need(text.endswith(b"\n"), "the last line has no end")
    found, torn = set(), 0
    for line in text.split(b"\n")[:-1]:
        number = number_of(line)
        if number is not None:
            found.add(number)
            continue
        torn += 1
        crash.need(torn_allowed, f"half a message: {line[:80]!r}")
        crash.need(is_torn(line, expected[-1]), f"no message and no beginning of one: {line[:80]!r} ({len(line)} bytes)")
    crash.saw("torn lines", torn)
    crash.need(torn <= crash.kills, f"{torn} torn lines, but only {crash.kills} kills")
    missing = sorted(set(expected) - found)
    crash.need(not missing, f"{len(missing)} of {len(expected)} messages are missing: {missing[:10]}")
    crash.need(found <= set(expected), f"more came than was sent: {sorted(found - set(expected))[:10]}")


def buffer_to_file(crash):
    """At least once. A logsend that dies while it writes leaves the beginning of a message; the next one ends that line
    before it writes, so that nothing is glued to it, and sends the message again."""
    hop = FedHop(crash, "logsend", "file:out")
    for _ in crash.each_round():
        hop.kill_one()
    expected = hop.end()
    crash.orphans_end()
    check_file(crash, expected)
    crash.verify("q")


def rotated_files(crash, coding):
    """As buffer_to_file, in the order of the rotated files. All of them are compressed at the end, and whole."""
    sink = ("logsend", "--rotate-size", "300k", "--rotate-compress", coding, "file:logs/out")
    hop = FedHop(crash, *sink)
    os.mkdir("logs")
    for _ in crash.each_round():
        hop.kill_one()
    expected = hop.end()
    crash.orphans_end()

    def all_compressed():
        crash.run(*sink)  # goes on with what the one before has left
        return all(name.endswith((".gz", ".zst")) for name in os.listdir("logs") if name != "out")

    crash.eventually(all_compressed, "some rotated files are not compressed")
    rotated = sorted(name for name in os.listdir("logs") if name != "out")
    text = crash.run(coding, "-dc", *(os.path.join("logs", name) for name in rotated))
    with open("logs/out", "rb") as file:
        check_text(crash, expected, text + file.read())
    crash.saw("rotated files", len(rotated))
    crash.verify("q")


def rotated_to_gzip(crash):
    rotated_files(crash, "gzip")


def rotated_to_zstd(crash):
    rotated_files(crash, "zstd")


def check_file(crash, expected):
    with open("out", "rb") as file:
        check_text(crash, expected, file.read())


def check_text(crash, expected, text):
    check_at_least_once(crash, expected, text, torn_allowed=True)
    found = [number for line in text.split(b"\n") if (number := number_of(line)) is not None]
    firsts = list(dict.fromkeys(found))
    crash.need(firsts == sorted(firsts), f"the order is lost: {difference(sorted(firsts), firsts)}")


def pipe_of_three(crash):
    """Killed as a whole or in part, and started again."""
    crash.run("logbuf", "push", "q", input=messages([1]))
    crash.run("logbuf", "consumer", "add", "q", "keeper")
    first = 2
    for _ in crash.each_round():
        pusher = crash.start("logbuf", "push", "q", stdin=PIPE)
        feeder = Feeder(pusher, first)
        pipe = start_pipe(crash)
        crash.pause(60)
        for each in crash.random.sample(pipe, crash.random.choice((1, 3))):
            crash.kill(each.pid)
        feeder.stop()
        crash.finish(pusher)
        first = feeder.next
        for each in pipe:  # where only one was killed, the others may be waiting for it
            crash.kill(each.pid)
            each.wait()
    pipe = start_pipe(crash)
    crash.eventually(lambda: crash.is_drained("q"), "the rest is not delivered")
    pipe[0].send_signal(signal.SIGTERM)
    for each in pipe:
        crash.finish(each, (0, 75))
    check_file(crash, crash.numbers("q"))
    crash.verify("q")


def start_pipe(crash):
    peek = crash.start("logbuf", "peek", "-f", "-i", "q", stdout=PIPE)
    send = crash.start("logsend", "-i", "-r", "file:out", stdin=peek.stdout, stdout=PIPE)
    peek.stdout.close()
    ack = crash.start("logbuf", "ack", "q", stdin=send.stdout)
    send.stdout.close()
    return peek, send, ack

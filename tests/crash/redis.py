"""Kills of logredis and of the server that it works with, which syncs every write before it answers.

Every scenario runs with a list and with a stream.
"""

import os
import signal
import subprocess

from harness import Feeder, children_of
from hops import check_file
from messages import difference, messages

PIPE = subprocess.PIPE
WITHIN = 60  # milliseconds, in which the next process is killed


class Server:
    """A redis-server that can be killed and started again, with its log repaired, as logredis(1), DURABILITY wants. It
    has its data in a folder, in which no other has."""

    def __init__(self, crash, folder="."):
        self.crash = crash
        self.folder = folder
        self.socket = f"{folder}/server.sock"
        self.url = f"unix:{self.socket}"
        os.makedirs(folder, exist_ok=True)
        self.start()

    def start(self):
        options = ("--port", "0", "--unixsocket", os.path.abspath(self.socket), "--dir", self.folder, "--appendonly", "yes")
        options += ("--appendfsync", "always", "--aof-load-truncated", "no")
        self.process = self.crash.start("redis-server", *options, "--save", "")
        self.crash.eventually(lambda: self.ask("ping") == b"PONG\n", "the server does not answer")

    def ask(self, *command):
        asked = subprocess.run(("redis-cli", "-s", self.socket, *command), capture_output=True, check=False)
        return asked.stdout

    def kill(self):
        self.crash.kill(self.process.pid)
        self.process.wait()
        self.crash.saw("of the server")
        self.repair_log()
        self.start()

    def repair_log(self):
        manifest = f"{self.folder}/appendonlydir/appendonly.aof.manifest"
        if os.path.exists(manifest):
            said = self.crash.run("redis-check-aof", "--fix", manifest, input=b"y\n")
            self.crash.saw("torn steps of the server", b"Successfully truncated" in said)


class Queue:
    """`logredis VERB` for one queue of one layout."""

    def __init__(self, crash, layout):
        self.crash = crash
        self.server = Server(crash)
        self.layout = f"--{layout}"

    def command(self, verb, *options):
        return ("logredis", verb, self.layout, *options, self.server.url, "q")

    def start(self, verb, *options, **how):
        return self.crash.start(*self.command(verb, *options), **how)

    def run(self, verb, *options, **how):
        return self.crash.run(*self.command(verb, *options), **how)

    def ready(self):
        """The numbers of R, or of all that is in the stream."""
        return self.crash.whole(self.run("cat"), "R")

    def is_drained(self):
        """What is acknowledged goes from the stream within a second or so."""
        if self.layout == "--list":  # in one question: messages move between the keys
            keys = self.server.ask("keys", "*").split(b"\n")
            return b"q" not in keys and not any(key.startswith(b"{q}:backlog:") for key in keys)
        return self.server.ask("xlen", "q") == b"0\n"


class Fed:
    """A push that feeds the queue with 1, 2, 3, ...; after a kill it goes on behind its last receipt."""

    def __init__(self, crash, queue):
        self.crash, self.queue = crash, queue
        self.receipts = open("receipts", "wb")
        self.next = 1
        self.most = 0  # ever sent; of what a killed push sent behind its last receipt, any part may be stored
        self.start()

    def start(self):
        self.process = self.queue.start("push", "-i", "-r", stdin=PIPE, stdout=self.receipts)
        self.feeder = Feeder(self.process, self.next, ids=True)

    def receipted(self):
        with open("receipts", "rb") as file:
            lines = file.read().split(b"\n")[:-1]
        return int(lines[-1]) if lines else 0

    def kill(self):
        self.crash.kill(self.process.pid)
        self.process.wait()
        self.feeder.stop()
        self.most = max(self.most, self.feeder.next - 1)
        self.next = self.receipted() + 1
        self.start()

    def end(self):
        """All that was sent is in the queue now; how many."""
        self.feeder.stop()
        self.crash.finish(self.process)
        sent = self.feeder.next - 1
        self.most = max(self.most, sent)
        self.crash.need(self.receipted() == sent, f"{sent} were sent, but the last receipt is {self.receipted()}")
        return sent


def push_list(crash):
    push(crash, "list")


def push_stream(crash):
    push(crash, "stream")


def push(crash, layout):
    """What a killed push stored is a prefix of what it was sent, with all that has a receipt; a server that is killed
    takes nothing of it away, and the push that goes on with it stores nothing twice."""
    queue = Queue(crash, layout)
    first, expected = 1, []
    for _ in crash.each_round():
        pusher = queue.start("push", "-i", "-r", stdin=PIPE, stdout=PIPE)
        feeder = Feeder(pusher, first, ids=True)
        crash.pause(WITHIN)
        if crash.random.random() < 0.6:
            queue.server.kill()
            crash.pause(WITHIN)
        crash.kill(pusher.pid)
        pusher.wait()
        feeder.stop()
        receipts = [int(line) for line in pusher.stdout.read().split(b"\n")[:-1]]
        receipted = receipts[-1] if receipts else first - 1
        stored = queue.ready()[len(expected) :]
        sent = list(range(first, feeder.next))
        crash.need(receipts == sorted(set(receipts)), f"receipts are not in order: {receipts}")
        crash.need(stored == sent[: len(stored)], f"no prefix: {difference(sent[: len(stored)], stored)}")
        crash.need(first + len(stored) > receipted, f"{receipted} has a receipt, {stored[-1:]} is the last one stored")
        crash.saw("stored without a receipt", first + len(stored) - 1 - receipted)
        expected += stored
        first = receipted + 1
    wrong = difference(expected, queue.ready())
    crash.need(wrong is None, wrong)


def collect_list(crash):
    collect(crash, "list")


def collect_stream(crash):
    collect(crash, "stream")


def collect(crash, layout):
    """`logredis peek -f -- logbuf push`, whoever dies: at least once, and the first of each message in order.

    The sink dies with its source here, before the next one is started: two sinks that store at the same time keep no
    order between them.
    """
    queue = Queue(crash, layout)
    fed = Fed(crash, queue)
    crash.run("logbuf", "push", "p", input=b"")
    start_hop = lambda: crash.start(*queue.command("peek", "-f"), "--", "logbuf", "push", "p")
    hop = start_hop()
    for _ in crash.each_round():
        victim = crash.random.choice(("peek", "sink", "server", "push"))
        sink = crash.child_of(hop)
        crash.pause(WITHIN)
        if victim == "server":
            queue.server.kill()
        elif victim == "push":
            fed.kill()
        else:
            crash.kill(sink)
        if victim == "peek":
            kill_with_children(crash, hop)
            hop = start_hop()
    sent = fed.end()
    crash.eventually(queue.is_drained, "the rest is not delivered")
    crash.stop(hop)
    check_collected(crash, sent, fed.most)


def kill_with_children(crash, hop):
    """It may just be starting its sink again."""
    crash.kill(hop.pid, signal.SIGSTOP)
    sinks = children_of(hop.pid)
    for pid in crash.random.sample((hop.pid, *sinks), 1 + len(sinks)):
        crash.kill(pid)
    hop.wait()


def check_collected(crash, sent, most):
    found = crash.numbers("p")
    firsts = list(dict.fromkeys(found))
    last = min(max(sent, *found), most)
    wrong = difference(list(range(1, last + 1)), firsts)
    crash.need(wrong is None, wrong)
    crash.saw("delivered", len(firsts))
    crash.saw("twice", len(found) - len(firsts))
    crash.verify("p")


def pipe_list(crash):
    pipe(crash, "list")


def pipe_stream(crash):
    pipe(crash, "stream")


def pipe(crash, layout):
    """peek, logsend and ack joined by pipes: killed as a whole, or in part, or the server."""
    queue = Queue(crash, layout)
    fed = Fed(crash, queue)
    for _ in crash.each_round():
        steps = start_pipe(crash, queue)
        crash.pause(WITHIN)
        if crash.random.random() < 0.3:
            queue.server.kill()
            crash.pause(WITHIN)
        for each in crash.random.sample(steps, crash.random.choice((1, 3))):
            crash.kill(each.pid)
        for each in steps:  # where only one was killed, the others may be waiting for it
            crash.kill(each.pid)
            each.wait()
    sent = fed.end()
    steps = start_pipe(crash, queue)
    crash.eventually(queue.is_drained, "the rest is not delivered")
    crash.terminate(steps[0])
    for each in steps:
        crash.finish(each, (0, 75))
    check_file(crash, list(range(1, sent + 1)))


def start_pipe(crash, queue):
    peek = queue.start("peek", "-f", "-i", stdout=PIPE)
    send = crash.start("logsend", "-i", "-r", "file:out", stdin=peek.stdout, stdout=PIPE)
    peek.stdout.close()
    ack = queue.start("ack", stdin=send.stdout)
    send.stdout.close()
    return peek, send, ack


def workers_list(crash):
    workers(crash, "list")


def workers_stream(crash):
    workers(crash, "stream")


def workers(crash, layout):
    """Workers that `pop`, or `peek` and then `ack`, while they and the server are killed: those that end well have
    different messages, and after `rewind` all was seen."""
    queue = Queue(crash, layout)
    total = crash.rounds * 300
    queue.run("push", input=messages(range(1, total + 1)))
    seen, settled = set(), []
    for _ in crash.each_round():
        verbs = [crash.random.choice(("peek", "pop")) for _ in range(3)]
        started = [(verb, start_worker(crash, queue, verb)) for verb in verbs]
        crash.pause(10)
        if crash.random.random() < 0.5:
            queue.server.kill()
        else:
            crash.kill(crash.random.choice(started)[1].pid)
        for verb, worker in started:
            numbers = take(crash, queue, verb, worker)
            seen |= set(numbers)
            if worker.returncode == 0:
                settled += numbers
    crash.need(len(settled) == len(set(settled)), "workers that ended well were given the same messages")
    queue.run("rewind")
    seen |= set(crash.whole(queue.run("pop"), "the rest"))
    wrong = difference(list(range(1, total + 1)), sorted(seen))
    crash.need(wrong is None, wrong)
    crash.eventually(queue.is_drained, "something is left after everything was popped")


def start_worker(crash, queue, verb):
    ids = ("-i",) if verb == "peek" else ()
    return queue.start(verb, *ids, "-n", str(crash.random.randint(1, 200)), stdout=PIPE)


def take(crash, queue, verb, worker):
    """What a worker wrote, but for the half of a line at which it died; acknowledged if it was peeked. The ack may be
    killed too."""
    text = crash.output_of(worker, (0, -9))
    lines = text[: text.rfind(b"\n") + 1].splitlines(keepends=True)
    if verb == "pop":
        return crash.whole(b"".join(lines), "a worker's output")
    pairs = [line.split(b"\t", 1) for line in lines]
    if worker.returncode == 0 and pairs and crash.random.random() < 0.7:
        ack = crash.start(*queue.command("ack"), *(pair[0].decode() for pair in pairs))
        if crash.random.random() < 0.3:
            crash.kill_at_random(ack, 6)
        crash.finish(ack, (0, -9))
    return crash.whole(b"".join(pair[1] for pair in pairs), "a worker's output")


SCENARIOS = (
    (push_list, 15),
    (push_stream, 15),
    (collect_list, 30),
    (collect_stream, 30),
    (pipe_list, 15),
    (pipe_stream, 15),
    (workers_list, 15),
    (workers_stream, 15),
)

"""Kills of masters and of replicas (logbuf serve, logbuf replicate), under a writer that keeps what was answered OK."""

import json
import re
import socket
import threading

from messages import message


class Writer(threading.Thread):
    """Sends MSG with the messages from `first` on, a few at once and a few unanswered, until the connection is lost or
    stop() is called. `answered`: ids and numbers of what was answered OK."""

    MOST_UNANSWERED = 4

    def __init__(self, port, first):
        super().__init__(daemon=True)
        self.next = first
        self.answered = []
        self.stopping = threading.Event()
        self.connection = socket.create_connection(("127.0.0.1", port))
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.start()

    def run(self):
        sent = []  # first number and count of what is not answered
        with self.connection, self.connection.makefile("rb") as answers:
            try:
                while not self.stopping.is_set() or sent:
                    if not self.stopping.is_set() and len(sent) < self.MOST_UNANSWERED:
                        count = 1 + self.next % 5
                        parts = [b"MSG %d\r\n" % count]
                        for number in range(self.next, self.next + count):
                            text = message(number)
                            parts.append(b"%d %s\r\n" % (len(text), text))
                        sent.append((self.next, count))
                        self.next += count
                        self.connection.sendall(b"".join(parts))
                        continue
                    line = answers.readline()
                    if not line.startswith(b"OK ") or not line.endswith(b"\r\n"):
                        return
                    first, count = sent.pop(0)
                    last = int(line[3:])
                    self.answered += [(last - count + 1 + i, first + i) for i in range(count)]
            except OSError:
                pass

    def stop(self):
        self.stopping.set()
        self.join()


class Pair:
    """Master m, replica r, and what was answered."""

    def __init__(self, crash, *options):
        self.crash, self.options = crash, options
        self.port = free_port()
        self.answered = {}
        self.next = 1
        self.master, self.replica = "m", "r"
        self.start_server()
        self.start_replica()

    def start_server(self):
        listen = ("--listen", f"tcp://127.0.0.1:{self.port}")
        self.server = self.crash.start("logbuf", "serve", *listen, *self.options, self.master)
        self.crash.eventually(lambda: ask(self.port, "PING") == "OK", "the server does not answer")

    def start_replica(self):
        self.copier = self.crash.start("logbuf", "replicate", self.replica, f"logd://127.0.0.1:{self.port}")

    def replica_is_there(self):
        def there():
            with socket.create_connection(("127.0.0.1", self.port)) as connection:
                connection.sendall(b"STATS 0\r\n")
                connection.shutdown(socket.SHUT_WR)
                lines = connection.makefile("r").read().splitlines()
            head = next(line[6:] for line in lines if line.startswith("head: "))
            return any(line.startswith("replica: ") and line.split()[-1] == head for line in lines)

        self.crash.eventually(there, "the replica does not come")

    def start_writer(self):
        self.writer = Writer(self.port, self.next)

    def end_writer(self):
        self.writer.stop()
        self.next = self.writer.next
        for number, text in self.writer.answered:
            self.crash.need(self.answered.setdefault(number, text) == text, f"id {number} was answered twice")

    def check(self, buffer):
        """All that was answered is there, under its id, and the ids have no gaps."""
        lines = self.crash.run("logbuf", "cat", "-i", buffer).split(b"\n")[:-1]
        ids = [int(line.split(b"\t", 1)[0]) for line in lines]
        self.crash.need(ids == list(range(1, len(ids) + 1)), f"the ids of {buffer} have gaps")
        for number, text in self.answered.items():
            self.crash.need(number <= len(lines), f"message {number} was answered, and {buffer} has {len(lines)}")
            found = lines[number - 1].split(b"\t", 1)[1]
            self.crash.need(found == message(text), f"message {number} of {buffer} is not what was answered")
        return lines

    def check_equal(self):
        def equal():
            return stat(self.crash, self.master)["next_id"] == stat(self.crash, self.replica)["next_id"]

        self.crash.eventually(equal, "the replica does not catch up")
        self.crash.need(self.check(self.master) == self.check(self.replica), "master and replica differ")
        self.crash.verify(self.master, self.replica)


def replica_of_the_killed(crash):
    """Nothing answered is lost, and the replica becomes equal, whoever of the two dies."""
    pair = Pair(crash)
    for turn in crash.each_round():
        pair.start_writer()
        crash.pause(60)
        victims = crash.random.choice(("m", "r", "mr"))
        if "r" in victims:
            crash.kill(pair.copier.pid)
            pair.copier.wait()
        if "m" in victims:
            crash.kill(pair.server.pid)
            pair.server.wait()
            pair.start_server()
        if "r" in victims:
            pair.start_replica()
        pair.end_writer()
        if turn % 10 == 0:
            pair.check_equal()
    pair.check_equal()
    crash.saw("messages answered", len(pair.answered))


def promotion(crash):
    """The master dies, the replica becomes the master, and a new replica copies it: what was answered under
    --sync-replicas 1 is there. The old master has what was never answered, and is not merged."""
    pair = Pair(crash, "--sync-replicas", "1")
    for turn in crash.each_round():
        pair.replica_is_there()  # one that never was cannot become the master
        pair.start_writer()
        crash.pause(80)
        crash.kill(pair.server.pid)
        pair.server.wait()
        pair.end_writer()
        crash.kill(pair.copier.pid)
        pair.copier.wait()
        old, pair.master, pair.replica = pair.master, pair.replica, f"r{turn}"
        pair.start_server()
        become_master(crash, pair.port, turn)
        pair.check(pair.master)
        check_old_master(crash, pair, old)
        pair.start_replica()
    pair.start_writer()
    crash.pause(80)
    pair.end_writer()
    pair.check_equal()
    crash.saw("messages answered", len(pair.answered))


def become_master(crash, port, turn):
    """Its epoch begins with how many became it."""
    answer = ask(port, "ACCEPT")
    crash.need(re.fullmatch(rf"OK {turn}\d{{9}}", answer or ""), f"the replica answers ACCEPT with {answer}")


def check_old_master(crash, pair, old):
    """It follows the new one where it has nothing of its own, and is told otherwise where it has."""
    before = crash.run("logbuf", "cat", "-i", old)
    new = crash.run("logbuf", "cat", "-i", pair.master)
    copier = crash.start("logbuf", "replicate", old, f"logd://127.0.0.1:{pair.port}")
    if new.startswith(before):
        epoch = stat(crash, pair.master)["epoch"]
        crash.eventually(lambda: stat(crash, old)["epoch"] == epoch, "the old master does not follow")
        crash.eventually(lambda: crash.run("logbuf", "cat", "-i", old) == new, "the old master does not catch up")
        crash.stop(copier)
    else:
        crash.saw("masters ahead")
        crash.finish(copier, (65,))
        crash.need(crash.run("logbuf", "cat", "-i", old) == before, "a log that has parted was changed")


def return_of_the_master(crash):
    """The replica becomes the master; the old one, killed again and again while it comes back, takes nothing more."""
    pair = Pair(crash)
    for turn in crash.each_round():
        pair.replica_is_there()
        writer = Writer(pair.port, 1)
        crash.pause(40)
        for process in (pair.server, pair.copier):
            crash.kill(process.pid)
            process.wait()
        writer.stop()
        old, pair.master, pair.replica = pair.master, pair.replica, f"r{turn}"
        pair.start_server()
        become_master(crash, pair.port, turn)
        writer = Writer(pair.port, 1)
        come_back(crash, old, pair.port)
        writer.stop()
        crash.need(writer.answered, "the new master takes nothing")
        pair.start_replica()


def come_back(crash, old, new_port):
    before = crash.run("logbuf", "cat", "-i", old)
    port = free_port()
    serve = ("logbuf", "serve", "--listen", f"tcp://127.0.0.1:{port}", old)
    peer = ("--peer", f"logd://127.0.0.1:{new_port}")
    ahead = f"ERR read only: logd://127.0.0.1:{new_port} is ahead, in epoch"

    def refuses():
        answer = ask(port, "MSG", "mine")
        crash.need(not answer or answer.startswith("ERR read only: "), f"the old master answers {answer}")
        crash.saw("refusals", bool(answer))
        return bool(answer) and answer.startswith(ahead)

    for _ in range(3):
        server = crash.start(*serve, *peer)
        for _ in range(crash.random.randrange(30)):
            refuses()
        crash.kill(server.pid)
        server.wait()
    for options in (peer, ()):
        server = crash.start(*serve, *options)
        crash.eventually(refuses, "the old master does not hear who is ahead")
        crash.kill(server.pid)
        server.wait()
    crash.need(crash.run("logbuf", "cat", "-i", old) == before, "the old master took something")


def stat(crash, buffer):
    return json.loads(crash.run("logbuf", "stat", "--json", buffer))


def ask(port, request, *arguments):
    """The first line of the answer; none where nobody listens."""
    parts = [f"{request} {len(arguments)}\r\n", *(f"{len(each)} {each}\r\n" for each in arguments)]
    try:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall("".join(parts).encode())
            return connection.makefile("r").readline().strip()
    except OSError:
        return None


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


SCENARIOS = ((replica_of_the_killed, 120), (promotion, 40), (return_of_the_master, 20))

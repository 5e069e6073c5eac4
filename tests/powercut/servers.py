"""What a logd server has answered, alone and with a replica."""

import socket

from buffers import Numbers, goes_on
from messages import message


class Client:
    """Of a server at 127.0.0.1:`port`, one request at a time."""

    def __init__(self, port):
        self.connection = socket.create_connection(("127.0.0.1", port))
        self.connection.settimeout(30)
        self.answers = self.connection.makefile("rb")

    def ask(self, request, *arguments):
        parts = [b"%s %d\r\n" % (request.encode(), len(arguments))]
        parts += [b"%d %s\r\n" % (len(each), each) for each in arguments]
        self.connection.sendall(b"".join(parts))
        return self.answers.readline()

    def store(self, numbers):
        return self.ask("MSG", *map(message, numbers))

    def close(self):
        self.answers.close()
        self.connection.close()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def reaches(port):
    try:
        Client(port).close()
        return True
    except OSError:
        return False


def serve(port, *options):
    return ("logbuf", "serve", "--listen", f"tcp://127.0.0.1:{port}", *options, "m")


def replicate(port):
    return ("logbuf", "replicate", "r", f"logd://127.0.0.1:{port}")


def answered(state):
    """The highest id that the server has said OK for."""
    highest = 0
    for pid in state.pids("logbuf", "serve"):
        for line in state.said({pid}).split(b"\r\n"):
            words = line.split()
            if len(words) == 2 and words[0] == b"OK" and words[1].isdigit():
                highest = max(highest, int(words[1]))
    return highest


class Serve:
    """Two clients, one of them after the server was killed."""

    options = ()

    def record(self, recording):
        self.numbers = Numbers(recording.random)
        recording.begin()
        port = free_port()
        for end in (recording.kill, recording.stop):
            server = recording.start(*serve(port, *self.options))
            recording.eventually(lambda: reaches(port), "the server does not answer")
            self.talk(recording, port)
            end(server)
        self.sent = self.numbers.sent

    def talk(self, recording, port):
        client = Client(port)
        for _ in range(recording.random.randint(2, 8)):
            answer = client.store(self.numbers.take(recording.random.randint(1, 7)))
            if answer != b"OK %d\r\n" % len(self.numbers.sent):
                raise RuntimeError(f"the server answers {answer}")
        client.close()

    def check(self, state):
        found = state.buffer("m")
        state.prefix(found, self.sent, answered(state), "m")
        goes_on(state, "m", found)


class Epochs:
    """Who was told OK for ACCEPT or REFUSE finds the server as it was told, unless something later was asked for."""

    def record(self, recording):
        numbers = Numbers(recording.random)
        recording.begin()
        port = free_port()
        server = recording.start(*serve(port))
        recording.eventually(lambda: reaches(port), "the server does not answer")
        client = Client(port)
        self.requests = []
        for _ in range(recording.random.randint(3, 8)):
            for request in ("MSG", "REFUSE", "MSG", "ACCEPT"):
                self.requests.append(request)
                client.ask(request, *map(message, numbers.take(2) if request == "MSG" else ()))
        client.close()
        recording.stop(server)

    def check(self, state):
        lines = state.said(state.pids("logbuf", "serve")).split(b"\r\n")[:-1]
        if not lines:
            return
        before = list(zip(self.requests, lines))
        last = next((request for request, _ in reversed(before) if request != "MSG"), None)
        following = self.requests[len(lines) : len(lines) + 1]
        epochs = [int(line.split()[1]) for request, line in before if request == "ACCEPT"]
        state.need(state.stat("m")["epoch"] >= max(epochs + [0]), f"epoch {max(epochs + [0])} is forgotten")
        if last == "REFUSE" and following != ["ACCEPT"]:
            state.run("logbuf", "push", "m", data=b"no\n", ok=(69,))
        if last == "ACCEPT" and following != ["REFUSE"]:
            state.run("logbuf", "push", "m", data=b"yes\n")


class Replicate(Serve):
    """Answers wait for the replica; the cut takes the master's machine, the replica's, or both."""

    options = ("--sync-replicas", "1")

    def talk(self, recording, port):
        for end in (recording.kill, recording.stop):
            copier = recording.start(*replicate(port))
            super().talk(recording, port)
            end(copier)

    def mix(self, tree, alive, _earlier, random):
        """What is left of the two, whose names begin with m and r."""
        cut = random.choice(("m", "r", "mr"))
        kept = {name: node for name, node in tree.items() if name[0] in cut}
        return kept | {name: node for name, node in alive.items() if name[0] not in cut}

    def check(self, state):
        receipted = answered(state)
        for name in ("m", "r"):
            state.prefix(state.buffer(name), self.sent, receipted, name)
        port = free_port()
        processes = {"serve": state.start(*serve(port))}
        try:
            state.eventually(lambda: live(state, processes) and reaches(port), "the server does not answer")
            processes["replicate"] = state.start(*replicate(port))
            head = state.stat("m")["next_id"]
            state.eventually(lambda: live(state, processes) and has(state, head), "the replica does not catch up")
        finally:
            for process in processes.values():
                process.terminate()
                process.wait()
        state.same(state.buffer("m"), state.buffer("r"), "the replica")
        state.prefix(state.buffer("m"), self.sent, receipted, "m")


def live(state, processes):
    for name, process in processes.items():
        state.need(process.poll() is None, f"{name} ended with status {process.poll()}")
    return True


def has(state, head):
    return state.exists("r") and state.stat("r")["next_id"] == head

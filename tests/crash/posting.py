"""Kills of `logcat http://` and its sink while clients post: what was answered 2xx is in the buffer."""

import http.client
import socket
import threading

from messages import message

BATCH = 20  # messages a request
CLIENTS = 3


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Client(threading.Thread):
    """Posts requests one after the other, each until it is answered 204, with an id that says which it is."""

    def __init__(self, port, first, step):
        super().__init__(daemon=True)
        self.port, self.next, self.step = port, first, step
        self.answered = []  # numbers
        self.errors = []
        self.failures = 0
        self.stopping = threading.Event()

    def run(self):
        connection = None
        while not self.stopping.is_set():
            numbers = range(self.next, self.next + BATCH)
            body = b"".join(message(n) + b"\n" for n in numbers)
            headers = {"Content-Type": "text/plain", "Idempotency-Key": str(self.next)}
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
                connection.request("POST", "/", body, headers)
                response = connection.getresponse()
                response.read()
            except (OSError, http.client.HTTPException):
                self.failures += 1
                connection = None
                self.stopping.wait(0.005)
                continue
            if response.status == 204:
                self.answered.extend(numbers)
                self.next += self.step
            elif response.status != 503:
                self.errors.append(f"answered {response.status}")
                return
            if response.will_close:
                connection = None


def http_in(crash):
    """Clients repeat what was not answered, so that everything comes, and a message may come twice only after a kill."""
    port = free_port()

    def start():
        return crash.start("logcat", f"http://127.0.0.1:{port}", "--", "logbuf", "push", "q")

    source = start()
    clients = [Client(port, 1 + i * BATCH, CLIENTS * BATCH) for i in range(CLIENTS)]
    for client in clients:
        client.start()

    def go_on():
        before = sum(len(client.answered) for client in clients)
        crash.eventually(lambda: sum(len(client.answered) for client in clients) > before, "nothing is answered")

    for _ in crash.each_round():
        go_on()
        victim = crash.random.choice(("source", "sink", "both"))
        sink = crash.child_of(source)
        crash.pause(40)
        if victim != "source" and sink:
            crash.kill(sink)
        if victim != "sink":
            crash.kill(source.pid)
            source.wait()
            source = start()
        elif source.poll() is not None:
            source = start()
    go_on()
    for client in clients:
        client.stopping.set()
        client.join()
        crash.need(not client.errors, client.errors)
    crash.stop(source)
    crash.orphans_end()
    stored = crash.numbers("q")
    there = set(stored)
    answered = [number for client in clients for number in client.answered]
    lost = [number for number in answered if number not in there]
    crash.need(answered, "nothing was answered")
    crash.need(not lost, f"{len(lost)} of {len(answered)} messages that were answered are missing: {lost[:5]}")
    crash.verify("q")
    crash.saw("messages answered", len(answered))
    crash.saw("repeated", len(stored) - len(there))


SCENARIOS = ((http_in, 190),)

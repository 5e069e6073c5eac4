"""Kills of a hub and of what sends its drains, while clients post: what was answered reaches the drain of its channel,
and no other drain."""

import http.server
import json
import os
import threading

from harness import descendants_of
from hub import CHANNELS, go_on, place_of, posted, start_posters, stop, write_credentials
from posting import free_port


class Receiver(http.server.ThreadingHTTPServer):
    """Has for each path the messages that came there."""

    daemon_threads = True

    def __init__(self):
        self.came = {}
        self.lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), Take)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def drain(self, place):
        """A channel's drain, as the channel has it."""
        return {"id": place + 1, "token": f"d.{place}", "url": f"http://127.0.0.1:{self.server_port}/c{place}"}

    def count(self):
        with self.lock:
            return sum(map(len, self.came.values()))

    def numbers(self, crash, place):
        """What came by a channel's drain."""
        with self.lock:
            texts = list(self.came.get(f"/c{place}", []))
        return crash.whole(b"".join(text + b"\n" for text in texts), f"drain {place}")

    def check(self, crash, answered):
        """All that was answered comes, and by no other drain than its channel's."""

        def missing():
            return answered - {(place, number) for place in range(CHANNELS) for number in self.numbers(crash, place)}

        crash.eventually(lambda: not missing(), "messages that were answered do not reach their drain")
        for place in range(CHANNELS):
            wrong = [number for number in self.numbers(crash, place) if place_of(number) != place]
            crash.need(not wrong, f"drain {place} has another channel's messages: {wrong[:5]}")


class Take(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        texts = []
        while body:
            length, _, body = body.partition(b" ")
            texts.append(body[: int(length)].split(b" ", 6)[6])
            body = body[int(length) :]
        with self.server.lock:
            self.server.came.setdefault(self.path, []).extend(texts)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def both_go_on(crash, posters, receiver):
    go_on(crash, posters, "nothing is answered, or nothing reaches a drain", lambda: posted(posters), receiver.count)


def drains(crash):
    port = free_port()
    receiver = Receiver()
    tokens = [f"t.{place}" for place in range(CHANNELS)]
    for place, token in enumerate(tokens):
        os.makedirs(f"root/c{place}")
        with open(f"root/c{place}/channel.json", "w", encoding="utf-8") as file:
            json.dump({"tokens": {"app": token}, "drains": [receiver.drain(place)], "limits": {"max_size": "1GiB"}}, file)
    write_credentials("router:pw any_channel\n")

    def start():
        address = f"http://127.0.0.1:{port}"
        words = ["--channels", "root", "--credentials", "credentials", "--allow-local-drains", "--listen", address]
        return crash.start("logbuf", "serve", *words)

    process = start()
    posters = start_posters(tokens, port)
    senders = 0
    for number in crash.each_round():
        both_go_on(crash, posters, receiver)
        if number % 2 == 0:
            crash.kill_at_random(process, 60)
            process = start()
            continue
        crash.eventually(lambda: descendants_of(process.pid), "no drain has processes")
        senders += crash.kill(crash.random.choice(descendants_of(process.pid)))
    both_go_on(crash, posters, receiver)
    stop(crash, posters)
    answered = {pair for poster in posters for pair in poster.answered}
    crash.need(answered, "nothing was answered")
    receiver.check(crash, answered)
    crash.stop(process)
    crash.need(senders, "no sender was killed")
    crash.saw("messages answered", len(answered))
    crash.saw("senders killed", senders)


SCENARIOS = ((drains, 40),)

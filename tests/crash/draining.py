"""Kills of a hub and of what sends its drains, while clients post: what was answered reaches the drain of its channel,
and no other drain."""

import http.server
import json
import os
import threading

from harness import descendants_of
from hub import CLIENTS, CHANNELS, BATCH, Poster, place_of
from posting import free_port


class Receiver(http.server.ThreadingHTTPServer):
    """Has for each path the messages that came there."""

    daemon_threads = True

    def __init__(self):
        self.came = {}
        self.lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), Take)
        threading.Thread(target=self.serve_forever, daemon=True).start()


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


def drains(crash):
    port = free_port()
    receiver = Receiver()
    tokens = [f"t.{place}" for place in range(CHANNELS)]
    for place, token in enumerate(tokens):
        os.makedirs(f"root/c{place}")
        drain = {"id": place + 1, "token": f"d.{place}", "url": f"http://127.0.0.1:{receiver.server_port}/c{place}"}
        with open(f"root/c{place}/channel.json", "w", encoding="utf-8") as file:
            json.dump({"tokens": {"app": token}, "drains": [drain], "limits": {"max_size": "1GiB"}}, file)
    with open(os.open("credentials", os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
        file.write("router:pw any_channel\n")

    def start():
        address = f"http://127.0.0.1:{port}"
        words = ["--channels", "root", "--credentials", "credentials", "--allow-local-drains", "--listen", address]
        return crash.start("logbuf", "serve", *words)

    process = start()
    posters = [Poster(port, 1 + i * BATCH, CLIENTS * BATCH, tokens) for i in range(CLIENTS)]
    for poster in posters:
        poster.start()

    def go_on():
        posted, came = sum(len(poster.answered) for poster in posters), sum(map(len, receiver.came.values()))
        crash.eventually(
            lambda: any(poster.errors for poster in posters)
            or (
                sum(len(poster.answered) for poster in posters) > posted
                and sum(map(len, list(receiver.came.values()))) > came
            ),
            "nothing is answered, or nothing reaches a drain",
        )

    senders = 0
    for number in crash.each_round():
        go_on()
        if number % 2 == 0:
            crash.kill_at_random(process, 60)
            process = start()
            continue
        crash.eventually(lambda: descendants_of(process.pid), "no drain has processes")
        senders += crash.kill(crash.random.choice(descendants_of(process.pid)))
    go_on()
    for poster in posters:
        poster.stopping.set()
    for poster in posters:
        poster.join()
        crash.need(not poster.errors, poster.errors)
    answered = {pair for poster in posters for pair in poster.answered}

    def numbers(place):
        with receiver.lock:
            texts = list(receiver.came.get(f"/c{place}", []))
        return crash.whole(b"".join(text + b"\n" for text in texts), f"drain {place}")

    def missing():
        there = {(place, number) for place in range(CHANNELS) for number in numbers(place)}
        return answered - there

    crash.need(answered, "nothing was answered")
    crash.eventually(lambda: not missing(), "messages that were answered do not reach their drain")
    for place in range(CHANNELS):
        wrong = [number for number in numbers(place) if place_of(number) != place]
        crash.need(not wrong, f"drain {place} has another channel's messages: {wrong[:5]}")
    crash.stop(process)
    crash.need(senders, "no sender was killed")
    crash.saw("messages answered", len(answered))
    crash.saw("senders killed", senders)


SCENARIOS = ((drains, 40),)

"""Kills of a node of a hub on Redis, of the server, and of what sends drains, while clients post to two nodes: what was
answered is in its channel's log and reaches the channel's drain, and no other."""

import json
import os

from draining import Receiver
from harness import descendants_of
from hub import BATCH, CHANNELS, CLIENTS, Poster, place_of
from posting import free_port
from redis import Server


def nodes(crash):
    server = Server(crash)
    receiver = Receiver()
    ports = [free_port(), free_port()]
    tokens = [f"t.{place}" for place in range(CHANNELS)]
    for place, token in enumerate(tokens):
        drain = {"id": place + 1, "token": f"d.{place}", "url": f"http://127.0.0.1:{receiver.server_port}/c{place}"}
        server.ask("hset", "{hub}:channels", f"c{place}", json.dumps({"tokens": {"app": token}, "drains": [drain]}))
        server.ask("hset", "{hub}:tokens", token, f"c{place}")
        server.ask("xgroup", "create", f"{{hub}}:log:c{place}", f"d.{place}", "$", "mkstream")
    with open(os.open("credentials", os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
        file.write("router:pw any_channel\n")

    def start(port):
        words = ["--credentials", "credentials", "--allow-local-drains", "--cap", "0", "--listen", f"http://127.0.0.1:{port}"]
        return crash.start("logredis", "serve", *words, server.url)

    processes = [start(port) for port in ports]
    posters = [Poster(ports[i % 2], 1 + i * BATCH, CLIENTS * BATCH, tokens) for i in range(CLIENTS)]
    for poster in posters:
        poster.start()

    def go_on():
        posted, came = sum(len(poster.answered) for poster in posters), sum(map(len, list(receiver.came.values())))
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
        if number % 4 == 0:
            server.kill()
        elif number % 4 == 2:
            victim = number // 4 % 2
            crash.kill_at_random(processes[victim], 60)
            processes[victim] = start(ports[victim])
        else:
            children = [child for process in processes for child in descendants_of(process.pid)]
            if children:
                senders += crash.kill(crash.random.choice(children))
    go_on()
    for poster in posters:
        poster.stopping.set()
    for poster in posters:
        poster.join()
        crash.need(not poster.errors, poster.errors)
    answered = {pair for poster in posters for pair in poster.answered}
    crash.need(answered, "nothing was answered")

    def numbers(place):
        with receiver.lock:
            texts = list(receiver.came.get(f"/c{place}", []))
        return crash.whole(b"".join(text + b"\n" for text in texts), f"drain {place}")

    def missing():
        return answered - {(place, number) for place in range(CHANNELS) for number in numbers(place)}

    crash.eventually(lambda: not missing(), "messages that were answered do not reach their drain")
    stored = set()
    for place in range(CHANNELS):
        wrong = [number for number in numbers(place) if place_of(number) != place]
        crash.need(not wrong, f"drain {place} has another channel's messages: {wrong[:5]}")
        lines = crash.run("logredis", "cat", "--stream", server.url, f"{{hub}}:log:c{place}").split(b"\n")[:-1]
        text = b"".join(line.split(b" ", 7)[7] + b"\n" for line in lines)
        stored |= {(place, number) for number in crash.whole(text, f"channel {place}")}
    lost = answered - stored
    crash.need(not lost, f"{len(lost)} of {len(answered)} messages that were answered are missing: {sorted(lost)[:5]}")
    for process in processes:
        crash.stop(process)
    crash.need(senders, "no sender was killed")
    crash.saw("messages answered", len(answered))
    crash.saw("senders killed", senders)


SCENARIOS = ((nodes, 40),)

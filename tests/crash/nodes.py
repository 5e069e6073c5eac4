"""Kills of a node of a hub on Redis, of the server, and of what sends drains, while clients post to two nodes: what was
answered is in its channel's log and reaches the channel's drain, and no other."""

import json

from draining import Receiver, both_go_on
from harness import descendants_of
from hub import CHANNELS, start_posters, stop, write_credentials
from posting import free_port
from redis import Server


def nodes(crash):
    server = Server(crash)
    receiver = Receiver()
    ports = [free_port(), free_port()]
    tokens = [f"t.{place}" for place in range(CHANNELS)]
    for place, token in enumerate(tokens):
        channel = {"tokens": {"app": token}, "drains": [receiver.drain(place)]}
        server.ask("hset", "{hub}:channels", f"c{place}", json.dumps(channel))
        server.ask("hset", "{hub}:tokens", token, f"c{place}")
        server.ask("xgroup", "create", f"{{hub}}:log:c{place}", f"d.{place}", "$", "mkstream")
    write_credentials("router:pw any_channel\n")

    def start(port):
        words = ["--credentials", "credentials", "--allow-local-drains", "--cap", "0", "--listen", f"http://127.0.0.1:{port}"]
        return crash.start("logredis", "serve", *words, server.url)

    processes = [start(port) for port in ports]
    posters = start_posters(tokens, *ports)
    senders = 0
    for number in crash.each_round():
        both_go_on(crash, posters, receiver)
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
    both_go_on(crash, posters, receiver)
    stop(crash, posters)
    answered = {pair for poster in posters for pair in poster.answered}
    crash.need(answered, "nothing was answered")
    receiver.check(crash, answered)
    stored = set()
    for place in range(CHANNELS):
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

"""Kills of a node of a hub on Redis, of its servers, and of what sends drains, while clients post to two nodes: what was
answered is in its channel's log and reaches the channel's drain, and no other."""

import json

from draining import Receiver, both_go_on
from harness import descendants_of
from hub import CHANNELS, start_posters, stop, write_credentials
from posting import free_port
from redis import Server


def nodes(crash):
    server = Server(crash)
    run(crash, server, [server])


def shards(crash):
    run(crash, Server(crash, "registry"), [Server(crash, "one"), Server(crash, "two")])


def run(crash, registry, shards):
    receiver = Receiver()
    ports = [free_port(), free_port()]
    tokens = [f"t.{place}" for place in range(CHANNELS)]
    for place, token in enumerate(tokens):
        channel = {"tokens": {"app": token}, "drains": [receiver.drain(place)]}
        registry.ask("hset", "{hub}:channels", f"c{place}", json.dumps(channel))
        registry.ask("hset", "{hub}:tokens", token, f"c{place}")
    write_credentials("router:pw any_channel\n")
    servers = list({server.url: server for server in (registry, *shards)}.values())

    def start(port):
        words = ["--credentials", "credentials", "--allow-local-drains", "--cap", "0", "--listen", f"http://127.0.0.1:{port}"]
        return crash.start("logredis", "serve", *words, "--registry", registry.url, *(shard.url for shard in shards))

    processes = [start(port) for port in ports]
    posters = start_posters(tokens, *ports)
    senders = 0
    for number in crash.each_round():
        both_go_on(crash, posters, receiver)
        if number % 4 == 0:
            servers[number // 4 % len(servers)].kill()
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
    stored = {(place, number) for place in range(CHANNELS) for number in numbers_of(crash, shards, place)}
    lost = answered - stored
    crash.need(not lost, f"{len(lost)} of {len(answered)} messages that were answered are missing: {sorted(lost)[:5]}")
    used = [shard for shard in shards if shard.ask("hlen", "{hub}:placed") != b"0\n"]
    crash.need(used == shards, "a server has no channel")
    for process in processes:
        crash.stop(process)
    crash.need(senders, "no sender was killed")
    crash.saw("messages answered", len(answered))
    crash.saw("senders killed", senders)


def numbers_of(crash, shards, place):
    """What the channel's server has; no other has any of it."""
    logs = [crash.run("logredis", "cat", "--stream", shard.url, f"{{hub}}:log:c{place}") for shard in shards]
    crash.need(sum(map(bool, logs)) == 1, f"{sum(map(bool, logs))} servers have channel {place}")
    text = b"".join(line.split(b" ", 7)[7] + b"\n" for line in b"".join(logs).split(b"\n")[:-1])
    return crash.whole(text, f"channel {place}")


SCENARIOS = ((nodes, 40), (shards, 40))

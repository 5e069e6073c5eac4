"""Kills of a hub while clients post to many channels and others change them: what was answered is so afterwards."""

import base64
import http.client
import json
import os
import threading

from messages import message
from posting import free_port

BATCH = 20  # messages a request
CLIENTS = 3
CHANNELS = 12
PREFIX = b"<14>1 - h %s p - - "


def place_of(number):
    """The channel of a message: each request has messages for three of them."""
    return ((number - 1) // BATCH + number % 3) % CHANNELS


class Asker(threading.Thread):
    """Asks one request after the other; what a kill has cut off is asked again."""

    def __init__(self, port, user):
        super().__init__(daemon=True)
        self.port = port
        self.authorization = "Basic " + base64.b64encode(user.encode()).decode()
        self.errors = []
        self.stopping = threading.Event()
        self.connection = None

    def ask(self, method, path, body=None, **headers):
        """The status; None: it is not known what became of it."""
        headers = {"Authorization": self.authorization, **{name.replace("_", "-"): text for name, text in headers.items()}}
        try:
            self.connection = self.connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            self.connection.request(method, path, body, headers)
            response = self.connection.getresponse()
            self.body = response.read()
        except (OSError, http.client.HTTPException):
            self.connection = None
            self.stopping.wait(0.005)
            return None
        if response.will_close:
            self.connection = None
        return response.status


class Poster(Asker):
    def __init__(self, port, first, step, tokens):
        super().__init__(port, "router:pw")
        self.next, self.step, self.tokens = first, step, tokens
        self.answered = []  # (channel, number)

    def run(self):
        while not self.stopping.is_set():
            numbers = range(self.next, self.next + BATCH)
            places = [(number, place_of(number)) for number in numbers]
            texts = [PREFIX % self.tokens[place].encode() + message(number) for number, place in places]
            body = b"".join(b"%d %s" % (len(text), text) for text in texts)
            status = self.ask("POST", "/logs", body, Content_Type="application/logplex-1", Logplex_Frame_Id=f"{self.next:032X}")
            if status == 204:
                self.answered.extend((place, number) for number, place in places)
                self.next += self.step
            elif status not in (None, 503):
                self.errors.append(f"answered {status}: {self.body[:200]}")
                return


def start_posters(tokens, *ports):
    """Clients of one of the ports each, which post messages with numbers of their own."""
    posters = [Poster(ports[i % len(ports)], 1 + i * BATCH, CLIENTS * BATCH, tokens) for i in range(CLIENTS)]
    for poster in posters:
        poster.start()
    return posters


def posted(posters):
    return sum(len(poster.answered) for poster in posters)


def go_on(crash, askers, why, *counts):
    """Until each count is higher than now, or an asker has met an error."""
    before = [count() for count in counts]
    crash.eventually(
        lambda: any(asker.errors for asker in askers) or all(count() > was for count, was in zip(counts, before)), why
    )


def stop(crash, askers):
    for asker in askers:
        asker.stopping.set()
    for asker in askers:
        asker.join()
        crash.need(not asker.errors, asker.errors)


def write_credentials(text):
    with open(os.open("credentials", os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


class Manager(Asker):
    """Makes channels, gives them tokens and deletes some."""

    def __init__(self, port):
        super().__init__(port, "admin:secret")
        self.there = {}  # names of tokens, by id
        self.gone = set()
        self.done = 0

    def until(self, right, method, path, body=None):
        """Asks until it is answered; True: with one of the right statuses."""
        while not self.stopping.is_set():
            status = self.ask(method, path, body)
            if status in right:
                self.done += 1
                return True
            if status not in (None, 503):
                self.errors.append(f"{method} {path} is answered {status}: {self.body[:200]}")
                return False
        return False

    def run(self):
        number = 0
        while not self.stopping.is_set() and not self.errors:
            number += 1
            path = f"/v3/channels/made{number}"
            if not self.until((200, 201), "PUT", path, '{"tokens":["a"]}'):
                return
            self.there[f"made{number}"] = ["a"]
            if number % 3 == 1:
                if not self.until((200,), "PUT", path, '{"tokens":["a","b"]}'):
                    self.there.pop(f"made{number}")  # not known which
                    return
                self.there[f"made{number}"] = ["a", "b"]
            if number % 3 == 2:
                self.there.pop(f"made{number}")
                if not self.until((204, 404), "DELETE", path):
                    return
                self.gone.add(f"made{number}")


def token_of(channel):
    with open(f"root/{channel}/channel.json", encoding="utf-8") as file:
        return json.load(file)["tokens"]


def hub(crash):
    """Duplicates are allowed after kills, as a hub remembers repetitions in memory only."""
    port = free_port()
    tokens = [f"t.{place}" for place in range(CHANNELS)]
    for place, token in enumerate(tokens):
        os.makedirs(f"root/c{place}")
        with open(f"root/c{place}/channel.json", "w", encoding="utf-8") as file:
            json.dump({"tokens": {"app": token}, "limits": {"max_size": "1GiB"}}, file)
    write_credentials("admin:secret full_api\nrouter:pw any_channel\n")

    def start():
        return crash.start(
            "logbuf", "serve", "--channels", "root", "--credentials", "credentials", "--listen", f"http://127.0.0.1:{port}"
        )

    process = start()
    posters = start_posters(tokens, port)
    manager = Manager(port)
    manager.start()
    askers = [*posters, manager]

    def all_go_on():
        go_on(crash, askers, "nothing is answered", lambda: posted(posters), lambda: manager.done)

    for _ in crash.each_round():
        all_go_on()
        crash.kill_at_random(process, 60)
        process = start()
    all_go_on()
    stop(crash, askers)
    crash.stop(process)
    stored = {}
    for place in range(CHANNELS):
        prefix = PREFIX % b"app"
        text = crash.run("logbuf", "cat", f"root/c{place}/buffer")
        lines = text.split(b"\n")[:-1]
        crash.need(all(line.startswith(prefix) for line in lines), f"channel {place} holds what nobody sent")
        stored[place] = crash.whole(b"".join(line[len(prefix) :] + b"\n" for line in lines), f"channel {place}")
        crash.verify(f"root/c{place}/buffer")
    answered = [pair for poster in posters for pair in poster.answered]
    there = {(place, number) for place, numbers in stored.items() for number in numbers}
    lost = [pair for pair in answered if pair not in there]
    crash.need(answered, "nothing was answered")
    crash.need(not lost, f"{len(lost)} of {len(answered)} messages that were answered are missing: {lost[:5]}")
    wrong = [(place, number) for place, number in there if place != place_of(number)]
    crash.need(not wrong, f"a channel has another's messages: {wrong[:5]}")
    for channel, names in manager.there.items():
        crash.need(sorted(token_of(channel)) == names, f"channel {channel} has tokens {token_of(channel)}, not {names}")
    back = [channel for channel in manager.gone if os.path.exists(f"root/{channel}")]
    crash.need(not back, f"channels that were deleted are there: {back[:5]}")
    crash.need(manager.gone and manager.there, "no channel was changed")
    crash.saw("messages answered", len(answered))
    crash.saw("channels changed", manager.done)
    crash.saw("repeated", sum(map(len, stored.values())) - len(there))


SCENARIOS = ((hub, 60),)

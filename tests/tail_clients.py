"""Clients of a session.

many URL COUNT: so many of them, of which the first never reads; says how many of the others have seen "hello".
sessions HUB COUNT HELD: so many sessions of ten channels, each with a tail of its own. When HELD of the tails have seen "hello"
they are closed, and the others see it.
late URL: one that reads nothing before there is a file "read", and then shows all that it gets.
"""

import base64
import http.client
import json
import os
import resource
import selectors
import socket
import sys
import time
import urllib.parse


def connect(url, version, receive_buffer=None):
    parts = urllib.parse.urlsplit(url)
    client = socket.socket()
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.connect((parts.hostname, parts.port))
    client.sendall(f"GET {parts.path} HTTP/{version}\r\nHost: hub\r\n\r\n".encode())
    return client


def many(url, count):
    selector = selectors.DefaultSelector()
    silent = connect(url, "1.1")
    for _ in range(int(count) - 1):
        selector.register(connect(url, "1.1"), selectors.EVENT_READ, bytearray())
    seen = 0
    while selector.get_map():
        for key, _ in selector.select():
            piece = key.fileobj.recv(65536)
            key.data.extend(piece)
            seen += b"hello" in key.data
            if b"hello" in key.data or not piece:
                selector.unregister(key.fileobj)
    print(f"{seen} have seen it")
    silent.close()


class Hub:
    def __init__(self, url):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc)

    def ask(self, method, path, user, body, content_type="application/json"):
        login = base64.b64encode(user.encode()).decode()
        self.connection.request(method, path, body, {"Authorization": f"Basic {login}", "Content-Type": content_type})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text}")
        return text and json.loads(text)

    def make_channel(self, channel):
        return self.ask("PUT", f"/v3/channels/{channel}", "admin:secret", '{"tokens":["web"]}')["tokens"]["web"]

    def open_session(self, channel):
        return self.ask("POST", "/v2/sessions", "admin:secret", json.dumps({"channel_id": channel, "tail": True}))["url"]

    def say_hello(self, token):
        message = f"<190>1 2012-12-10T03:00:48Z h {token} web.1 - - hello"
        self.ask("POST", "/logs", f"token:{token}", f"{len(message)} {message}", "application/logplex-1")


def sessions(url, count, held):
    resource.setrlimit(resource.RLIMIT_NOFILE, 2 * resource.getrlimit(resource.RLIMIT_NOFILE)[1:])
    hub = Hub(url)
    tokens = [hub.make_channel(f"s{number}") for number in range(10)]
    urls = [hub.open_session(f"s{number % 10}") for number in range(int(count))]
    selector = selectors.DefaultSelector()
    for each in urls:
        selector.register(connect(each, "1.1"), selectors.EVENT_READ, bytearray())
    for token in tokens:
        hub.say_hello(token)
    seen = []

    def look(wanted):
        while len(seen) < wanted:
            for key, _ in selector.select():
                piece = key.fileobj.recv(65536)
                if not piece:
                    raise RuntimeError("a tail has ended")
                key.data.extend(piece)
                if b"hello" in key.data:
                    selector.unregister(key.fileobj)
                    seen.append(key.fileobj)

    look(int(held))
    before = len(seen)
    for client in seen:
        client.close()
    look(len(urls))
    print(f"{before} have seen it, then {len(seen)}")


def late(url):
    client = connect(url, "1.0", receive_buffer=4096)
    while not os.path.exists("read"):
        time.sleep(0.02)
    while piece := client.recv(65536):
        sys.stdout.buffer.write(piece)
        sys.stdout.flush()


{"many": many, "sessions": sessions, "late": late}[sys.argv[1]](*sys.argv[2:])

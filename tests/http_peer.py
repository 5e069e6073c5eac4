"""An HTTP server for tests, which does with each request what the next of its arguments says; the last one goes on.

    python3 tests/http_peer.py [PORT:N] ACTION...

    STATUS[;Name: value]...[;=BODY]   reads the request and answers so
    close                             reads half of the body and closes the connection
    cut                               answers 200, and closes the connection within the answer's body
    endless                           answers 200 with a body that does not end
    early                             answers 200 before it reads the body, which it throws away
    never                             reads the request and does not answer
    over=N                            413 for bodies of more than N bytes, else 200
    guilty[=STATUS]                   400 for bodies that hold "guilty", else 200
    connect                           a proxy: answers CONNECT with 200, and passes on what comes then
    wait=SECONDS                      answers 200 so much later
    random=SEED                       most of these, at random

The folder gets "requests", a line of JSON for each request, and "taken", the bodies that were answered 2xx in whole.
Both are written before the answer.
"""

import gzip
import json
import random
import select
import socket
import sys
import threading
import time

REASONS = {200: "OK", 204: "No Content", 503: "Service Unavailable"}
RANDOM = ("200",) * 9 + ("204", "202", "500", "503", "429;Retry-After: 0", "408", "close", "cut", "over=300000", "never")


class Peer:
    def __init__(self, actions):
        self.actions = actions
        self.lock = threading.Lock()
        self.busy = self.most_busy = 0
        self.requests = open("requests", "ab", buffering=0)
        self.taken = open("taken", "ab", buffering=0)
        self.random = None

    def next_action(self):
        action = self.actions.pop(0) if len(self.actions) > 1 else self.actions[0]
        if not action.startswith("random"):
            return action
        self.random = self.random or random.Random(action)
        return self.random.choice(RANDOM)

    def note(self, line, headers, body, status):
        request = {"line": line, "headers": headers, "body": body.decode("latin1"), "status": status}
        request["busy"] = self.busy
        self.requests.write(json.dumps(request).encode() + b"\n")
        if 200 <= status < 300:
            if headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            self.taken.write(body)

    def serve(self, connection):
        with connection, connection.makefile("rb") as stream:
            try:
                while self.one(connection, stream):
                    pass
            except OSError:
                pass

    def one(self, connection, stream):
        line = stream.readline().decode("latin1").strip()
        if not line:
            return False
        headers = {}
        while head := stream.readline().decode("latin1").strip():
            name, _, value = head.partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", 0))
        with self.lock:
            action = self.next_action()
            self.busy += 1
        try:
            return self.act(action, connection, stream, (line, headers, length))
        finally:
            with self.lock:
                self.busy -= 1

    def pass_on(self, connection, target):
        host, _, port = target.rpartition(":")
        with socket.create_connection((host, int(port))) as server:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            ends = {connection: server, server: connection}
            while ends:
                for end in select.select(ends, [], [])[0]:
                    other = ends[end]
                    if data := end.recv(65536):
                        other.sendall(data)
                    else:
                        other.shutdown(socket.SHUT_WR)
                        del ends[end]
        return False

    def act(self, action, connection, stream, request):
        line, headers, length = request
        if action == "connect":
            with self.lock:
                self.note(line, headers, b"", 200)
            return self.pass_on(connection, line.split()[1])
        if action == "early":
            with self.lock:
                self.note(line, headers, b"", 0)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            stream.read(length)
            return False
        body = stream.read(length // 2 if action == "close" else length)
        if len(body) < length and action != "close":
            return False
        status, extra, answer = 200, "", b""
        if action[:1].isdigit():
            first, *more = action.split(";")
            status = int(first)
            extra = "".join(each + "\r\n" for each in more if not each.startswith("="))
            answer = "".join(each[1:] for each in more if each.startswith("=")).encode()
        elif action.startswith("over="):
            status = 413 if length > int(action[5:]) else 200
        elif action.startswith("guilty"):
            status = int(action[7:] or 400) if b"guilty" in body else 200
        elif action.startswith("wait="):
            time.sleep(float(action[5:]))
        with self.lock:
            whole = action not in ("close", "cut", "never", "endless")
            self.note(line, headers, body, status if whole else 0)
        if action == "never":
            stream.read(1)
            return False
        if action == "cut":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
        if action == "endless":
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                connection.sendall(b"x" * 65536)
        if not whole:
            return False
        length = "" if status == 204 else f"Content-Length: {len(answer)}\r\n"
        connection.sendall(f"HTTP/1.1 {status} {REASONS.get(status, 'So')}\r\n{extra}{length}\r\n".encode() + answer)
        return True


def main():
    arguments = sys.argv[1:]
    port = int(arguments.pop(0)[5:]) if arguments[0].startswith("port:") else 0
    peer = Peer(arguments)
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)  # so that early answers are early
        listener.bind(("127.0.0.1", port))
        listener.listen(64)
        print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", file=sys.stderr, flush=True)
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=peer.serve, args=(connection,), daemon=True).start()


main()

"""The smallest logd server (docs/protocol-logd.md) that answers as a test wants it.

logd_peer.py PORT REQUESTS ANSWER...   takes MSG; the bytes of all requests go into the file REQUESTS

The first request is answered with the first ANSWER, and so on; the last one stands for all that follow. After "OK" comes
the number of messages taken so far, and they are printed; "hang" is no answer; an answer with a "/" behind it is the
connection's last.
"""

import socket
import sys


def request(stream):
    """The next one, as it stands in the stream, and its messages; nothing at the end."""
    raw = stream.readline()
    messages = []
    for _ in range(int(raw.split()[1]) if raw else 0):
        length = b""
        while not length.endswith(b" "):
            length += stream.read(1)
        body = stream.read(int(length) + 2)
        raw += length + body
        messages.append(body[:-2])
    return raw, messages


class Server:
    def __init__(self, path, answers):
        self.requests, self.answers, self.taken = open(path, "wb", buffering=0), answers, 0

    def serve(self, connection):
        stream = connection.makefile("rb")
        while True:
            raw, messages = request(stream)
            if not raw:
                return
            self.requests.write(raw)
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if answer != "hang":
                connection.sendall(self.answered(answer.rstrip("/"), messages).encode() + b"\r\n")
            if answer.endswith("/"):
                return

    def answered(self, answer, messages):
        if answer != "OK":
            return answer
        self.taken += len(messages)
        for message in messages:
            sys.stdout.buffer.write(message + b"\n")
        sys.stdout.flush()
        return f"OK {self.taken}"


def main(port, path, *answers):
    listener = socket.create_server(("127.0.0.1", int(port)))
    print("listening", file=sys.stderr, flush=True)
    server = Server(path, list(answers))
    while True:
        connection, _ = listener.accept()
        try:
            server.serve(connection)
        except (OSError, ValueError):
            pass  # the client was killed, perhaps in the middle of a request
        connection.close()


main(*sys.argv[1:])

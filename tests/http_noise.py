"""Random bytes for an HTTP server: python3 tests/http_noise.py PORT BYTES SEED

Each connection gets requests that were damaged, in pieces of random size: bytes replaced, left out, doubled and put in,
or noise alone. Whatever the server answers is read; it may close the connection where it likes. Every second or so it
must take a message that is whole. Prints how many connections there were, and how often each status came.
"""

import collections
import random
import re
import socket
import sys

WORDS = [
    b"POST ", b"GET ", b"HEAD ", b"OPTIONS ", b"/logs", b"/in", b"/_bulk", b"/loki/api/v1/push", b"/v1/logs",
    b"/services/collector", b"/healthcheck", b"?a=b&c", b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", b"\r\n", b"\r\n\r\n", b"\r", b"\n",
    b"\0", b"Host: a\r\n", b"Content-Length: 5\r\n", b"Content-Length: 99999999999999999999\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip, chunked\r\n", b"Content-Encoding: gzip\r\n",
    b"Content-Encoding: zstd\r\n", b"Content-Type: application/json\r\n", b"Content-Type: application/logplex-1\r\n",
    b"Connection: close\r\n", b"Expect: 100-continue\r\n", b"5\r\nhello\r\n", b"0\r\n\r\n", b"ffffffffffffffff\r\n",
    b'{"a":[1,{"b":null}]}', b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd", b"8 <13>1 - ", b" ", b":", b";x=y",
]  # fmt: skip
BODIES = {
    b"/in": (b"text/plain", b"one\ntwo\n"),
    b"/logs": (b"application/logplex-1", b"40 <40>1 2012-11-30T06:45:29+00:00 host a b 5 hello"),
    b"/_bulk": (b"application/x-ndjson", b'{"index":{}}\n{"message":"m"}\n'),
    b"/loki/api/v1/push": (b"application/json", b'{"streams":[{"stream":{"a":"b"},"values":[["1","x"]]}]}'),
    b"/services/collector": (b"application/json", b'{"event":"e"}'),
    b"/v1/logs": (b"application/json", b'{"resourceLogs":[]}'),
    b"/json": (b"application/json", b'[1,{"a":"b"}]'),
}


class Noise:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def request(self):
        path = self.random.choice(list(BODIES))
        kind, body = BODIES[path]
        head = b"POST " + path + b" HTTP/1.1\r\nHost: h\r\nContent-Type: " + kind + b"\r\n"
        if self.random.random() < 0.3:
            cut = self.random.randint(0, len(body))
            chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:cut], body[cut:]) if part)
            return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
        return head + b"Content-Length: %d\r\n\r\n" % len(body) + body

    def damaged(self, data):
        for _ in range(self.random.randint(0, 4)):
            at = self.random.randint(0, len(data))
            end = min(len(data), at + self.random.choice((1, 1, 1, 2, 8, 64)))
            new = self.random.choice(
                (b"", self.random.randbytes(end - at), self.random.choice(WORDS), 2 * data[at:end], self.random.randbytes(40))
            )
            data = data[:at] + new + data[end:]
        return data

    def connection(self):
        kind = self.random.random()
        if kind < 0.1:
            return self.random.randbytes(self.random.randint(1, 4000))
        if kind < 0.3:
            return b"".join(self.random.choices(WORDS, k=self.random.randint(1, 60)))
        return b"".join(self.damaged(self.request()) for _ in range(self.random.randint(1, 8)))

    def pieces(self, data):
        while data:
            size = self.random.choice((1, 7, 100, 5000))
            yield data[:size]
            data = data[size:]


def exchange(port, pieces):
    """What the server says."""
    said = b""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
            while got := connection.recv(65536):
                said += got
        except (BrokenPipeError, ConnectionResetError, OSError) as error:
            if isinstance(error, TimeoutError):
                raise
    return said


def main():
    port, left, noise = int(sys.argv[1]), int(sys.argv[2]), Noise(sys.argv[3])
    statuses = collections.Counter()
    connections = whole = 0
    while left > 0:
        data = noise.connection()
        left -= len(data)
        connections += 1
        statuses.update(re.findall(rb"^HTTP/1\.1 (\d\d\d) ", exchange(port, noise.pieces(data)), re.M))
        if connections % 500 == 0 or left <= 0:
            request = b"POST /whole HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nwhole"
            answer = exchange(port, [request])
            assert answer.startswith(b"HTTP/1.1 204 "), f"a whole request got {answer[:200]!r}"
            whole += 1
    said = ", ".join(f"{count} x {status.decode()}" for status, count in sorted(statuses.items()))
    print(f"{connections} connections, {whole} whole requests: {said}")


main()

"""Rows of HTTP: a full buffer to a server that reads and answers, beside curl with one upload."""

import json
import shutil
import socket
import subprocess
import threading

from process import timed
from setting import Row, megabytes


class Server:
    """Reads requests as fast as they come, and answers 204 to each when all of it is there."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/in"
        self.received = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        block = bytearray(1 << 20)
        while head := connection.recv(16384):  # little of the body with it, which would be copied
            while b"\r\n\r\n" not in head:
                head += connection.recv(65536)
            head, _, body = head.partition(b"\r\n\r\n")
            fields = head.lower()
            if b"\r\nexpect: 100-continue" in fields:
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            length = int(fields.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
            left = length - len(body)
            while left > 0:
                left -= connection.recv_into(block, min(left, len(block)))
            self.received += length
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def ndjson(bench):
    path = bench.work / f"ndjson-{bench.count}"
    if not path.exists():
        part = path.with_suffix(".part")
        with open(bench.lines, encoding="latin1") as lines, open(part, "w", encoding="ascii") as out:
            for line in lines:
                out.write('{"message":' + json.dumps(line.rstrip("\n")) + "}\n")
        part.rename(path)
    return path


def full_buffer(bench):
    full = bench.work / f"full-ndjson-{bench.count}"
    if not full.exists():
        timed(["logbuf", "push", "--max-size", "64G", full], stdin=open(ndjson(bench), "rb"))
    copy = bench.fresh("buffer")
    shutil.copytree(full, copy)
    subprocess.run(["sync", "-f", bench.work], check=True)
    return copy


def http_out(bench):
    body = ndjson(bench)

    def sent(command):
        with Server() as server:
            seconds = timed([*command, server.url])
            if server.received != body.stat().st_size:
                raise RuntimeError(f"the server got {server.received} bytes, not {body.stat().st_size}")
        return megabytes(body, seconds)

    ours = "logbuf peek -- logsend http://"
    curl = "curl, one upload"
    contenders = {ours: lambda: sent(["logbuf", "peek", full_buffer(bench), "--", "logsend", "--api", "ndjson"]),
                  curl: lambda: sent(["curl", "-sS", "-X", "POST", "-H", "Content-Type: application/x-ndjson", "-T", body])}
    return Row("NDJSON of a full buffer -> HTTP", "MB/s", ours, contenders, curl, "0.5 x curl",
               lambda of: of[ours] >= 0.5 * of[curl])


ROWS = {"http-out": lambda b: [http_out(b)]}

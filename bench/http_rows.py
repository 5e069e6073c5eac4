"""Rows of HTTP: out, to a server that reads and answers, beside curl with one upload; and in, from http_load, beside
TCP and beside nginx, which answers and stores nothing."""

import json
import shutil
import socket
import subprocess
import threading

from process import free_port, is_listening, now, running, timed, until
from setting import Row, expect, feed, megabytes, next_id, receiver


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


# ---- in

BODY = 1_000_000  # bytes
SENDERS = 4  # of bodies
CONNECTIONS = 64  # of single messages
SINGLES = 200_000


def request(content_type, body, path="/logs"):
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    whole = head.encode() + body
    return b"%d\n" % len(whole) + whole


def written(path, requests):
    """A file for http_load, and how many requests it has."""
    count_file = path.with_suffix(".count")
    if not count_file.exists():
        count = 0
        with open(path, "wb") as out:
            for each in requests:
                out.write(each)
                count += 1
        count_file.write_text(str(count))
    return path, int(count_file.read_text())


def logplex_bodies(bench):
    def bodies():
        body = bytearray()
        with open(bench.lines, "rb") as lines:
            for line in lines:
                body += b"%d %s" % (len(line) - 1, line[:-1])
                if len(body) >= BODY:
                    yield request("application/logplex-1", bytes(body))
                    body.clear()
        if body:
            yield request("application/logplex-1", bytes(body))
    return written(bench.work / f"logplex-{bench.count}", bodies())


def single_messages(bench):
    def requests():
        with open(bench.fewer, "rb") as lines:
            for line in lines:
                yield request("text/plain", line[:-1], "/in")
    return written(bench.work / f"singles-{bench.fewer_count}", requests())


def load(bench, port, connections, count, requests):
    words = [bench.peers.http_load, str(port), str(connections), str(count), requests]
    return float(subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout)


def bodies_in(bench):
    requests, count = logplex_bodies(bench)

    def http():
        buffer = bench.fresh("buffer")
        with receiver(buffer, "http") as port:
            seconds = load(bench, port, SENDERS, count, requests)
            expect(next_id(buffer) - 1, bench.count, "the buffer")
            return megabytes(bench.lines, seconds)

    def tcp():
        buffer = bench.fresh("buffer")
        with receiver(buffer) as port:
            begin = now()
            timed(feed(bench.lines, port))
            until(lambda: next_id(buffer) > bench.count, "all lines to be in the buffer")
            return megabytes(bench.lines, now() - begin)

    ours, baseline = f"logcat http:// -- logbuf push, {SENDERS} senders", "logcat tcp:// -- logbuf push, lines"
    return Row("1 MB logplex-1 bodies -> durable buffer", "MB/s", ours, {ours: http, baseline: tcp}, baseline,
               "0.7 x TCP lines", lambda of: of[ours] >= 0.7 * of[baseline])


NGINX = """worker_processes {workers};
daemon off;
pid {work}/pid;
error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {work}/body;
  server {{ listen 127.0.0.1:{port}; location / {{ return 204; }} }}
}}
"""


def nginx(bench, workers, measure):
    work, port = bench.fresh("nginx"), free_port()
    work.mkdir()
    (work / "conf").write_text(NGINX.format(work=work, port=port, workers=workers))
    with running(["nginx", "-p", work, "-c", work / "conf"]):
        until(lambda: is_listening(port), "nginx to listen")
        return measure(port)


def singles_in(bench):
    requests, _ = single_messages(bench)
    rate = lambda port: SINGLES / load(bench, port, CONNECTIONS, SINGLES, requests)

    def ours():
        buffer = bench.fresh("buffer")
        with receiver(buffer, "http") as port:
            found = rate(port)
            expect(next_id(buffer) - 1, SINGLES, "the buffer")
            return found

    name, baseline = "logcat http:// -- logbuf push", "nginx, 204, one worker"
    contenders = {name: ours, baseline: lambda: nginx(bench, 1, rate)}
    return Row(f"one message a request, {CONNECTIONS} connections -> durable buffer", "requests/s", name, contenders,
               baseline, "0.5 x nginx", lambda of: of[name] >= 0.5 * of[baseline])


ROWS = {
    "http-out": lambda b: [http_out(b)],
    "http-in": lambda b: [bodies_in(b), singles_in(b)],
}

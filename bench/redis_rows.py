"""The rows of logredis, beside what comes with Redis: redis-cli --pipe and redis-benchmark on the same lines."""

import contextlib
import shutil
import subprocess

from process import now, running, timed, until
from setting import Row, expect, megabytes

# What each layout's one message is to redis-cli, before the message itself.
COMMANDS = {"list": ["RPUSH", "q"], "stream": ["XADD", "q", "*", "m"]}
LENGTH = {"list": "llen", "stream": "xlen"}
PIPELINE = 64


class Server:
    """A redis-server on a Unix socket with nothing in it; its append-only file is in the work folder."""

    def __init__(self, bench, fsync):
        self.folder = bench.fresh("redis")
        self.folder.mkdir()
        self.socket = self.folder / "sock"
        self.url = f"unix:{self.socket}"
        self.words = ["redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", self.folder, "--save", "",
                      "--appendonly", "yes", "--appendfsync", fsync, "--auto-aof-rewrite-percentage", "0"]

    def ask(self, *words):
        return subprocess.run(["redis-cli", "-s", self.socket, *words], capture_output=True, text=True).stdout.strip()


@contextlib.contextmanager
def server(bench, fsync):
    fresh = Server(bench, fsync)
    with running(list(map(str, fresh.words)), stdout=subprocess.DEVNULL):
        until(lambda: fresh.ask("ping") == "PONG", "redis-server")
        yield fresh


def encoded(words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def pipe_file(bench, layout):
    """The lines as redis-cli --pipe wants them, a command for each."""
    path = bench.work / f"pipe-{layout}-{bench.count}"
    if not path.exists():
        before = [word.encode() for word in COMMANDS[layout]]
        with open(bench.lines, "rb") as lines, open(path.with_suffix(".part"), "wb") as out:
            out.writelines(encoded([*before, line[:-1]]) for line in lines)
        path.with_suffix(".part").rename(path)
    return path


def push(bench, layout, fsync):
    pipe = pipe_file(bench, layout)

    def through(words, source):
        def run():
            with server(bench, fsync) as redis, open(source, "rb") as stdin:
                seconds = timed([redis.url if word == "URL" else redis.socket if word == "SOCKET" else word for word in words],
                                stdin=stdin)
                expect(int(redis.ask(LENGTH[layout], "q")), bench.count, "Redis")
                return megabytes(bench.lines, seconds)
        return run

    def benchmark():
        with open(bench.lines, "rb") as lines:
            line = lines.readline()[:-1].decode()
        with server(bench, fsync) as redis:
            begin = now()
            subprocess.run(["redis-benchmark", "-s", redis.socket, "-c", "1", "-P", str(PIPELINE), "-n", str(bench.count), "-q",
                            *COMMANDS[layout], line], stdout=subprocess.DEVNULL, check=True)
            return megabytes(bench.lines, now() - begin)

    contenders = {
        "logredis push": through(["logredis", "push", f"--{layout}", "URL", "q"], bench.lines),
        "redis-cli --pipe": through(["redis-cli", "-s", "SOCKET", "--pipe"], pipe),
        f"redis-benchmark -P {PIPELINE}": benchmark,
    }
    return Row(f"lines -> Redis {layout}, appendfsync {fsync}", "MB/s", "logredis push", contenders, "redis-cli --pipe",
               "0.8 x redis-cli --pipe", lambda of: of["logredis push"] >= 0.8 * of["redis-cli --pipe"])


def pushes(bench):
    return [push(bench, layout, fsync) for fsync in ("everysec", "always") for layout in COMMANDS]


def drain(bench, layout, fsync):
    def filled(redis):
        with open(bench.lines, "rb") as lines:
            return timed(["logredis", "push", f"--{layout}", redis.url, "q"], stdin=lines)

    def push_alone():
        with server(bench, fsync) as redis:
            return megabytes(bench.lines, filled(redis))

    def emptied(verb, *sink):
        def run():
            with server(bench, fsync) as redis:
                filled(redis)
                seconds = timed(["logredis", verb, f"--{layout}", redis.url, "q", *sink])
                expect(int(redis.ask(LENGTH[layout], "q")), 0, "Redis")
                return megabytes(bench.lines, seconds)
        return run

    peek = "logredis peek -- logsend file:/dev/null"
    contenders = {
        peek: emptied("peek", "--", "logsend", "file:/dev/null"),
        "logredis pop": emptied("pop"),
        "logredis push": push_alone,
    }
    return Row(f"Redis {layout} -> lines, acknowledged, appendfsync {fsync}", "MB/s", peek, contenders, "logredis push",
               "0.5 x logredis push", lambda of: of[peek] >= 0.5 * of["logredis push"])


def drains(bench):
    return [drain(bench, layout, fsync) for fsync in ("everysec", "always") for layout in COMMANDS]


ROWS = {"redis-push": pushes, "redis-drain": drains} if shutil.which("redis-server") else {}

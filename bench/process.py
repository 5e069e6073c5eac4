"""Starting, timing and watching processes."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path


def now():
    return time.perf_counter()


def timed(*commands, stdin=None, cwd=None):
    """Runs a pipeline of commands (lists of words); seconds until all have ended well."""
    begin = now()
    processes, source = [], stdin
    for index, words in enumerate(commands):
        last = index == len(commands) - 1
        process = subprocess.Popen(words, stdin=source, stdout=subprocess.DEVNULL if last else subprocess.PIPE, cwd=cwd)
        if index:
            source.close()
        source = process.stdout
        processes.append(process)
    for process in processes:
        if process.wait() != 0:
            raise RuntimeError(f"{process.args} ended with {process.returncode}")
    return now() - begin


@contextlib.contextmanager
def running(words, **options):
    """A process group that is gone when the block ends."""
    process = subprocess.Popen(words, start_new_session=True, **options)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(condition, what, deadline=300, every=0.005):
    end = now() + deadline
    while not condition():
        if now() > end:
            raise RuntimeError(f"waited {deadline} s in vain for {what}")
        time.sleep(every)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def is_listening(port, protocol="tcp"):
    wanted, state = f":{port:04X}", {"tcp": "0A", "udp": "07"}[protocol]
    rows = (row.split() for row in Path(f"/proc/net/{protocol}").read_text().splitlines()[1:])
    return any(row[1].endswith(wanted) and row[3] == state for row in rows)


def processor_seconds(pid):
    """That all threads of a process have used; those that ended are not counted."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def folder_size(folder):
    total = 0
    for file in Path(folder).rglob("*"):
        with contextlib.suppress(OSError):
            total += file.stat().st_blocks * 512
    return total


class Sink:
    """Takes one TCP connection after another and drops what comes; knows when the first and the last bytes came."""

    def __init__(self, on_bytes=None):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.on_bytes = on_bytes
        self.received, self.first, self.last = 0, None, None
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        block = bytearray(1 << 20)
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            while size := connection.recv_into(block):
                self.last = now()
                self.first = self.first or self.last
                self.received += size
                if self.on_bytes:
                    self.on_bytes(block[:size])

    def close(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()


class MemoryWatch:
    """The highest anonymous memory, in MiB, of each tool below this process, sampled while the block runs."""

    def __init__(self):
        self.peak, self._stop = {}, threading.Event()

    def __enter__(self):
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _sample(self):
        while not self._stop.wait(0.01):
            for pid in descendants(os.getpid()):
                with contextlib.suppress(OSError, KeyError, IndexError):
                    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                    status = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
                    name = Path(words[0].decode()).name
                    if name == "logbuf":
                        name += " " + words[1].decode()
                    size = int(status["RssAnon"].split()[0]) / 1024
                    self.peak[name] = max(self.peak.get(name, 0), size)


def descendants(pid):
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield int(child)
                yield from descendants(int(child))

"""What the rows share: their input, the buffer's and the peers' folders, feeding."""

import contextlib
import json
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from process import folder_size, now, running, timed


@dataclass
class Row:
    title: str
    unit: str
    ours: str
    contenders: dict  # name -> function
    baseline: str = ""  # the contender that ratios refer to
    bar: str = ""
    met: object = None  # function: results by name -> bool
    notes: list = field(default_factory=list)


FEW, FEWER = 300_000, 100_000


class Bench:
    def __init__(self, work, peers, count, backlog):
        self.work, self.peers, self.count, self.backlog = Path(work), peers, count, backlog
        self.lines = self._input("lines", count)
        self.few_count, self.fewer_count = min(count, FEW), min(count, FEWER)
        self.few = self._input("few", self.few_count)  # for slow peers
        self.fewer = self._input("fewer", self.fewer_count)  # for slow peers that are asked often
        self.structured = self._input("structured", self.fewer_count, "rfc5424")
        self.access = self._input("access", self.fewer_count, "combined")

    def _input(self, name, count, form="rfc3164"):
        path = self.work / f"{name}-{count}"
        if not path.exists():
            with open(path.with_suffix(".part"), "wb") as out:
                subprocess.run([Path(__file__).parent / "lines", str(count), "1", form], stdout=out, check=True)
            path.with_suffix(".part").rename(path)
        return path

    def fresh(self, name):
        """A path below the work folder at which nothing is; old writes are on disk."""
        path = self.work / name
        shutil.rmtree(path, ignore_errors=True)
        path.unlink(missing_ok=True) if not path.is_dir() else None
        subprocess.run(["sync", "-f", self.work], check=True)
        return path

    def full_buffer(self):
        full = self.work / f"full-{self.count}"
        if not full.exists():
            timed(["logbuf", "push", "--max-size", "64G", full], stdin=open(self.lines, "rb"))
        copy = self.fresh("buffer")
        shutil.copytree(full, copy)
        subprocess.run(["sync", "-f", self.work], check=True)
        return copy


def count_lines(path):
    with open(path, "rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def expect(count, wanted, where):
    if count != wanted:
        raise RuntimeError(f"{count} messages are in {where} instead of {wanted}")


def megabytes(path, seconds):
    return path.stat().st_size / 1e6 / seconds


def next_id(buffer):
    shown = subprocess.run(["logbuf", "stat", "--json", buffer], capture_output=True)
    return json.loads(shown.stdout)["next_id"] if shown.returncode == 0 else 0


def wait_for_growth(work, least, feeder):
    """When the folder last grew, once it holds `least` bytes and has not grown for a second."""
    size, changed = 0, now()
    while feeder.poll() is None or size < least or now() - changed < 1:
        latest = folder_size(work)
        if latest != size:
            size, changed = latest, now()
        if now() - changed > 60:
            raise RuntimeError(f"{work} stopped growing at {size} bytes")
        time.sleep(0.01)
    return changed


def feed(path, port):
    return ["socat", "-u", "-b", "262144", f"OPEN:{path}", f"TCP:127.0.0.1:{port}"]


@contextlib.contextmanager
def receiver(buffer, scheme="tcp", options=()):
    """logcat -- logbuf push on a free port."""
    words = ["logcat", "--print-address", *options, f"{scheme}://127.0.0.1:0", "--", "logbuf", "push", "--max-size", "64G", buffer]
    with running(words, stderr=subprocess.PIPE, text=True) as process:
        yield int(process.stderr.readline().rsplit(":", 1)[1])

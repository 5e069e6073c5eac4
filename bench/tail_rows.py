"""The row of logtail: following a file that grows as fast as it can."""

import shutil
import subprocess

from process import now, running
from setting import Row, megabytes

FIRST = b"first\n"


def follow(bench):
    def followed(*words):
        """From the first byte written until the last one has come through a pipe, with a reader that only counts."""
        growing, checkpoint = bench.fresh("growing"), bench.fresh("checkpoint")
        growing.write_bytes(FIRST)
        named = {"GROWING": growing, "CHECKPOINT": checkpoint}
        with running([str(named.get(word, word)) for word in words], stdout=subprocess.PIPE, bufsize=0) as tail:
            if tail.stdout.read(len(FIRST)) != FIRST:
                raise RuntimeError(f"{words[0]} does not follow")
            begin = now()
            with open(growing, "ab", buffering=0) as out, running(["cat", bench.lines], stdout=out) as writer:
                count(tail.stdout, bench.lines.stat().st_size)
                seconds = now() - begin
                writer.wait()
            return megabytes(bench.lines, seconds)

    contenders = {
        "logtail -f --checkpoint": lambda: followed("logtail", "-f", "--checkpoint", "CHECKPOINT", "GROWING"),
        "logtail -f": lambda: followed("logtail", "-n", "+1", "-f", "GROWING"),
        "GNU tail -F": lambda: followed("tail", "-n", "+1", "-F", "GROWING"),
    }
    return Row("growing file -> pipe", "MB/s", "logtail -f --checkpoint", contenders, "GNU tail -F", "0.7 x tail -F",
               lambda of: of["logtail -f --checkpoint"] >= 0.7 * of["GNU tail -F"])


def count(pipe, size):
    block = bytearray(1 << 20)
    while size > 0:
        got = pipe.readinto(block)
        if not got:
            raise RuntimeError("the tail has ended")
        size -= got


ROWS = {"follow": lambda bench: [follow(bench)]} if shutil.which("tail") else {}

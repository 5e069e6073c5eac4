"""The rows of logtail: following a file that grows as fast as it can, and reading uploaded files."""

import shutil
import subprocess

from process import now, running, timed
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


def harvest(bench):
    """The lines in 200 files of an upload directory into a buffer, and the same files given to logcat."""
    def uploads():
        directory = bench.fresh("uploads")
        directory.mkdir()
        subprocess.run(["split", "-n", "l/200", "-a", "3", bench.lines, directory / "upload"], check=True)
        subprocess.run(["sync", "-f", directory], check=True)
        return directory

    def pushed(words, directory):
        sink = ["logbuf", "push", "--max-size", "64G", bench.fresh("buffer")]
        return megabytes(bench.lines, timed([*words(directory), "--", *sink]))

    def ours(after):
        done = bench.fresh("done")
        done.mkdir()
        checkpoint = bench.fresh("checkpoint")
        words = ["logtail", "--harvest", "--after", after.replace("DONE", str(done)), "--settle", "0s", "--checkpoint", checkpoint]
        return pushed(lambda directory: [*words, directory], uploads())

    def logcat():
        return pushed(lambda directory: ["logcat", *sorted(directory.iterdir())], uploads())

    def removed():
        sink = f"logbuf push --max-size 64G {bench.fresh('buffer')}"
        return megabytes(bench.lines, timed(["sh", "-c", f'logcat "$1"/* -- {sink} && rm -r "$1"', "sh", uploads()]))

    contenders = {
        "logtail --harvest --after move": lambda: ours("move:DONE"),
        "logtail --harvest --after delete": lambda: ours("delete"),
        "logcat FILES": logcat,
        "logcat FILES, then rm": removed,
    }
    return Row("200 uploaded files -> durable buffer", "MB/s", "logtail --harvest --after move", contenders, "logcat FILES",
               "0.7 x logcat FILES", lambda of: of["logtail --harvest --after move"] >= 0.7 * of["logcat FILES"])


def count(pipe, size):
    block = bytearray(1 << 20)
    while size > 0:
        got = pipe.readinto(block)
        if not got:
            raise RuntimeError("the tail has ended")
        size -= got


ROWS = {"harvest": lambda bench: [harvest(bench)]}
if shutil.which("tail"):
    ROWS["follow"] = lambda bench: [follow(bench)]

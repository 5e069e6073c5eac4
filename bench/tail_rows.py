"""The rows of logtail: following a file that grows as fast as it can, uploaded files, the journal."""

import shutil
import subprocess

from process import now, running, timed
from setting import Row, megabytes

FIRST = b"first\n"
REMOTE = "/lib/systemd/systemd-journal-remote"


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


def journal(bench):
    """Entries in a journal file, written as JSON."""
    directory = bench.fresh("journal")
    directory.mkdir()
    with open(bench.fewer, "rb") as lines, subprocess.Popen([REMOTE, "-o", directory / "a.journal", "-"], stdin=subprocess.PIPE,
                                                            stderr=subprocess.DEVNULL) as remote:
        for number, line in enumerate(lines):
            remote.stdin.write(b"__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=%032x\n_MACHINE_ID=%032x\n"
                               b"_HOSTNAME=web\nPRIORITY=%d\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=app\n_PID=%d\n_UID=0\n_GID=0\n"
                               b"_COMM=app\n_EXE=/usr/bin/app\n_SYSTEMD_UNIT=app.service\n_TRANSPORT=syslog\nMESSAGE=%s\n" %
                               (1764400000000000 + number, number, 1, 2, number % 8, number % 50 + 1, line))
        remote.stdin.close()

    def written(*words):
        return bench.fewer_count / timed([*words]) / 1000

    contenders = {
        "logtail journal:": lambda: written("logtail", "-n", "+1", f"journal:{directory}"),
        "journalctl -o json": lambda: written("journalctl", "-D", directory, "-o", "json"),
    }
    return Row("journal -> JSON", "thousand entries/s", "logtail journal:", contenders, "journalctl -o json",
               "5 x journalctl -o json", lambda of: of["logtail journal:"] >= 5 * of["journalctl -o json"])


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
if shutil.which("journalctl") and shutil.which(REMOTE):
    ROWS["journal"] = lambda bench: [journal(bench)]

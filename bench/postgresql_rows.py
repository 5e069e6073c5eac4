"""The row of logsend postgresql://, beside psql's COPY of the same rows into the same table with its key and indexes."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

from process import running, timed, until
from setting import Row, expect, megabytes

BIN = Path(next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), "/usr/lib/postgresql/15/bin"))


class Server:
    """A server on a Unix socket with an empty table `logs`. It does not run as root."""

    def __init__(self, bench):
        self.folder = bench.fresh("postgresql")
        self.folder.mkdir()
        self.prefix = []
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
            self.prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        subprocess.run([*self.prefix, BIN / "initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "-D", self.folder / "data"],
                       stdout=subprocess.DEVNULL, check=True)
        self.url = f"postgresql://postgres@/postgres?host={self.folder}"
        self.words = [*self.prefix, str(BIN / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder),
                      "-c", "listen_addresses=", "-c", "shared_buffers=256MB", "-c", "max_wal_size=4GB"]

    def psql(self, statement):
        return ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", self.url, "-c", statement]

    def ask(self, statement):
        return subprocess.run(self.psql(statement), capture_output=True, text=True).stdout.strip()


@contextlib.contextmanager
def server(bench):
    fresh = Server(bench)
    with running(fresh.words, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL):
        until(lambda: fresh.ask("SELECT 1") == "1", "PostgreSQL")
        yield fresh


def store(bench, database):
    with open(bench.few, "rb") as lines:
        seconds = timed(["logsend", "--create-table", database.url], stdin=lines)
    expect(int(database.ask("SELECT count(*) FROM logs")), bench.few_count, "PostgreSQL")
    return seconds


def rows_for_copy(bench):
    """What logsend stores of the lines, as COPY has it."""
    path = bench.work / f"rows-{bench.few_count}"
    if not path.exists():
        with server(bench) as database, open(path.with_suffix(".part"), "wb") as out:
            store(bench, database)
            subprocess.run(database.psql("COPY logs TO STDOUT"), stdout=out, check=True)
        path.with_suffix(".part").rename(path)
    return path


def rows(bench):
    copied = rows_for_copy(bench)

    def ours():
        with server(bench) as database:
            return megabytes(bench.few, store(bench, database))

    def copy():
        with server(bench) as database:
            subprocess.run(["logsend", "--create-table", database.url], input=b"x\n", check=True)
            database.ask("TRUNCATE logs")
            with open(copied, "rb") as source:
                return megabytes(bench.few, timed(database.psql("COPY logs FROM STDIN"), stdin=source))

    return Row("lines -> PostgreSQL, idempotent", "MB/s", "logsend postgresql:// < lines",
               {"logsend postgresql:// < lines": ours, "psql COPY of the same rows": copy},
               baseline="psql COPY of the same rows", bar="0.5 x COPY",
               met=lambda r: r["logsend postgresql:// < lines"] >= 0.5 * r["psql COPY of the same rows"])


ROWS = {"postgresql": lambda b: [rows(b)]}

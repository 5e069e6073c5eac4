"""One state of the disk after a power cut: laid out, opened with the tools, compared with what was receipted before."""

import json
import os
import shutil
import subprocess
import time

from messages import difference, number_of

DEADLINE = 30  # seconds, for a tool to end


class Violation(Exception):
    """A promise was broken."""


class State:
    """What was said before the cut, and a folder with what the disk holds after it."""

    def __init__(self, work, entries, tree, lasting, how):
        self.work, self.root = work, os.path.join(work, "disk")
        self.tree, self.lasting, self.how = tree, lasting, how
        self.entries = [each for each in entries if each.kind in ("start", "said", "exit")]

    # ---- before the cut

    def said(self, pids, fd=None):
        """Bytes that these processes gave to a pipe or a socket."""
        return b"".join(
            each.data for each in self.entries if each.kind == "said" and each.pid in pids and fd in (None, each.first)
        )

    def pids(self, *words):
        """Of commands that begin with these words."""
        wanted = "".join(f"{word}\0" for word in words).encode()
        return {each.pid for each in self.entries if each.kind == "start" and each.data.startswith(wanted)}

    def succeeded(self, pid):
        return any(each.kind == "exit" and each.pid == pid and each.first == 0 for each in self.entries)

    def receipt(self, pids):
        """The highest id that these processes wrote a receipt for; 0: none."""
        highest = 0
        for pid in pids:
            for line in self.said({pid}, fd=1).split(b"\n")[:-1]:
                highest = max(highest, int(line) if line.isdigit() else 0)
        return highest

    # ---- after it

    def lay_out(self):
        shutil.rmtree(self.root, ignore_errors=True)
        self._lay_out(self.tree, self.root)

    def _lay_out(self, names, path):
        os.mkdir(path)
        for name, there in names.items():
            inner = os.path.join(path, name)
            if isinstance(there, dict):
                self._lay_out(there, inner)
                continue
            inode, content = there
            if inode in self.lasting:
                os.link(self.lasting[inode], inner)
            with open(inner, "wb") as file:  # the same inode, where there is one
                file.write(content)

    def path(self, name):
        return os.path.join(self.root, name)

    def exists(self, name):
        return os.path.exists(self.path(name))

    def need(self, true, why):
        if not true:
            raise Violation(why)

    def start(self, *command, **how):
        for stream in ("stdin", "stdout"):
            how.setdefault(stream, subprocess.DEVNULL)
        with open(os.path.join(self.work, "stderr"), "ab") as errors:
            return subprocess.Popen(command, bufsize=0, stderr=errors, cwd=self.root, **how)

    def run(self, *command, data=b"", ok=(0,)):
        """A tool, to its end; its stdout."""
        process = self.start(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            said = process.communicate(data, timeout=DEADLINE)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Violation(f"'{' '.join(command)}' does not end") from None
        self.need(process.returncode in ok, f"'{' '.join(command)}' ended with status {process.returncode}")
        return said

    def eventually(self, condition, otherwise):
        end = time.monotonic() + DEADLINE
        while not condition():
            self.need(time.monotonic() < end, otherwise)
            time.sleep(0.005)

    def buffer(self, name):
        """The numbers of the messages in a sound buffer, whose ids have no gaps; [] where there is none."""
        if not self.exists(name):
            return []
        verified = self.run("logbuf", "verify", name).decode()
        self.need(verified.endswith("all sound\n"), verified)
        return [number for _, number in self.with_ids(name)]

    def with_ids(self, name):
        found = []
        for line in self.run("logbuf", "cat", "-i", name).split(b"\n")[:-1]:
            number, text = line.split(b"\t", 1)
            found.append((int(number), self.whole(text, f"buffer {name}")))
        ids = [each for each, _ in found]
        self.need(ids == list(range(ids[0], ids[0] + len(ids))) if ids else True, f"the ids of {name} have gaps: {ids}")
        return found

    def whole(self, line, where):
        number = number_of(line)
        self.need(number is not None, f"{where} holds what nobody sent: {line[:80]!r} ({len(line)} bytes)")
        return number

    def stat(self, name):
        return json.loads(self.run("logbuf", "stat", "--json", name))

    def same(self, expected, found, what):
        self.need(expected == found, f"{what}: {difference(expected, found)}")

    def prefix(self, found, sent, receipted, what):
        """What is found are the first of what was sent, and all that has a receipt."""
        self.same(sent[: len(found)], found, what)
        self.need(len(found) >= receipted, f"{what}: {receipted} messages have a receipt, {len(found)} are there")

"""Kills of logtail and its sink, while the journal that it follows is rotated and vacuumed."""

import os
import re

from tailing import Followed

REMOTE = "/lib/systemd/systemd-journal-remote"
JOURNAL = "j"
BEGIN = 1764400000  # seconds since 1970
ENTRY = """__REALTIME_TIMESTAMP={}000000
__MONOTONIC_TIMESTAMP={}
_BOOT_ID=0123456789abcdef0123456789abcdef
MESSAGE=entry {}
"""
FULL = "".join(f"F{i}=x\n" for i in range(300))  # fills the table of fields, so that the next entry begins a new file
ROTATED = re.compile("a@[0-9a-f]+-([0-9a-f]+)-")  # the number of its first entry


class Journal:
    """Numbered entries, whose numbers are also those that the journal gives them."""

    def __init__(self, crash):
        self.crash, self.next, self.removed = crash, 1, set()
        self.begins = [1]  # of each file
        os.mkdir(JOURNAL)
        self.write(rotate=False)

    def write(self, rotate):
        numbers = range(self.next, self.next + self.crash.random.randint(1, 60))
        self.next = numbers.stop
        text = "\n".join(ENTRY.format(BEGIN + n, n, n) for n in numbers) + (FULL if rotate else "") + "\n"
        self.crash.run(REMOTE, "-o", f"{JOURNAL}/a.journal", "-", input=text.encode())
        if rotate:
            self.begins.append(self.next)

    def files(self):
        return {int(found[1], 16) for name in os.listdir(JOURNAL) if (found := ROTATED.match(name))}

    def vacuum(self, keep):
        before = self.files()
        self.crash.run("journalctl", "--directory", JOURNAL, f"--vacuum-files={keep}")
        for first in before - self.files():
            end = next(begin for begin in [*self.begins, self.next] if begin > first)
            self.removed.update(range(first, end))


def arrived(crash):
    text = crash.run("logbuf", "cat", "q", ok=(0, 66))
    return [int(number) for number in re.findall(rb'"message":"entry ([0-9]+)"', text)]


def vacuum_while_nobody_reads(crash, journal, followed):
    crash.kill(followed.process.pid)
    followed.process.wait()
    journal.write(rotate=True)
    journal.write(rotate=False)
    journal.vacuum(keep=1)
    followed.begin()


def tail_of_journal(crash):
    """Each entry once, and in order; only what was removed may be missing, and then it is said."""
    journal = Journal(crash)
    followed = Followed(crash, [f"journal:{JOURNAL}"], "--", "logbuf", "push", "q")
    for turn in crash.each_round():
        journal.write(rotate=crash.random.random() < 0.5)
        followed.kill_one()
        if crash.random.random() < 0.3:
            journal.vacuum(keep=4)
        if turn % 10 == 0:
            vacuum_while_nobody_reads(crash, journal, followed)
    journal.write(rotate=False)
    last = journal.next - 1
    crash.eventually(lambda: arrived(crash)[-1:] == [last], f"entry {last} does not arrive")
    crash.stop(followed.process, ok=(0, -15))
    crash.orphans_end()
    found = arrived(crash)
    again = sorted(n for n in set(found) if found.count(n) > 1)
    crash.need(not again, f"these arrived more than once: {again[:20]}")
    crash.need(found == sorted(found), "the order is lost")
    missing = set(range(1, journal.next)) - set(found)
    crash.need(missing <= journal.removed, f"missing and not removed: {sorted(missing - journal.removed)[:20]}")
    crash.errors.seek(0)
    crash.need(not missing or b" missing" in crash.errors.read(), f"nobody said that {sorted(missing)[:20]} are missing")
    crash.saw("entries", len(found))
    crash.saw("entries vacuumed", len(journal.removed))
    crash.saw("of these unread", len(missing))
    crash.need(missing or crash.rounds < 10, "nothing was vacuumed unread")
    crash.verify("q")

"""What the model of a disk says of a few calls; run by tests/powercut.bats."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from disk import SECTOR, Disk, everything  # noqa: E402
from recording import Entry  # noqa: E402


def nothing(_part, _call):
    return False


class DiskTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        with open(os.path.join(self.folder.name, "old"), "wb") as file:
            file.write(b"o" * SECTOR * 2)
        self.disk = Disk(self.folder.name)
        self.call = 0
        self.inodes = {"": os.stat(self.folder.name).st_ino, "old": os.stat(file.name).st_ino, "dir": 1, "new": 2}

    def make(self, kind, of="", first=0, second=0, data=b""):
        """Carries out a call; its number."""
        self.call += 1
        self.disk.apply(Entry(self.call, kind, 0, self.inodes.get(of, 0), first, second, data))
        return self.call

    def path(self, *names):
        return b"\0".join(os.fsencode(os.path.join(self.folder.name, name)) for name in names)

    def names(self, choice):
        return sorted(self.disk.tree(choice))

    def content(self, choice, name="old"):
        return self.disk.tree(choice)[name][1]

    def test_a_write_may_be_torn_at_a_sector(self):
        self.make("write", "old", 0, data=b"n" * SECTOR * 2)
        torn = self.content(lambda part, call: part == "sector 1")
        self.assertEqual(torn, b"o" * SECTOR + b"n" * SECTOR)

    def test_of_two_writes_the_later_one_may_be_there_alone(self):
        self.make("write", "old", 0, data=b"1" * SECTOR)
        second = self.make("write", "old", SECTOR, data=b"2" * SECTOR)
        self.assertEqual(self.content(lambda part, call: call == second), b"o" * SECTOR + b"2" * SECTOR)

    def test_a_size_may_be_there_without_the_bytes(self):
        self.make("write", "old", 2 * SECTOR, data=b"n" * 10)
        self.assertEqual(self.content(lambda part, call: part == "size"), b"o" * SECTOR * 2 + bytes(10))

    def test_bytes_may_be_there_without_the_size(self):
        self.make("write", "old", 2 * SECTOR - 5, data=b"n" * 10)
        self.assertEqual(self.content(lambda part, call: part != "size"), b"o" * (SECTOR * 2 - 5) + b"n" * 5)

    def test_what_was_synced_stays(self):
        self.make("write", "old", 5, data=b"n" * SECTOR)
        self.make("sync", "old")
        self.assertEqual(self.content(nothing), self.content(everything))

    def test_a_durable_write_settles_its_own_sectors(self):
        self.make("write", "old", 0, data=b"1")
        self.make("write", "old", SECTOR, data=b"2")
        self.make("range", "old", SECTOR, 1)
        self.assertEqual(self.content(nothing), b"o" * SECTOR + b"2" + b"o" * (SECTOR - 1))

    def test_a_truncated_file_that_grows_again_holds_nuls(self):
        self.make("resize", "old", 10)
        self.make("resize", "old", 20)
        self.make("sync", "old")
        self.assertEqual(self.content(nothing), b"o" * 10 + bytes(10))

    def test_a_synced_file_may_have_no_name(self):
        self.make("create", "new", data=self.path("new"))
        self.make("sync", "new")
        self.assertEqual(self.names(nothing), ["old"])
        self.make("sync")
        self.assertEqual(self.names(nothing), ["new", "old"])

    def test_a_rename_is_there_as_a_whole(self):
        self.make("rename", data=self.path("old", "new"))
        self.assertEqual((self.names(nothing), self.names(everything)), (["old"], ["new"]))

    def test_a_rename_is_settled_by_the_directory_that_it_leads_to(self):
        self.make("mkdir", "dir", data=self.path("dir"))
        self.make("create", "new", data=self.path("dir/new"))
        self.make("rename", data=self.path("dir/new", "new"))
        self.make("sync")
        self.assertEqual(self.names(nothing), ["dir", "new", "old"])
        self.assertEqual(self.disk.tree(everything)["dir"], {})

    def test_syncs_that_are_ignored_settle_nothing(self):
        self.disk.ignored = ("files",)
        self.make("write", "old", 0, data=b"n")
        self.make("sync", "old")
        self.assertEqual(self.content(nothing), b"o" * SECTOR * 2)


if __name__ == "__main__":
    unittest.main()

"""What a disk may hold after a power cut (docs/decisions/0022).

Each change has the number of the call that made it. What is not synced yet may have reached the disk or not:

- of a file each sector by itself: it holds what the page cache held at some moment since the last sync, so one call's
  write may be torn at any multiple of 512 bytes, and a later write may be there where an earlier one is not;
- the size of a file, apart from its bytes: what lies within a size and was not written there reads as NULs;
- each name that was made, renamed or removed, in any combination. A rename is there or not, as a whole.

A sync settles what came before it: fsync and fdatasync a file's bytes and size, but no name of it; fsync of a directory
the names in it, and what was renamed into it; a write through an O_DSYNC descriptor its own bytes.
"""

import os

SECTOR = 512
SYNCS = ("files", "names", "writes", "all")


class File:
    def __init__(self, content=b"", inode=None):
        self.inode = inode
        self.now = bytearray(content)  # as processes see it
        self.synced = bytearray(content)
        self.sectors = {}  # sector -> [(call, its bytes)], not synced
        self.sizes = []  # [(call, size)], not synced

    def write(self, call, offset, data):
        end = offset + len(data)
        if end > len(self.now):
            self.resize(call, end)
        self.now[offset:end] = data
        self._touched(call, offset, end)

    def resize(self, call, size):
        before = len(self.now)
        del self.now[size:]
        self.now.extend(bytes(size - len(self.now)))
        self.sizes.append((call, size))
        if size < before:  # should it grow again, there are NULs
            self._touched(call, size, before)

    def _touched(self, call, start, end):
        for sector in range(start // SECTOR, (end + SECTOR - 1) // SECTOR):
            self.sectors.setdefault(sector, []).append((call, sector_of(self.now, sector)))

    def sync(self):
        self.synced = bytearray(self.now)
        self.sectors.clear()
        self.sizes.clear()

    def sync_range(self, offset, length):
        """Also the size, where these bytes could not be read without it."""
        end = min(offset + length, len(self.now))
        if end > len(self.synced):
            self.synced.extend(bytes(len(self.now) - len(self.synced)))
            self.sizes.clear()
        size = len(self.synced)
        for sector in range(offset // SECTOR, (end + SECTOR - 1) // SECTOR):
            if self.sectors.pop(sector, None):
                put_sector(self.synced, sector, sector_of(self.now, sector))
        del self.synced[size:]

    def pending(self):
        return {call for history in (self.sizes, *self.sectors.values()) for call, _ in history}

    def content(self, choice):
        sizes = [size for call, size in self.sizes if choice("size", call)]
        content = bytearray(self.synced)
        size = sizes[-1] if sizes else len(content)
        content.extend(bytes(max(0, size - len(content))))
        for sector, history in self.sectors.items():
            there = [data for call, data in history if choice(f"sector {sector}", call)]
            if there:
                put_sector(content, sector, there[-1])
        return bytes(content[:size])


class Directory:
    def __init__(self, inode=None):
        self.inode = inode
        self.now = {}
        self.synced = {}


class Disk:
    """Begins with what is below `root`, all of it synced. `ignored`: which of SYNCS do nothing."""

    def __init__(self, root, ignored=None):
        self.path = root
        self.ignored = SYNCS if ignored == "all" else (ignored,)
        self.nodes = {}  # by inode: those of the calls
        self.renamings = []  # (call, the directory that settles it, [(directory, name, node or None)]), not synced
        self.root = self._read(root)

    def _read(self, path):
        inode = os.lstat(path).st_ino
        if os.path.isdir(path):
            node = Directory(inode)
            node.now = {name: self._read(os.path.join(path, name)) for name in os.listdir(path)}
            node.synced = dict(node.now)
        else:
            with open(path, "rb") as file:
                node = File(file.read(), inode)
        self.nodes[inode] = node
        return node

    # ---- what was recorded

    def apply(self, entry):
        kind, node = entry.kind, self.nodes.get(entry.inode)
        if kind in ("create", "mkdir"):
            self.nodes[entry.inode] = node = (Directory if kind == "mkdir" else File)(inode=entry.inode)
            self._set_name(entry, [(entry.data, node)])
        elif kind == "unlink":
            self._set_name(entry, [(entry.data, None)])
        elif kind in ("rename", "link"):
            old, new = entry.data.split(b"\0")
            folder, name = self._find(old)
            moved = folder.now[name]
            self._set_name(entry, [(new, moved)] if kind == "link" else [(old, None), (new, moved)])
        elif kind == "all":
            self.sync_all()
        elif node is None:
            pass  # a file that is elsewhere
        elif kind == "write":
            node.write(entry.call, entry.first, entry.data)
        elif kind == "resize":
            node.resize(entry.call, entry.first)
        elif kind == "range" and "writes" not in self.ignored:
            node.sync_range(entry.first, entry.second)
        elif kind == "sync":
            self._sync(node)

    def _find(self, path):
        *folders, name = os.path.relpath(os.fsdecode(path), self.path).split("/")
        node = self.root
        for folder in folders:
            node = node.now[folder]
        return node, name

    def _set_name(self, entry, names):
        changes = [(*self._find(path), node) for path, node in names]
        for folder, name, node in changes:
            set_name(folder.now, name, node)
        self.renamings.append((entry.call, changes[-1][0], changes))

    def _sync(self, node):
        if isinstance(node, File):
            if "files" not in self.ignored:
                node.sync()
            return
        if "names" in self.ignored:
            return
        settled = {}  # (directory, name) -> the last call that it is settled by
        for call, _, changes in (each for each in self.renamings if each[1] is node):
            for folder, name, there in changes:
                set_name(folder.synced, name, there)
                settled[folder, name] = call
        self.renamings = [
            (call, where, [each for each in changes if call > settled.get(each[:2], -1)])
            for call, where, changes in self.renamings
            if where is not node
        ]

    def sync_all(self):
        for node in self.nodes.values():
            self._sync(node)

    # ---- what may be there

    def pending(self):
        """The calls whose effect may be missing."""
        files = (node for node in self.nodes.values() if isinstance(node, File))
        return sorted({call for file in files for call in file.pending()} | {call for call, _, _ in self.renamings})

    def tree(self, choice):
        """One state: nested dicts of names, with (inode, bytes) at the leaves."""
        names = {}
        for node in self.nodes.values():
            if isinstance(node, Directory):
                names[node] = dict(node.synced)
        for call, _, changes in self.renamings:
            if choice("name", call):
                for folder, name, node in changes:
                    set_name(names[folder], name, node)
        contents = {}

        def built(node):
            if isinstance(node, Directory):
                return {name: built(each) for name, each in sorted(names[node].items())}
            if node not in contents:
                contents[node] = node.content(choice)
            return node.inode, contents[node]

        return built(self.root)


def sector_of(content, sector):
    """Behind the end of a file are NULs."""
    return bytes(content[sector * SECTOR : (sector + 1) * SECTOR]).ljust(SECTOR, b"\0")


def put_sector(content, sector, data):
    at = sector * SECTOR
    content.extend(bytes(max(0, at - len(content))))
    content[at : at + SECTOR] = data


def set_name(names, name, node):
    if node is None:
        names.pop(name, None)
    else:
        names[name] = node


def everything(_part, _call):
    """What processes saw before the cut."""
    return True


def draw(random, pending):
    """Which of the pending calls have reached the disk, and which parts of them, in one of several manners.

    Each part by itself is the whole model; it alone would rarely draw, of many calls, the states in which only one is
    missing or only one is there.
    """
    odds = random.choice((0.1, 0.5, 0.9))
    one = random.choice(pending) if pending else 0
    drawn = {}

    def by_itself(key):
        if key not in drawn:
            drawn[key] = random.random() < odds
        return drawn[key]

    return random.choice(
        (
            *3 * [("each part by itself", lambda part, call: by_itself((part, call)))],
            ("whole calls", lambda part, call: by_itself(call)),
            ("whole calls, sizes and names apart", lambda part, call: by_itself((part.split()[0], call))),
            (f"all up to call {one}", lambda part, call: call <= one),
            (f"all but call {one}", lambda part, call: call != one),
            (f"only call {one}", lambda part, call: call == one),
            ("no call", lambda part, call: False),
            ("all calls", everything),
        )
    )

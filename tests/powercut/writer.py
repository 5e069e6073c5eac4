"""A program that writes logs, as its stdin says, and says "done" after each:

append FILE HEX      writes these bytes to the end of a file, made where it is missing
durable FILE HEX     the same, and when they are seen they are synced (O_DSYNC)
rename FILE NEW      and syncs the directory
"""

import os
import sys


def sync_directory(path):
    fd = os.open(os.path.dirname(path), os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)


def append(path, data, flags):
    is_new = not os.path.exists(path)
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | flags, 0o600)
    if is_new:
        sync_directory(path)
    if os.write(fd, data) != len(data):
        sys.exit("a short write")
    os.close(fd)


for line in sys.stdin:
    kind, path, argument = line.split()
    if kind == "rename":
        os.rename(path, argument)
        sync_directory(path)
    else:
        append(path, bytes.fromhex(argument), os.O_DSYNC if kind == "durable" else 0)
    print("done", flush=True)

"""Messages that know their own number, so that what is missing, torn or twice can be named."""

import bisect
import os
import random

_LETTERS = bytes(range(33, 127))
_FILLER = bytes(random.Random(1).choices(_LETTERS, k=65536))


def message(number):
    """Mostly as long as a syslog line; some are larger than a pipe's buffer."""
    length = 40 + number * 7919 % 200
    if number % 97 == 0:
        length = 3000
    if number % 509 == 0:
        length = 40000
    start = number * 104729 % (len(_FILLER) - length)
    return b"%07d %s" % (number, _FILLER[start : start + length])


def messages(numbers):
    return b"".join(message(n) + b"\n" for n in numbers)


def number_of(line):
    """The number of a whole message; None for anything else."""
    digits = line.partition(b" ")[0]
    if not digits.isdigit():
        return None
    number = int(digits)
    return number if line == message(number) else None


def is_torn(line, upto):
    """The beginning of one of the messages 1 to `upto`, but not all of it?"""
    digits, space, _ = line.partition(b" ")
    if space:
        return digits.isdigit() and message(int(digits)).startswith(line)
    starts = [b"%07d" % n for n in range(1, upto + 1)]
    at = bisect.bisect_left(starts, line)
    return line != b"" and at < len(starts) and starts[at].startswith(line)


def sent_again(numbers):
    """What is wrong with a stream that may go back and repeat, but never skips; and where it went back, how far."""
    jumps = []
    highest = last = 0
    for number in numbers:
        if number > highest + 1:
            return f"after {last} came {number}, but {highest + 1} had not come yet", jumps
        if number <= last:
            jumps.append(last - number + 1)
        elif number != last + 1:
            return f"after {last} came {number}, in the middle of what came before", jumps
        highest = max(highest, number)
        last = number
    return None, jumps


def difference(expected, found):
    """A few words about how two lists of numbers differ; None where they do not."""
    if expected == found:
        return None
    missing = sorted(set(expected) - set(found))
    extra = sorted(set(found) - set(expected))
    twice = len(found) - len(set(found))
    at = next((i for i, (a, b) in enumerate(zip(expected, found)) if a != b), min(len(expected), len(found)))
    return (
        f"{len(expected)} expected, {len(found)} found; {len(missing)} missing {missing[:5]}, "
        f"{len(extra)} unknown {extra[:5]}, {twice} twice; first difference at {at}: "
        f"{expected[at:at + 3]} expected, {found[at:at + 3]} found"
    )


def seed_from_environment():
    return int(os.environ.get("LOGPIPE_SEED") or random.SystemRandom().randrange(10**9))

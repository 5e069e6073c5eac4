"""What logcat costs between a source and a sink."""

from process import timed
from setting import Row, expect, megabytes, next_id


def chain(bench, *middle):
    """A full buffer into an empty one."""

    def run():
        source, target = bench.full_buffer(), bench.fresh("target")
        seconds = timed(["logbuf", "peek", source, "--", *middle, "logbuf", "push", "--max-size", "64G", target])
        expect(next_id(target) - 1, bench.count, "the second buffer")
        return megabytes(bench.lines, seconds)

    return run


def through(bench):
    direct, ours = "logbuf peek -- logbuf push", "logbuf peek -- logcat -- logbuf push"
    contenders = {direct: chain(bench), ours: chain(bench, "logcat", "--"),
                  "through two logcats": chain(bench, "logcat", "--", "logcat", "--")}
    return Row("buffer -> logcat -> buffer, without rules", "MB/s", ours, contenders, direct, "0.6 x the hop without it",
               lambda of: of[ours] >= 0.6 * of[direct])


RULE = 'grok("%{IP:client} %{QUOTEDSTRING:request} %{INT:status} %{INT:bytes} %{NUMBER:seconds}")'


def threads(bench):
    """Lines to JSON by a grok pattern, written to nowhere."""

    def with_threads(count):
        words = ["logcat", "--threads", str(count), "--rule", RULE, "--format", "json", bench.lines]
        return lambda: megabytes(bench.lines, timed(words))

    one, two = "one thread", "--threads 2"
    return Row("lines -> grok -> JSON, threads", "MB/s", two, {one: with_threads(1), two: with_threads(2)}, one,
               "1.6 x one thread", lambda of: of[two] >= 1.6 * of[one])


ROWS = {"through": lambda b: [through(b)], "threads": lambda b: [threads(b)]}

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


ROWS = {"through": lambda b: [through(b)]}

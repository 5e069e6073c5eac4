"""Rows of rules: what grok costs."""

import os
import subprocess

from process import free_port, processor_seconds, timed, until
from setting import Row, count_lines, expect, feed
from syslog_rows import settled, writer

ACCESS_LOG = ["--rule", 'grok("COMBINEDAPACHELOG")', "--rule", 'date([time], "%d/%b/%Y:%H:%M:%S %z")']


def thousands_of_lines(bench, process, port, out):
    """For each second of processor time, of all its threads."""
    before = processor_seconds(process.pid)
    timed(feed(bench.access, port))
    until(lambda: out.exists(), "the first line", 20)
    expect(settled(out, bench.fewer_count), bench.fewer_count, out)
    return bench.fewer_count / 1000 / (processor_seconds(process.pid) - before)


def access_log(bench):
    def ours():
        out = bench.fresh("file")
        with writer(out, "--parse", "none", *ACCESS_LOG, "--format", "json", "tcp://127.0.0.1:0") as (process, port):
            return thousands_of_lines(bench, process, port, out)

    def syslog_ng():
        work, port = bench.fresh("syslog-ng"), free_port()
        scl = bench.peers.root / "usr/share/syslog-ng/include/scl"
        with bench.peers.started("syslog-ng", "apache", work, port, scl=scl) as process:
            return thousands_of_lines(bench, process, port, work / "out")

    name = "logcat tcp://, grok and date, --format json"
    contenders = {name: ours}
    row = Row("TCP, combined access log -> JSON in a file", "1000 lines per CPU second", name, contenders)
    row.bar = "300"
    row.met = lambda of: of[name] >= 300
    if bench.peers.available:
        peer = "syslog-ng, apache-accesslog-parser() and $(format-json)"
        contenders[peer] = syslog_ng
        row.baseline = peer
        row.bar = "5 x syslog-ng, and 300"
        row.met = lambda of: of[name] >= max(5 * of[peer], 300)
    return row


def last_of_fifty(bench):
    """49 patterns that do not match: twelve that are shipped, and others."""
    shipped = ["SSHD", "SUDO", "NGINXERROR", "HAPROXYHTTP", "HAPROXYTCP", "POSTFIX", "NETFILTER", "CISCOASA_BUILT", "JAVASTACKHEAD",
               "PYTHONERROR", "SYSLOGLINE", "APACHEERROR"]
    made = [f"%{{WORD:job}} took{n} %{{NUMBER:ms:float}} ms" for n in range(37)]
    patterns = ", ".join(f'"{pattern}"' for pattern in [*shipped, *made, "COMBINEDAPACHELOG"])

    def ours():
        out = bench.fresh("file")
        with open(out, "wb") as file:
            words = ["logcat", "--parse", "none", "--rule", f"grok({patterns})", "--format", "json", bench.access]
            with subprocess.Popen(words, stdout=file) as process:
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
        expect(process.returncode, 0, "the exit status")
        expect(count_lines(out), bench.fewer_count, out)
        return bench.fewer_count / 1000 / (usage.ru_utime + usage.ru_stime)

    name = "logcat, grok with 50 patterns"
    return Row("50 patterns, of which the last matches", "1000 lines per CPU second", name, {name: ours}, "", "60",
               lambda of: of[name] >= 60)


ROWS = {"grok": lambda b: [access_log(b), last_of_fifty(b)]}

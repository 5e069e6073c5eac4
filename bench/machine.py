"""What the results depend on."""

import datetime
import os
import platform
import subprocess
from pathlib import Path


def first_line(*words):
    return subprocess.run(words, capture_output=True, text=True).stdout.splitlines()[0].strip()


def processor():
    models = [line.split(": ", 1)[1] for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return f"{len(models) or os.cpu_count()} x {models[0] if models else platform.machine()}"


def memory():
    return f"{int(Path('/proc/meminfo').read_text().split()[1]) / (1 << 20):.0f} GiB"


def distribution():
    facts = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    return facts["PRETTY_NAME"].strip('"')


def package(name):
    return f"{name} {first_line('dpkg-query', '-W', '-f', '${Version}', name)}"


def describe(bench, peers):
    mount = first_line("findmnt", "-n", "-o", "FSTYPE,SOURCE,OPTIONS", "-T", str(bench.work))
    lines = bench.lines.stat().st_size
    versions = [first_line("logbuf", "--version"), *map(package, ("socat", "s6"))]
    left_out = "" if peers.available else "| left out | rsyslog, syslog-ng and librelp: their packages could not be had |\n"
    return f"""| | |
|---|---|
| date | {datetime.date.today()} |
| machine | {processor()}, {memory()} |
| system | {distribution()}, Linux {platform.release()} |
| file system | {mount} |
| fsync | ours: each commit of the buffer, before its receipt; others as named |
| input | {bench.count:,} lines, {lines:,} bytes, {lines / bench.count:.0f} bytes a line (bench/lines, seed 1); \
slow peers: the first {bench.few_count:,} or {bench.fewer_count:,} |
| versions | {', '.join(versions + peers.versions())} |
{left_out}"""

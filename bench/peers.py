"""rsyslog, syslog-ng and librelp, unpacked by bench/peers/fetch.sh, run on loopback with the configurations in bench/peers."""

import contextlib
import os
import re
import subprocess
from pathlib import Path

from process import running, until, is_listening

HERE = Path(__file__).resolve().parent


class Peers:
    def __init__(self, folder):
        self.root = Path(folder).resolve() / "root"
        fetched = subprocess.run([HERE / "peers/fetch.sh", folder], stdout=subprocess.DEVNULL)
        self.available = fetched.returncode == 0
        libraries = [self.root / "usr/lib/x86_64-linux-gnu", self.root / "usr/lib/syslog-ng"]
        libraries += [self.root / "lib/x86_64-linux-gnu"]
        self.environment = {**os.environ, "LD_LIBRARY_PATH": ":".join(map(str, libraries))}
        self.programs = self.root.parent / "programs"
        self.udp_send = self._built("udp_send")
        self.http_load = self._built("http_load")
        self.librelp = self.available and self._built("librelp", f"-I{self.root}/usr/include", libraries[0] / "librelp.so.0",
                                                      f"-Wl,-rpath,{libraries[0]}")

    def _built(self, name, *options):
        """The path of bench/peers/NAME.c made a program."""
        self.programs.mkdir(parents=True, exist_ok=True)
        path = self.programs / name
        words = ["cc", "-O2", "-Wall", "-Wextra", HERE / f"peers/{name}.c", *options, "-o", path]
        subprocess.run(words, check=True)
        return path

    def _command(self, name, conf, work):
        if name == "rsyslog":
            modules = self.root / "usr/lib/x86_64-linux-gnu/rsyslog"
            return [self.root / "usr/sbin/rsyslogd", "-n", "-f", conf, "-i", work / "pid", "-M", modules]
        modules = self.root / "usr/lib/syslog-ng/3.38"
        state = ["--persist-file", work / "persist", "--pidfile", work / "pid", "--control", work / "control"]
        return [self.root / "usr/sbin/syslog-ng", "-F", "--no-caps", "-f", conf, "--module-path", modules, *state]

    @contextlib.contextmanager
    def started(self, name, template, work, port, protocol="tcp", **values):
        """`name` with bench/peers/NAME-TEMPLATE.conf, listening on `port` and keeping its state in `work`."""
        work.mkdir(parents=True, exist_ok=True)
        text = (HERE / f"peers/{name}-{template}.conf").read_text()
        for key, value in {"dir": work, "port": port, **values}.items():
            text = text.replace(f"@{key.upper()}@", str(value))
        conf = work / "conf"
        conf.write_text(text)
        with open(work / "log", "wb") as log:
            words = self._command(name, conf, work)
            with running(words, env=self.environment, stdout=log, stderr=log) as process:
                until(lambda: is_listening(port, protocol) or process.poll() is not None, f"{name} to listen", 20)
                if process.poll() is not None:
                    raise RuntimeError(f"{name} did not start: {(work / 'log').read_text()[-500:]}")
                yield process

    def buffered(self, work):
        """The messages in syslog-ng's disk buffer."""
        count = 0
        for path in work.glob("*.rqf"):
            words = [self.root / "usr/bin/dqtool", "info", path]
            shown = subprocess.run(words, env=self.environment, capture_output=True, text=True)
            count += int(re.search(r"number_of_messages='(\d+)'", shown.stdout + shown.stderr)[1])
        return count

    def versions(self):
        if not self.available:
            return []
        debs = sorted((self.root.parent / "debs").glob("*.deb"))
        names = (deb.name.split("_")[:2] for deb in debs)
        return [f"{name} {version}" for name, version in names if name in ("rsyslog", "syslog-ng-core", "librelp0")]

"""What systemd does for a service, for tests.

    service_manager.py notify SOCKET
        Takes notifications at SOCKET (a path, or @ and an abstract name), and writes each assignment on a line of its
        own, after the time in seconds.

    service_manager.py activate [NAME=]KIND:ADDRESS... -- COMMAND...
        Opens sockets (tcp:HOST:PORT, udp:HOST:PORT, unix:PATH, unixgram:PATH; file: is /dev/null), and starts the command
        with them. SIGHUP stops the command (SIGTERM) and keeps the sockets, SIGUSR1 starts it again; SIGTERM stops it
        and ends with its exit status, as it does when the command ends.

Both say "listening on ADDRESS" on stderr when they do.
"""

import fcntl
import os
import signal
import socket
import sys
import time

FIRST_FD = 3


def say(text):
    print(text, file=sys.stderr, flush=True)


def notify(name):
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind("\0" + name[1:] if name.startswith("@") else name)
    say(f"listening on {name}")
    while True:
        datagram = manager.recv(65536).decode()
        for line in datagram.splitlines():
            print(f"{time.monotonic():.3f} {line}", flush=True)


def opened(kind, address):
    if kind == "file":
        return open("/dev/null", "rb")
    is_stream = kind in ("tcp", "unix")
    is_path = kind.startswith("unix")
    host, _, port = address.rpartition(":")
    is_v6 = host.startswith("[")
    family = socket.AF_UNIX if is_path else socket.AF_INET6 if is_v6 else socket.AF_INET
    new = socket.socket(family, socket.SOCK_STREAM if is_stream else socket.SOCK_DGRAM)
    new.bind(address if is_path else (host.strip("[]"), int(port)))
    if is_stream:
        new.listen(512)
    say(f"listening on {kind}:{address if is_path else f'{host}:{new.getsockname()[1]}'}")
    return new


def start(files, names, command):
    child = os.fork()
    if child != 0:
        return child
    # First out of the way of the numbers that they will have.
    copies = [fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, FIRST_FD + len(files)) for file in files]
    for i, copy in enumerate(copies):
        os.dup2(copy, FIRST_FD + i)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(files)))
    if any(names):
        os.environ["LISTEN_FDNAMES"] = ":".join(names)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    os.execvp(command[0], command)


def stop(child):
    os.kill(child, signal.SIGTERM)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def activate(words):
    end = words.index("--")
    files, names = [], []
    for word in words[:end]:
        scheme, _, address = word.partition(":")
        name, _, kind = scheme.rpartition("=")
        files.append(opened(kind, address))
        names.append(name)
    wanted = {signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
    child = start(files, names, words[end + 1 :])
    while True:
        number = signal.sigwait(wanted)
        if number == signal.SIGTERM:
            sys.exit(stop(child))
        if number == signal.SIGHUP:
            stop(child)
            child = None
            say("stopped")
        if number == signal.SIGUSR1:
            child = start(files, names, words[end + 1 :])
        if number == signal.SIGCHLD and child and os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


if __name__ == "__main__":
    if sys.argv[1] == "notify":
        notify(sys.argv[2])
    else:
        activate(sys.argv[2:])

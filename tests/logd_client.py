"""Clients of a logd server (docs/protocol-logd.md), for tests. ADDRESS is HOST:PORT, or the path of a socket.

    logd_client.py ask [--bytewise] ADDRESS            sends stdin, half closes, and writes what comes until the server closes
    logd_client.py hold ADDRESS                        sends stdin, writes what comes, and stays until the server closes
    logd_client.py write [--batch N] ADDRESS           MSG for each N lines of stdin; writes the last id of each
    logd_client.py crowd ADDRESS WRITERS READERS N     each writer sends N messages, each reader follows until it has all;
                                                       says what is wrong with what they got
    logd_client.py slow ADDRESS N                      asks for all, reads nothing until stdin ends, then N messages
    logd_client.py leave ADDRESS N                     asks for all, sends CLOSE after N messages, and writes what comes after them
    logd_client.py silent ADDRESS N                    N clients that follow the log, have all of it, and stay until stdin ends
    logd_client.py flood ADDRESS                       sends PING for ever and reads nothing; until the server closes
    logd_client.py copy ADDRESS N                      id, time and bytes of the first N messages
    logd_client.py replicate ADDRESS START             follows like a replica; each line of stdin is an id to confirm
"""

import fcntl
import selectors
import socket
import struct
import sys
import termios
import threading


def connect(address):
    if "/" in address:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(address)
        return connection
    host, _, port = address.rpartition(":")
    connection = socket.create_connection((host, int(port)))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def request(name, *arguments):
    parts = [b"%s %d\r\n" % (name.encode(), len(arguments))]
    for argument in arguments:
        argument = argument if isinstance(argument, bytes) else str(argument).encode()
        parts.append(b"%d %s\r\n" % (len(argument), argument))
    return b"".join(parts)


class Client:
    def __init__(self, address):
        self.socket = connect(address)
        self.file = self.socket.makefile("rb")

    def send(self, name, *arguments):
        self.socket.sendall(request(name, *arguments))

    def answer(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise EOFError(f"the server has closed the connection after {line!r}")
        return line[:-2].decode()

    def ask(self, name, *arguments):
        self.send(name, *arguments)
        return self.answer()

    def timed_head(self):
        words = b""
        while words.count(b" ") < 3:
            words += self.file.read(1) or sys.exit("the server has closed the connection")
        return words[1:].split()

    def message(self, timed=False):
        """Id, body; None at +EOF."""
        head = b""
        while head.count(b" ") < 2 + timed:
            byte = self.file.read(1)
            if not byte:
                raise EOFError(f"the server has closed the connection after {head!r}")
            head += byte
            if head == b"+EOF\r\n":
                return None
            if not (head.startswith(b"+") and b"\r" not in head):
                if not b"+EOF\r".startswith(head):
                    raise ValueError(f"no message: {head + self.file.readline()!r}")
        words = head[1:].split()
        body = self.file.read(int(words[-1]))
        if self.file.read(2) != b"\r\n":
            raise ValueError(f"no CRLF behind message {words[0]}")
        return int(words[0]), body


def copy_rest(connection):
    while data := connection.recv(65536):
        sys.stdout.buffer.write(data)
        sys.stdout.flush()


def wait_until_taken(connection):
    """The peer's kernel has it, so that the next byte is a segment of its own."""
    while struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, b"\0\0\0\0"))[0]:
        pass


def ask(address, bytewise=False):
    connection = connect(address)
    data = sys.stdin.buffer.read()
    try:
        for piece in (data[i : i + 1] for i in range(len(data))) if bytewise else (data,):
            connection.sendall(piece)
            if bytewise:
                wait_until_taken(connection)
        connection.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # it does not want the rest
    copy_rest(connection)


def hold(address):
    connection = connect(address)
    connection.sendall(sys.stdin.buffer.read())
    copy_rest(connection)


def write(address, batch=1):
    client = Client(address)
    lines = sys.stdin.buffer.read().split(b"\n")[:-1]
    batches = [lines[i : i + batch] for i in range(0, len(lines), batch)]
    sender = threading.Thread(target=lambda: [client.send("MSG", *each) for each in batches])
    sender.start()
    for _ in batches:
        print(client.answer(), flush=True)
    sender.join()


def crowd(address, writers, readers, count):
    """One thread for all, so that the server is what is tried."""
    total = writers * count
    selector = selectors.DefaultSelector()
    answers, logs = {}, {}
    for number in range(writers + readers):
        connection = connect(address)
        if number < writers:
            # Singly, then in batches of seven.
            texts = [b"%d %d" % (number, i) for i in range(count)]
            half = count // 2
            data = b"".join(request("MSG", text) for text in texts[:half])
            data += b"".join(request("MSG", *texts[i : i + 7]) for i in range(half, count, 7))
            answers[number] = [half + len(range(half, count, 7)), bytearray()]
        else:
            data = request("READ", 1, 0)
            logs[number] = bytearray()
        selector.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE, [number, data])
    open_connections = writers + readers
    while open_connections:
        for key, mask in selector.select():
            connection, (number, data) = key.fileobj, key.data
            if mask & selectors.EVENT_WRITE:
                key.data[1] = data = data[connection.send(data[:16384]) :]
                if not data:
                    selector.modify(connection, selectors.EVENT_READ, key.data)
            if not mask & selectors.EVENT_READ:
                continue
            got = connection.recv(262144)
            if not got:
                sys.exit(f"client {number} was disconnected")
            if number < writers:
                answers[number][1] += got
                done = answers[number][1].count(b"\r\n") == answers[number][0]
            else:
                logs[number] += got
                done = b"\r\n" == got[-2:] and logs[number].count(b"\r\n") == total + 1
            if done:
                selector.unregister(connection)
                connection.close()
                open_connections -= 1
    check_crowd(answers, logs, writers, count)


def check_crowd(answers, logs, writers, count):
    found = [bytes(log) for log in logs.values()]
    if any(log != found[0] for log in found):
        sys.exit("readers got different logs")
    lines = found[0].split(b"\r\n")[1:-1]
    next_of = [0] * writers
    id_of = {}
    for i, line in enumerate(lines):
        head, _, number = line.split(b" ", 2)
        writer, index = (int(word) for word in number.split())
        if int(head[1:]) != i + 1:
            sys.exit(f"id {head} where {i + 1} was due")
        if index != next_of[writer]:
            sys.exit(f"message {index} of writer {writer} where {next_of[writer]} was due")
        next_of[writer] += 1
        id_of[writer, index] = i + 1
    if next_of != [count] * writers:
        sys.exit("not all messages are there")
    for writer, (_, text) in answers.items():
        half = count // 2
        last = list(range(half)) + [min(i + 6, count - 1) for i in range(half, count, 7)]
        if bytes(text) != b"".join(b"OK %d\r\n" % id_of[writer, index] for index in last):
            sys.exit(f"writer {writer} was told other ids")


def slow(address, count):
    client = Client(address)
    if client.ask("READ", 1, 0) != "OK":
        sys.exit("READ is refused")
    print("reading", flush=True)
    sys.stdin.read()
    for i in range(1, count + 1):
        if client.message()[0] != i:
            sys.exit(f"message {i} is missing")
    print("complete", flush=True)


def leave(address, count):
    client = Client(address)
    client.ask("READ", 1, 0)
    for _ in range(count):
        client.message()
    client.send("CLOSE")
    while data := client.file.read1():
        sys.stdout.buffer.write(data)


def silent(address, count):
    clients = [Client(address) for _ in range(count)]
    head = int(clients[0].ask("HEAD").split()[1])
    for client in clients:
        if client.ask("PING") != "OK" or client.ask("READ", 1, 0) != "OK":
            sys.exit("a client is refused")
        while client.message()[0] < head:
            pass
    print("complete", flush=True)
    sys.stdin.read()


def flood(address):
    connection = connect(address)
    connection.settimeout(None)
    sent = 0
    try:
        while True:
            sent += connection.send(request("PING") * 1000)
            print(sent, flush=True)
    except OSError:
        pass


def copy(address, count):
    client = Client(address)
    client.ask("REPLICATE", 1)
    for _ in range(count):
        number, time, size = (int(word) for word in client.timed_head())
        print(number, time, client.file.read(size))
        client.file.read(2)


def replicate(address, start):
    client = Client(address)
    print(client.ask("REPLICATE", start, 1, "", "tester"), flush=True)

    def follow():
        try:
            while True:
                number, _ = client.message(timed=True)
                print(f"got {number}", flush=True)
        except (EOFError, OSError):
            print("closed", flush=True)

    reader = threading.Thread(target=follow)
    reader.start()
    for line in sys.stdin:
        client.send("ACK", line.strip())
    client.socket.shutdown(socket.SHUT_RDWR)
    reader.join()


def main(words):
    action, rest = words[0], words[1:]
    options = {}
    if "--bytewise" in rest:
        rest.remove("--bytewise")
        options["bytewise"] = True
    if "--batch" in rest:
        at = rest.index("--batch")
        options["batch"] = int(rest[at + 1])
        del rest[at : at + 2]
    actions = {each.__name__: each for each in (ask, hold, write, copy, crowd, slow, leave, silent, flood, replicate)}
    actions[action](rest[0], *(int(word) for word in rest[1:]), **options)


if __name__ == "__main__":
    main(sys.argv[1:])

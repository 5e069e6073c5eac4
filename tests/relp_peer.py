"""The smallest RELP peers (https://www.rsyslog.com/doc/relp.html) that answer and report as a test wants it.

relp_peer.py client PORT   sends each line of stdin, prints each answer to them as it comes: "200 OK"
relp_peer.py server PORT   prints each line that it takes; answers 500 to those with "bad" in them
"""

import socket
import sys

OFFERS = b"relp_version=0\nrelp_software=test\ncommands=syslog"


def frame(number, command, data=b""):
    head = b"%d %s %d" % (number, command, len(data))
    return head + (b" " + data if data else b"") + b"\n"


def frames(stream):
    """(number, command, data) of each frame until the stream ends."""
    while head := b"".join(word_of(stream) for _ in range(2)):
        number, command = head.split()
        digits = b""
        while (byte := stream.read(1)).isdigit():
            digits += byte
        data = stream.read(int(digits) + 1)[:-1] if byte == b" " else b""
        yield int(number), command, data


def word_of(stream):
    word = b""
    while byte := stream.read(1):
        word += byte
        if byte == b" ":
            break
    return word


def client(port):
    connection = socket.create_connection(("127.0.0.1", port))
    messages = sys.stdin.buffer.read().splitlines()
    connection.sendall(frame(1, b"open", OFFERS))
    connection.sendall(b"".join(frame(2 + index, b"syslog", message) for index, message in enumerate(messages)))
    answers = frames(connection.makefile("rb"))
    next(answers)
    for _ in messages:
        number, command, data = next(answers)
        print(number - 1, data.decode().split("\n")[0], flush=True)


def server(port):
    listener = socket.create_server(("127.0.0.1", port))
    while True:
        connection, _ = listener.accept()
        try:
            serve(connection)
        except (OSError, ValueError):
            pass  # the client was killed, perhaps in the middle of a frame
        connection.close()


def serve(connection):
    for number, command, data in frames(connection.makefile("rb")):
        answer = b"200 OK"
        if command == b"open":
            answer += b"\n" + OFFERS
        elif command == b"syslog" and b"bad" in data:
            answer = b"500 bad message"
        elif command == b"syslog":
            print(data.decode(), flush=True)
        connection.sendall(frame(number, b"rsp", answer))


if __name__ == "__main__":
    {"client": client, "server": server}[sys.argv[1]](int(sys.argv[2]))

"""Clients of a session.

many URL COUNT: so many of them, of which the first never reads; says how many of the others have seen "hello".
late URL: one that reads nothing before there is a file "read", and then shows all that it gets.
"""

import os
import selectors
import socket
import sys
import time
import urllib.parse


def connect(url, version, receive_buffer=None):
    parts = urllib.parse.urlsplit(url)
    client = socket.socket()
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.connect((parts.hostname, parts.port))
    client.sendall(f"GET {parts.path} HTTP/{version}\r\nHost: hub\r\n\r\n".encode())
    return client


def many(url, count):
    selector = selectors.DefaultSelector()
    silent = connect(url, "1.1")
    for _ in range(int(count) - 1):
        selector.register(connect(url, "1.1"), selectors.EVENT_READ, bytearray())
    seen = 0
    while selector.get_map():
        for key, _ in selector.select():
            piece = key.fileobj.recv(65536)
            key.data.extend(piece)
            seen += b"hello" in key.data
            if b"hello" in key.data or not piece:
                selector.unregister(key.fileobj)
    print(f"{seen} have seen it")
    silent.close()


def late(url):
    client = connect(url, "1.0", receive_buffer=4096)
    while not os.path.exists("read"):
        time.sleep(0.02)
    while piece := client.recv(65536):
        sys.stdout.buffer.write(piece)
        sys.stdout.flush()


{"many": many, "late": late}[sys.argv[1]](*sys.argv[2:])

"""Writes a database of places by address in MaxMind's form (MMDB 2.0): mmdb.py FILE <JSON

The JSON is an object: network -> what the database says of it. IPv4 networks stand in ::/96, as in GeoLite2. The file
appears under its name when it is whole."""

import ipaddress
import json
import os
import struct
import sys


UINT16, UINT32, UINT64 = 5, 6, 9  # a number is a pair of one of these and its value


def control(kind, size):
    """The bytes before a value: its type, and its size."""
    extended = kind > 7
    first = (0 if extended else kind) << 5
    tail = bytes([kind - 7]) if extended else b""
    if size < 29:
        return bytes([first | size]) + tail
    if size < 285:
        return bytes([first | 29]) + tail + bytes([size - 29])
    return bytes([first | 30]) + tail + struct.pack(">H", size - 285)


def encoded(value):
    if isinstance(value, str):
        data = value.encode()
        return control(2, len(data)) + data
    if isinstance(value, bool):
        return control(14, int(value))
    if isinstance(value, float):
        return control(3, 8) + struct.pack(">d", value)
    if isinstance(value, tuple):
        kind, number = value
        data = number.to_bytes((number.bit_length() + 7) // 8, "big")
        return control(kind, len(data)) + data
    if isinstance(value, list):
        return control(11, len(value)) + b"".join(map(encoded, value))
    return control(7, len(value)) + b"".join(encoded(name) + encoded(of) for name, of in value.items())


def bits_of(text):
    network = ipaddress.ip_network(text)
    width = 128 if network.version == 6 else 32
    bits = format(int(network.network_address), f"0{width}b")[:network.prefixlen]
    return bits if network.version == 6 else "0" * 96 + bits


def database(places):
    nodes, data = [[None, None]], b""
    for network, place in places.items():
        bits, node = bits_of(network), 0
        for bit in map(int, bits[:-1]):
            if nodes[node][bit] is None:
                nodes.append([None, None])
                nodes[node][bit] = len(nodes) - 1
            node = nodes[node][bit]
        nodes[node][int(bits[-1])] = ("data", len(data))
        data += encoded(place)

    def record(of):
        if of is None:
            return len(nodes)
        return of if isinstance(of, int) else len(nodes) + 16 + of[1]

    tree = b"".join(record(side).to_bytes(4, "big") for node in nodes for side in node)
    metadata = {"binary_format_major_version": (UINT16, 2), "binary_format_minor_version": (UINT16, 0), "build_epoch": (UINT64, 1),
                "database_type": "Test", "description": {"en": "test"}, "ip_version": (UINT16, 6), "languages": ["en"],
                "node_count": (UINT32, len(nodes)), "record_size": (UINT16, 32)}
    return tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + encoded(metadata)


path = sys.argv[1]
with open(path + ".new", "wb") as file:
    file.write(database(json.load(sys.stdin)))
os.rename(path + ".new", path)

"""A receiver of drains: notes what it gets on stdout.

[PORT]  HTTP: a JSON object for each request, answered 204
silent  HTTP: answers never
reset   HTTP: resets the connection behind the head
slow    HTTP: answers when there is a file "go"
tcp     the bytes of all connections
udp     a line for each datagram

With $RECEIVER_CERTIFICATE, CERTIFICATE.pem and CERTIFICATE.key are used for TLS.
"""

import http.server
import json
import os
import socket
import socketserver
import ssl
import struct
import sys
import time

BEHAVIOUR = sys.argv[1] if len(sys.argv) > 1 else ""


class Requests(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        if BEHAVIOUR == "silent":
            time.sleep(3600)
        if BEHAVIOUR == "reset":
            print("reset", flush=True)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        print(json.dumps({"path": self.path, "headers": dict(self.headers), "body": body}), flush=True)
        while BEHAVIOUR == "slow" and not os.path.exists("go"):
            time.sleep(0.02)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Stream(socketserver.BaseRequestHandler):
    def handle(self):
        while piece := self.request.recv(65536):
            sys.stdout.buffer.write(piece)
            sys.stdout.flush()


def listening(port):
    print(f"listening on 127.0.0.1:{port}", file=sys.stderr, flush=True)


if BEHAVIOUR == "udp":
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    listening(server.getsockname()[1])
    while True:
        print(server.recv(65536).decode(), flush=True)
handler = Stream if BEHAVIOUR == "tcp" else Requests
port = int(BEHAVIOUR) if BEHAVIOUR.isdigit() else 0
socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer.daemon_threads = True
with socketserver.ThreadingTCPServer(("127.0.0.1", port), handler) as server:
    certificate = os.environ.get("RECEIVER_CERTIFICATE")
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate + ".pem", certificate + ".key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    listening(server.server_address[1])
    server.serve_forever()

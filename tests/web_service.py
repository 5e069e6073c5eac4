"""A web service that appends what is posted to a file: web_service.py FILE. It says on stderr where it listens."""

import http.server
import sys


class Service(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(sys.argv[1], "ab") as received:
            received.write(body)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Service)
print(f"listening on {server.server_address[0]}:{server.server_port}", file=sys.stderr, flush=True)
server.serve_forever()

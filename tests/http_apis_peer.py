"""Servers of HTTP APIs that do not take everything at once.

    http_apis_peer.py bulk|hec|otlp [--port PORT] [OPTION...]

Says "listening on 127.0.0.1:PORT" on stderr. What it took is in the file "taken", a message on each line, in the order in
which it was taken; each request is a line in "requests".

  bulk: a document whose message has "busy" is answered 429 at first, one with "spoiled" 400 and one with "twice" 409 although
    it is taken; the others are created.
  hec [--confirm N]: gives numbers, and confirms them when they are asked for the N-th time (default 1; 0: never).
  otlp: takes all records but those with "spoiled", and says how many it did not take. Of spans it takes name and ids.
"""

import http.server
import json
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen = set()
    given = {}  # number: how often it was asked for, and its messages
    confirm = 1

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open("requests", "a", encoding="utf-8") as file:
            file.write(f"{self.path} {len(body)}\n")
        status, answer = getattr(self, sys.argv[1])(body)
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def take(self, message):
        with open("taken", "a", encoding="utf-8") as file:
            file.write(message + "\n")

    def bulk(self, body):
        lines = [json.loads(line) for line in body.splitlines()]
        items = [{"create": self.created(action["create"], document)} for action, document in zip(lines[::2], lines[1::2])]
        return 200, {"took": 1, "errors": any(item["create"]["status"] >= 300 for item in items), "items": items}

    def created(self, action, document):
        message = document["message"]
        key = action.get("_id", message)
        if "spoiled" in message:
            return {"status": 400, "error": {"type": "document_parsing_exception", "reason": "it is spoiled"}}
        if "busy" in message and key not in self.seen:
            self.seen.add(key)
            return {"status": 429, "error": {"type": "es_rejected_execution_exception", "reason": "queue full"}}
        self.take(message)
        return {"status": 409 if "twice" in message else 201}

    def hec(self, body):
        if self.path == "/services/collector/ack":
            return 200, {"acks": {str(number): self.is_confirmed(number) for number in json.loads(body)["acks"]}}
        decoder, text, messages = json.JSONDecoder(), body.decode(), []
        while text:
            event, end = decoder.raw_decode(text)
            messages.append(event["event"])
            text = text[end:]
        number = len(self.given)
        self.given[number] = [0, messages]
        return 200, {"text": "Success", "code": 0, "ackId": number}

    def is_confirmed(self, number):
        if number not in self.given:
            return False
        self.given[number][0] += 1
        if self.given[number][0] != self.confirm:
            return False
        for message in self.given[number][1]:
            self.take(message)
        return True

    def otlp(self, body):
        rejected = 0
        body = json.loads(body)
        for spans in body.get("resourceSpans", []):
            for scope in spans["scopeSpans"]:
                for span in scope["spans"]:
                    self.take(f"{self.path}: {span['name']} in {span.get('parentSpanId')}, {span['spanId']}")
        for logs in body.get("resourceLogs", []):
            for scope in logs["scopeLogs"]:
                for record in scope["logRecords"]:
                    message = record["body"]["stringValue"]
                    rejected += "spoiled" in message
                    if "spoiled" not in message:
                        self.take(message)
        if rejected == 0:
            return 200, {}
        return 200, {"partialSuccess": {"rejectedLogRecords": str(rejected), "errorMessage": "it is spoiled"}}

    def log_message(self, *_):
        pass


def main():
    if "--confirm" in sys.argv:
        Handler.confirm = int(sys.argv[sys.argv.index("--confirm") + 1])
    port = int(sys.argv[sys.argv.index("--port") + 1]) if "--port" in sys.argv else 0
    open("taken", "a", encoding="utf-8").close()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    print(f"listening on 127.0.0.1:{server.server_address[1]}", file=sys.stderr, flush=True)
    server.serve_forever()


main()

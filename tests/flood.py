#!/usr/bin/python3
"""Posts RATE messages in a second to the hub at PORT with TOKEN, until it is killed: PORT TOKEN RATE."""

import base64
import http.client
import sys
import time

port, token, rate = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
hub = http.client.HTTPConnection("127.0.0.1", port)
headers = {"Authorization": "Basic " + base64.b64encode(b"token:" + token.encode()).decode(),
           "Content-Type": "application/logplex-1"}
batch = rate // 20
begun = time.monotonic()
number = 0
while True:
    body = bytearray()
    for i in range(number, number + batch):
        message = b"<190>1 2012-12-10T03:00:48Z h web web.1 - - message number %d of many" % i
        body += b"%d %s" % (len(message), message)
    hub.request("POST", "/logs", bytes(body), headers)
    answer = hub.getresponse()
    answer.read()
    if answer.status != 204:
        sys.exit("status %d" % answer.status)
    number += batch
    time.sleep(max(0, begun + number / rate - time.monotonic()))

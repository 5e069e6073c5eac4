#!/usr/bin/python3
"""Opens a page in headless Chromium, and does with it what the words after its URL say, one step after the other:

  until EXPRESSION      waits until the JavaScript expression is true
  js EXPRESSION         evaluates it, awaits it, and prints it as JSON
  type TEXT, key NAME   as with the keyboard: "key Tab", "key p"
  size WIDTHxHEIGHT     of the window
  media NAME=VALUE      as in media queries: "media prefers-color-scheme=dark"
  open URL              in place of the page that is open
  shot NAME             a screenshot NAME.png, where $PAGE_SHOTS names a folder for them

Exits with 1 where a step fails, where the page's script throws an exception, and where the page's policy is violated.
It speaks the DevTools protocol through two pipes: https://chromedevtools.github.io/devtools-protocol/
"""

import base64
import json
import os
import select
import subprocess
import sys
import tempfile
import time

DEADLINE = 60
KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, "ArrowUp": 38, "ArrowDown": 40}


class Browser:
    def __init__(self, profile):
        from_us, to_browser = os.pipe()
        self.input, from_browser = os.pipe()
        self.output = to_browser
        # Descriptors 3 and 4 are Chromium's ends of the pipes; above them, so that neither is overwritten.
        command = "exec 3<&%d 4>&%d; exec chromium \"$@\"" % (from_us, from_browser)
        options = ["--headless=new", "--no-sandbox", "--remote-debugging-pipe", "--user-data-dir=" + profile,
                   "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
                   "--disable-component-update", "--no-first-run", "--no-default-browser-check",
                   "--disable-features=Translate,MediaRouter,OptimizationHints", "about:blank"]
        self.process = subprocess.Popen(["bash", "-c", command, "chromium"] + options, pass_fds=(from_us, from_browser),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=open(profile + "/stderr", "w"))
        os.close(from_us)
        os.close(from_browser)
        self.unread = b""
        self.number = 0
        self.session = None
        self.loaded = False
        self.complaints = []
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(domain + ".enable")

    def close(self):
        self.process.kill()
        self.process.wait()

    def read(self):
        while b"\0" not in self.unread:
            if not select.select([self.input], [], [], DEADLINE)[0]:
                sys.exit("the browser says nothing")
            got = os.read(self.input, 1 << 20)
            if not got:
                sys.exit("the browser has ended")
            self.unread += got
        message, self.unread = self.unread.split(b"\0", 1)
        return json.loads(message)

    def take_event(self, event):
        self.loaded = self.loaded or event.get("method") == "Page.loadEventFired"
        if event.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(event["params"]["exceptionDetails"])
        if event.get("method") == "Log.entryAdded":
            entry = event["params"]["entry"]
            if entry["level"] == "error" and entry["source"] != "network":
                self.complaints.append(entry)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.output, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") != self.number:
                self.take_event(answer)
            elif "error" in answer:
                sys.exit("%s: %s" % (method, answer["error"]))
            else:
                return answer["result"]

    # ---- steps

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            sys.exit("%s: %s" % (expression, result["exceptionDetails"]["exception"].get("description")))
        return result["result"].get("value")

    def step_js(self, expression):
        print(json.dumps(self.evaluate(expression), ensure_ascii=False), flush=True)

    def step_until(self, expression):
        end = time.monotonic() + DEADLINE
        while not self.evaluate(expression):
            if time.monotonic() > end:
                self.step_shot("failed")
                sys.exit("did not come true: %s; the page is: %s" % (expression, self.evaluate("document.body.innerText")[:2000]))
            time.sleep(0.02)

    # What is asked before a page is loaded may never be answered.
    def step_open(self, url):
        self.loaded = False
        is_new = "loaderId" in self.call("Page.navigate", url=url)
        while is_new and not self.loaded:
            self.take_event(self.read())

    def step_type(self, text):
        self.call("Input.insertText", text=text)

    def step_key(self, name):
        key = {"key": name, "windowsVirtualKeyCode": KEYS.get(name, ord(name[0].upper()))}
        text = "\r" if name == "Enter" else name if len(name) == 1 else None
        self.call("Input.dispatchKeyEvent", type="keyDown", **key, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **key)

    def step_size(self, size):
        width, height = map(int, size.split("x"))
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def step_media(self, feature):
        name, value = feature.split("=")
        self.call("Emulation.setEmulatedMedia", features=[{"name": name, "value": value}])

    def step_shot(self, name):
        folder = os.environ.get("PAGE_SHOTS")
        if folder:
            with open("%s/%s.png" % (folder, name), "wb") as file:
                file.write(base64.b64decode(self.call("Page.captureScreenshot")["data"]))


def main():
    url, steps = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory(prefix="browser.", ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        try:
            browser.step_size("1100x700")
            browser.step_open(url)
            for name, argument in zip(steps[::2], steps[1::2], strict=True):
                getattr(browser, "step_" + name)(argument)
            browser.evaluate("0")  # what was complained of until now has come
        finally:
            browser.close()
        if browser.complaints:
            sys.exit("the browser complains: " + json.dumps(browser.complaints))


main()

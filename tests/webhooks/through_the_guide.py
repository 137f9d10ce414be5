"""Runs the receivers of docs/webhooks.md against a real service."""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue

from standardwebhooks import Webhook

PROGRAM, NODE = sys.argv[1:3]
LONGEST = 60
GUIDE = Path("docs/webhooks.md").read_text()
running = []


def shown(language):
    return re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL).group(1)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start(*command, **settings):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **settings)
    running.append(process)
    lines = Queue()
    threading.Thread(target=lambda: [lines.put(line.strip()) for line in process.stdout], daemon=True).start()
    return lines


def sent(url, body, headers):
    request = urllib.request.Request(url, body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=LONGEST) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


class Between(BaseHTTPRequestHandler):
    """Stands between the service and a receiver, and keeps what it hands on."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name: value for name, value in self.headers.items() if name.lower().startswith("webhook-")}
        headers["content-type"] = self.headers["content-type"]
        self.server.kept.append((body, headers))
        self.send_response(sent(self.server.receiver, body, headers))
        self.end_headers()

    def log_message(self, *_):
        pass


def main(work):
    data = ["--data-dir", f"{work}/data"]
    environment = {**os.environ, "COUNTERSIGN_WEBHOOKS_ALLOW_NETWORKS": "127.0.0.1"}

    def said(*words):
        return subprocess.run([PROGRAM, *words, *data], env=environment, check=True, capture_output=True, text=True).stdout

    api_key = re.search(r"countersign_\S+", said("application", "add", "shop", "--recovery-codes", "1")).group()
    key = re.search(r"whsec_\S+", said("application", "signing-key", "shop")).group()

    Path(work, "receiver.py").write_text(shown("python"))
    Path(NODE, "receiver.mjs").write_text(shown("js"))
    commands = {"Python": [sys.executable, f"{work}/receiver.py"], "Node": ["node", f"{NODE}/receiver.mjs"]}
    receivers = {}
    for name, command in commands.items():
        port = free_port()
        lines = start(*command, stderr=subprocess.DEVNULL, env={**os.environ, "PORT": str(port), "COUNTERSIGN_SIGNING_KEY": key})
        until = time.monotonic() + LONGEST
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < until, f"the receiver in {name} does not listen"
                time.sleep(0.05)
        between = HTTPServer(("127.0.0.1", 0), Between)
        between.receiver, between.kept = f"http://127.0.0.1:{port}/", []
        threading.Thread(target=between.serve_forever, daemon=True).start()
        said("webhook", "add", "shop", f"http://127.0.0.1:{between.server_port}/webhooks")
        tried = said("webhook", "try", "shop", f"http://127.0.0.1:{between.server_port}/webhooks")
        assert "204" in tried, tried
        assert lines.get(timeout=LONGEST).startswith("webhook.test"), name
        receivers[name] = (lines, between)

    log = open(f"{work}/log", "w")
    ready = start(PROGRAM, "serve", "--listen", "127.0.0.1:0", *data, env=environment, stderr=log)
    address = "http://127.0.0.1:" + re.search(r":(\d+)/?$", ready.get(timeout=LONGEST)).group(1)

    def call(path, body):
        headers = {"authorization": f"Bearer {api_key}", "content-type": "application/json"}
        request = urllib.request.Request(f"{address}/api/v1{path}", json.dumps(body).encode(), headers)
        return json.load(urllib.request.urlopen(request, timeout=LONGEST))

    def turn_on(user):
        offered = call(f"/accounts/{user}/authenticators", {})
        secret = re.search(r"secret=([A-Z2-7]+)", offered["key_uri"]).group(1)
        code = subprocess.run(["oathtool", "--totp", "-b", secret], check=True, capture_output=True, text=True)
        call(f"/accounts/{user}/authenticators/{offered['id']}/confirm", {"code": code.stdout.strip()})

    turn_on("42")
    for name, (lines, _) in receivers.items():
        told = lines.get(timeout=LONGEST)
        assert told == "two_factor.enabled 42", f"{name}: {told}"
    said("application", "signing-key", "shop", "--rotate")
    turn_on("43")
    for name, (lines, between) in receivers.items():
        # While the new key signs as well, the old one is enough.
        told = lines.get(timeout=LONGEST)
        assert told == "two_factor.enabled 43", f"{name}: {told}"
        both = [headers for _, headers in between.kept if " " in headers["webhook-signature"]]
        assert len(both) == 1, f"{name}: {both}"
        body, headers = between.kept[1]
        # Once more is the same message, and no news.
        assert sent(between.receiver, body, headers) == 204
        assert sent(between.receiver, body.replace(b"42", b"44").replace(b"43", b"44"), headers) == 400, name
        assert sent(between.receiver, body, {**headers, "webhook-id": "msg_another"}) == 400, name
        old = datetime.now(timezone.utc) - timedelta(minutes=6)
        signature = Webhook(key).sign(headers["webhook-id"], old, body.decode())
        late = {**headers, "webhook-timestamp": str(int(old.timestamp())), "webhook-signature": signature}
        assert sent(between.receiver, body, late) == 400, f"{name} takes what is old"
        assert lines.empty(), f"{name}: {lines.get()}"
        print(f"The receiver in {name} takes what is ours, once, and nothing else.")


with tempfile.TemporaryDirectory() as directory:
    try:
        main(directory)
    finally:
        for process in running:
            process.kill()
            process.wait()

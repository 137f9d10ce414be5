"""privacyIDEA, from PyPI."""

import contextlib
import json
import os

from ..loads import Side, json_body, request
from ..processes import ask, free_port, run
from .peer import FILES, Peer, code, gunicorn


class PrivacyIdea(Peer):
    name, folder, accounts = "privacyIDEA", "privacyidea", 600
    packages = ["privacyidea==3.14", "gunicorn==27.0.1"]
    as_shipped = (
        "on SQLite, gunicorn with two workers a core and one; tokens are asked for by serial, "
        "which spares it the search for their owner"
    )

    def fetch(self):
        self.pip()

    def version(self):
        return self.pip_version("privacyidea")

    @contextlib.contextmanager
    def served(self):
        config = self.place / "pi.cfg"
        config.write_text(f"""SECRET_KEY = "it protects nothing but a measurement"
PI_PEPPER = "nor does this"
PI_ENCFILE = "{self.place}/enckey"
PI_AUDIT_KEY_PRIVATE = "{self.place}/private.pem"
PI_AUDIT_KEY_PUBLIC = "{self.place}/public.pem"
PI_LOGFILE = "{self.place}/pi.log"
SQLALCHEMY_DATABASE_URI = "sqlite:///{self.place}/pi.db"
SUPERUSER_REALM = ["super"]
""")
        env = {"PRIVACYIDEA_CONFIGFILE": str(config)}
        whole = {"cwd": FILES / self.folder, "env": {**os.environ, **env}}
        for what in ("create_enckey", "create_audit_keys"):
            run([self.home / "bin" / "pi-manage", "setup", what], **whole)
        run([self.home / "bin" / "python", "seed.py", self.accounts, self.tokens], **whole)
        with gunicorn(self, "bench_wsgi", env, free_port(), "/auth/rights", 401) as server:
            yield server

    def try_code(self, server, token, secret):
        body = json.dumps({"serial": token, "pass": code(secret)})
        answer = ask(server.port, "/validate/check", "POST", {"Content-Type": "application/json"}, body)
        return answer[0] == 200 and json.loads(answer[2])["result"]["value"] is True

    def verify(self, server):
        body = json_body({"serial": "<token>", "pass": "<code>"})
        visit = [request("POST", "/validate/check", 200, [], body, says='"value": true')]
        return Side(self.name, server, visit, tokens=self.tokens, steps=self.place / "steps", window=0)

    def enrol(self, server):
        """One request: it gives a secret, and asks for no proof that it was scanned."""
        body = json.dumps({"username": "admin", "password": "measured"})
        answer = ask(server.port, "/auth", "POST", {"Content-Type": "application/json"}, body)
        key = json.loads(answer[2])["result"]["value"]["token"]
        body = json_body({"type": "totp", "genkey": 1})
        visit = [request("POST", "/token/init", 200, [("Authorization", key)], body)]
        return Side(self.name, server, visit)

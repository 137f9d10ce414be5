"""django-allauth with MFA, from PyPI."""

import contextlib
import json
import os

from ..loads import Side, json_body, request
from ..processes import ask, free_port, run
from .peer import FILES, Peer, code, gunicorn

PATH = "/_allauth/app/v1/auth/2fa/reauthenticate"


class Allauth(Peer):
    name, folder, accounts = "django-allauth", "allauth", 6000
    packages = ["django-allauth[mfa,headless]==65.21.1", "gunicorn==27.0.1"]
    as_shipped = "headless on Django and SQLite, gunicorn with two workers a core and one; defaults everywhere"

    def fetch(self):
        self.pip()

    def version(self):
        return self.pip_version("django-allauth")

    @contextlib.contextmanager
    def served(self):
        env = {"DATABASE": str(self.place / "auth.db"), "DJANGO_SETTINGS_MODULE": "bench_settings"}
        python = self.home / "bin" / "python"
        run([python, "seed.py", self.accounts, self.tokens], cwd=FILES / self.folder, env={**os.environ, **env})
        with gunicorn(self, "bench_wsgi", env, free_port(), "/_allauth/app/v1/config", 200) as server:
            yield server

    def try_code(self, server, token, secret):
        headers = {"X-Session-Token": token, "Content-Type": "application/json"}
        return ask(server.port, PATH, "POST", headers, json.dumps({"code": code(secret)}))[0] == 200

    def verify(self, server):
        visit = [request("POST", PATH, 200, [("X-Session-Token", "<token>")], json_body({"code": "<code>"}))]
        return Side(self.name, server, visit, tokens=self.tokens, steps=self.place / "steps", window=0)

    def session(self, server):
        visit = [request("GET", "/_allauth/app/v1/auth/session", 200, [("X-Session-Token", "<token>")])]
        return Side(self.name, server, visit, tokens=self.tokens)

"""better-auth, from npm."""

import contextlib
import json
import os
import shutil

from ..loads import Side, json_body, request
from ..processes import ask, free_port, run, started
from .peer import FILES, Peer, code

PASSWORD = "measured-on-a-quiet-afternoon"


class BetterAuth(Peer):
    name, folder, accounts = "better-auth", "better-auth", 64
    # better-sqlite3 13 asks for Node.js 22.
    packages = ["better-auth@1.7.25", "better-sqlite3@12.11.1"]
    as_shipped = "on SQLite by better-sqlite3, a process for each core; its limit of requests per address is off"

    def fetch(self):
        (self.home / "package.json").write_text('{"private": true, "type": "module"}\n')
        # Builds better-sqlite3 with this machine's compiler, if no built one can be fetched.
        env = {**os.environ, "npm_config_nodedir": os.environ.get("npm_config_nodedir", "/usr")}
        run(["npm", "install", "--no-audit", "--no-fund", *self.packages], cwd=self.home, env=env)

    def version(self):
        return json.loads((self.home / "node_modules" / "better-auth" / "package.json").read_text())["version"]

    @contextlib.contextmanager
    def served(self):
        # Beside its modules, where Node looks for them.
        for file in (FILES / self.folder).glob("*.mjs"):
            shutil.copy(file, self.home)
        port = free_port()
        self.origin = f"http://127.0.0.1:{port}"
        env = {"ORIGIN": self.origin, "PORT": str(port), "DATABASE": str(self.place / "auth.db")}
        env["NODE_ENV"] = "production"
        run(["node", "seed.mjs", self.accounts, self.tokens], cwd=self.home, env={**os.environ, **env})
        command = ["node", "server.mjs"]
        with started(command, port, "/api/auth/ok", env=env, cwd=self.home) as server:
            yield server

    def try_code(self, server, token, secret):
        headers = {"Cookie": token, "Origin": self.origin, "Content-Type": "application/json"}
        body = json.dumps({"code": code(secret)})
        return ask(server.port, "/api/auth/two-factor/verify-totp", "POST", headers, body)[0] == 200

    def verify(self, server):
        headers = [("Cookie", "<token>"), ("Origin", self.origin)]
        body = json_body({"code": "<code>"})
        visit = [request("POST", "/api/auth/two-factor/verify-totp", 200, headers, body)]
        return Side(self.name, server, visit, tokens=self.tokens, replay=True)

    def session(self, server):
        visit = [request("GET", "/api/auth/get-session", 200, [("Cookie", "<token>")], says='"session"')]
        return Side(self.name, server, visit, tokens=self.tokens)

    def sign_in(self, server):
        origin = [("Origin", self.origin)]
        password = json_body({"email": "<email>", "password": PASSWORD})
        cookies = [("Cookie", "<cookies>")]
        visit = [
            request("POST", "/api/auth/sign-in/email", 200, origin, password, says="twoFactorRedirect"),
            request(
                "POST", "/api/auth/two-factor/verify-totp", 200, [*origin, *cookies], json_body({"code": "<code>"})
            ),
        ]
        return Side(self.name, server, visit, tokens=self.tokens, replay=True)

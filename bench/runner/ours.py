"""Countersign itself: a data directory, accounts in it, and what clients ask."""

import contextlib
import re

from .loads import Side, json_body, request
from .processes import TARGET, free_port, run, started

PROGRAM, BENCH = TARGET / "countersign", TARGET / "countersign-bench"
FIRST, PASSWORD = "measure@example.com", "measured-on-a-quiet-afternoon"
SESSIONS = 1000  # fewer than accounts: people come back with the session they have
HOST = "site.example.com"  # a site behind a proxy
SETTINGS = f"""trusted_proxies = ["127.0.0.1"]

[[forward_auth.sites]]
name = "A site"
url = "https://{HOST}"
"""


class Installation:
    """One database with its keyring, filled before it is measured."""

    def __init__(self, place, url=None, api=0, portal=0):
        self.place, self.api, self.portal = place, api, portal
        place.mkdir(exist_ok=True)
        self.url = url or f"sqlite:{place / 'countersign.db'}"
        settings = place / "countersign.toml"
        settings.write_text(SETTINGS)
        self.where = ["--config", settings, "--data-dir", place, *(["--database", url] if url else [])]
        run([PROGRAM, "account", "add", FIRST, "--password-stdin", *self.where], input=PASSWORD + "\n")
        self.key = self.add_application("bench")
        # privacyIDEA makes no recovery codes; an application may decide so here.
        self.key_without_codes = self.add_application("without recovery codes", "--recovery-codes", 0)
        sessions = min(SESSIONS, portal)
        seed = [BENCH, "seed", "--database", self.url, "--keyring", place / "keyring", "--portal", portal]
        seed += ["--site", f"https://{HOST}"]
        run([*seed, "--sessions", sessions, "--api", api])

    def add_application(self, *how):
        """The API key of a new application."""
        return re.search(r"^ {4}(\S+)$", run([PROGRAM, "application", "add", *how, *self.where]), re.MULTILINE)[1]

    @contextlib.contextmanager
    def served(self, env=None):
        """The service, on a free port."""
        port = free_port()
        with started([PROGRAM, "serve", "--listen", f"127.0.0.1:{port}", *self.where], port, env=env) as server:
            yield server

    def forget(self):
        """Lets every code be used again."""
        run([BENCH, "forget", "--database", self.url, "--steps", self.steps("api")])

    def steps(self, door):
        return self.place / f"{door}.steps"

    # What clients do.

    def verify(self, name, server, **plan):
        visit = [
            request(
                "POST",
                "/api/v1/accounts/<user>/verify",
                200,
                [("Authorization", f"Bearer {self.key}")],
                json_body({"code": "<code>"}),
                says='"verified":true',
            )
        ]
        return Side(name, server, visit, self.api, steps=self.steps("api"), **plan)

    def enrol(self, name, server, key):
        """Two requests: an authenticator is offered, and proven by its first code."""
        headers = [("Authorization", f"Bearer {key}")]
        path = "/api/v1/accounts/<fresh>/authenticators"
        visit = [
            request("POST", path, 201, headers, json_body({}), keep={"id": "/id", "key": "/key"}),
            request("POST", path + "/<id>/confirm", 200, headers, json_body({"code": "<code-of-key>"})),
        ]
        return Side(name, server, visit)

    def session(self, name, server, **plan):
        """Is this session good? Asked as a proxy asks, without one."""
        accounts = min(SESSIONS, self.portal)
        headers = [
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Host", HOST),
            ("X-Forwarded-Uri", "/"),
            ("X-Forwarded-Method", "GET"),
            ("Cookie", "__Host-countersign-site=<session>"),
        ]
        return Side(name, server, [request("GET", "/forward-auth", 200, headers)], accounts, **plan)

    def sign_in(self, name, server):
        """Password and code, as a browser sends them."""
        from_our_page = [("Sec-Fetch-Site", "same-origin")]
        form = "application/x-www-form-urlencoded"
        visit = [
            request(
                "POST",
                "/sign-in",
                303,
                from_our_page,
                (form, f"email=<email>&password={PASSWORD}"),
                leads_to="/sign-in/code",
            ),
            request(
                "POST",
                "/sign-in/code",
                303,
                [*from_our_page, ("Cookie", "<cookies>")],
                (form, "code=<code>"),
                leads_to="/account",
            ),
        ]
        return Side(name, server, visit, self.portal, steps=self.steps("portal"))

    def first_sign_in(self, name, server):
        """A password alone: the first account has no 2FA."""
        form = ("application/x-www-form-urlencoded", f"email={FIRST}&password={PASSWORD}")
        visit = [request("POST", "/sign-in", 303, [("Sec-Fetch-Site", "same-origin")], form, leads_to="/account")]
        return Side(name, server, visit)

"""The ceilings: what this machine gives to whoever does as little as possible."""

import contextlib
import json

from .loads import Side, json_body, request
from .processes import TARGET, free_port, run, started

BENCH = TARGET / "countersign-bench"
API_KEY = "prototype-key"


@contextlib.contextmanager
def bare():
    """A handler of the same web framework with nothing behind it."""
    port = free_port()
    with started([TARGET / "bare_axum", f"127.0.0.1:{port}"], port) as server:
        yield server


def bare_side(server, name="bare handler"):
    return Side(name, server, [request("GET", "/health", 200)])


@contextlib.contextmanager
def prototype(place, commits, accounts, url=None, env=None):
    """The bare check over HTTP: bench/src/prototype.rs."""
    port = free_port()
    place.mkdir()
    where = ["--postgres", url] if url else ["--directory", place]
    command = [BENCH, "prototype", f"127.0.0.1:{port}", *where, "--commits", commits, "--accounts", accounts]
    with started(command, port, env=env) as server:
        server.steps, server.accounts = place / "steps", accounts
        yield server


def forget(database, steps):
    """Lets every code of a prototype be used again."""
    run([BENCH, "forget", "--database", f"sqlite:{database}", "--steps", steps])


def verify_side(server, name):
    visit = [
        request(
            "POST",
            "/accounts/<user>/verify",
            200,
            [("Authorization", f"Bearer {API_KEY}")],
            json_body({"code": "<code>"}),
        )
    ]
    return Side(name, server, visit, server.accounts, steps=server.steps)


def session_side(server, name):
    return Side(name, server, [request("GET", "/session", 204, [("Cookie", "session=<session>")])], 1000)


def commits(place, kind, clients, seconds, env=None):
    """Durable commits of SQLite a second, in process."""
    path = place / f"disk-{kind}.db"
    command = [BENCH, "disk", path, "--commits", kind, "--clients", clients, "--seconds", seconds]
    said = json.loads(run(command, env=env))
    for file in place.glob(path.name + "*"):
        file.unlink()
    return said["per_second"]


def password_hashes(threads, seconds):
    """Argon2id hashes a second."""
    command = [BENCH, "password-hash", "--threads", threads, "--seconds", seconds]
    return json.loads(run(command))["per_second"]

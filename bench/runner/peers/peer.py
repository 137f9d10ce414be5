"""What every peer has."""

import base64
import contextlib
import hashlib
import hmac
import json
import shutil
import time

from ..loads import tell
from ..processes import CACHE, ROOT, Broken, run

FILES = ROOT / "bench" / "peers"


def code(secret, at=None):
    """RFC 6238 with SHA-1, six digits and 30 seconds."""
    step = int((time.time() if at is None else at) // 30)
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(int.from_bytes(digest[offset : offset + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"


class Peer:
    """A product beside which Countersign is measured."""

    name = folder = ""
    accounts = 0
    packages = []
    as_shipped = ""  # how it is set up here, and what was changed

    def __init__(self, place):
        self.place = place / self.folder
        self.place.mkdir()
        self.home = CACHE / self.folder
        self.tokens = self.place / "tokens"

    def install(self):
        """Into the cache, once."""
        mark = self.home / "installed.json"
        if mark.exists() and json.loads(mark.read_text()) == self.packages:
            return
        tell(f"installing {self.name} into {self.home.relative_to(ROOT)}")
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        self.fetch()
        mark.write_text(json.dumps(self.packages))

    def pip(self):
        run(["python3", "-m", "venv", self.home])
        run([self.home / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", *self.packages])

    def pip_version(self, package):
        said = run([self.home / "bin" / "pip", "show", "--disable-pip-version-check", package])
        return next(line.split(": ")[1] for line in said.splitlines() if line.startswith("Version"))

    def lines(self):
        """Token and secret of each account."""
        return [line.split(" ") for line in self.tokens.read_text().splitlines()]

    def replay(self, server):
        """How often of ten times one and the same code is accepted, each on a connection of its own."""
        # Not within a step's last seconds, so that the code is good all the time.
        while time.time() % 30 > 20:
            time.sleep(0.5)
        accepted = sum(self.try_code(server, *self.lines()[-1]) for _ in range(10))
        if accepted == 0:
            raise Broken(f"{self.name} accepts no right code")
        return accepted


@contextlib.contextmanager
def gunicorn(peer, application, server_env, port, path, status):
    """Two workers a core and one, as gunicorn's documentation advises."""
    import os

    from ..processes import started

    workers = 2 * (os.cpu_count() or 1) + 1
    command = [peer.home / "bin" / "gunicorn", "--workers", workers, "--bind", f"127.0.0.1:{port}", application]
    with started(command, port, path, env=server_env, cwd=FILES / peer.folder, status=status) as server:
        yield server

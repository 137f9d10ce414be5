"""What is started once and used by several rows: services, ceilings, peers. All of it ends with the run."""

import contextlib
import functools

from . import ceilings, peers
from .loads import tell
from .ours import Installation
from .processes import CACHE, postgres, run


class Bench:
    """A run: how long everything is measured, and what was started so far."""

    def __init__(self, place, quick, stack, rounds=None):
        self.place, self.quick, self.stack = place, quick, stack
        self.about_peers = []
        self.seconds = 1.5 if quick else 5.0
        self.rounds = rounds or (1 if quick else 5)
        self.accounts = 40_000 if quick else 200_000
        self.portal = 1_000 if quick else 20_000

    def start(self, context):
        return self.stack.enter_context(context)

    # Our own.

    @functools.cached_property
    def installation(self):
        tell("filling our database, on SQLite")
        return Installation(self.place / "ours", api=self.accounts, portal=self.portal)

    @functools.cached_property
    def service(self):
        return self.start(self.installation.served())

    @functools.cached_property
    def postgres(self):
        return self.start(postgres(self.place / "postgres"))

    @functools.cached_property
    def postgres_installation(self):
        tell("filling our database, on PostgreSQL")
        return Installation(self.place / "ours-postgres", self.postgres.fresh(), self.accounts, self.portal)

    @functools.cached_property
    def postgres_service(self):
        return self.start(self.postgres_installation.served())

    # Ceilings.

    @functools.cached_property
    def bare(self):
        return self.start(ceilings.bare())

    @functools.cache
    def prototype(self, commits):
        return self.start(ceilings.prototype(self.place / f"prototype-{commits}", commits, self.accounts))

    @functools.cache
    def postgres_prototype(self, commits):
        place = self.place / f"prototype-postgres-{commits}"
        return self.start(ceilings.prototype(place, commits, self.accounts, url=self.postgres.fresh()))

    @functools.cached_property
    def slow_sync(self):
        """The environment in which a sync of the disk takes 5 ms longer."""
        shim = self.place / "slow_sync.so"
        source = CACHE.parent / "slow_sync.c"
        run(["cc", "-O2", "-shared", "-fPIC", "-o", shim, source, "-ldl"])
        shim.chmod(0o755)
        return {"LD_PRELOAD": str(shim), "SLOW_SYNC_MICROSECONDS": "5000"}

    # Peers.

    @functools.cache
    def peer(self, kind):
        """One of them, running; or nothing, and why not is told in `about_peers`."""
        about = {"name": kind.name, "set_up": kind.as_shipped}
        self.about_peers.append(about)
        try:
            peer = kind(self.place)
            if self.quick:
                peer.accounts = max(32, peer.accounts // 5)
            peer.install()
            tell(f"starting {peer.name} with {peer.accounts} accounts")
            peer.server = self.start(peer.served())
            peer.idle_mb = peer.server.memory_mb()
            about |= {"version": peer.version(), "ready_ms": peer.server.milliseconds}
            about["replays"] = peer.replay(peer.server) if hasattr(peer, "verify") else None
            return peer
        except Exception as trouble:  # whatever it is, the others are measured
            tell(f"without {kind.name}: {trouble}")
            about["missing"] = str(trouble)[-400:]
            return None

    def peers_with(self, what):
        """Those that can do this."""
        able = [self.peer(kind) for kind in peers.ALL if hasattr(kind, what)]
        return [peer for peer in able if peer]

    def sides_of_peers(self, what):
        return [getattr(peer, what)(peer.server) for peer in self.peers_with(what)]


@contextlib.contextmanager
def bench(place, quick, rounds=None):
    with contextlib.ExitStack() as stack:
        yield Bench(place, quick, stack, rounds)

"""The rows: what is measured, one function each. What is compared is measured in turn, in the same minutes."""

import os
import statistics
import time

from . import ceilings, processes
from .loads import Side, interleaved, median_of, request, tell
from .ours import HOST, PROGRAM, Installation
from .processes import TARGET, free_port, nginx, started

CLIENTS = 32
CORES = os.cpu_count() or 1
HASHING_MB = 19 * 1024 * 1024 / 1e6  # of each hash that is computed at the time


def quiet(bench):
    """Start on an existing database, memory at rest, size."""
    starts = 5 if bench.quick else 20
    place = bench.place / "quiet"
    installation = Installation(place)
    bare = TARGET / "bare_axum"
    commands = {
        "countersign": lambda port: [PROGRAM, "serve", "--listen", f"127.0.0.1:{port}", "--data-dir", place],
        "bare handler": lambda port: [bare, f"127.0.0.1:{port}"],
    }
    sides = {name: {"ready_ms": []} for name in commands}
    for _ in range(starts):
        for name, command in commands.items():
            port = free_port()
            with started(command(port), port) as server:
                sides[name]["ready_ms"].append(server.milliseconds)
                sides[name]["idle_mb"] = server.memory_mb()
    with installation.served() as server:
        server.forget_peak()
        one = installation.first_sign_in("one sign-in", server)
        one.measure(1, 1, visits=1)
        sides["countersign"]["hashing_mb"] = server.memory_mb("VmHWM")
        time.sleep(3 if bench.quick else 10)
        sides["countersign"]["after_sign_in_mb"] = server.memory_mb()
    for name, program in (("countersign", PROGRAM), ("bare handler", bare)):
        sides[name]["size_mb"] = program.stat().st_size / 1e6
        times = sides[name]["ready_ms"]
        sides[name] |= {"ready_ms": statistics.median(times), "ready_least_ms": min(times), "ready_most_ms": max(times)}
    return {"sides": sides, "starts": starts}


def ceilings_alone(bench):
    """Commits of this disk and hashes of these cores, without HTTP."""
    measured = {}
    for nth in range(min(bench.rounds, 3)):
        for name, take in {
            "commits, one sync each": lambda: ceilings.commits(bench.place, "single", CLIENTS, bench.seconds),
            "commits, shared": lambda: ceilings.commits(bench.place, "shared", CLIENTS, bench.seconds),
            "Argon2id, one core": lambda: ceilings.password_hashes(1, bench.seconds),
            "Argon2id, every core": lambda: ceilings.password_hashes(CORES, bench.seconds),
        }.items():
            measured.setdefault(name, []).append({"per_second": take()})
            tell(f"  {name}, round {nth + 1}: {measured[name][-1]['per_second']:.0f}/s")
    return {"sides": {name: median_of(rounds) for name, rounds in measured.items()}}


def verify(bench):
    """A second factor, checked by the API on SQLite."""
    shared, single = bench.prototype("shared"), bench.prototype("single")
    sides = [
        bench.installation.verify("countersign", bench.service),
        ceilings.verify_side(shared, "prototype"),
        ceilings.verify_side(single, "one sync a request"),
        *bench.sides_of_peers("verify"),
    ]
    return {"sides": interleaved(sides, CLIENTS, bench.seconds, bench.rounds)}


def slow_disk(bench):
    """The same, with 5 ms added to every sync."""
    place, env = bench.place / "slow", bench.slow_sync
    place.mkdir()
    accounts = bench.accounts // 2
    shared = bench.start(ceilings.prototype(place / "shared", "shared", accounts, env=env))
    single = bench.start(ceilings.prototype(place / "single", "single", accounts, env=env))
    ours = Installation(place / "ours", api=accounts)
    sides = [
        ours.verify("countersign", bench.start(ours.served(env))),
        ceilings.verify_side(shared, "prototype"),
        ceilings.verify_side(single, "one sync a request"),
    ]
    said = {"sides": interleaved(sides, CLIENTS, bench.seconds, min(bench.rounds, 3))}
    if bench.quick:
        return said
    said["sides_128"] = interleaved(sides, 128, bench.seconds, min(bench.rounds, 3))
    postgres = bench.start(processes.postgres(place / "postgres", env))
    pool = ceilings.prototype(place / "pool", "single", accounts, url=postgres.fresh())
    batched = ceilings.prototype(place / "batched", "shared", accounts, url=postgres.fresh())
    ours = Installation(place / "ours-postgres", postgres.fresh(), api=accounts)
    sides = [
        ours.verify("countersign", bench.start(ours.served())),
        ceilings.verify_side(bench.start(pool), "prototype through a pool"),
        ceilings.verify_side(bench.start(batched), "prototype batched"),
    ]
    said["sides_postgres"] = interleaved(sides, CLIENTS, bench.seconds, min(bench.rounds, 3))
    return said


def on_postgres(bench):
    """The same on PostgreSQL."""
    pool, batched = bench.postgres_prototype("single"), bench.postgres_prototype("shared")
    sides = [
        bench.postgres_installation.verify("countersign", bench.postgres_service),
        ceilings.verify_side(pool, "prototype through a pool"),
        ceilings.verify_side(batched, "prototype batched"),
    ]
    said = interleaved(sides, CLIENTS, bench.seconds, bench.rounds)
    for side in sides:
        before = bench.postgres.server.cpu_seconds()
        one = side.measure(CLIENTS, bench.seconds)
        spent = bench.postgres.server.cpu_seconds() - before
        said[side.name]["database_cpu_us"] = spent * bench.seconds / (bench.seconds + 0.5) / one["visits"] * 1e6
    return {"sides": said}


def session(bench):
    """Whether a session is good, revoked or not."""
    ours, postgres = bench.installation, bench.postgres_installation
    sides = [
        ours.session("countersign", bench.service),
        postgres.session("countersign on PostgreSQL", bench.postgres_service),
        ceilings.bare_side(bench.bare),
        ceilings.session_side(bench.prototype("shared"), "one SQLite read"),
        *bench.sides_of_peers("session"),
    ]
    return {"sides": interleaved(sides, CLIENTS, bench.seconds, bench.rounds)}


def forward(bench):
    """A page behind nginx, which asks for every request whether its session is good."""
    page = bench.place / "page.html"
    page.write_text("ok\n")
    checks = {
        "countersign": (bench.service.port, "/forward-auth?redirect=false"),
        "a bare 204": (bench.bare.port, "/empty"),
    }
    upstreams = locations = ""
    for nth, (port, path) in enumerate(checks.values()):
        upstreams += f"upstream check{nth} {{ server 127.0.0.1:{port}; keepalive 64; keepalive_requests 1000000; }}\n"
        locations += f"""
    location = /page{nth} {{ auth_request /check{nth}; alias {page}; }}
    location = /check{nth} {{
      internal;
      proxy_pass http://check{nth}{path};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_set_header X-Forwarded-Proto https;
      proxy_set_header X-Forwarded-Host {HOST};
      proxy_set_header X-Forwarded-Uri $request_uri;
      proxy_set_header X-Forwarded-Method $request_method;
    }}
"""
    guards = bench.peers_with("location")
    for peer in guards:
        upstream, location = peer.location(f"/{peer.folder}", page)
        upstreams, locations = upstreams + upstream, locations + location
    port = free_port()
    server = bench.start(nginx(bench.place, port, locations, upstreams))
    sides = []
    for nth, name in enumerate(checks):
        one = bench.installation.session(name, bench.service)
        one.server = server
        one.plan["visit"][0] |= {"path": f"/page{nth}", "expect": 200}
        sides.append(one)
    forgets = {}
    for peer in guards:
        visit = [request("GET", f"/{peer.folder}", 200, [("Cookie", peer.cookie())])]
        sides.append(Side(peer.name, server, visit, tokens=peer.tokens))
        forgets[peer.name] = peer.forgets(port, f"/{peer.folder}")
    said = {"sides": interleaved(sides, 16, bench.seconds, bench.rounds), "forgets": forgets}
    # The processor time of nginx alone says nothing of those whom it asks.
    for side in said["sides"].values():
        del side["cpu_us"]
    return said


def sign_in(bench):
    """Password and code, from the form to the session."""
    sides = [
        bench.installation.sign_in("countersign", bench.service),
        bench.postgres_installation.sign_in("countersign on PostgreSQL", bench.postgres_service),
        *bench.sides_of_peers("sign_in"),
    ]
    measured, hashes = {side.name: [] for side in sides}, []
    for nth in range(bench.rounds):
        # The ceiling has its turn in every round, as all the others.
        hashes.append({"per_second": ceilings.password_hashes(CORES, bench.seconds)})
        tell(f"  Argon2id, every core, round {nth + 1}: {hashes[-1]['per_second']:.0f}/s")
        for side in sides:
            for name, one in interleaved([side], 16, bench.seconds, 1).items():
                measured[name].append(one)
    said = {"Argon2id, every core": median_of(hashes)}
    return {"sides": said | {name: median_of(rounds) for name, rounds in measured.items()}}


def calm(bench):
    """What others notice while sign-ins take both cores: checks and sessions of clients who rest in between."""
    crowd = bench.installation.sign_in("sign-ins", bench.service)
    sides = [
        bench.installation.session("session checks", bench.service, pause_ms=20),
        bench.installation.verify("verifications", bench.service, pause_ms=20),
    ]
    measured = {side.name: [] for side in [crowd, *sides]}
    for _ in range(1 if bench.quick else 3):
        seconds = bench.seconds * 2
        # They begin before those who are measured and end after them.
        begun = [(crowd, crowd.begin(16, seconds + 1))]
        time.sleep(0.5)
        begun += [(side, side.begin(8, seconds)) for side in sides]
        for side, process in begun:
            one = side.end(process)
            measured[side.name].append(one)
            tell(f"  {side.name}: {one['per_second']:.0f}/s, p99 {one['p99_ms']:.1f} ms, failed {one['failed']}")
    return {"sides": {name: median_of(rounds) for name, rounds in measured.items()}}


def enrol(bench):
    """A new authenticator for somebody."""
    ours, rounds = bench.installation, min(bench.rounds, 3)
    sides = [
        ours.enrol("countersign", bench.service, ours.key_without_codes),
        *bench.sides_of_peers("enrol"),
    ]
    said = interleaved(sides, CLIENTS, bench.seconds, rounds)
    # Ten hashes each: fewer clients, and longer, or none would be done in time.
    hashed = ours.enrol("countersign, with ten recovery codes", bench.service, ours.key)
    said |= interleaved([hashed], 8, bench.seconds * 3, rounds)
    return {"sides": said}


def memory(bench):
    """Memory at rest, and at most under load."""
    sides = {}
    ours = Installation(bench.place / "memory", api=bench.accounts // 2, portal=bench.portal)
    with ours.served() as server:
        said = sides["countersign"] = {"idle_mb": server.memory_mb()}
        loads = {
            "session_mb": (ours.session("sessions", server), CLIENTS),
            "verify_mb": (ours.verify("verifications", server), CLIENTS),
            "sign_in_mb": (ours.sign_in("sign-ins", server), 16),
        }
        for name, (side, clients) in loads.items():
            server.forget_peak()
            side.measure(clients, bench.seconds)
            said[name] = server.memory_mb("VmHWM")
        said["beside_hashes_mb"] = said["sign_in_mb"] - CORES * HASHING_MB
        said["load_mb"] = max(said[name] for name in ("session_mb", "verify_mb", "beside_hashes_mb"))
    for peer in bench.peers_with("verify"):
        peer.server.forget_peak()
        peer.verify(peer.server).measure(CLIENTS, bench.seconds)
        sides[peer.name] = {"idle_mb": peer.idle_mb, "load_mb": peer.server.memory_mb("VmHWM")}
    prototype = bench.prototype("shared")
    sides["prototype"] = {"idle_mb": prototype.memory_mb(), "load_mb": prototype.memory_mb("VmHWM")}
    for name, one in sides.items():
        tell(f"  {name}: " + ", ".join(f"{what} {value:.1f}" for what, value in one.items()))
    return {"sides": sides}


def accounts(bench):
    """What a verification costs with so many accounts. Bursts, since a thousand accounts have few codes."""
    sizes = [1_000, 10_000, 100_000] if bench.quick else [1_000, 100_000, 1_000_000]
    installations, sides, starts = {}, [], {}
    for size in sizes:
        tell(f"filling a database with {size} accounts")
        name = f"{size}"
        installations[name] = Installation(bench.place / f"accounts-{size}", api=size)
        server = bench.start(installations[name].served())
        starts[name] = server.milliseconds
        sides.append(installations[name].verify(name, server))

    # Beside it the bare check, with as few and as many: what the disk and the caches ask for by themselves.
    bare = {}
    for size in (sizes[0], sizes[-1]):
        prototype = bench.start(ceilings.prototype(bench.place / f"prototype-{size}", "shared", size))
        bare[f"prototype, {size}"] = bench.place / f"prototype-{size}" / "prototype.db"
        sides.append(ceilings.verify_side(prototype, f"prototype, {size}"))

    def before(side):
        if side.accounts == sizes[0]:
            if side.name in bare:
                ceilings.forget(bare[side.name], side.steps)
            else:
                installations[side.name].forget()

    burst = sizes[0] * 2
    # The first burst fills the caches of a service that has just started, and is not counted.
    interleaved(sides, CLIENTS, 0, 1, burst, before)
    said = interleaved(sides, CLIENTS, 0, 4 if bench.quick else 15, burst, before)
    for name, installation in installations.items():
        said[name]["database_mb"] = (installation.place / "countersign.db").stat().st_size / 1e6
        said[name]["ready_ms"] = starts[name]
    prototypes = {name.removeprefix("prototype, "): said.pop(name) for name in bare}
    return {"sides": said, "prototype": prototypes}


def clients(bench):
    """The same with more and more clients at once."""
    counts = [1, 8, 32, 128] if bench.quick else [1, 2, 4, 8, 16, 32, 64, 128, 256]
    sides = [
        bench.installation.verify("countersign on SQLite", bench.service),
        bench.postgres_installation.verify("countersign on PostgreSQL", bench.postgres_service),
        ceilings.verify_side(bench.prototype("shared"), "prototype"),
    ]
    curves = {side.name: {} for side in sides}
    for count in counts:
        seconds = 1.0 if bench.quick else 2.5
        for name, one in interleaved(sides, count, seconds, 1 if bench.quick else 3).items():
            curves[name][str(count)] = one
    return {"curves": curves}


ALL = {
    "quiet": quiet,
    "ceilings": ceilings_alone,
    "verify": verify,
    "slow-disk": slow_disk,
    "postgres": on_postgres,
    "session": session,
    "forward-auth": forward,
    "sign-in": sign_in,
    "calm": calm,
    "enrol": enrol,
    "memory": memory,
    "accounts": accounts,
    "clients": clients,
}

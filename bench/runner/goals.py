"""The goals of speed, as ratios within one run: what was asked for, and whether it is so."""

MIB = 2**20 / 1e6  # in MB
OURS = "countersign"


def ratio(value, of):
    return value / of if value is not None and of else None


def shown(value, unit=""):
    if value is None:
        return "–"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}{unit}"


class Figures:
    """Figures of a run by row, side and name; nothing where something was not measured."""

    def __init__(self, results):
        self.rows = results["rows"]

    def __call__(self, row, side, name="per_second"):
        return self.rows.get(row, {}).get("sides", {}).get(side, {}).get(name)


def judged(measured, least, goal):
    """In a word; `least` and `goal` say whether they are reached."""
    if not measured:
        return "not measured"
    return "goal reached" if goal and least else "yes" if least else "**no**"


def faster(what, value, least, than, goal=None, than_what=None):
    """At least so many times as fast as one thing; and, for the goal, as it or as another. Things are name and speed."""
    than_what = than_what or than
    first, second = ratio(value, than[1]), ratio(value, than_what[1])
    said = f"{shown(value)}/s: {shown(first)} × {than[0]}"
    if than_what is not than:
        said += f", {shown(second)} × {than_what[0]}"
    known = first is not None and (goal is None or second is not None)
    word = judged(known, known and first >= least, known and goal is not None and second >= goal)
    wanted = "" if goal is None else f"{goal} × {than_what[0]}"
    return [what, f"{least} × {than[0]}", wanted, said if value else "–", word]


def smaller(what, value, least, goal, unit):
    """At most so much."""
    known = value is not None
    word = judged(known, known and value <= least, known and value <= goal)
    return [what, f"≤ {least} {unit}", f"≤ {goal} {unit}", shown(value, f" {unit}"), word]


def latency(f):
    of = {name: ratio(f("verify", OURS, name), f("verify", "prototype", name)) for name in ("p50_ms", "p99_ms")}
    known = all(of.values())
    said = [f"{name[:3]} {shown(f('verify', OURS, name))} ms: {shown(share)} ×" for name, share in of.items()]
    word = judged(known, known and of["p99_ms"] <= 2.5, known and max(of.values()) <= 2)
    wanted = ["p99 ≤ 2.5 × prototype", "p50 and p99 ≤ 2 × prototype"]
    return ["its latency", *wanted, ", ".join(said) + " prototype" if known else "–", word]


def forward(f):
    what, row = "forward-auth behind nginx", "forward-auth"
    bare, lemon = ("a bare 204", f(row, "a bare 204")), ("LemonLDAP::NG", f(row, "LemonLDAP::NG"))
    if lemon[1]:
        return faster(what, f(row, OURS), 3, lemon, 0.7, bare)
    said = faster(what, f(row, OURS), 0.7, bare)
    return [what, "3 × LemonLDAP::NG, which was not measured", said[1], *said[3:]]


def calm(f):
    names = ("verifications", "session checks")
    waits = [wait for wait in (f("calm", name, "p99_ms") for name in names) if wait is not None]
    refused = sum(sum((f("calm", name, "failed") or {}).values()) for name in names)
    slowest = max(waits, default=0)
    word = judged(waits, slowest <= 50 and not refused, slowest <= 20)
    said = f"{shown(slowest)} ms, {refused} refused" if waits else "–"
    what = "p99 of checks and sessions while sign-ins saturate the cores"
    return [what, "≤ 50 ms, none refused", "≤ 20 ms", said, word]


def memory(f):
    idle, load = (ratio(f("memory", OURS, name), MIB) for name in ("idle_mb", "load_mb"))
    known = idle is not None
    word = judged(known, known and idle <= 30 and load <= 45, known and idle <= 16 and load <= 32)
    what = "memory idle / under load, beside 19 MiB a hash"
    return [what, "30 / 45 MiB", "16 / 32 MiB", f"{shown(idle)} / {shown(load)} MiB" if known else "–", word]


def accounts(results, f):
    sizes = sorted(results["rows"].get("accounts", {}).get("sides", {"1000": {}, "1000000": {}}), key=int)
    few, many = sizes[0], sizes[-1]
    dearer = ratio(f("accounts", few), f("accounts", many))
    said = smaller(f"{int(many):,} accounts against {int(few):,}", dearer, 1.3, 1.1, "× the cost")
    if dearer is not None:
        said[3] = f"{shown(f('accounts', few))}/s and {shown(f('accounts', many))}/s: {said[3]}"
    bare = results["rows"].get("accounts", {}).get("prototype")
    if bare:
        said[3] += f"; the prototype {shown(bare[few]['per_second'] / bare[many]['per_second'])} ×"
    return said


def table(results):
    """Rows of: what, least, goal, measured, is it so?"""
    f = Figures(results)
    verified, of = f("verify", OURS), lambda row, name: (name, f(row, name))
    return [
        faster(
            "durable verification, SQLite",
            verified,
            3,
            of("verify", "one sync a request"),
            0.6,
            of("verify", "prototype"),
        ),
        faster("the same", verified, 50, of("verify", "better-auth")),
        latency(f),
        faster(
            "the same with 5 ms added to every sync",
            f("slow-disk", OURS),
            8,
            of("slow-disk", "one sync a request"),
            0.8,
            of("slow-disk", "prototype"),
        ),
        faster(
            "the same on PostgreSQL",
            f("postgres", OURS),
            1,
            of("postgres", "prototype through a pool"),
            0.6,
            of("postgres", "prototype batched"),
        ),
        faster("session check", f("session", OURS), 0.4, of("session", "bare handler"), 0.65),
        forward(f),
        faster("full sign-in", f("sign-in", OURS), 0.8, of("sign-in", "Argon2id, every core"), 0.9),
        calm(f),
        faster(
            "enrolment by the API",
            f("enrol", OURS),
            100,
            of("enrol", "privacyIDEA"),
            0.3,
            ("own verification", verified),
        ),
        memory(f),
        smaller("start to first answer, existing database", f("quiet", OURS, "ready_ms"), 120, 50, "ms"),
        smaller("stripped program", f("quiet", OURS, "size_mb"), 31, 20, "MB"),
        accounts(results, f),
    ]

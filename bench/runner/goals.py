"""The goals of speed, as ratios within one run: what was asked for, and whether it is so."""


def ratio(value, of):
    return value / of if value is not None and of else None


class Figures:
    """Figures of a run by row, side and name; nothing where something was not measured."""

    def __init__(self, results):
        self.rows = results["rows"]

    def __call__(self, row, side, name="per_second", where="sides"):
        return self.rows.get(row, {}).get(where, {}).get(side, {}).get(name)


def at_least(value, least, goal):
    """Whether a ratio that should be large is."""
    if value is None:
        return "not measured"
    return "goal reached" if value >= goal else "yes" if value >= least else "**no**"


def at_most(value, least, goal):
    """Whether a figure that should be small is."""
    if value is None:
        return "not measured"
    return "goal reached" if value <= goal else "yes" if value <= least else "**no**"


def shown(value, unit=""):
    if value is None:
        return "–"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}{unit}"


def table(results):
    """Rows of: what, least, goal, measured, is it so?"""
    f = Figures(results)
    rows = []

    def add(what, asked, wanted, measured, judged):
        rows.append([what, asked, wanted, measured, judged])

    def more(what, value, least, of, goal=None, goal_of=None):
        """At least so many times something; and the goal, of the same thing or of another."""
        first = ratio(value, of[1])
        second = ratio(value, (goal_of or of)[1])
        if goal is None:
            judged = at_least(first, least, float("inf"))
        elif first is None or second is None:
            judged = "not measured"
        else:
            judged = "goal reached" if second >= goal and first >= least else "yes" if first >= least else "**no**"
        said = f"{shown(value)}/s: {shown(first)} × {of[0]}"
        if goal_of:
            said += f", {shown(second)} × {goal_of[0]}"
        wanted = "" if goal is None else f"{goal} × {(goal_of or of)[0]}"
        add(what, f"{least} × {of[0]}", wanted, said if value else "–", judged)

    ours = "countersign"
    verified = f("verify", ours)
    prototype = ("prototype", f("verify", "prototype"))
    alone = ("one sync a request", f("verify", "one sync a request"))
    more("durable verification, SQLite", verified, 3, alone, 0.6, prototype)
    more("the same", verified, 50, ("better-auth", f("verify", "better-auth")))
    slower = {name: ratio(f("verify", ours, name), f("verify", "prototype", name)) for name in ("p50_ms", "p99_ms")}
    worst = max(slower.values()) if all(slower.values()) else None
    judged = "not measured" if worst is None else (
        "goal reached" if worst <= 2 else "yes" if slower["p99_ms"] <= 2.5 else "**no**"
    )
    said = f"p50 {shown(f('verify', ours, 'p50_ms'))} ms: {shown(slower['p50_ms'])} ×, "
    said += f"p99 {shown(f('verify', ours, 'p99_ms'))} ms: {shown(slower['p99_ms'])} × prototype"
    add("its latency", "p99 ≤ 2.5 × prototype", "p50 and p99 ≤ 2 × prototype", said if worst else "–", judged)
    slow = ("one sync a request", f("slow-disk", "one sync a request"))
    more(
        "with 5 ms added to every sync", f("slow-disk", ours), 8, slow, 0.8, ("prototype", f("slow-disk", "prototype"))
    )
    pool = ("prototype through a pool", f("postgres", "prototype through a pool"))
    batched = ("prototype batched", f("postgres", "prototype batched"))
    more("on PostgreSQL", f("postgres", ours), 1, pool, 0.6, batched)
    more("session check", f("session", ours), 0.4, ("bare handler", f("session", "bare handler")), 0.65)
    lemon, bare = f("forward-auth", "LemonLDAP::NG"), f("forward-auth", "a bare 204")
    behind = f("forward-auth", ours)
    if lemon:
        more("forward-auth behind nginx", behind, 3, ("LemonLDAP::NG", lemon), 0.7, ("a bare 204", bare))
    else:
        share = ratio(behind, bare)
        said = f"{shown(behind)}/s: {shown(share)} × a bare 204" if behind else "–"
        judged = "not measured" if share is None else "goal reached" if share >= 0.7 else "below the goal"
        add("forward-auth behind nginx", "3 × LemonLDAP::NG (not measured)", "0.7 × a bare 204", said, judged)
    hashes = ("Argon2id, every core", f("sign-in", "Argon2id, every core"))
    more("full sign-in", f("sign-in", ours), 0.8, hashes, 0.9)
    waits = [f("calm", name, "p99_ms") for name in ("verifications", "session checks")]
    waits = [wait for wait in waits if wait is not None]
    refused = sum(sum((f("calm", name, "failed") or {}).values()) for name in ("verifications", "session checks"))
    judged = at_most(max(waits), 50, 20) if waits else "not measured"
    judged = "**no**" if refused else judged
    said = f"{shown(max(waits))} ms, {refused} refused" if waits else "–"
    add("p99 of checks and sessions while sign-ins saturate the cores", "≤ 50 ms, none refused", "≤ 20 ms", said, judged)
    # An enrolment is compared with a verification of the same run.
    more("enrolment by the API", f("enrol", ours), 100, ("privacyIDEA", f("enrol", "privacyIDEA")), 0.3, ("own verification", verified))
    idle, load = f("memory", ours, "idle_mb"), f("memory", ours, "load_mb")
    mib = 2**20 / 1e6
    judged = "not measured"
    if idle and load:
        judged = "goal reached" if idle <= 16 * mib and load <= 32 * mib else (
            "yes" if idle <= 30 * mib and load <= 45 * mib else "**no**"
        )
    said = f"{shown(idle and idle / mib)} / {shown(load and load / mib)} MiB"
    add("memory idle / under load, beside 19 MiB a hash", "30 / 45 MiB", "16 / 32 MiB", said, judged)
    ready = f("quiet", ours, "ready_ms")
    add("start to first answer, existing database", "≤ 120 ms", "≤ 50 ms", shown(ready, " ms"), at_most(ready, 120, 50))
    size = f("quiet", ours, "size_mb")
    add("stripped program", "≤ 31 MB", "≤ 20 MB", shown(size, " MB"), at_most(size, 31, 20))
    grown = results["rows"].get("accounts", {}).get("sides", {})
    least, most = (min(grown, key=int), max(grown, key=int)) if grown else ("1000", "1000000")
    dearer = ratio(f("accounts", least), f("accounts", most))
    said = f"{shown(f('accounts', least))}/s and {shown(f('accounts', most))}/s: {shown(dearer)} × the cost" if grown else "–"
    add(f"{int(most):,} accounts against {int(least):,}", "1.3 × the cost", "1.1 × the cost", said, at_most(dearer, 1.3, 1.1))
    return rows

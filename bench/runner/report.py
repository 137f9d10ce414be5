"""docs/benchmarks.md and its pictures, written from results; and the same tables on a terminal."""

from . import goals, picture
from .goals import Figures, ratio, shown
from .processes import ROOT

PICTURES = ROOT / "docs" / "benchmarks"
DOCUMENT = ROOT / "docs" / "benchmarks.md"
SCALE = ROOT / "docs" / "scale.md"


def markdown(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def failures(side):
    told = [f"{times} × {answer.strip()}" for answer, times in side.get("failed", {}).items()]
    if side.get("starved"):
        told.append("ran out of codes")
    return ", ".join(told) or "none"


def sides(results, row, where="sides"):
    return results["rows"].get(row, {}).get(where, {})


def speeds(results, row, against, where="sides"):
    """A table of one row, each beside the one it is compared with."""
    left_out = results["rows"].get(row, {}).get("left_out")
    measured = sides(results, row, where)
    if left_out or not measured:
        return f"Not measured: {left_out or 'this run left it out'}."
    of = measured.get(against, {}).get("per_second")
    rows = []
    for name, side in measured.items():
        share = ratio(side.get("per_second"), of)
        spread = side.get("rounds", [])
        rows.append(
            [
                name,
                shown(side["per_second"]),
                f"{share:.2f} ×" if share is not None else "–",
                f"{shown(min(spread))} – {shown(max(spread))}" if spread else "–",
                shown(side.get("p50_ms"), " ms"),
                shown(side.get("p99_ms"), " ms"),
                shown(side.get("cpu_us"), " µs"),
                failures(side),
            ]
        )
    head = ["", "a second", f"of {against}", "slowest and fastest round", "p50", "p99", "processor time each", "failed"]
    return markdown(head, rows)


def goal_table(results):
    return markdown(["goal", "least", "goal", "measured", "is it so?"], goals.table(results))


def quiet_table(results):
    measured = sides(results, "quiet")
    if not measured:
        return "Not measured."
    ours, bare = measured["countersign"], measured["bare handler"]
    starts = results["rows"]["quiet"]["starts"]
    rows = [
        [f"start to the first answer of /health, median of {starts}", "ready_ms", " ms"],
        ["– fastest", "ready_least_ms", " ms"],
        ["– slowest", "ready_most_ms", " ms"],
        ["resident memory after the start", "idle_mb", " MB"],
        ["– at most, while one password was hashed", "hashing_mb", " MB"],
        ["– after that and ten quiet seconds", "after_sign_in_mb", " MB"],
        ["size of the program, stripped", "size_mb", " MB"],
    ]
    shown_rows = [[what, shown(ours.get(name), unit), shown(bare.get(name), unit)] for what, name, unit in rows]
    return markdown(["", "countersign", "bare handler"], shown_rows)


def memory_table(results):
    measured = sides(results, "memory")
    if not measured:
        return "Not measured."
    rows = [[name, shown(one["idle_mb"], " MB"), shown(one["load_mb"], " MB")] for name, one in measured.items()]
    ours = measured["countersign"]
    detail = (
        f"\n\nOurs at most: {shown(ours['session_mb'])} MB under session checks, {shown(ours['verify_mb'])} MB under "
        f"verifications, {shown(ours['sign_in_mb'])} MB under sign-ins, of which the hashes are 19.9 MB for each core."
    )
    return markdown(["", "at rest", "at most under load"], rows) + detail


def accounts_table(results):
    measured = sides(results, "accounts")
    if not measured:
        return "Not measured."
    least = min(measured, key=int)
    rows = []
    for name, one in measured.items():
        dearer = ratio(measured[least]["per_second"], one["per_second"])
        rows.append(
            [
                f"{int(name):,}",
                shown(one["per_second"]),
                f"{dearer:.2f} ×",
                shown(one["cpu_us"], " µs"),
                shown(one["p50_ms"], " ms"),
                shown(one["p99_ms"], " ms"),
                shown(one["ready_ms"], " ms"),
                shown(one["database_mb"], " MB"),
            ]
        )
    bare = results["rows"]["accounts"].get("prototype", {})
    for name, one in bare.items():
        dearer = ratio(bare[min(bare, key=int)]["per_second"], one["per_second"])
        figures = [shown(one["cpu_us"], " µs"), shown(one["p50_ms"], " ms"), shown(one["p99_ms"], " ms"), "", ""]
        rows.append([f"the prototype: {int(name):,}", shown(one["per_second"]), f"{dearer:.2f} ×", *figures])
    head = ["accounts", "a second", "cost of each", "processor time each", "p50", "p99", "start", "database"]
    return markdown(head, rows)


def clients_table(results):
    curves = results["rows"].get("clients", {}).get("curves", {})
    if not curves:
        return "Not measured."
    rows = []
    for count in next(iter(curves.values())):
        row = [count]
        for name in curves:
            one = curves[name][count]
            row.append(f"{shown(one['per_second'])}/s, p50 {shown(one['p50_ms'])} ms, p99 {shown(one['p99_ms'])} ms")
        rows.append(row)
    return markdown(["clients", *curves], rows)


def peers_table(results):
    rows = []
    for peer in results.get("peers", []):
        if "missing" in peer:
            rows.append([peer["name"], "–", peer["set_up"], "not installed", "–"])
            continue
        accepted = peer["replays"]
        replay = {None: "checks sessions alone here", 1: "once, then refused"}.get(accepted)
        replay = replay or f"**accepted {accepted} times of 10**"
        rows.append([peer["name"], peer["version"], peer["set_up"], replay, f"{peer['ready_ms'] / 1000:.1f} s"])
    head = ["product", "version", "as measured", "the same code, ten times", "start to first answer"]
    return markdown(head, rows) if rows else "Not measured."


def draw(results):
    """The pictures, and their names."""
    PICTURES.mkdir(exist_ok=True)
    made = {}
    titles = {
        "verify": "Second factors verified a second, SQLite, 32 clients",
        "slow-disk": "The same with 5 ms added to every sync",
        "postgres": "The same on PostgreSQL",
        "session": "Session checks a second, 32 clients",
        "sign-in": "Full sign-ins a second, 16 clients",
        "enrol": "Enrolments a second, 32 clients",
    }
    for row, title in titles.items():
        values = {name: one["per_second"] for name, one in sides(results, row).items()}
        made[row] = picture.bars(title, values)
    curves = results["rows"].get("clients", {}).get("curves", {})
    for what, name, unit in (("speed", "per_second", "a second"), ("p99", "p99_ms", "ms")):
        lines = {side: [(int(n), one[name]) for n, one in curve.items() if one[name]] for side, curve in curves.items()}
        title = "Verifications a second" if what == "speed" else "The slowest hundredth of verifications"
        made[f"clients-{what}"] = picture.curves(title, lines, "clients", unit)
    grown = sides(results, "accounts")
    if grown:
        line = {"processor time of a verification": [(int(n), one["cpu_us"]) for n, one in grown.items()]}
        made["accounts"] = picture.curves("What a verification costs as accounts grow", line, "accounts", "µs")
    for name, drawn in made.items():
        if drawn:
            (PICTURES / f"{name}.svg").write_text(drawn)
    return {name for name, drawn in made.items() if drawn}


def parts(results):
    """What is put into the documents, by the name of its place."""
    m = results["machine"]
    drawn = draw(results) if not results["quick"] else set()
    image = lambda name, words: f"![{words}](benchmarks/{name}.svg)\n\n" if name in drawn else ""
    f = Figures(results)
    said = {
        "machine": (
            f"Measured on {m['day']} at `{m['commit']}`: {m['cores']} cores ({m['processor']}), {m['memory_gib']} GiB, "
            f"{m['disk']}, {m['system']}, PostgreSQL {m['postgres'] or 'not installed'}, with a load of "
            f"{m['load_before']:.1f} before. Medians of up to {results['rounds']} rounds of {results['seconds']:g} s, "
            f"all sides in turn; {results['accounts']:,} accounts."
        ),
        "goals": goal_table(results),
        "peers": peers_table(results),
        "ceilings": speeds(results, "ceilings", "commits, one sync each"),
        "verify": image("verify", "Verifications a second") + speeds(results, "verify", "prototype"),
        "slow-disk": image("slow-disk", "With a slow disk")
        + speeds(results, "slow-disk", "prototype")
        + "\n\nAnd with 128 clients:\n\n"
        + speeds(results, "slow-disk", "prototype", "sides_128")
        + "\n\nAnd on PostgreSQL, whose syncs are as slow, with 32:\n\n"
        + speeds(results, "slow-disk", "prototype batched", "sides_postgres"),
        "postgres": image("postgres", "On PostgreSQL") + speeds(results, "postgres", "prototype batched"),
        "session": image("session", "Session checks a second") + speeds(results, "session", "bare handler"),
        "forward-auth": speeds(results, "forward-auth", "a bare 204") + deleted(results),
        "sign-in": image("sign-in", "Sign-ins a second") + speeds(results, "sign-in", "Argon2id, every core"),
        "calm": speeds(results, "calm", "sign-ins"),
        "enrol": image("enrol", "Enrolments a second") + speeds(results, "enrol", "countersign"),
        "quiet": quiet_table(results),
        "memory": memory_table(results),
        "accounts": image("accounts", "As accounts grow") + accounts_table(results),
        "clients": image("clients-speed", "As clients grow")
        + image("clients-p99", "Latency as clients grow")
        + clients_table(results),
    }
    said["costs"] = costs(f)
    said["people"] = people(f, m["cores"])
    return said


def deleted(results):
    """Whether the others refuse a session that was deleted."""
    said = ""
    for name, refused in results["rows"].get("forward-auth", {}).get("forgets", {}).items():
        how = "is refused at once" if refused else "was accepted still"
        said += f"\n\nA session whose record was deleted {how} by {name}."
    return said


def costs(f):
    """What each thing costs, for docs/scale.md."""
    rows = []
    for what, row, side in (
        ("verification, SQLite", "verify", "countersign"),
        ("verification, PostgreSQL", "postgres", "countersign"),
        ("session check, SQLite", "session", "countersign"),
        ("session check, PostgreSQL", "session", "countersign on PostgreSQL"),
        ("full sign-in", "sign-in", "countersign"),
        ("enrolment with ten recovery codes", "enrol", "countersign, with ten recovery codes"),
        ("enrolment without", "enrol", "countersign"),
    ):
        cpu, speed = f(row, side, "cpu_us"), f(row, side)
        database = f(row, side, "database_cpu_us")
        if cpu:
            core = shown(1e6 / cpu)
            rows.append([what, shown(cpu, " µs"), shown(database, " µs"), core, shown(speed)])
    head = [
        "",
        "processor time of the node",
        "of the database server",
        "a core of a node carries",
        "measured here a second",
    ]
    return markdown(head, rows) if rows else "Not measured."


def people(f, cores):
    """How many people that is, by the reckoning of docs/scale.md; the load took a part of the cores."""
    rows = []
    for what, row, side in (
        ("full sign-ins", "sign-in", "countersign"),
        ("verifications, SQLite", "verify", "countersign"),
        ("verifications, PostgreSQL", "postgres", "countersign"),
    ):
        speed = f(row, side)
        if speed:
            daily, monday = speed * 3600 / 0.2, speed * 900 / 0.5
            rows.append([what, shown(speed), f"{round(daily, -3):,.0f}", f"{round(monday, -3):,.0f}"])
    sessions = f("session", "countersign")
    if sessions:
        rows.append(["session checks", shown(sessions), f"{round(sessions * 10, -3):,.0f} at work at once", "the same"])
    head = [
        f"on these {cores} cores",
        "a second",
        "people, a fifth in the busiest hour",
        "people, half on Monday at nine",
    ]
    return markdown(head, rows) if rows else "Not measured."


def tables(results):
    """For the terminal."""
    said = {name: text for name, text in parts(results).items() if not text.startswith("Not measured")}
    return "\n\n".join(f"== {name}\n\n{text}" for name, text in said.items())


def fill(document, said):
    """Puts each part between its marks: `<!-- bench NAME -->` … `<!-- end -->`."""
    text = document.read_text()
    for name, part in said.items():
        begin, end = f"<!-- bench {name} -->", "<!-- end -->"
        if begin in text:
            before, rest = text.split(begin, 1)
            text = before + begin + "\n" + part + "\n" + end + rest.split(end, 1)[1]
    document.write_text(text)


def write(results):
    said = parts(results)
    for document in (DOCUMENT, SCALE):
        fill(document, said)

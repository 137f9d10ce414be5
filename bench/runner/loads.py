"""Loads: what clients send, and how it is measured."""

import json
import statistics
import subprocess
import sys
import tempfile

from .processes import TARGET, Broken

LOAD = TARGET / "countersign-bench"


def request(method, path, expect, headers=(), body=None, **more):
    """One request of a visit. `<gaps>` are filled for each account; see bench/src/plan.rs."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    said = {"method": method, "path": path, "headers": lines, "expect": expect, **more}
    if body is not None:
        said["body"] = body
    return said


def json_body(fields):
    return "application/json", json.dumps(fields)


class Side:
    """One of those that are measured side by side: whom it asks, what, and as whom."""

    def __init__(self, name, server, visit, accounts=1, tokens=None, steps=None, **plan):
        self.name, self.server = name, server
        self.plan = {"visit": visit, **plan}
        self.accounts, self.tokens, self.steps = accounts, tokens, steps

    def command(self, clients, seconds, visits=None):
        plan = tempfile.NamedTemporaryFile("w", prefix="countersign-bench.", suffix=".json", delete=False)
        with plan:
            json.dump(self.plan, plan)
        command = [LOAD, "load", f"127.0.0.1:{self.server.port}", "--plan", plan.name, "--clients", clients]
        command += ["--accounts", self.accounts]
        command += ["--seconds", seconds] if visits is None else ["--seconds", 60, "--visits", visits]
        for name, value in (("--tokens", self.tokens), ("--steps", self.steps)):
            command += [name, value] if value else []
        return [str(part) for part in command]

    def begin(self, clients, seconds, visits=None):
        """Starts a load that goes on beside others."""
        return subprocess.Popen(
            self.command(clients, seconds, visits), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def end(self, process):
        out, err = process.communicate()
        if process.returncode != 0:
            raise Broken(f"the load of {self.name}: {err[-1000:]}")
        return json.loads(out)

    def measure(self, clients, seconds, visits=None):
        """One round: what the load says, and the processor time of the server for a visit."""
        before = self.server.cpu_seconds()
        said = self.end(self.begin(clients, seconds, visits))
        spent = self.server.cpu_seconds() - before
        warm = 1.0 if visits else seconds / (seconds + 0.5)  # the first half second is not counted, but worked for
        said["cpu_us"] = spent * warm / max(said["visits"], 1) * 1e6
        return said


def median_of(rounds):
    """The medians of several rounds, and what failed in any of them."""
    figures = ("per_second", "p50_ms", "p90_ms", "p99_ms", "worst_ms", "cpu_us")
    said = {name: statistics.median(one[name] for one in rounds) for name in figures if name in rounds[0]}
    said["rounds"] = [round(one["per_second"], 1) for one in rounds]
    failed = {}
    for one in rounds:
        for answer, times in one.get("failed", {}).items():
            failed[answer] = failed.get(answer, 0) + times
    said["visits"] = sum(one.get("visits", 0) for one in rounds)
    said["failed"] = failed
    said["starved"] = sum(one.get("starved", 0) for one in rounds)
    return said


def tell(text):
    print(text, file=sys.stderr, flush=True)


def interleaved(sides, clients, seconds, rounds, visits=None, before=None):
    """Rounds of all sides in turn (A B C A B C), so that whatever else the machine does meets all of them alike."""
    measured = {side.name: [] for side in sides}
    for nth in range(rounds):
        for side in sides:
            if before:
                before(side)
            one = side.measure(clients, seconds, visits)
            measured[side.name].append(one)
            trouble = f", FAILED {one['failed']}" if one["failed"] else ""
            trouble += f", starved {one['starved']}" if one["starved"] else ""
            tell(
                f"  {side.name}, {clients} clients, round {nth + 1}: {one['per_second']:.0f}/s, p50 {one['p50_ms']:.2f} ms,"
                f" p99 {one['p99_ms']:.2f} ms{trouble}"
            )
    return {side.name: median_of(measured[side.name]) for side in sides}

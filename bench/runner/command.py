"""The command line of scripts/bench."""

import argparse
import json
import os
import pathlib
import platform
import subprocess
import time
import traceback

from . import report, rows
from .bench import bench
from .loads import tell
from .processes import CACHE, ROOT, Broken, build_load, build_service, directory, run

RESULTS = ROOT / "docs" / "benchmarks" / "results.json"


def machine(place):
    """What was measured on, as far as it matters."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.split(": ")[1] for line in lines if "model name" in line), platform.machine())
    disk = run(["df", "--output=fstype", place]).split()[-1]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    said = {"cores": os.cpu_count(), "processor": cpu, "memory_gib": round(memory), "disk": disk}
    # Of the release the first two numbers: the rest names whose machine it is.
    release = ".".join(platform.release().split(".")[:2])
    said |= {"system": f"{platform.system()} {release}", "load_before": os.getloadavg()[0]}
    said["postgres"] = ""
    for program in sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        said["postgres"] = run([program, "--version"]).split()[2]
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return said | {"commit": commit.stdout.strip(), "day": time.strftime("%-d %B %Y", time.gmtime())}


def measure(wanted, quick, rounds=None):
    """The results of these rows."""
    results = {"rows": {}, "quick": quick}
    with directory() as place:
        results["machine"] = machine(place)
        if results["machine"]["disk"] in ("tmpfs", "ramfs"):
            tell("TMPDIR is in memory: whatever is said about the disk will be wrong")
        with bench(place, quick, rounds) as run_of:
            for name in wanted:
                began = time.monotonic()
                tell(f"== {name}")
                try:
                    results["rows"][name] = rows.ALL[name](run_of)
                except Broken as trouble:
                    tell(f"  left out: {trouble}")
                    results["rows"][name] = {"left_out": str(trouble)}
                except Exception as trouble:  # a mistake of this program: the other rows are measured all the same
                    traceback.print_exc()
                    results["rows"][name] = {"left_out": f"{type(trouble).__name__}: {trouble}"}
                tell(f"  ({time.monotonic() - began:.0f} s)")
            results["peers"] = run_of.about_peers
            results["accounts"] = run_of.accounts
            results["seconds"], results["rounds"] = run_of.seconds, run_of.rounds
    return results


def main(documentation):
    arguments = argparse.ArgumentParser(description=documentation, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--quick", action="store_true", help="shorter, and writes nothing")
    arguments.add_argument("--only", action="append", choices=rows.ALL, metavar="ROW", help="this row alone")
    arguments.add_argument("--rounds", type=int, help="how often each side is measured (5; --quick 1)")
    arguments.add_argument("--list", action="store_true", help="name the rows")
    arguments.add_argument("--write", action="store_true", help="write the documents from the last results")
    given = arguments.parse_args()
    if given.list:
        for name, row in rows.ALL.items():
            print(f"{name:14}{row.__doc__.splitlines()[0]}")
        return
    if given.write:
        report.write(json.loads(RESULTS.read_text()))
        return
    build_service()
    build_load()
    results = measure(given.only or list(rows.ALL), given.quick, given.rounds)
    print(report.tables(results))
    CACHE.mkdir(exist_ok=True)
    (CACHE / "last.json").write_text(json.dumps(results, indent=1) + "\n")
    if not given.quick and not given.only:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
        report.write(results)

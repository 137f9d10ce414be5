#!/usr/bin/env python3
"""Checks the chain of the audit log as docs/security/audit.md describes it, sharing no code with Countersign.

    audit.py DATABASE       prints the last link as LINK:HASH, or the first link that does not fit
    audit.py --vector       prints the test vector of the document

Python's standard library and nothing else.
"""

import hashlib
import sqlite3
import struct
import sys

COLUMNS = [
    "position", "account_id", "at", "kind", "subject", "count", "browser", "address",
    "actor", "method", "detail", "until", "session_id",
]


def text(value):
    data = value.encode("utf-8")
    return b"T" + struct.pack(">Q", len(data)) + data


def value(cell):
    return b"I" + struct.pack(">q", cell) if isinstance(cell, int) else text(cell)


def beginning(installation):
    return hashlib.sha256(b"countersign-event-chain-1" + text(installation)).digest()


def following(previous, link, line):
    form = b"countersign-event-link-1" + previous + struct.pack(">q", link)
    for column in COLUMNS:
        if line[column] is not None:
            form += text(column) + value(line[column])
    return hashlib.sha256(form).digest()


def check(path):
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    (installation,) = database.execute("SELECT id FROM installation").fetchone()
    links = database.execute(
        f"SELECT l.link, l.hash, {', '.join('e.' + column for column in COLUMNS)}"
        " FROM event_links l LEFT JOIN events e ON e.position = l.position ORDER BY l.link"
    )
    last, previous = 0, beginning(installation)
    for link, hash, *cells in links:
        if link != last + 1:
            sys.exit(f"link {last + 1} is missing")
        line = dict(zip(COLUMNS, cells))
        if line["position"] is None:
            sys.exit(f"the line of link {link} is missing")
        if following(previous, link, line) != hash:
            sys.exit(f"link {link} does not fit its line")
        last, previous = link, hash
    print(f"{last}:{previous.hex()}")


def vector():
    first = dict.fromkeys(COLUMNS) | {
        "position": 1,
        "account_id": "0192f0c8a1b27c3d8e4f5a6b7c8d9e10",
        "at": 1795000020001,
        "kind": "signed-in",
        "subject": "password+trusted-device",
        "browser": "Firefox on Linux",
        "address": "192.0.2.7",
        "actor": "owner",
        "method": "password+trusted-device",
        "detail": "Firefox on Linux",
        "until": 1797592020000,
    }
    second = dict.fromkeys(COLUMNS) | {"position": 2, "account_id": "", "at": 0, "kind": "locked", "browser": ""}
    hash = beginning("0192f0c8a1b27c3d8e4f5a6b7c8d9e0f")
    print(f"0:{hash.hex()}")
    for link, line in [(1, first), (2, second)]:
        hash = following(hash, link, line)
        print(f"{link}:{hash.hex()}")


if __name__ == "__main__":
    vector() if sys.argv[1:] == ["--vector"] else check(sys.argv[1])

"""How fast the sandbox tenant takes records: addAll with 1,000 rows a request, over HTTP, on one connection.

    python -m bench.sandbox [rows]

Each case has a sandbox process of its own. "a core" divides by the processor seconds that this process used, so it says
what one core would do if the client did not share the machine.
"""

from __future__ import annotations

import http.client
import json
import os
import resource
import sys
import time
import urllib.request
from typing import Any

import orjson

from bpadmin.sandbox.http.server import Handle, start_in_process

GOAL_ROWS_PER_SECOND = 30_000
BATCH = 1000
PHONE: dict[str, Any] = {"name": "phone", "type": "PHONE", "phoneType": "US_CANADA"}
REST: list[dict[str, Any]] = [
    {"name": "first", "type": "FIRST_NAME"},
    {"name": "last", "type": "LAST_NAME", "required": True},
    {"name": "age", "type": "INTEGER"},
    {"name": "due", "type": "DATETIME", "format": "yyyy-MM-dd"},
    {"name": "city", "type": "OTHER"},
    {"name": "mail", "type": "OTHER"},
]
CASES: dict[str, tuple[list[dict[str, Any]], bool]] = {
    "key field, clean rows": ([{"name": "id", "type": "ACCOUNT", "key": True}, PHONE, *REST], False),
    "no key, clean rows": ([{"name": "id", "type": "ACCOUNT"}, PHONE, *REST], False),
    "phone as key, phones in four spellings": ([{"name": "id", "type": "OTHER"}, {**PHONE, "key": True}, *REST], True),
}


def record(number: int, *, is_mixed: bool) -> dict[str, Any]:
    """Make one record; `is_mixed` writes the phone in four ways and leaves out fields of one row in a hundred."""
    digits = f"{650 + number // 10_000_000}{number % 10_000_000:07d}"
    spellings = (f"1{digits}", digits, f"({digits[:3]}) {digits[3:6]}-{digits[6:]}", f"+1 {digits}")
    made = {
        "id": f"K{number}",
        "phone": spellings[number % 4 if is_mixed else 0],
        "first": "Anna-Maria",
        "last": "Müller-Lüdenscheidt",
        "age": str(number % 90),
        "due": f"2025-03-{number % 28 + 1:02d}",
        "city": "Saarbrücken",
        "mail": f"anna.maria.{number}@example.com",
    }
    if is_mixed and number % 100 == 0:
        del made["city"], made["age"]
    return made


def prepared(handle: Handle, fields: list[dict[str, Any]]) -> tuple[str, dict[str, str]]:
    """Make a list and a token; returns the path to add to and the headers to send."""

    def ask(path: str, body: bytes, content_type: str) -> Any:
        request = urllib.request.Request(handle.url + path, body, {"Content-Type": content_type})  # noqa: S310
        return json.load(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request))

    made = ask("/__sandbox__/lists", json.dumps({"name": "bench", "fields": fields}).encode(), "application/json")
    form = b"client_id=sandbox&client_secret=sandbox-secret&grant_type=client_credentials&scope=bench"
    token = ask("/configapi/v3/oauth/token", form, "application/x-www-form-urlencoded")["access_token"]
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    return f"/configapi/v3/callinglist/addAll/{made['id']}", headers


def measure(fields: list[dict[str, Any]], rows: int, *, is_mixed: bool) -> tuple[float, float, float]:
    """Add rows to a fresh list; returns seconds, processor seconds of the sandbox (start included) and its peak MB."""
    batches = range(0, rows, BATCH)
    bodies = [orjson.dumps([record(n, is_mixed=is_mixed) for n in range(at, at + BATCH)]) for at in batches]
    handle = start_in_process()
    path, headers = prepared(handle, fields)
    connection = http.client.HTTPConnection(handle.url.removeprefix("http://"))
    begun = time.perf_counter()
    for body in bodies:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse().read()
        if answer != b'{"added":%d}' % BATCH:
            raise SystemExit(f"not all rows were taken: {answer[:200]!r}")
    seconds = time.perf_counter() - begun
    connection.close()
    assert handle.process.stdin is not None  # noqa: S101
    handle.process.stdin.close()
    _, _, used = os.wait4(handle.process.pid, 0)
    handle.process.returncode = 0
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)


def processor_seconds_to_start() -> float:
    """Measure what starting and stopping a sandbox costs."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start_in_process().stop()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(rows: int = 300_000) -> bool:
    """Print rows/s of each case; returns whether all reach the goal."""
    to_start = processor_seconds_to_start()
    print(f"sandbox: addAll, {rows:,} rows of 8 fields, {BATCH:,} a request, one connection")
    is_good = True
    for name, (fields, is_mixed) in CASES.items():
        seconds, used, peak = measure(fields, rows, is_mixed=is_mixed)
        a_core = rows / max(used - to_start, 0.001)
        is_good = is_good and a_core >= GOAL_ROWS_PER_SECOND
        print(f"  {name:40} {rows / seconds:10,.0f} rows/s {a_core:12,.0f} rows/s a core {peak:8,.0f} MB at most")
    print(f"  goal: {GOAL_ROWS_PER_SECOND:,} rows/s a core: {'reached' if is_good else 'NOT reached'}")
    return is_good


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:2])) else 1)

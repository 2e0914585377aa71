"""Running a management command as a script would."""

from __future__ import annotations

import io
import json

from django.core.management import call_command


def run(*arguments: str) -> tuple[int, dict[str, object]]:
    """Run a command with --json; returns its exit code and the object of its last line."""
    out, code = io.StringIO(), 0
    try:
        call_command(*arguments, "--json", stdout=out, stderr=io.StringIO())
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, json.loads(out.getvalue().splitlines()[-1])

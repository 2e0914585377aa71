"""Fixtures of the check's tests: the list into which files are uploaded by the command, and what is said of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

FIELDS = [
    {"name": "id", "type": "OTHER", "key": True, "required": True},
    {"name": "phone", "type": "PHONE", "phoneType": "US_CANADA", "required": True},
    {"name": "name", "type": "FIRST_NAME"},
    {"name": "city", "type": "OTHER"},
    {"name": "due", "type": "DATETIME", "format": "yyyy-MM-dd"},
    {"name": "zip", "type": "ZIP_CODE"},
    {"name": "note", "type": "OTHER"},
]
SAID = ["--key", "id", "--field", "id:OTHER", "--field", "phone:PHONE:US_CANADA", "--field", "name:FIRST_NAME"]
SAID += ["--field", "city:OTHER", "--field", "zip:ZIP_CODE", "--field", "note:OTHER"]


@pytest.fixture
def run(tenant: Any, sandbox: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Upload a text into a fresh list; returns exit code, the JSON line, what was said, and the list's records."""
    made: list[str] = []

    def upload(
        text: str | bytes,
        *arguments: str,
        fields: Any = FIELDS,
        said: Any = SAID,
        into: str = "",
        file: str = "file.csv",
    ) -> Any:
        name = into or f"L{len(made)}"
        if not into:
            made.append(sandbox.create_list(name, fields))
        path = tmp_path / file
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        code = 0
        try:
            call_command("list_upload", "acme", name, str(path), *said, *arguments, "--json")
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, json.loads(out.splitlines()[-1]), out + err, sandbox.dump(made[int(name[1:])])

    return upload

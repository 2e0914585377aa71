"""Files of the kinds that people load, each with its right outcome, which was written down before it was ever read.

`cases.jsonl` has a case in each line: the command, the file (as text, or packed: zlib in base64), its arguments, what
the list holds before (`before`; "same": the very file was sent already), and `wanted`: outcomes of which one must come.
An outcome is `refused` (a pattern of what is said; nothing is sent), or `records` of a calling list with the members
that count, or the `keys` of a Do Not Call list; with `rejected` rows and what is said (`says`) where that matters.
"""

from __future__ import annotations

import base64
import io
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.dnc.files.filing import held, known_list

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

FIELDS = [
    {"name": "id", "type": "ACCOUNT", "key": True, "required": True},
    {"name": "phone", "type": "PHONE", "phoneType": "US_CANADA"},
    {"name": "name", "type": "FIRST_NAME"},
    {"name": "city", "type": "OTHER"},
    {"name": "amount", "type": "INTEGER"},
    {"name": "due", "type": "DATETIME", "format": "yyyy-MM-dd"},
    {"name": "zip", "type": "ZIP_CODE"},
    {"name": "note", "type": "OTHER"},
]
SAID = ["--key", "id"]
for said in ("id:ACCOUNT", "phone:PHONE:US_CANADA", "name:FIRST_NAME", "city:OTHER", "amount:INTEGER"):
    SAID += ["--field", said]
for said in ("due:DATETIME:yyyy-MM-dd", "zip:ZIP_CODE", "note:OTHER"):
    SAID += ["--field", said]
SAME = "same"
CASES = [json.loads(line) for line in (Path(__file__).parent / "cases.jsonl").read_text("utf-8").split("\n")[:-1]]
GROUPS = sorted({case["name"].partition("-")[0] for case in CASES})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a file: exit code, all that was said, rows rejected, and what the list holds now."""

    code: int
    said: str
    rejected: int | None
    records: Sequence[Mapping[str, Any]] = ()
    keys: Sequence[str] = ()
    unchanged: bool = False

    def meets(self, wanted: Mapping[str, Any]) -> bool:
        """Return whether this is the outcome that is wanted."""
        if "refused" in wanted:
            return self.code != 0 and self.unchanged and bool(re.search(wanted["refused"], self.said, re.IGNORECASE))
        if self.rejected != wanted.get("rejected", self.rejected):
            return False
        if not re.search(wanted.get("says", ""), self.said, re.IGNORECASE):
            return False
        if (keys := keys_of(wanted)) is not None:
            return sorted(keys) == list(self.keys)
        return self._holds(records_of(wanted))

    def _holds(self, wanted: Sequence[Mapping[str, str]]) -> bool:
        by_id = {each["id"]: each for each in self.records}
        is_each = all(
            each["id"] in by_id and all(str(by_id[each["id"]].get(name, "")) == value for name, value in each.items())
            for each in wanted
        )
        return len(wanted) == len(self.records) and is_each


def unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text))


def records_of(wanted: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    packed = wanted.get("records_packed")
    return json.loads(unpacked(packed)) if packed else wanted["records"]  # type: ignore[no-any-return]


def keys_of(wanted: Mapping[str, Any]) -> list[str] | None:
    if span := wanted.get("keys_span"):
        return [str(int(span[0]) + n) for n in range(span[1])]
    return wanted.get("keys")


def called(*arguments: str) -> tuple[int, str, dict[str, Any]]:
    """Call a command; returns its exit code, all it said, and its JSON line."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command(*arguments, "--json", stdout=out, stderr=err)
    except SystemExit as stop:
        code = int(stop.code or 0)
    except CommandError as error:
        return 2, str(error), {}
    line = out.getvalue().splitlines()[-1]
    data = json.loads(line)
    return code, f"{err.getvalue()}{out.getvalue()}{data.get('error') or ''}", data


@pytest.mark.parametrize("group", GROUPS)
def test_a_file_comes_to_what_it_says_or_to_a_question(group: str, tenant: Any, sandbox: Any, tmp_path: Path) -> None:
    cases = [case for case in CASES if case["name"].partition("-")[0] == group]
    wrong = []
    for n, case in enumerate(cases):
        folder = tmp_path / str(n)
        folder.mkdir()
        path = folder / case["file"]
        path.write_bytes(case["text"].encode() if "text" in case else unpacked(case["packed"]))
        run = uploaded if case["command"] == "list_upload" else blocked
        outcome = run(case, f"{group} {n}", path, tenant, sandbox)
        if not any(outcome.meets(wanted) for wanted in case["wanted"]):
            wrong.append(f"{case['name']}: {outcome.code}, {outcome.rejected} rejected, {outcome.said[-400:]}")
    assert not wrong, "\n".join(wrong)


def uploaded(case: Mapping[str, Any], name: str, path: Path, tenant: Any, sandbox: Any) -> Outcome:
    before = case.get("before", [])
    list_id = sandbox.create_list(name, FIELDS, records=[] if before == SAME else before)
    if before == SAME:
        assert called("list_upload", tenant.slug, name, str(path), *SAID)[0] == 0
    held_before = sandbox.dump(list_id)
    code, said, data = called("list_upload", tenant.slug, name, str(path), *SAID, *case.get("arguments", []))
    records = sandbox.dump(list_id)
    return Outcome(code, said, data.get("rejected"), records=records, unchanged=records == held_before)


def blocked(case: Mapping[str, Any], name: str, path: Path, tenant: Any, sandbox: Any) -> Outcome:
    dnc_list = known_list(tenant, sandbox, case.get("before", []), name=name)
    code, said, data = called(case["command"], tenant.slug, name, "--file", str(path), *case.get("arguments", []))
    keys = sorted(held(sandbox, dnc_list))
    is_unchanged = keys == sorted(case.get("before", []))
    return Outcome(code, said, data.get("rejected"), keys=keys, unchanged=is_unchanged)

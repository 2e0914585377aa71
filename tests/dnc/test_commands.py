"""The commands on Do Not Call lists, against the sandbox: exit codes and the JSON line."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from bpadmin.jobs.models import Job, JobState
from dnc.models import DncEntry, DncList, EntryState
from tests.dnc.filing import held, known_list, numbers

pytestmark = pytest.mark.django_db(transaction=True)


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Run a command with --json and give exit code and last line."""
    out, code = io.StringIO(), 0
    try:
        call_command(*arguments, "--json", stdout=out, stderr=io.StringIO())
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, json.loads(out.getvalue().splitlines()[-1])


def written(path: Path, lines: list[str]) -> str:
    """Write a file of lines and give its name."""
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def test_lists_are_those_of_the_campaigns(tenant, sandbox):
    sandbox.seed("small")
    code, said = run("dnc_list", tenant.slug)
    assert code == 0
    assert {row["name"]: row["type"] for row in said["lists"]} == {
        "Company DNC": "INTERNAL",
        "Area codes": "GEOGRAPHIC_AREACODE",
        "Postal codes": "GEOGRAPHIC_POSTAL",
        "States": "GEOGRAPHIC_STATE",
        "Paid accounts": "EXCLUSION",
    }
    assert all(row["campaigns"] for row in said["lists"])


def test_keys_go_in_and_out(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox)
    code, said = run("dnc_add", tenant.slug, "Company DNC", "650-555-0100", "(650) 555 0101", "--comment", "asked")
    assert (code, said["lists"][0]["done"]) == (0, 2)
    assert held(sandbox, dnc_list) == {"16505550100", "16505550101"}
    code, said = run("dnc_add", tenant.slug, "Company DNC", "6505550100", "555")
    assert (code, said["lists"][0]["already"]) == (3, 1)
    assert said["lists"][0]["refused"][0]["value"] == "555"
    code, said = run("dnc_delete", tenant.slug, dnc_list.remote_id, "6505550100")
    assert (code, said["lists"][0]["done"]) == (0, 1)
    assert held(sandbox, dnc_list) == {"16505550101"}
    assert run("dnc_add", tenant.slug, "Nothing", "6505550100")[0] == 1
    assert run("dnc_add", tenant.slug, "Company DNC")[0] == 1


def test_all_lists_of_numbers_are_changed_in_one_act(tenant, sandbox):
    lists = [known_list(tenant, sandbox, name=name) for name in ("One", "Two")]
    code, said = run("dnc_add", tenant.slug, "all", "6505550100")
    assert (code, len(said["lists"])) == (0, 2)
    assert all(held(sandbox, each) == {"16505550100"} for each in lists)


def test_files_go_in_and_out(tenant, sandbox, tmp_path):
    dnc_list = known_list(tenant, sandbox)
    path = written(tmp_path / "new.csv", ["phone,note", *[f"{n},x" for n in numbers(30)], "12,bad"])
    rejects = tmp_path / "rejects.csv"
    code, said = run("dnc_add", tenant.slug, "Company DNC", "--file", path, "--rejects", str(rejects))
    assert (code, said["added"], said["rejected"], said["rows"]) == (3, 30, 1, 31)
    assert "12,bad" in rejects.read_text("utf-8-sig")
    path = written(tmp_path / "gone.csv", ["phone", *numbers(10)])
    code, said = run("dnc_delete", tenant.slug, "Company DNC", "--file", path)
    assert (code, said["removed"]) == (0, 10)
    assert held(sandbox, dnc_list) == set(numbers(20, 10))


def test_a_file_that_would_be_left_out_is_said_before_anything_is_sent(tenant, sandbox, tmp_path):
    known_list(tenant, sandbox)
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("east.csv", "phone\n16505550100\n")
        archive.writestr("west.csv", "phone\n16505550101\n")
    code, said = run("dnc_add", tenant.slug, "Company DNC", "--file", str(path))
    assert code == 1
    assert "The archive holds 2 files: “east.csv”, “west.csv”. Send them one by one." in said["error"]
    assert not Job.objects.exclude(state=JobState.CANCELLED).exists()
    rejects = str(tmp_path / "no" / "rejects.csv")
    code, said = run("dnc_add", tenant.slug, "Company DNC", "--file", str(path), "--rejects", rejects)
    assert code == 1
    assert "no file can be written there. Nothing was sent." in said["error"]


def test_a_replacement_is_shown_guarded_and_done(tenant, sandbox, tmp_path):
    dnc_list = known_list(tenant, sandbox)
    old = written(tmp_path / "old.csv", ["phone", *numbers(100)])
    assert run("dnc_add", tenant.slug, "Company DNC", "--file", old)[0] == 0
    new = written(tmp_path / "new.csv", ["phone", *numbers(100, 15)])
    code, said = run("dnc_replace", tenant.slug, "Company DNC", "--file", new, "--dry-run")
    assert (code, said["difference"]["new"], said["difference"]["gone"]) == (0, 15, 15)
    code, said = run("dnc_replace", tenant.slug, "Company DNC", "--file", new, "--yes")
    assert code == 1
    assert "15.0 %" in said["error"]
    assert held(sandbox, dnc_list) == set(numbers(100))
    code, said = run("dnc_replace", tenant.slug, "Company DNC", "--file", new, "--max-shrink", "20")
    assert (code, said["added"], said["removed"], said["already"]) == (0, 15, 15, 85)
    assert held(sandbox, dnc_list) == set(numbers(100, 15))


def test_clearing_wants_a_yes_and_a_reason(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox, numbers(3))
    assert run("dnc_clear", tenant.slug, "Company DNC", "--reason", "test data")[0] == 1
    assert len(held(sandbox, dnc_list)) == 3
    code, said = run("dnc_clear", tenant.slug, "Company DNC", "--reason", "test data", "--yes")
    assert (code, "3 entries" in said["message"]) == (0, True)
    assert held(sandbox, dnc_list) == set()
    assert DncList.objects.get().is_complete


def test_why_tells_who_and_from_what(tenant, sandbox):
    known_list(tenant, sandbox)
    run(
        "dnc_add", tenant.slug, "Company DNC", "650-555-0100", "--comment", "asked by letter", "--expires", "2030-01-31"
    )
    code, said = run("dnc_why", tenant.slug, "+1 (650) 555-0100")
    assert (code, said["is_blocked"]) == (0, True)
    match = said["matches"][0]
    assert (match["comment"], match["from"], match["expires_on"]) == ("asked by letter", "typed in", "2030-01-31")
    assert DncEntry.objects.get().state == EntryState.PRESENT
    assert run("dnc_why", tenant.slug, "6505550199")[1]["is_blocked"] is False


def test_the_evidence_is_verified_from_the_shell(tenant, sandbox, tmp_path):
    known_list(tenant, sandbox)
    assert run("dnc_add", tenant.slug, "Company DNC", "650-555-0100")[0] == 0
    code, said = run("dnc_verify", tenant.slug)
    assert (code, said["is_whole"], said["changes"]) == (0, True, 2)
    code, said = run("dnc_verify", tenant.slug, written(tmp_path / "log.jsonl", ["{}"]))
    assert (code, said["is_whole"]) == (1, False)
    assert "cannot be read" in run("dnc_verify", tenant.slug, str(tmp_path / "none.jsonl"))[1]["error"]

"""The commands on Do Not Call lists, against the sandbox: exit codes and the JSON line."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from bpadmin.jobs.models import Job, JobState
from dnc.models import DncEntry, DncKind, DncList, EntryState
from tests.dnc.files.filing import held, known_list, numbers
from tests.fixtures_tenants import connect

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
    code, said = run("dnc_delete", tenant.slug, dnc_list.remote_id, "6505550100", "--reason", "asked")
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
    assert (code, held(sandbox, dnc_list)) == (1, set(numbers(30)))
    code, said = run(
        "dnc_delete", tenant.slug, "Company DNC", "--file", path, "--reason", "asked to be called", "--yes"
    )
    assert (code, said["removed"]) == (0, 10)
    assert held(sandbox, dnc_list) == set(numbers(20, 10))


def test_a_row_without_a_number_is_told_without_a_blank_in_front(tenant, sandbox, tmp_path):
    known_list(tenant, sandbox)
    path = written(tmp_path / "new.csv", ["phone,note", numbers(1)[0] + ",x", ",y"])
    said = io.StringIO()
    with contextlib.suppress(SystemExit):
        call_command("dnc_add", tenant.slug, "Company DNC", "--file", path, "--dry-run", stdout=said, stderr=said)
    assert "    row 3: Fill in the cell, or remove the row.\n" in said.getvalue()


def test_the_files_of_an_archive_are_one_list_and_what_is_removed_is_named(tenant, sandbox, tmp_path):
    dnc_list = known_list(tenant, sandbox)
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("east.csv", "phone\n16505550100\n")
        archive.writestr("west.csv", "phone\n16505550101\n")
    code, said = run("dnc_delete", tenant.slug, "Company DNC", "--file", str(path))
    assert code == 1
    assert "The archive holds 2 files: “east.csv”, “west.csv”. Say which with --member." in said["error"]
    assert not Job.objects.exclude(state=JobState.CANCELLED).exists()
    rejects = str(tmp_path / "no" / "rejects.csv")
    code, said = run("dnc_add", tenant.slug, "Company DNC", "--file", str(path), "--rejects", rejects)
    assert code == 1
    assert "no file can be written there. Nothing was sent." in said["error"]
    assert run("dnc_add", tenant.slug, "Company DNC", "--file", str(path), "--member", "west.csv")[1]["added"] == 1
    code, said = run("dnc_add", tenant.slug, "Company DNC", "--file", str(path), "--again")
    assert (code, said["added"], said["already"]) == (0, 1, 1)
    assert held(sandbox, dnc_list) == {"16505550100", "16505550101"}


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
    code, said = run(
        "dnc_replace", tenant.slug, "Company DNC", "--file", new, "--max-shrink", "20", "--reason", "moved"
    )
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


def test_how_special_characters_are_meant_is_asked_and_can_be_said(tenant, sandbox, tmp_path):
    known_list(tenant, sandbox)
    path = tmp_path / "keys.csv"
    path.write_bytes("phone,comment\n16505550100,Boldù\n".encode("cp1252"))
    code, said = run("dnc_add", tenant.slug, "Company DNC", "--file", str(path))
    assert code == 1
    assert "--encoding cp1252 or --encoding" in said["error"]
    code, said = run("dnc_add", tenant.slug, "Company DNC", "--file", str(path), "--encoding", "windows-1252")
    assert (code, said["added"]) == (0, 1)


def test_an_act_is_taken_back_by_its_number_and_nothing_else(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox, ["16505550101"])
    code, said = run("dnc_add", tenant.slug, "Company DNC", "6505550100", "6505550101", "6505550102")
    act = said["lists"][0]["act"]
    assert (code, said["lists"][0]["done"], said["lists"][0]["already"]) == (0, 2, 1)
    code, said = run("dnc_undo", tenant.slug, str(act), "--reason", "typed by mistake")
    assert (code, "Give --yes" in said["error"]) == (1, True)
    code, said = run("dnc_undo", tenant.slug, str(act), "--reason", "typed by mistake", "--yes")
    assert (code, said["lists"][0]["done"], held(sandbox, dnc_list)) == (0, 2, {"16505550101"})
    code, said = run("dnc_undo", tenant.slug, str(act), "--reason", "once more", "--yes")
    assert (code, "Nothing that the dialler reported" in said["error"]) == (1, True)


def test_what_a_list_is_for_is_said_in_a_shell_and_counts_for_everywhere(tenant, sandbox):
    own, litigators = (known_list(tenant, sandbox, name=name) for name in ("Company DNC", "Litigators"))
    code, said = run("dnc_settings", tenant.slug, "Litigators", "--purpose", "litigators", "--fresh-days", "7")
    assert (code, said["purpose"], said["fresh_days"]) == (0, "litigators", 7)
    assert run("dnc_add", tenant.slug, "all", "6505550100")[0] == 0
    assert (held(sandbox, own), held(sandbox, litigators)) == ({"16505550100"}, set())
    assert run("dnc_settings", tenant.slug, "Litigators")[1]["purpose"] == "litigators"
    code, said = run("dnc_settings", tenant.slug, "Litigators", "--country", "Atlantis")
    assert (code, "no country that is known here" in said["error"]) == (1, True)


def test_numbers_do_not_go_into_a_list_of_area_codes(tenant, sandbox, tmp_path):
    dnc_list = known_list(tenant, sandbox, name="Areas", type=DncKind.GEOGRAPHIC_AREACODE)
    path = written(tmp_path / "numbers.csv", ["number", "(650) 555-0100", "16505550101", "6505550102", "650"])
    code, said = run("dnc_add", tenant.slug, "Areas", "--file", path)
    assert (code, said["rejected"], held(sandbox, dnc_list)) == (3, 3, {"650"})


def test_a_list_that_the_platform_does_not_tell_of_is_made_known_by_its_name(sandbox: Any) -> None:
    sandbox.create_dnc_list("Nicht/anrufen", "INTERNAL", [])
    tenant = connect(sandbox, "brightpattern_legacy", slug="older")
    code, said = run("dnc_add", tenant.slug, "Nicht/anrufen", "16505550199")
    assert (code, "dnc_list --add" in said["error"]) == (1, True)
    code, said = run("dnc_list", tenant.slug, "--add", "Nicht/anrufen")
    assert (code, [each["name"] for each in said["lists"]]) == (0, ["Nicht/anrufen"])
    assert run("dnc_list", tenant.slug, "--add", "Nicht/anrufen")[0] == 1
    assert run("dnc_add", tenant.slug, "Nicht/anrufen", "16505550199")[0] == 0
    assert run("dnc_delete", tenant.slug, "Nicht/anrufen", "16505550199", "--reason", "asked", "--yes")[0] == 0

"""manage.py list_upload, against the sandbox and without any worker or broker."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.core.management import call_command

from bpadmin.jobs.models import Job, JobState
from lists.models import ListFormat

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = [
    {"name": "Account", "type": "ACCOUNT", "key": True, "required": True},
    {"name": "First name", "type": "FIRST_NAME"},
    {"name": "Phone", "type": "PHONE", "phoneType": "US_CANADA"},
]
SAID = ["--key", "Account", "--field", "Account:ACCOUNT", "--field", "First name:FIRST_NAME"]
SAID += ["--field", "Phone:PHONE:US_CANADA"]
GOOD = "Account,First name,Phone\nA1,Ann,650-555-0100\nA2,Zoë,650-555-0101\n"
NUMBERS = {"job", "rows", "accepted", "already_there", "rejected", "uncertain", "not_sent", "unaccounted", "seconds"}


@pytest.fixture
def spring(tenant: Any, sandbox: Any) -> str:
    """An empty list whose fields bpadmin does not know."""
    return sandbox.create_list("Spring", FIELDS)


@pytest.fixture
def upload(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command on a file with this text; returns exit code, the JSON line and what was said."""

    def run(text: str | bytes, *arguments: str, name: str = "Spring", json_line: bool = True) -> Any:
        path = tmp_path / "spring.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        code = 0
        try:
            call_command("list_upload", "acme", name, str(path), *arguments, *(["--json"] if json_line else []))
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, json.loads(out.splitlines()[-1]) if json_line else {}, out + err

    return run


def test_every_row_in_ends_with_0_and_the_numbers(upload: Any, spring: str, sandbox: Any) -> None:
    code, data, _ = upload(GOOD, *SAID)
    assert code == 0
    assert set(data) >= NUMBERS
    assert (data["state"], data["rows"], data["accepted"], data["rejected"]) == ("succeeded", 2, 2, 0)
    assert [record["Phone"] for record in sandbox.dump(spring)] == ["16505550100", "16505550101"]


def test_some_rows_rejected_end_with_3_and_a_file_of_them(
    upload: Any, spring: str, sandbox: Any, tmp_path: Path
) -> None:
    rejects = tmp_path / "rejects.csv"
    code, data, _ = upload(GOOD + "A3,Bob,555\n", *SAID, "--rejects", str(rejects))
    assert code == 3
    assert (data["state"], data["rows"], data["accepted"], data["rejected"]) == ("partial", 3, 2, 1)
    lines = rejects.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "Account,First name,Phone,row,reason_code,reason,suggested_fix"
    assert lines[1].startswith("A3,Bob,555,4,phone_invalid,")

    rejects.write_text(rejects.read_text(encoding="utf-8").replace(",555,", ",6505550102,"), encoding="utf-8")
    code, data, _ = upload(rejects.read_bytes(), *SAID)
    assert (code, data["accepted"]) == (0, 1)
    assert len(sandbox.dump(spring)) == 3


def test_it_fails_with_1_and_words_when_no_row_is_there(upload: Any, spring: str) -> None:
    code, data, said = upload("Account,First name,Phone\n", *SAID)
    assert code == 1
    assert "no rows" in said
    assert data["error"]


def test_a_list_that_is_not_there_is_said(upload: Any, spring: str) -> None:
    code, _, said = upload(GOOD, name="Sprung")
    assert code == 1
    assert "There is no list “Sprung”" in said
    assert not Job.objects.exists()


def test_a_file_that_is_not_there_is_said(spring: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        call_command("list_upload", "acme", "Spring", "/no/such/file.csv")
    assert end.value.code == 1
    assert "cannot be read" in capsys.readouterr().err


def test_columns_can_be_mapped_by_name_number_and_left_out(upload: Any, spring: str, sandbox: Any) -> None:
    text = "Ref;Vorname;Handy;Note\nA1;Ann;650-555-0100;x\n"
    maps = ["--map", "ref=Account", "--map", "2=First name", "--map", "Handy=Phone", "--map", "Note="]
    code, data, _ = upload(text, *maps, *SAID, "--delimiter", "semicolon")
    assert (code, data["accepted"]) == (0, 1)
    assert sandbox.dump(spring)[0] == {"Account": "A1", "First name": "Ann", "Phone": "16505550100"}


def test_what_was_said_of_the_fields_is_remembered(upload: Any, spring: str, tenant: Any) -> None:
    upload(GOOD, *SAID)
    kept = ListFormat.objects.get(tenant=tenant, list_id=spring)
    assert {field["name"]: field["key"] for field in kept.fields} == {
        "Account": True,
        "First name": False,
        "Phone": False,
    }
    code, data, _ = upload(GOOD.replace("Ann", "Anna"), "--mode", "update")
    assert (code, data["updated"]) == (0, 2)


def test_an_encoding_and_a_missing_header_can_be_said(upload: Any, spring: str, sandbox: Any) -> None:
    maps = ["--map", "1=Account", "--map", "2=First name", "--map", "3=Phone"]
    text = "A2,Zoë,650-555-0101\n".encode("cp1252")
    code, _, _ = upload(text, *maps, *SAID, "--encoding", "cp1252", "--no-header")
    assert code == 0
    assert sandbox.dump(spring)[0]["First name"] == "Zoë"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--map", "Nope=Account"], "the file has no such column"),
        (["--map", "Account"], "write COLUMN=FIELD"),
        (["--key", "Nope"], "there is no such field"),
        (["--field", "Account:NUMBERS"], "The types are"),
        (["--delimiter", "ab"], "write one sign"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_leaves_no_open_job(
    upload: Any, spring: str, arguments: list[str], words: str
) -> None:
    code, _, said = upload(GOOD, *arguments)
    assert code == 1
    assert words in said
    assert not Job.objects.exclude(state=JobState.CANCELLED).exists()


def test_rejects_that_could_not_be_written_are_refused_before_anything_is_sent(
    upload: Any, spring: str, tmp_path: Path
) -> None:
    for place in (tmp_path / "no" / "rejects.csv", tmp_path):
        code, data, _ = upload(GOOD, *SAID, "--rejects", str(place))
        assert code == 1
        assert data["error"] == f"--rejects {place}: no file can be written there. Nothing was sent."
    assert not Job.objects.exists()


def test_one_of_several_files_in_an_archive_has_to_be_named(upload: Any, spring: str, sandbox: Any) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("east.csv", GOOD)
        archive.writestr("west.csv", GOOD.replace("A1", "B1").replace("A2", "B2"))
    code, _, said = upload(packed.getvalue(), *SAID)
    assert code == 1
    assert "The archive holds 2 files: “east.csv”, “west.csv”. Say which with --member." in said
    code, _, said = upload(packed.getvalue(), *SAID, "--member", "north.csv")
    assert code == 1
    assert "--member north.csv: there is no such file in it. It has “east.csv”, “west.csv”." in said
    assert sandbox.dump(spring) == []
    assert upload(packed.getvalue(), *SAID, "--member", "west.csv")[0] == 0
    assert [record["Account"] for record in sandbox.dump(spring)] == ["B1", "B2"]


def test_a_sheet_that_is_not_there_is_never_replaced_by_another(upload: Any, spring: str) -> None:
    code, _, said = upload(GOOD, *SAID, "--sheet", "People")
    assert code == 1
    assert "--sheet People: there is no such sheet in it. It is not divided into sheets." in said


def test_the_sheets_that_are_left_out_are_told(upload: Any, spring: str) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet("Cover").write(0, 0, "Read me")
        sheet = book.add_worksheet("People")
        for number, line in enumerate(GOOD.splitlines()):
            sheet.write_row(number, 0, line.split(","))
    code, _, said = upload(file.getvalue(), *SAID)
    assert code == 0
    assert "read as People\n" in said
    assert "Note: The workbook has 2 sheets. Only “People” is read." in said


def test_a_field_that_a_list_made_here_does_not_have_is_refused(
    upload: Any, spring: str, tenant: Any, sandbox: Any
) -> None:
    assert upload(GOOD, *SAID)[0] == 0
    ListFormat.objects.filter(tenant=tenant, list_id=spring).update(source=ListFormat.Source.CREATED)
    code, _, said = upload(GOOD, "--map", "First name=Forename")
    assert code == 1
    assert "The list has no field “Forename”. It has “Account”, “First name”, “Phone”." in said


def test_where_no_column_fits_the_columns_and_fields_are_named(upload: Any, spring: str) -> None:
    assert upload(GOOD, *SAID)[0] == 0
    code, _, said = upload("red,green\nx,y\n")
    assert code == 1
    assert "--map COLUMN=FIELD. The file has “red”, “green”. The list has “Account”, “First name”, “Phone”." in said


def test_replacing_where_nobody_can_be_asked_needs_yes(upload: Any, spring: str, sandbox: Any) -> None:
    upload(GOOD, *SAID)
    code, _, said = upload(GOOD.replace("A1", "B1"), "--mode", "replace")
    assert code == 1
    assert "add --yes" in said
    assert "Live calls" in said
    code, data, _ = upload(GOOD.replace("A1", "B1"), "--mode", "replace", "--yes")
    assert (code, data["accepted"]) == (0, 2)
    assert sorted(record["Account"] for record in sandbox.dump(spring)) == ["A2", "B1"]


def test_replacing_with_a_file_of_which_no_row_can_be_sent_deletes_nothing(
    upload: Any, spring: str, sandbox: Any
) -> None:
    upload(GOOD, *SAID)
    code, _, said = upload("Account,First name,Phone\nA9,Bad,555\n", "--mode", "replace", "--yes")
    assert code == 1
    assert "left as it is" in said
    assert len(sandbox.dump(spring)) == 2


def test_without_json_people_read_it_on_stdout(upload: Any, spring: str) -> None:
    _, _, said = upload(GOOD, *SAID, json_line=False)
    assert "2 rows = 2 accepted" in said
    assert "First name → First name" in said


def test_it_works_while_the_cache_and_the_broker_are_down(
    upload: Any, spring: str, settings: Any, tmp_path: Path
) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "bpadmin.dialler.cache.SturdyCache", "LOCATION": f"unix://{tmp_path}/nobody.sock"}
    }
    code, data, _ = upload(GOOD, *SAID)
    assert (code, data["accepted"]) == (0, 2)


def test_ctrl_c_cancels_in_order_and_says_what_became_of_the_rows(
    upload: Any, spring: str, sandbox: Any, tenant: Any
) -> None:
    tenant.chunk_size, tenant.lanes = 20, 1
    tenant.save()
    sandbox.latency(0.1)
    rows = "".join(f"A{number},Ann,650555{number:04d}\n" for number in range(4000))

    def press() -> None:
        while not Job.objects.filter(state=JobState.RUNNING, n_added__gt=0).exists():
            threading.Event().wait(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    presser = threading.Thread(target=press)
    presser.start()
    code, data, said = upload("Account,First name,Phone\n" + rows, *SAID)
    presser.join()
    sandbox.latency(0)
    assert code == 1
    assert data["state"] == "cancelled"
    assert data["accepted"] + data["not_sent"] == data["rows"] == 4000
    assert data["not_sent"] > 0
    assert len(sandbox.dump(spring)) == data["accepted"]
    assert f"{data['not_sent']:,} not sent" in said


def test_the_command_is_a_program_of_its_own(spring: str, tenant: Any, tmp_path: Path, settings: Any) -> None:
    """A help that starts is the least that a cron job's first look must get."""
    done = subprocess.run(
        [sys.executable, "manage.py", "list_upload", "--help"], cwd=settings.BASE_DIR, capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "--mode {add,update,upsert,replace}" in done.stdout.replace("\n", " ").replace("  ", " ")


def test_standard_input_is_a_file_too(spring: str, monkeypatch: pytest.MonkeyPatch, sandbox: Any) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(GOOD.encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    call_command("list_upload", "acme", "Spring", "-", *SAID)
    assert len(sandbox.dump(spring)) == 2


def test_a_column_without_a_field_is_never_sent_and_said(upload: Any, spring: str, sandbox: Any) -> None:
    text = ",Account,First name,Phone,Fax,\n0,A1,Ann,6505550100,x,z\n1,A2,Bo,6505550101,x,z\n"
    code, data, said = upload(text, *SAID)
    assert (code, data["accepted"]) == (0, 2)
    assert data["columns_not_sent"] == ["Column 1", "Fax", "Column 6"]
    assert "Fax is not sent: no field is known for it" in said
    assert sandbox.dump(spring)[0] == {"Account": "A1", "First name": "Ann", "Phone": "16505550100"}


def test_nothing_is_sent_to_a_list_of_which_nothing_is_known(upload: Any, spring: str, sandbox: Any) -> None:
    code, _, said = upload(GOOD)
    assert code == 1
    assert "Which fields this list has is not known here, and nothing is sent on a guess" in said
    assert sandbox.dump(spring) == []


def test_fields_are_learnt_from_records_as_the_page_learns_them(upload: Any, tenant: Any, sandbox: Any) -> None:
    record = {"Account": "A0", "First name": "Zed", "Phone": "16505550199"}
    bound = sandbox.create_list("Bound", FIELDS, bind=[sandbox.create_campaign("Calls")], records=[record])
    code, data, said = upload("Account,First name,Phone,Fax\nA1,Ann,6505550100,x\n", name="Bound")
    assert (code, data["accepted"]) == (0, 1)
    assert "Fax is not sent" in said
    assert [each["Account"] for each in sandbox.dump(bound)] == ["A0", "A1"]
    assert ListFormat.objects.get(list_id=bound).source == ListFormat.Source.SAID


def test_a_field_is_spelled_as_it_was_said_and_stays_so(upload: Any, sandbox: Any, tenant: Any) -> None:
    fields = [*FIELDS, {"name": "age", "type": "INTEGER"}, {"name": "shoe", "type": "OTHER"}]
    ages = sandbox.create_list("Ages", fields)
    text = "Account,First name,Phone,Age,Shoe\nA{0},Ann,65055501{0:02},4{0},x\n"
    code, data, said = upload(text.format(1), *SAID, "--map", "Age=age", "--field", "shoe:OTHER", name="Ages")
    assert (code, data["accepted"]) == (0, 1), said
    code, data, _ = upload(text.format(2), name="Ages")
    assert (code, data["accepted"]) == (0, 1)
    assert [(each["age"], each["shoe"]) for each in sandbox.dump(ages)] == [(41, "x"), (42, "x")]

    # Under that name rows got in, so that its spelling is certain now, however it is said.
    code, data, _ = upload(text.format(3), "--field", "AGE:INTEGER", "--map", "Shoe=SHOE", name="Ages")
    assert (code, data["accepted"]) == (0, 1)
    assert (sandbox.dump(ages)[2]["age"], sandbox.dump(ages)[2]["shoe"]) == (43, "x")


def test_what_was_said_wrongly_once_is_not_there_for_good(upload: Any, tenant: Any, sandbox: Any) -> None:
    ages = sandbox.create_list("Ages", [*FIELDS, {"name": "age", "type": "INTEGER"}])
    text = "Account,First name,Phone,Age\nA1,Ann,6505550101,41\n"
    code, data, _ = upload(text, *SAID, "--field", "Age:INTEGER", name="Ages")
    assert (code, data["rejected"]) == (1, 1)
    code, data, told = upload(text, "--field", "age:INTEGER", name="Ages")
    assert (code, data.get("accepted")) == (0, 1), told
    assert sandbox.dump(ages)[0]["age"] == 41


def test_a_file_of_which_no_row_gets_in_has_failed(upload: Any, spring: str, sandbox: Any) -> None:
    code, data, said = upload("Account,First name,Phone\nA1,Ann,555\nA2,Bo,556\n", *SAID)
    assert (code, data["state"], data["accepted"], data["rejected"]) == (1, "failed", 0, 2)
    assert "Partly" not in said
    code, data, _ = upload(GOOD, *SAID, "--map", "First name=Forename")
    assert (code, data["state"], data["accepted"], data["rejected"]) == (1, "failed", 0, 2)


def test_hidden_rows_are_said_and_a_choice(upload: Any, spring: str, sandbox: Any) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("People")
        for number, line in enumerate(GOOD.splitlines()):
            sheet.write_row(number, 0, line.split(","))
        sheet.set_row(2, None, None, {"hidden": True})
    code, data, said = upload(file.getvalue(), *SAID)
    assert (code, data["rows"], data["accepted"]) == (0, 1, 1)
    assert "1 × Rows that the workbook hides or filters away are left out (row 3: A2 Zoë 650-555-0101)" in said
    assert "--hidden-rows send" in said
    assert [each["code"] for each in data["warnings"]] == ["hidden_left_out"]
    code, data, said = upload(file.getvalue(), *SAID, "--hidden-rows", "send", "--again")
    assert (data["rows"], data["accepted"], data["already_there"]) == (2, 1, 1)
    assert "1 × Rows that the workbook hides or filters away are sent" in said


def test_missing_cells_are_blank_and_in_an_update_a_choice(upload: Any, spring: str, sandbox: Any) -> None:
    code, data, said = upload("Account,Phone,First name\nA1,6505550100,Ann\nA2,6505550101\n", *SAID)
    assert (code, data["accepted"]) == (0, 2)
    assert "1 × Rows with fewer cells than the header (row 3: A2,6505550101)" in said
    text = "Account,Phone,First name\nA1,6505550102\n"
    code, _, said = upload(text, "--mode", "update")
    assert code == 1
    assert "With --blank-missing-cells the cells that are missing leave their fields as they are." in said
    code, data, _ = upload(text, "--mode", "update", "--blank-missing-cells")
    assert (code, data["updated"]) == (0, 1)
    assert sandbox.dump(spring)[0] == {"Account": "A1", "First name": "Ann", "Phone": "16505550102"}

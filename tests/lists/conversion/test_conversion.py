"""A file whose cells are converted: checked, refused, sent, corrected, and the next one of its kind."""

from __future__ import annotations

import io
from typing import Any

import pytest

from bpadmin.jobs.models import ChunkState, Job
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.uploads.checking.preparation import upload_prepare
from bpadmin.uploads.conversion.rules import ColumnRule, Conversion, MadeColumn, RowRule
from bpadmin.uploads.files import UploadRefused
from bpadmin.uploads.mapping.suggestions import conversion_saved
from lists.uploads.options import upload_options
from lists.uploads.services import upload_configure
from tests.lists.filing import arrived, problem_codes, rejects, spooled

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = (
    FieldSpec("id", key=True, required=True),
    FieldSpec("phone", FieldType.PHONE, phone_type="OTHER"),
    FieldSpec("due", FieldType.DATETIME, date_format="yyyy-MM-dd"),
    FieldSpec("amount", FieldType.INTEGER),
    FieldSpec("optin"),
    FieldSpec("source"),
)
MESSY = (
    "Kunde;Vorwahl;Rufnummer;Fällig;Betrag;Einwilligung;Code\n"
    "K1;0170;1234567;31.12.2026;1.234,00;Ja;C\n"
    "K2;0171;7654321;1.3.2027;12,00;nein;C\n"
    "K3;0172;1112223;2027-04-01;99;JA;X\n"
    "K4;0173;4445556;31.02.2027;5,00;ja;C\n"
    "K5;0174;7778889;05.05.2027;7,00;vielleicht;C\n"
    "K6;0175;9990001;06.06.2027;;;C\n"
)
RULES = Conversion(
    columns={
        3: ColumnRule(date="dd.MM.yyyy"),
        4: ColumnRule(decimal=","),
        5: ColumnRule(values={"Ja": "true", "Nein": "false"}, default="unknown"),
    },
    made=(
        MadeColumn(title="Phone", columns=(1, 2), rule=ColumnRule(country="49")),
        MadeColumn(title="Source", text="fair 2026"),
    ),
    rows=(RowRule(column=6, values=("c",)),),
)
MAPPING = {"0": "id", "3": "due", "4": "amount", "5": "optin", "7": "phone", "8": "source"}


def converted(text: str = MESSY, *, mode: str = "add", conversion: Conversion = RULES, **more: Any) -> Job:
    job = arrived(text.encode(), **more)
    upload_configure(job=job, dialect={}, mapping=MAPPING, fields=FIELDS, mode=mode, conversion=conversion)
    upload_prepare(job=job)
    return Job.objects.get(pk=job.pk)


def test_cells_are_sent_as_the_rules_make_them_and_what_cannot_be_is_refused_with_its_own_cells() -> None:
    job = converted()
    assert spooled(job) == {
        2: {"id": "K1", "phone": "491701234567", "due": "2026-12-31", "amount": 1234, "optin": "true"}
        | {"source": "fair 2026"},
        3: {"id": "K2", "phone": "491717654321", "due": "2027-03-01", "amount": 12, "optin": "false"}
        | {"source": "fair 2026"},
        7: {"id": "K6", "phone": "491759990001", "due": "2027-06-06", "optin": "unknown", "source": "fair 2026"},
    }
    assert (job.rows_total, job.n_rejected_check, job.report["rows_not_taken"]) == (5, 2, 1)
    assert problem_codes(job) == {"not_converted": 2}
    lines = rejects(job).decode("utf-8-sig").splitlines()
    assert lines[1].startswith("K4;0173;4445556;31.02.2027;5,00;ja;C;5;not_converted;")
    assert "Fällig “31.02.2027”: it is no date written dd.MM.yyyy" in lines[1]
    assert lines[2].startswith("K5;0174;7778889;05.05.2027;7,00;vielleicht;C;6;not_converted;")
    left_out = next(each for each in job.report["warnings"] if each["code"] == "rows_not_taken")
    assert (left_out["count"], left_out["samples"][0]["row"], left_out["samples"][0]["value"]) == (1, 4, "X")


def test_the_rules_are_frozen_told_and_kept_for_the_next_file_of_this_header() -> None:
    job = converted()
    options = upload_options(job)
    assert options.frozen()["conversion"] == RULES.as_json()
    words = options.told()["what is done to the cells"]
    assert "Fällig: dates written dd.MM.yyyy, into the list's form" in words
    assert "Phone: Vorwahl + Rufnummer, joined; country code 49 where none is" in words
    assert "only rows whose Code is “c”" in words
    assert ("Phone", "phone") in options.columns
    header = [name.upper() for name in options.header]
    kept = conversion_saved(tenant_id=job.tenant_id, list_id="L1", header=header)
    assert Conversion.from_json(kept) == RULES
    # A file without rules keeps nothing of them, neither in its choices nor for the next.
    plain = arrived(b"id,phone\nA,491701234567\n")
    upload_configure(job=plain, dialect={}, mapping={"0": "id", "1": "phone"}, fields=FIELDS, mode="add")
    assert "conversion" not in upload_options(plain).frozen()


def test_a_blank_cell_clears_its_field_only_where_that_is_said() -> None:
    rules = Conversion(
        columns={
            3: ColumnRule(date="dd.MM.yyyy", blank="clear"),
            4: ColumnRule(decimal=","),
            5: ColumnRule(blank="clear"),
        },
        made=RULES.made,
    )
    text = MESSY.splitlines()[0] + "\nK1;0170;1234567;;;;C\nK2;0170;1234568;1.1.2027;0;x;C\n"
    records = spooled(converted(text, mode="update", conversion=rules))
    assert records[2] == {"id": "K1", "phone": "491701234567", "due": None, "optin": None, "source": "fair 2026"}
    assert records[3]["amount"] == 0
    assert records[3]["due"] == "2027-01-01"


def test_a_long_file_is_converted_as_well_in_the_process_that_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    head, *rows = MESSY.splitlines()
    text = "\n".join([head, *(row.replace(";", f"-{n};", 1) for n in range(400) for row in rows)]) + "\n"
    here = converted(text)
    monkeypatch.setattr("bpadmin.tabular.ahead.WORTH_IT_BYTES", 1)
    monkeypatch.setattr("bpadmin.tabular.ahead.processors", lambda: 2)
    there = converted(text)
    assert spooled(there) == spooled(here)
    assert (there.rows_total, there.n_rejected_check) == (here.rows_total, here.n_rejected_check) == (2000, 800)
    assert there.report["problems"] == here.report["problems"]
    assert rejects(there) == rejects(here)


def test_rules_that_do_not_fit_the_file_and_a_rule_that_takes_no_row_are_refused_in_words() -> None:
    with pytest.raises(UploadRefused, match="A rule is about column 10, and the file has 7 columns"):
        converted(conversion=Conversion(columns={9: ColumnRule(tidy=True)}, made=RULES.made))
    with pytest.raises(UploadRefused, match="leaves out every row"):
        converted(conversion=Conversion(made=RULES.made, rows=(RowRule(column=6, values=("Q",)),)))
    with pytest.raises(UploadRefused, match="The file has no column number 7"):
        converted(conversion=Conversion())


def test_a_failed_formula_is_named_as_that_and_a_key_is_compared_as_it_is_sent() -> None:
    rules = Conversion(
        columns={0: ColumnRule(case="upper", prefix="X-"), 3: ColumnRule(date="dd.MM.yyyy")}, made=RULES.made
    )
    text = (
        MESSY.splitlines()[0]
        + "\nk1;0170;1234567;#REF!;1;;C\nk2;0170;1;1.1.2027;1;;C\nX-K2;0170;2345678;1.1.2027;1;;C\n"
    )
    job = converted(text, conversion=rules)
    assert problem_codes(job) == {"spreadsheet_error": 1, "not_converted": 1}
    text = text.replace("0170;1;", "0170;1234567;")
    twice = converted(text, conversion=rules)
    assert problem_codes(twice) == {"spreadsheet_error": 1}
    assert twice.chunks.filter(state=ChunkState.HELD).count() == 1  # the other row of the key, kept in reserve


def test_what_another_version_wrote_is_not_passed_over() -> None:
    job = arrived(MESSY.encode())
    upload_configure(job=job, dialect={}, mapping=MAPPING, fields=FIELDS, mode="add", conversion=RULES)
    job.options["conversion"]["columns"]["3"]["rounding"] = "up"
    Job.objects.filter(pk=job.pk).update(options=job.options)
    with pytest.raises(UploadRefused, match="The rule of column 4 has the unknown member “rounding”"):
        upload_prepare(job=Job.objects.get(pk=job.pk))


def test_columns_in_a_workbook_are_converted_too() -> None:
    import xlsxwriter

    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True})
    sheet = book.add_worksheet()
    for at, line in enumerate(MESSY.splitlines()):
        for column, cell in enumerate(line.split(";")):
            sheet.write_string(at, column, cell)
    book.close()
    job = arrived(data.getvalue(), name="file.xlsx")
    upload_configure(job=job, dialect={}, mapping=MAPPING, fields=FIELDS, mode="add", conversion=RULES)
    upload_prepare(job=job)
    assert spooled(job) == spooled(converted())

"""What stands out in a file's columns is found by the check, shown, and needs a yes before the rows are sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from bpadmin.jobs.models import Job, JobState
from dnc.entries.manual import dnc_add
from dnc.models import DncChange
from tests.dnc.files.filing import TESTER, known_list
from tests.lists.checking.conftest import FIELDS, SAID
from tests.lists.walking import check_url, shown, to_check

pytestmark = pytest.mark.django_db(transaction=True)


def dates(pattern: str) -> tuple[Any, Any]:
    fields = [{**each, "format": pattern} if each["name"] == "due" else each for each in FIELDS]
    return fields, [*SAID, "--field", f"due:DATETIME:{pattern}"]


def test_a_column_that_is_written_in_the_other_order_is_not_sent_before_the_order_is_said(run: Any) -> None:
    cells = ["25/12/2026 00:00:00", "03/04/2026 00:00:00", "31/01/2026 00:00:00", "05/06/2026 00:00:00"]
    text = "id,phone,due\n" + "".join(f"{n},650555010{n},{cell}\n" for n, cell in enumerate(cells, 1))
    fields, said = dates("MM/dd/yyyy HH:mm:ss")
    code, data, words, records = run(text, fields=fields, said=said)
    assert (code, records, data["questions"]) == (1, [], ["order"])
    assert "--order dmy (day first)" in words
    assert (data["check"]["date_orders"][0]["day_first"], data["check"]["date_orders"][0]["either"]) == (2, 2)

    code, data, _, records = run(text, "--order", "dmy", fields=fields, said=said)
    assert (code, data["accepted"]) == (0, 4)
    assert [record["due"][:10] for record in records] == ["12/25/2026", "04/03/2026", "01/31/2026", "06/05/2026"]

    code, data, _, records = run(text, "--order", "mdy", fields=fields, said=said)
    assert (code, [record["due"][:10] for record in records]) == (3, ["03/04/2026", "05/06/2026"])

    # Nothing speaks against the list's own order.
    fields, said = dates("MM-dd-yyyy")
    code, _, _, records = run(
        "id,phone,due\n1,6505550101,03-04-2026\n2,6505550102,05-06-2026\n", fields=fields, said=said
    )
    assert (code, [record["due"] for record in records]) == (0, ["03-04-2026", "05-06-2026"])
    # A list whose dates begin with the year takes none of these by itself, and all once the order is said.
    fields, said = dates("yyyy-MM-dd")
    code, data, words, records = run(text, "--dry-run", fields=fields, said=said)
    assert (code, data["rejected"], records) == (1, 4, [])
    code, _, _, records = run(text, "--order", "dmy", fields=fields, said=said)
    assert (code, [record["due"] for record in records][:2]) == (0, ["2026-12-25", "2026-04-03"])


def test_what_stands_out_needs_a_yes_of_its_own(run: Any) -> None:
    long = '"' + "line\n" * 40 + '"'
    text = (
        "id,phone,name,zip,note,Do Not Call\n"
        f"a1,6505550101,NULL,1234,{long},\n"
        "A1,6505550102,Bob,94402,,Yes\n"
        "a2,6509110103,N/A,2139,,no\n"
        "a3,6509005550,Cy,94402,,\n"
    )
    code, data, words, records = run(text)
    assert (code, records) == (1, [])
    asked = ["words-for-nothing", "lost-zeros", "long-texts", "keys-alike", "marked-do-not-call"]
    assert sorted(data["questions"]) == sorted(asked)
    assert all(f"--accept {name}" in words for name in asked)
    assert {each["code"] for each in data["check"]["warnings"]} >= {"impossible_numbers"}
    some = [part for name in asked[1:] for part in ("--accept", name)]
    code, data, words, _ = run(text, *some)
    assert (code, data["questions"]) == (1, ["words-for-nothing"])
    assert "row 2: NULL" in words
    code, data, _, records = run(text, *some, "--accept", asked[0])
    assert (code, len(records), data["reading"]["delimiter"], data["mapping"]["zip"]) == (0, 4, ",", "zip")


def test_nobody_is_asked_about_words_of_a_row_that_is_refused_anyway(run: Any) -> None:
    code, data, _, records = run("id,phone,name\n---,----------,----\n1,6505550101,Ann\n")
    assert (code, data.get("questions", []), data["rejected"]) == (3, [], 1)
    assert [record["id"] for record in records] == ["1"]


def test_codes_that_lost_two_zeros_are_asked_about_beside_codes_of_five_digits(run: Any) -> None:
    code, data, _, records = run("id,phone,zip\n1,6505550101,601\n2,6505550102,94402\n")
    assert (code, records, data["questions"]) == (1, [], ["lost-zeros"])
    # Elsewhere three digits are whole codes.
    code, data, _, records = run("id,phone,zip\n1,6505550101,101\n2,6505550102,603\n")
    assert (code, [each["zip"] for each in records]) == (0, ["101", "603"])


# Names of columns, and the cells by which the file itself says that a row is not to be called, and that it may be.
MARKS = [
    ("Do not allow Phone Calls", "Do Not Allow", "Allow"),
    ("Opt Out Call", "TRUE", "FALSE"),
    ("HasOptedOutOfCall", "true", "false"),
    ("Bloctel", "OUI", "NON"),
    ("Nie dzwonić", "TAK", "NIE"),
    ("Não ligar", "Sim", "Não"),
    ("Bel-me-niet", "J", "N"),
    ("Lead Status", "Do Not Call", "New"),
    ("Call Consent", "Revoked", "Granted"),
    ("Consent to call", "No", "Yes"),
    ("Zgoda na kontakt telefoniczny", "NIE", "TAK"),
    ("National DNC", "1", "0"),
]


def test_rows_that_a_file_marks_as_not_to_be_called_need_a_yes_in_many_languages(run: Any) -> None:
    header = ",".join(["id", "phone", *(name for name, _, _ in MARKS)])
    rows = [["1", "6505550101", *(no for _, no, _ in MARKS)], ["2", "6505550102", *(yes for _, _, yes in MARKS)]]
    text = "\n".join([header, *map(",".join, rows), ""])
    code, data, _, records = run(text)
    marked = {
        each["column"]: each["count"] for each in data["check"]["warnings"] if each["code"] == "marked_do_not_call"
    }
    assert (code, records, data["questions"]) == (1, [], ["marked-do-not-call"] * len(MARKS))
    assert marked == {name: 1 for name, _, _ in MARKS}


def test_a_dry_run_reports_and_leaves_nothing_behind(run: Any, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    text = "id,phone,note\n1,555-0100 ext 123,x\n2,(650) 555-0102,y\n"
    code, data, words, records = run(text, "--dry-run", "--rejects", str(rejects))
    assert (code, data["rows"], data["rejected"], data["not_sent"], records) == (3, 2, 1, 1, [])
    assert data["check"]["problems"][0]["code"] == "phone_more"
    assert data["check"]["phones_changed"]["samples"][0]["after"] == "16505550102"
    assert "Put the area code in front of 555-0100" in rejects.read_text(encoding="utf-8-sig")
    assert "changed to the dialler's own form ((650) 555-0102 → 16505550102)" in words
    assert not Job.objects.exists()


def test_rows_on_a_do_not_call_list_are_not_sent_without_a_word(run: Any, tenant: Any, sandbox: Any) -> None:
    dnc_add(tenant=tenant, text="650-555-0131", actor=TESTER, lists=[known_list(tenant, sandbox)])
    text = "id,phone,name\n501,(650) 555-0131,Ann\n502,6505550132,Bob\n"
    # Of which type the list's phone field is, nobody has said: both readings of a number are looked up.
    unsaid = ["--key", "id", "--field", "id:OTHER", "--field", "phone:PHONE", "--field", "name:FIRST_NAME"]
    code, data, words, records = run(text, said=unsaid)
    assert (code, records, data["questions"]) == (1, [], ["blocked"])
    assert "1 row is blocked by a Do Not Call list" in words
    assert data["check"]["do_not_call"] == {"found": 1, "left_out": 0}
    code, data, _, records = run(text, "--leave-out-blocked", said=unsaid)
    assert (code, [record["id"] for record in records]) == (3, ["502"])
    code, _, _, records = run(text, "--send-blocked", said=unsaid)
    assert (code, len(records)) == (0, 2)
    code, _, words, _ = run(text, "--send-blocked", "--leave-out-blocked")
    assert code == 1
    assert "not both" in words
    assert DncChange.objects.filter(kind="scrub").count() == 3


def test_guarded_cells_come_back_as_they_were_and_that_is_a_choice(run: Any) -> None:
    text = "id,phone,note\n'=K0,6505550101,'=1+1\n'+K1,6505550102,+16505550101\n"
    text += "'-K2,6505550103,'x\n''=K3,6505550104,O'Neill\n"
    code, data, _, records = run(text)
    assert code == 0
    assert [(each["id"], each["note"]) for each in records] == [
        ("=K0", "=1+1"), ("+K1", "+16505550101"), ("-K2", "'x"), ("'=K3", "O'Neill"),
    ]  # fmt: skip
    assert data["check"]["apostrophes_taken_off"] == 5
    _, data, _, records = run(text, "--apostrophes", "keep")
    assert [each["id"] for each in records] == ["'=K0", "'+K1", "'-K2", "''=K3"]


def test_a_check_by_shell_asks_no_broker(run: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    rung: list[object] = []
    monkeypatch.setattr("bpadmin.jobs.engine.dispatch.ring", lambda *args, **more: rung.append(args))
    code, *_ = run("id,phone\n1,6505550101\n")
    assert (code, rung) == (0, [])
    assert not [each for each in caplog.records if each.levelname == "WARNING"]


def test_the_page_asks_the_same(tenant: Any, sandbox: Any, supervisor_client: Any, known_list: str) -> None:
    text = (
        "Account,First name,Phone,Due\nA1,NULL,(650) 555-0100,25/12/2026\nA2,Zoë,650-555-0101,03/04/2026\n"
        "A3,Bo,650-555-0102,2026-03-04\n"
    )
    job, answer = to_check(supervisor_client, known_list, text)
    page = answer.content.decode()
    assert "2 rows: write them as yyyy-MM-dd (day first" in page
    assert "Words for nothing" in page
    rows = reverse("lists:upload_rows", args=[tenant.slug, job.pk])
    page = supervisor_client.post(rows, shown(job, date_order="dmy"), follow=True).content.decode()
    assert "Dates are read day first" in page
    page = supervisor_client.post(check_url(job), shown(job), follow=True).content.decode()
    assert "Tick what stands out above" in page
    job.refresh_from_db()
    assert (job.state, job.n_not_sent) == (JobState.READY, 3)
    supervisor_client.post(check_url(job), shown(job, confirm__accept="words-for-nothing"))
    assert [record["Due"] for record in sandbox.dump(known_list)] == ["2026-12-25", "2026-04-03", "2026-03-04"]


def test_keys_that_look_alike_by_accents_of_another_make_need_a_yes(run: Any) -> None:
    code, data, _, records = run("id,phone\njose\u0301,6505550101\njos\u00e9,6505550102\n")
    assert (code, data["questions"], records) == (1, ["keys-alike"], [])


def test_a_text_of_signs_that_nobody_sees_leaves_a_field_as_a_blank_cell_does(run: Any) -> None:
    said = run("id,phone,name\n1,6505550101,Ann\n")
    assert said[0] == 0
    code, _, said, records = run("id,name\n1,\u200b\n", "--mode", "update", "--blank", "leave", into="L0")
    assert (code, records[0]["name"]) == (0, "Ann")
    assert "Signs that nobody sees" in said


def test_a_number_with_letters_in_it_has_not_lost_a_zero(run: Any) -> None:
    _, data, _, _ = run("id,phone\n1,65O-555-0101\n2,555-0101 after 18\n3,650-555-010\n")
    (lost,) = [each for each in data["warnings"] if each["code"] == "lost_leading_zeros"]
    assert lost["count"] == 1


def test_an_area_code_with_a_9_in_the_middle_is_told(run: Any) -> None:
    _, _, said, _ = run("id,phone\n1,999-999-9999\n2,6505550102\n")
    assert "no such area code" in said

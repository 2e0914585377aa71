"""Files as registries and scrubbing services write them, by the commands: recognised, or refused with the flag."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from bpadmin.jobs.models import Job
from dnc.models import DncChange, DncEntry, DncList
from tests.dnc.files.filing import held, known_list, numbers

pytestmark = pytest.mark.django_db(transaction=True)

FILES = Path(__file__).parent / "samples"
FIVE = [f"1650555010{n}" for n in range(1, 6)]


def told(command: str, dnc_list: DncList, file: Path | str, *arguments: str) -> tuple[int, str, dict[str, Any]]:
    """Run a command on a file; returns exit code, everything it said, and the JSON line."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        path = str(FILES / file) if isinstance(file, str) else str(file)
        call_command(
            command, dnc_list.tenant.slug, dnc_list.name, "--file", path, *arguments, "--json", stdout=out, stderr=err
        )
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, err.getvalue() + out.getvalue(), json.loads(out.getvalue().splitlines()[-1])


# File, arguments, what is held afterwards (None: refused), what is said.
CASES: list[tuple[str, tuple[str, ...], list[str] | None, str]] = [
    ("flat.txt", (), FIVE, "Column 1 → area"),
    ("flat1.txt", (), FIVE[:1], "Column 2 → key"),
    ("headed.csv", (), FIVE, "Area Code → area"),
    ("list.xml", (), FIVE, "Area code → area"),
    ("fr.csv", (), ["14185550101"], "→ area"),
    ("ten.txt", (), FIVE, ""),
    ("change10.csv", (), None, "Give the reason"),
    ("change10.csv", ("--reason", "FTC of November", "--yes"), [FIVE[0], FIVE[2]], "Date → nothing: not used"),
    ("tps.txt", (), [], "say of which country"),
    ("tps.txt", ("--country", "GB"), ["442079460958", "441632960001"], ""),
    ("ext.csv", (), ["16505550101", "16505550103"], ""),
    ("note.csv", (), ["16505550103"], "more than one number"),
    ("imp.csv", (), ["16505550103"], ""),
    ("sp.csv", (), FIVE[:2], ""),
    ("short.csv", (), ["16505550103"], ""),
    ("num.xlsx", (), FIVE[:2], ""),
    ("scrubbed.csv", (), None, "--take ResultCode=VALUE"),
    ("scrubbed.csv", ("--take", "ResultCode=d,L"), FIVE[1:3], "only rows with d, L are taken"),
    ("exp.csv", (), None, "--map expires=expires"),
    ("exp.csv", ("--map", "expires=expires"), FIVE[:1], "expires → expires"),
    ("exp.csv", ("--map", "expires="), FIVE[:3], "expires → nothing: not used"),
    ("rem.csv", (), None, "status or result code"),
    ("two.csv", (), None, "“home” and “mobile” hold numbers"),
    ("two.csv", ("--key-column", "mobile"), ["16505550201", "16505550202"], "home → nothing"),
]  # fmt: skip


@pytest.mark.slow
def test_each_form_is_taken_as_it_is_meant_or_refused_with_the_flag(tenant, sandbox):
    wrong = []
    for at, (file, arguments, keys, words) in enumerate(CASES):
        dnc_list = known_list(tenant, sandbox, [FIVE[1]] if file == "change10.csv" else [], name=f"List {at}")
        code, said, _ = told("dnc_add", dnc_list, file, *arguments)
        wanted = set(keys or ()) if keys is not None or file != "change10.csv" else {FIVE[1]}
        if held(sandbox, dnc_list) != wanted or (keys is None) != (code == 1 and "error" in said) or words not in said:
            wrong.append((file, arguments, sorted(held(sandbox, dnc_list)), code, said))
    assert not wrong, "\n".join(map(repr, wrong))


def test_an_end_date_of_its_own_is_kept_with_each_entry_and_a_source_before_the_comment(tenant, sandbox, tmp_path):
    dnc_list, path = known_list(tenant, sandbox, ["16505550103"]), tmp_path / "private.csv"
    path.write_text(
        '"Rufnummer";"Ablauf";"Quelle";"Bemerkung"\n"650 555";"";"";""\n"+48 601 234 567";"31.01.2099";"letter";"Ann"\n'
        '"030 1234567";"";"";"Bob"\n"00441632960001";"01/02/2099";"";""\n'
    )
    code, said, data = told(
        "dnc_add", dnc_list, path, "--country", "DE", "--map", "Ablauf=expires", "--comment", "ours"
    )
    assert (code, data["added"], data["rejected"]) == (3, 2, 2), said
    entries = {
        each.key: (str(each.expires_on or ""), each.comment) for each in DncEntry.objects.filter(dnc_list=dnc_list)
    }
    assert entries == {"48601234567": ("2099-01-31", "letter: Ann"), "49301234567": ("", "Bob")}
    assert all("expires" not in each for each in sandbox.dump_dnc(dnc_list.remote_id))


def test_a_change_list_adds_and_removes_in_one_job_and_the_evidence_counts_them_apart(tenant, sandbox, tmp_path):
    dnc_list, path = known_list(tenant, sandbox, numbers(3)), tmp_path / "change.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("650.txt", "650,5550000,D\n650,5550009,A\n")
        archive.writestr("651.txt", "650,5550001,D\n650,5550008,A\n650,5550007,?\n")
    code, said, data = told("dnc_add", dnc_list, path, "--map", "3=action", "--reason", "monthly", "--dry-run")
    assert (code, data["is_dry_run"], held(sandbox, dnc_list)) == (0, True, set(numbers(3)))
    assert "2 to add, 2 to remove." in said
    code, said, data = told("dnc_add", dnc_list, path, "--map", "3=action", "--reason", "monthly", "--yes")
    assert (code, data["added"], data["removed"], data["rejected"]) == (3, 2, 2, 1), said
    assert "The 2 files of the archive are read as one: “650.txt”, “651.txt”" in said
    assert held(sandbox, dnc_list) == {"16505550002", "16505550008", "16505550009"} - {"16505550002"} | {numbers(3)[2]}
    rows = DncChange.objects.filter(dnc_list=dnc_list, job_number=data["job"]).order_by("number")
    assert [(each.kind, each.n_asked, each.n_done, each.n_refused) for each in rows] == [
        ("add", 3, 2, 1),
        ("delete", 2, 2, 0),
    ]
    assert all(each.comment == "monthly" and each.file_sha256 and each.details["columns"] for each in rows)


def test_nothing_is_removed_while_a_row_of_a_replacement_cannot_be_read(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox)
    hundred = [f"1650555{n:04d}" for n in range(1, 101)]
    call_command("dnc_add", tenant.slug, dnc_list.name, *hundred, stdout=io.StringIO())
    code, said, _ = told("dnc_replace", dnc_list, "few.csv")
    assert (code, held(sandbox, dnc_list)) == (1, set(hundred))
    assert "5 rows of the file cannot be read" in said
    code, said, _ = told("dnc_replace", dnc_list, "few.csv", "--yes")
    assert held(sandbox, dnc_list) == set(hundred)
    assert "Nothing was removed, because 5 rows of the file cannot be read" in said
    assert "only what is new is added" in said  # what --yes answers is printed
    code, said, _ = told("dnc_replace", dnc_list, "few.csv", "--yes", "--empty-first")
    assert (code, held(sandbox, dnc_list)) == (1, set(hundred))
    assert told("dnc_replace", dnc_list, "empty.csv", "--yes")[0] == 1
    told("dnc_replace", dnc_list, "flat100.txt", "--yes")
    assert held(sandbox, dnc_list) == set(hundred)
    assert not Job.objects.filter(state="draft").exists()


def test_a_recipe_says_it_for_the_next_file(tenant, sandbox, tmp_path):
    dnc_list = known_list(tenant, sandbox)
    code, said, _ = told("dnc_add", dnc_list, "scrubbed.csv", "--take", "ResultCode=D,L", "--keep-recipe", "Scrub")
    assert (code, "Kept as the recipe “Scrub”" in said) == (0, True)
    lines = (FILES / "scrubbed.csv").read_text().splitlines()
    # Other columns in another order: the recipe goes by their names.
    other = tmp_path / "november.csv"
    turned = [",".join([*reversed(line.split(",")), "more"]) for line in lines]
    other.write_text("\n".join(turned).replace("55501", "55502") + "\n")
    code, said, _ = told("dnc_add", dnc_list, other, "--recipe", "scrub")
    assert (code, held(sandbox, dnc_list)) == (0, set(FIVE[1:3]) | {"16505550202", "16505550203"}), said
    for arguments, words in (
        (("--recipe", "nobody"), "the list has no recipe of this name (it has “Scrub”)"),
        (("--recipe", "Scrub", "--country", "GB"), "--country cannot be said beside it"),
    ):
        code, said, _ = told("dnc_add", dnc_list, other, *arguments)
        assert (code, words in said) == (1, True), said
    home = tmp_path / "home.json"
    home.write_text('{"columns": [{"column": "number", "field": "key", "rule": {"country": "44"}}]}')
    british = tmp_path / "uk.csv"
    british.write_text("number,city\n02079460958,London\n")
    code, said, _ = told("dnc_add", dnc_list, british, "--recipe", str(home))
    assert (code, "442079460958" in held(sandbox, dnc_list)) == (0, True), said
    home.write_text('{"columns": [{"column": "number", "field": "key", "rule": {"case": "upper"}}]}')
    code, said, _ = told("dnc_add", dnc_list, british, "--recipe", str(home), "--again")
    assert (code, "does more with the cells" in said) == (1, True), said


def test_a_column_that_tells_rows_apart_is_asked_about_whatever_its_name(tenant, sandbox, tmp_path):
    dnc_list, path = known_list(tenant, sandbox), tmp_path / "answers.csv"
    for column, cells in (("Typ", "ID"), ("is_bad_number", ("true", "false")), ("Vorgang", "DD")):
        path.write_text(f"Number,{column}\n6505550101,{cells[0]}\n6505550102,{cells[1]}\n")
        code, said, _ = told("dnc_add", dnc_list, path)
        assert (code, held(sandbox, dnc_list)) == (1, set()), said
        assert f"--take {column}=VALUE" in said
    path.write_text("Number,Typ\n6505550101,I\n6505550102,D\n")
    code, said, _ = told("dnc_add", dnc_list, path, "--map", "Typ=action", "--reason", "x", "--yes")
    assert (code, held(sandbox, dnc_list)) == (0, {"16505550101"}), said
    path.write_text("Number,City\n6505550103,Rome\n6505550104,Oslo\n")
    assert told("dnc_add", dnc_list, path)[0] == 0


# Lines, arguments, what is held afterwards (None: refused), what is said.
ABROAD: list[tuple[str, tuple[str, ...], list[str] | None, str]] = [
    ("Vorwahl;Rufnummer\n030;1234567\n171;2345678\n", ("DE",), ["491712345678", "49301234567"], "Vorwahl → area"),
    ("Vorwahl;Rufnummer\n030;030 1234567\n171;2345678\n89;12345\n(040);123456\n", ("DE",),
     ["491712345678", "49301234567", "498912345", "4940123456"], ""),
    ("DDD;TELEFONE\n11;912345678\n21;23456789\n", ("BR",), ["5511912345678", "552123456789"], "DDD → area"),
    ("(11) 91234-5678\n21 2345-6789\n0 11 2345-6789\n+55 55 91234-5678\n", ("BR",),
     ["551123456789", "5511912345678", "552123456789", "5555912345678"], ""),
    ("LADA,TELEFONO\n55,12345678\n", ("MX",), ["525512345678"], "LADA → area"),
    ("Prefisso;Numero\n06;12345678\n", ("IT",), ["390612345678"], "Prefisso → area"),
    # The zero of an Italian number is part of it, and a mobile number may begin as the code of Italy does.
    ("Numero\n0612345678\n3331234567\n3931234567\n+39 02 1234567\n", ("IT",),
     ["39021234567", "390612345678", "393331234567", "393931234567"], ""),
    ("Telefon\n0 532 123 45 67\n+90 212 123 45 67\n", ("TR",), ["902121234567", "905321234567"], ""),
    ("Телефон\n8 (495) 123-45-67\n916 123-45-67\n", ("RU",), ["74951234567", "79161234567"], ""),
    ("Τηλέφωνο\n2101234567\n6912345678\n", ("GR",), ["302101234567", "306912345678"], ""),
    ("電話番号\n03-1234-5678\n", ("JP",), ["81312345678"], ""),
    ("NUMERO\n012345678\n", ("FR",), [], "012345678: it is no whole number of the country with the code 33."),
    ("Phone,City\n6505550101,Rome\n,Oslo\n", (), ["16505550101"], "row 3: Fill in the cell, or remove the row."),
]  # fmt: skip
# Columns of a status in other words than Y and N.
STATUS = [
    ("NUMERO;STATUT\n0612345678;OPPOSITION\n0145678901;RAS\n", "FR"),
    ("Numero;Registro\n0612345678;Iscritto\n3331234567;Non iscritto\n", "IT"),
    ("telefono,situación\n912345678,Inscrito\n612345678,No inscrito\n", "ES"),
    ("telefon;wynik\n601234567;zastrzeżony\n601234568;poza listą\n", "PL"),
    ("Rufnummer;Kennung\n0301234567;gesperrt\n0301234568;frei\n", "DE"),
    ("TN,Response\n+16505550101,yes\n+16505550102,no_data\n", "US"),
]


@pytest.mark.slow
def test_numbers_of_other_countries_as_they_are_written_at_home(tenant, sandbox, tmp_path):
    path, wrong = tmp_path / "abroad.csv", []
    for at, (lines, country, keys, words) in enumerate(ABROAD):
        dnc_list = known_list(tenant, sandbox, name=f"List {at}")
        path.write_text(lines)
        code, said, _ = told("dnc_add", dnc_list, path, *(("--country", *country) if country else ()))
        if held(sandbox, dnc_list) != set(keys or ()) or words not in said:
            wrong.append((lines, sorted(held(sandbox, dnc_list)), code, said))
    assert not wrong, "\n".join(map(repr, wrong))


@pytest.mark.parametrize(("lines", "country"), STATUS)
def test_a_column_of_a_status_is_asked_about_in_other_languages(tenant, sandbox, tmp_path, lines, country):
    dnc_list, path = known_list(tenant, sandbox), tmp_path / "answers.csv"
    path.write_text(lines)
    code, said, _ = told("dnc_add", dnc_list, path, "--country", country)
    assert (code, held(sandbox, dnc_list)) == (1, set()), said
    assert "may be a status or result code of each row" in said


def test_a_column_without_days_is_not_said_to_hold_any(tenant, sandbox, tmp_path):
    dnc_list, path = known_list(tenant, sandbox), tmp_path / "export.csv"
    path.write_text("key,expires,comment\n16505550101,,x\n")
    code, said, _ = told("dnc_add", dnc_list, path)
    assert code == 1
    assert "holds what may be days on which entries end, not used yet" in said

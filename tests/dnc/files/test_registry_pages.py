"""Files as registries, private lists and scrubbing services write them, by page as a browser fills it in and by shell.

What each file has to come to was written down before it was read. A person says only what the page asks.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from bench.chaos.pages import Form, page_read
from bpadmin.jobs.models import Job, JobState
from dnc.entries.manual import dnc_add
from dnc.models import DncChange, DncEntry, DncList
from tests.dnc.files.filing import TESTER, held, known_list
from tests.dnc.files.test_pages_upload import step
from tests.dnc.files.test_registry_files import told

pytestmark = pytest.mark.django_db(transaction=True)

MONTHLY = {"send-comment": "the registry of November"}
REMOVES = ("--reason", "the registry of November", "--yes")
XML = """<?xml version='1.0'?><list type='full' level='state' val='CA'>
<ac val='415'><ph val='5550123'/><ph val='5550124'/></ac><ac val='628'><ph val='5550177'/></ac></list>"""
XML_CHANGES = """<?xml version='1.0'?><list type='change' level='ac' val='415'>
<ac val='415'><ph val='5550123' chg='A'/><ph val='5550124' chg='D'/></ac></list>"""


def packed(**members: str) -> bytes:
    """Return an archive of text files, named by their area codes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in members.items():
            archive.writestr(f"{name.removeprefix('_')}.txt", text)
    return content.getvalue()


@dataclass(frozen=True, slots=True)
class File:
    """A file and what it comes to: `keys` is what the list holds afterwards, where it held `before`.

    `shown` stands on the page of its columns, `asked` is what the page asks when it is sent as it is shown, `said` what
    a person answers, `check` stands on the page of the check; `flags` say the same in a shell.
    """

    name: str
    content: str | bytes
    keys: tuple[str, ...]
    before: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    said: Mapping[str, str] = field(default_factory=dict)
    check: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def is_removing(self) -> bool:
        """Return whether something goes out of the list."""
        return not set(self.before) <= set(self.keys)

    @property
    def body(self) -> bytes:
        """Return its bytes."""
        return self.content.encode() if isinstance(self.content, str) else self.content


ONE, TWO, THREE = "14155550123", "14155550124", "16285550177"
CHANGED: dict[str, Any] = {"keys": (ONE,), "before": (TWO,), "said": MONTHLY, "flags": REMOVES}
FILES = {
    "us-flat": File(
        "2026-11-415.txt",
        "415,5550123\n415,5550124\n628,5550177\n",
        (ONE, TWO, THREE),
        shown=("Area codes, joined with the numbers beside them",),
        check=("Add 3 rows",),
    ),
    "us-xml": File(
        "full.xml", XML, (ONE, TWO, THREE), shown=("Area codes, joined with the numbers",), check=("Add 3 rows",)
    ),
    "us-changes": File(
        "2026-11-changes.txt",
        "415,5550123,2026-11-02,A\n415,5550124,2026-11-03,D\n",
        shown=("Area codes, joined with the numbers beside them", "A change list: it holds A, D"),
        check=("Add 1 and remove 1", "1 entry is taken out"),
        **CHANGED,
    ),
    "us-xml-changes": File(
        "changes.xml", XML_CHANGES, shown=("A change list: it holds A, D",), check=("Add 1 and remove 1",), **CHANGED
    ),
    "canada-zip": File(
        "canada.zip",
        packed(_204="204,5550143\n", _416="416,5550143\n416,5550188\n", _905="905,5550101\n"),
        ("12045550143", "14165550143", "14165550188", "19055550101"),
        shown=("The archive holds 3 files. They are read one behind the other.", "Area codes, joined"),
        check=("Add 4 rows",),
    ),
    "uk-lines": File(
        "uk.txt",
        "02079460123\n01632960777\n07700900456\n",
        ("441632960777", "442079460123", "447700900456"),
        said={"send-home": "GB"},
        check=("Add 3 rows",),
        flags=("--country", "GB"),
    ),
    "german-private": File(
        "sperrliste.csv",
        '"Vorname";"Rufnummer";"Bemerkung"\n"Anna";"030 7654321";"rief an"\n"Bernd";"+49 171 7654321";""\n'
        '"Cem";"0049 89 765432";""\n"Dana";"+48 601 234 777";""\n',
        ("49307654321", "491717654321", "4989765432", "48601234777"),
        said={"send-home": "DE"},
        check=("Add 4 rows",),
        flags=("--country", "DE"),
    ),
    "polish-private": File(
        "lista.csv",
        '"telefon";"uwagi"\n"601 234 778";"prosi"\n"+48 22 765 43 21";""\n',
        ("48227654321", "48601234778"),
        said={"send-home": "PL"},
        check=("Add 2 rows",),
        flags=("--country", "PL"),
    ),
    "words-of-change": File(
        "daily.csv",
        "Number;Change\n+44 20 7946 0111;add\n+44 20 7946 0222;remove\n",
        ("442079460111",),
        before=("442079460222",),
        shown=("A change list: it holds add, remove",),
        said=MONTHLY,
        check=("Add 1 and remove 1",),
        flags=REMOVES,
    ),
    "scrub-answer": File(
        "answer.csv",
        "Phone,DNC Status,Region\n4155550123,C,CA\n4155550124,d,CA\n6285550177,L,CA\n4155550188,W,CA\n",
        (TWO, THREE),
        asked=("Say what the column “DNC Status” holds",),
        said={"c1": "pick", "send-take": "D, L"},
        check=("Add 2 rows", "2 of 2 rows can be sent"),
        flags=("--take", "DNC Status=D,L"),
    ),
    "litigators": File(
        "litigators.csv",
        "number,is_litigator\n4155550123,Y\n4155550124,N\n",
        (ONE,),
        asked=("Say what the column “is_litigator” holds",),
        said={"c1": "pick", "send-take": "y"},
        check=("Add 1 row",),
        flags=("--take", "is_litigator=Y"),
    ),
    "reassigned-numbers": File(
        "reassigned.csv",
        "4155550123,2026-01-05,no\n4155550124,2026-01-06,yes\n6285550177,2026-01-07,no_data\n",
        (TWO,),
        asked=("Say what the columns", "hold"),
        said={"c1": "", "c2": "pick", "send-take": "yes"},
        check=("Add 1 row",),
        flags=("--map", "2=", "--take", "3=yes"),
    ),
    "end-dates": File(
        "private.csv",
        '"Nummer";"Gesperrt bis";"Quelle"\n"+49 30 7654321";"31.12.2098";"Brief"\n"+49 30 7654322";"";""\n',
        ("49307654321", "49307654322"),
        asked=("Say what the column “Gesperrt bis” holds",),
        said={"c1": "expires"},
        check=("Add 2 rows",),
        flags=("--map", "Gesperrt bis=expires"),
    ),
    "two-numbers": File(
        "crm.csv",
        "Home phone,Work phone\n4155550123,6285550177\n4155550124,6285550178\n",
        (THREE, "16285550178"),
        shown=("“Home phone” and “Work phone” hold numbers, and one of them is meant.",),
        asked=("Say what the columns “Home phone” and “Work phone” hold",),
        said={"c0": "", "c1": "key"},
        check=("Add 2 rows",),
        flags=("--key-column", "Work phone"),
    ),
}  # fmt: skip


def form_of(client: Client, url: str, data: Mapping[str, Any] | None = None) -> tuple[str, Form]:
    """Return the words of a page, or of the answer to a form, and the form that leads on as it is filled in there."""
    answer = client.get(url) if data is None else client.post(url, data, follow=True)
    path = answer.redirect_chain[-1][0] if data is not None and answer.redirect_chain else url
    page = page_read(path, answer.status_code, answer.content.decode())
    form = page.form(path.partition("?")[0].rsplit("/", 2)[1] + "/")
    assert form is not None, page.words
    return page.words, form


def uploaded(client: Client, dnc_list: DncList, file: File) -> Job:
    """Upload a file to be added."""
    url = reverse("dnc:upload", args=[dnc_list.tenant.slug, dnc_list.pk])
    answer = client.post(f"{url}?what=add", {"file": SimpleUploadedFile(file.name, file.body)})
    assert answer.status_code == 302, answer.content.decode()
    return Job.objects.latest("pk")


@pytest.mark.parametrize("name", FILES)
def test_the_page_takes_each_form_and_asks_what_is_not_certain(
    tenant: Any, sandbox: Any, supervisor_client: Client, name: str
) -> None:
    file, dnc_list = FILES[name], known_list(tenant, sandbox, FILES[name].before)
    job = uploaded(supervisor_client, dnc_list, file)
    words, form = form_of(supervisor_client, step(job, "map"))
    assert [each for each in file.shown if each not in words] == []
    if file.asked:
        words, form = form_of(supervisor_client, step(job, "map"), form.fields())
        assert [each for each in file.asked if each not in words] == []
        job.refresh_from_db()
        assert (job.state, held(sandbox, dnc_list)) == (JobState.DRAFT, set(file.before))
    words, form = form_of(supervisor_client, step(job, "map"), {**form.fields(), **file.said})
    job.refresh_from_db()
    assert job.state == JobState.READY, words
    assert [each for each in file.check if each not in words] == []
    if file.is_removing:
        form_of(supervisor_client, step(job, "check"), form.fields())
        assert held(sandbox, dnc_list) == set(file.before)
    supervisor_client.post(step(job, "check"), {**form.fields(), "confirm-typed": dnc_list.name})
    assert held(sandbox, dnc_list) == set(file.keys)
    change = DncChange.objects.filter(dnc_list=dnc_list, job_number=job.pk).earliest("number")
    assert change.file_sha256 == job.file_sha256 != ""
    assert "key" in [held_by for _, held_by in change.details["columns"]]


@pytest.mark.parametrize("name", FILES)
def test_the_shell_takes_the_same_files_by_the_flags_that_it_names(
    tenant: Any, sandbox: Any, tmp_path: Path, name: str
) -> None:
    file, dnc_list = FILES[name], known_list(tenant, sandbox, FILES[name].before)
    path = tmp_path / file.name
    path.write_bytes(file.body)
    if file.asked or file.is_removing:
        code, said, _ = told("dnc_add", dnc_list, path)
        assert (code, held(sandbox, dnc_list)) == (1, set(file.before)), said
        assert file.flags[0] in said
    code, said, _ = told("dnc_add", dnc_list, path, *file.flags)
    assert (code, held(sandbox, dnc_list)) == (0, set(file.keys)), said
    assert " → key" in said


def test_numbers_written_as_at_home_are_refused_by_the_page_until_the_country_is_said(
    tenant: Any, sandbox: Any, supervisor_client: Client
) -> None:
    file, dnc_list = FILES["uk-lines"], known_list(tenant, sandbox)
    job = uploaded(supervisor_client, dnc_list, file)
    _, form = form_of(supervisor_client, step(job, "map"))
    page = supervisor_client.post(step(job, "map"), form.fields(), follow=True).content.decode()
    assert "No row of this file can be sent." in page
    assert "say of which country the numbers are (GB for 0 → 44)" in page
    _, form = form_of(supervisor_client, step(job, "map"))
    words, _ = form_of(supervisor_client, step(job, "map"), {**form.fields(), "send-home": "GB"})
    assert "Add 3 rows" in words


def test_days_of_a_column_end_each_entry_and_the_platform_is_not_told(
    tenant: Any, sandbox: Any, supervisor_client: Client
) -> None:
    file, dnc_list = FILES["end-dates"], known_list(tenant, sandbox)
    job = uploaded(supervisor_client, dnc_list, file)
    _, form = form_of(supervisor_client, step(job, "map"))
    _, form = form_of(supervisor_client, step(job, "map"), {**form.fields(), **file.said})
    supervisor_client.post(step(job, "check"), form.fields())
    ends = {each.key: (str(each.expires_on or ""), each.comment) for each in DncEntry.objects.all()}
    assert ends == {"49307654321": ("2098-12-31", "Brief"), "49307654322": ("", "")}
    assert all("expires" not in each for each in sandbox.dump_dnc(dnc_list.remote_id))


def test_a_zero_of_home_in_a_list_of_another_country_is_refused_with_the_number_to_enter(
    tenant: Any, sandbox: Any, supervisor_client: Client, tmp_path: Path
) -> None:
    dnc_list = known_list(tenant, sandbox)
    dnc_add(tenant=tenant, text="442079460100\n447700900400", actor=TESTER, lists=[dnc_list])
    before = held(sandbox, dnc_list)
    file = File("uk.csv", "number\n02079460123\n+44 20 7946 0124\n", ())
    words = "Enter 442079460123, or say of which country the numbers are."
    path = tmp_path / file.name
    path.write_bytes(file.body)
    code, said, data = told("dnc_add", dnc_list, path)
    assert (code, data["rejected"], words in said) == (3, 1, True), said
    assert held(sandbox, dnc_list) == before | {"442079460124"}
    job = uploaded(supervisor_client, dnc_list, file)
    _, form = form_of(supervisor_client, step(job, "map"))
    page, _ = form_of(supervisor_client, step(job, "map"), {**form.fields(), "again": "1"})
    assert words in page
    assert "1 of 2 rows can be sent" in page
